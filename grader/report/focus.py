"""focus: find the exercise that a learner is working on, from their gradings.

Every medium asks here: what a grading shows in full, where *Next* leads, which exercise
a hint is for, and where the instructor sees a learner.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec

from grader.report import ExerciseResult, Outcome, Report


class Focus(msgspec.Struct, frozen=True):
    """The exercise that is shown first, and what the last grading changed.

    Attributes:
        exercise: the exercise; None if every one is right.
        is_in_full: whether its whole message is shown. An exercise that the learner
            hasn't come to needs only a line.
        became_right: the tags of the exercises that weren't right before.
        became_wrong: the tags of the exercises that were right before.
    """

    exercise: ExerciseResult | None = None
    is_in_full: bool = False
    became_right: tuple[str, ...] = ()
    became_wrong: tuple[str, ...] = ()

    @property
    def tag(self) -> str:
        """The tag of the exercise, or ""."""
        return self.exercise.tag if self.exercise else ""

    def exercise_in(self, report: Report) -> ExerciseResult | None:
        """Return a report's own result for the exercise, if it has one."""
        return next((x for x in report.exercises if x.tag == self.tag), None)


def find_focus(
    verdicts: Sequence[ExerciseResult], gradings: Iterable[Report] = ()
) -> Focus:
    """Return the exercise to show first, and what the last grading changed.

    It is the first exercise that isn't right, in this order of priority:

    1. those whose cells changed before the last grading,
    2. those that this change broke,
    3. those that are wrong,
    4. those that aren't attempted,
    5. wrong guesses. If nothing has changed since the first grading, the learner has
       just written the guess, so 5 comes before 4.

    If the last grading was of one exercise, which is right, it is the next one that
    isn't right after it in the lesson, or else the first before it.

    Grading an unchanged source again changes nothing. An exercise that was graded while
    nothing was written there is the focus only until the next grading.

    Args:
        verdicts: the latest result of each exercise, in the order of the lesson.
        gradings: the learner's own gradings of the lesson, newest first.
    """
    usable = [one for one in gradings if one.problem is None and not one.is_of_class]
    left = [one for one in verdicts if not one.outcome.is_right]
    guessed = [one for one in left if one.outcome is Outcome.GUESSED]
    unwritten = [one for one in left if one.outcome.is_open]
    wrong = [one for one in left if one not in (*guessed, *unwritten)]
    changes = _find_last_change(usable)
    touched = [one for tags in changes for one in left if one.tag in tags]
    rest = (*unwritten, *guessed) if any(changes) else (*guessed, *unwritten)
    right, broken = _compare(usable[0], usable[1:]) if usable else ((), ())
    onward = _find_after(verdicts, usable[0].partial) if usable else []
    exercise = next(iter([*touched, *onward, *wrong, *rest]), None)
    is_in_full = exercise in touched or exercise not in unwritten
    return Focus(exercise, exercise is not None and is_in_full, right, broken)


def _find_after(verdicts: Sequence[ExerciseResult], tag: str) -> list[ExerciseResult]:
    """Return the exercises that aren't right: those after one, then those before it."""
    places = [at for at, one in enumerate(verdicts) if one.tag == tag]
    order = [*verdicts[places[0] + 1 :], *verdicts[: places[0]]] if places else []
    return [one for one in order if not one.outcome.is_right]


def _find_last_change(
    gradings: Sequence[Report],
) -> tuple[Collection[str], Collection[str]]:
    """Return the exercises that the learner changed last, and those that this broke."""
    for number, report in enumerate(gradings):
        earlier = gradings[number + 1 :]
        changed = [
            x.tag
            for x in report.exercises
            if (number == 0 and report.partial)  # the learner chose it
            or _has_changed(x, report, earlier)
        ]
        broken = _compare(report, earlier)[1]
        if changed or broken:
            return changed, broken
    return (), ()


def _has_changed(
    exercise: ExerciseResult, report: Report, earlier: Sequence[Report]
) -> bool:
    """Return whether the learner changed an exercise since it was last graded.

    Without cells, a change shows only in the outcome and in the mistakes.
    """
    if report.partial and (not exercise.outcome.is_open or exercise.partial_points):
        return True  # the learner chose it, and had written something
    before = _last_graded(exercise.tag, earlier)
    then = before or next(iter(earlier), None)
    if then is None:
        return False
    if exercise.tag in report.cells and exercise.tag in then.cells:
        return report.cells[exercise.tag] != then.cells[exercise.tag]
    result_before = _result_in(before, exercise.tag)
    return result_before is not None and _summarize(result_before) != _summarize(
        exercise
    )


def _compare(
    report: Report, earlier: Sequence[Report]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the exercises that are right only since a grading, and no longer right."""
    before = {
        one.tag: _result_in(_last_graded(one.tag, earlier), one.tag)
        for one in report.exercises
    }
    right = {one.tag for one in report.exercises if one.outcome.is_right}
    was_right = {tag for tag, x in before.items() if x and x.outcome.is_right}
    return (
        tuple(tag for tag in before if tag in right - was_right),
        tuple(tag for tag in before if tag in was_right - right),
    )


def _last_graded(tag: str, gradings: Iterable[Report]) -> Report | None:
    return next((one for one in gradings if one.partial in ("", tag)), None)


def _result_in(report: Report | None, tag: str) -> ExerciseResult | None:
    return next((x for x in report.exercises if x.tag == tag), None) if report else None


def _summarize(exercise: ExerciseResult) -> tuple[Outcome, list[str]]:
    mistakes = exercise.finding.mistakes if exercise.finding else ()
    return exercise.outcome, [mistake.tag for mistake in mistakes]
