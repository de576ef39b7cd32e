"""regrading: what grading again would change, before anything is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from grader.classroom.executors import Pending, results
from grader.classroom.overrides import NO_OVERRIDES, Overrides
from grader.classroom.submissions import Submission
from grader.classroom.tally import Graded, graded_from
from grader.document import catalog
from grader.gradebook import Gradebook
from grader.installation import PROJECT
from grader.judge.provenance import are_same, versions
from grader.report import ExerciseResult, Outcome, Report


class ScoreChange(msgspec.Struct, frozen=True):
    """A learner whose score a corrected check changes; scores are (points, of)."""

    submission: Submission
    before: Report
    after: Report

    @property
    def exercises(self) -> tuple[str, ...]:
        """The exercises that change: from what outcome, or points, to what."""
        old = {e.tag: e for e in self.before.exercises}
        return tuple(
            f"{e.tag} {_change(old.get(e.tag), e)}"
            for e in self.after.exercises
            if e.tag not in old or _worth(old[e.tag]) != _worth(e)
        )


class Regrading(msgspec.Struct, frozen=True):
    """What grading again would change. Nothing is written before `write`.

    Attributes:
        gradings: what was graded again.
        changes: those whose outcome changes.
        unchanged: how many it makes no difference to.
        ungraded: how many submissions were never graded, or were replaced since.
    """

    gradings: tuple[Graded, ...]
    changes: tuple[ScoreChange, ...]
    unchanged: int
    ungraded: int = 0

    @property
    def lost(self) -> tuple[Graded, ...]:
        """Those that the grader failed on; what they have stays as it is."""
        return tuple(done for done in self.gradings if done.report is None)

    def write(self, gradebook: Gradebook) -> None:
        """Add the new gradings to the gradebook; the old ones stay as history."""
        gradebook.record_all(
            (done.submission.learner.id, done.report)
            for done in self.gradings
            if done.report is not None
        )


def regrade_class(
    submissions: Iterable[Submission],
    gradebook: Gradebook,
    *,
    jobs: int | None = None,
    cluster: str = "",
    overrides: Overrides = NO_OVERRIDES,
    on_graded: Callable[[Graded], None] = lambda done: None,
    root: Path = PROJECT,
) -> Regrading:
    """Grade again what another version of its lesson, or of the grader, has graded.

    Each attempt is graded with the seed it had, so only these make a difference. Points
    that a person gave stay; where the outcome below them changes, that is a change.
    The arguments are those of `grade_class`.
    """
    current = {one.name: versions(one) for one in catalog.lessons(root)}
    touched: dict[tuple[str, str, int], dict[Submission, Report]] = defaultdict(dict)
    unchanged = ungraded = 0
    for submission in submissions:
        before = gradebook.latest(submission.lesson, submission.learner.id)
        now = current[submission.lesson]
        if before is None or before.attempt_sha256 != submission.sha256:
            ungraded += 1
            continue
        if are_same(before.versions, now):
            unchanged += 1
            continue
        touched[submission.lesson, submission.sha256, before.seed][submission] = before
    asked = [Pending(tuple(equal), key[2]) for key, equal in touched.items()]
    gradings, changes = [], []
    for one, result in results(asked, jobs, cluster, root):
        for submission in one.submissions:
            done = graded_from(submission, result)
            gradings.append(done)
            on_graded(done)
            key = (submission.lesson, submission.sha256, one.seed)
            before = touched[key][submission]
            if done.report is not None and _outcomes(done.report) != _outcomes(before):
                who = submission.learner.id
                both = (overrides.apply(who, x) for x in (before, done.report))
                changes.append(ScoreChange(submission, *both))
    changes.sort(
        key=lambda change: (change.submission.lesson, change.submission.learner.id)
    )
    graded = sum(done.report is not None for done in gradings)
    same = unchanged + graded - len(changes)
    return Regrading(tuple(gradings), tuple(changes), same, ungraded)


def _outcomes(report: Report) -> list[tuple[str, Outcome, int]]:
    return [(e.tag, *_worth(e)) for e in report.exercises]


def _worth(exercise: ExerciseResult) -> tuple[Outcome, int]:
    return exercise.outcome, exercise.points


def _change(old: ExerciseResult | None, new: ExerciseResult) -> str:
    stay = f" ({new.earned} points by hand stay)" if new.override else ""
    return f"{_what_changes(old, new)}{stay}"


def _what_changes(old: ExerciseResult | None, new: ExerciseResult) -> str:
    if old is not None and old.outcome is new.outcome:
        return f"{old.points} -> {new.points} points"
    return f"{old.outcome if old else 'new'} -> {new.outcome}"
