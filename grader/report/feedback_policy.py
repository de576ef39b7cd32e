"""feedback_policy: what a learner sees of a report only later.

The fix for a mistake nearly gives the answer. So it is shown when the same mistake is
found again in a changed exercise, or when a hint for its exercise was opened.

To name a wrong choice between two gives away the right one. So where there are several,
the right ones are only counted until the learner has changed the exercise twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from msgspec.structs import replace

from grader.report import ExerciseResult, Finding, Mistake, Report

_TEXTS_UNTIL_NAMED = 3


def hold_back(
    report: Report,
    named_before: Collection[str] = (),
    hinted: Collection[str] = (),
    changed: Collection[str] = (),
) -> Report:
    """Return a report without what isn't due yet: fixes, and names of wrong choices.

    Args:
        report: the report of an attempt, with everything.
        named_before: the tags of the mistakes whose fix is shown; see
            `find_named_before`.
        hinted: the exercises with at least one opened hint.
        changed: the exercises whose wrong choices are named; see `find_changed`.
    """

    def redact(mistake: Mistake) -> Mistake:
        if mistake.tag in named_before or not mistake.cure:
            return mistake
        return replace(mistake, cure="", is_cure_held_back=True)

    def taught(exercise: ExerciseResult) -> ExerciseResult:
        if exercise.finding is None or exercise.tag in hinted:
            return exercise
        mistakes = tuple(map(redact, exercise.finding.mistakes))
        return replace(exercise, finding=replace(exercise.finding, mistakes=mistakes))

    due = replace(report, exercises=tuple(map(taught, report.exercises)))
    return count_choices(due, changed)


def count_choices(report: Report, changed: Collection[str] = ()) -> Report:
    """Return a report that only counts which of several choices between two are right.

    Args:
        report: the report of an attempt, with everything.
        changed: the exercises whose wrong choices are named; see `find_changed`.
    """
    return replace(
        report,
        exercises=tuple(
            one if one.tag in changed else _count_choices(one)
            for one in report.exercises
        ),
    )


def _count_choices(exercise: ExerciseResult) -> ExerciseResult:
    choices = {one.target: one.is_right for one in exercise.entries if one.is_two_way}
    right, count = sum(choices.values()), len(choices)
    if count < 2 or right == count:
        return exercise
    verb = "is" if right == 1 else "are"
    words = f"{right} of {count} choices between two {verb} right."
    # Each check shows whether its entries are right.
    others = tuple(one for one in exercise.entries if not one.is_two_way)
    counted = replace(exercise, entries=others, checks=())
    if exercise.finding and exercise.finding.look in choices:
        return replace(counted, finding=Finding(words))
    return replace(counted, remarks=(*exercise.remarks, words))


def find_changed(reports: Iterable[Report]) -> frozenset[str]:
    """Return the exercises that had three different wrong texts graded.

    Args:
        reports: a learner's gradings of a lesson, in any order.
    """
    texts: dict[str, set[str]] = defaultdict(set)
    for report in reports:
        for exercise in report.exercises if report.problem is None else ():
            if exercise.outcome.is_wrong:
                text = report.cells.get(exercise.tag, report.attempt_sha256)
                texts[exercise.tag].add(text)
    return frozenset(tag for tag, x in texts.items() if len(x) >= _TEXTS_UNTIL_NAMED)


def find_named_before(report: Report, reports: Iterable[Report]) -> frozenset[str]:
    """Return the tags of a report's mistakes that a different text had before.

    The text is that of the exercise with the mistake; what else changed in the file
    doesn't count. Several slips at once were named before if each of them was.

    Args:
        report: the grading that is to be shown.
        reports: the learner's gradings of the lesson, in any order.
    """
    texts: dict[str, set[str]] = defaultdict(set)
    for earlier in reports:
        for mistake, text in _iterate_mistakes(earlier):
            for name in _names_of(mistake):
                texts[name].add(text)
    return frozenset(
        mistake.tag
        for mistake, text in _iterate_mistakes(report)
        if all(texts[name] - {text} for name in _names_of(mistake))
    )


def _iterate_mistakes(report: Report) -> Iterator[tuple[Mistake, str]]:
    """Yield the mistakes that a report names, each with a hash of its exercise's text.

    The mistake may be in another exercise, which its tag names.
    """
    for exercise in report.exercises:
        for mistake in exercise.finding.mistakes if exercise.finding else ():
            tags = (mistake.tag.partition(".")[0], exercise.tag)
            found = (report.cells[tag] for tag in tags if tag in report.cells)
            yield mistake, next(found, report.attempt_sha256)


def _names_of(mistake: Mistake) -> tuple[str, ...]:
    """Return the names under which a mistake is remembered: those of its slips."""
    exercise, _, name = mistake.tag.partition(".")
    return tuple(f"{exercise}.{slip}" for slip in mistake.slips or (name,))


def depends_on_earlier(report: Report) -> bool:
    """Return whether what is shown of a report depends on earlier gradings."""
    has_choices = any(one.is_two_way for x in report.exercises for one in x.entries)
    has_guesses = any(exercise.claims[1] for exercise in report.exercises)
    return bool(tags_in(report)) or has_choices or (report.has_passed and has_guesses)


def tags_in(report: Report) -> frozenset[str]:
    """Return the tags of all mistakes that a report names."""
    return frozenset(mistake.tag for mistake, _ in _iterate_mistakes(report))


def cures_of(report: Report, exercise: str) -> tuple[str, ...]:
    """Return the fixes for the mistakes that a report names in an exercise."""
    findings = [one.finding for one in report.exercises if one.tag == exercise]
    mistakes = (mistake for found in findings if found for mistake in found.mistakes)
    return tuple(mistake.cure for mistake in mistakes if mistake.cure)
