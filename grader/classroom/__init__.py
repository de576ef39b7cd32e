"""classroom: grade many submissions over an executor, and go on where one stopped.

A grading is a pure function of the attempt, the lesson, the grader's version and the
seed. So equal attempts are graded once, a grading that the gradebook holds is not done
again, and a worker machine that dies costs nothing but the time of its last grading.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from grader import catalog, judge
from grader.classroom.executors import results
from grader.classroom.tally import Graded, Tally
from grader.classroom.work import PROJECT, Asked
from grader.gradebook import Gradebook
from grader.report import ExerciseResult, Outcome, Report, from_json
from grader.submissions import Found, Submission

__all__ = [
    "Change",
    "Graded",
    "Regrading",
    "Tally",
    "grade_class",
    "regrade",
    "unsettled",
]


def grade_class(
    submissions: Iterable[Submission],
    gradebook: Gradebook,
    *,
    jobs: int | None = None,
    cluster: str = "",
    seed: int | None = None,
    require_sandbox: bool = False,
    on_graded: Callable[[Graded], None] = lambda done: None,
    root: Path = PROJECT,
) -> Tally:
    """Grade a class; every grading is in the gradebook before the next is reported.

    Args:
        submissions: what was handed in.
        gradebook: where gradings are kept and looked up.
        jobs: gradings at a time; 0 grades one after another in this process; one a
            processor when None.
        cluster: the address of a dask scheduler, to grade there instead.
        seed: of the random inputs of new gradings; drawn when None, and then a grading
            that is known under another seed is not done again.
        require_sandbox: grade nobody where a wall is missing.
        on_graded: told of each submission as it is done.
        root: the project's folder.

    Raises:
        Misuse: the cluster cannot be used.
        GraderError: a lesson or the sandbox is at fault.
    """
    tally = Tally()
    new: dict[tuple[str, str], list[Submission]] = defaultdict(list)
    asked: dict[tuple[str, str], Asked] = {}
    current = {one.name: judge.versions(one) for one in catalog.lessons(root)}
    drawn = secrets.randbelow(2**32) if seed is None else seed

    def count(done: Graded) -> None:
        tally.add(done)
        on_graded(done)

    for submission in submissions:
        now = current[submission.lesson]
        known = gradebook.known(submission.sha256, now["lesson"], now["grader"], seed)
        if known is None:
            key = (submission.lesson, submission.sha256)
            new[key].append(submission)
            asked[key] = Asked(submission, drawn, require_sandbox)
            continue
        gradebook.give(known, submission.learner.id, submission.place)
        report = replace(known.report, attempt=submission.place)
        count(Graded(submission, report, is_new=False))

    for one, result in results(list(asked.values()), jobs, cluster, root):
        for submission in new[one.submission.lesson, one.submission.sha256]:
            done = _received(submission, result)
            if done.report is not None:
                gradebook.record(done.report, submission.learner.id)
            count(done)
    return tally


@dataclass(frozen=True, slots=True)
class Change:
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


@dataclass(frozen=True, slots=True)
class Regrading:
    """What grading again would change. Nothing is written before `write`.

    Attributes:
        gradings: what was graded again.
        changes: those whose outcome changes.
        unchanged: how many it makes no difference to.
        ungraded: how many submissions were never graded, or were replaced since.
    """

    gradings: tuple[Graded, ...]
    changes: tuple[Change, ...]
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


def regrade(
    submissions: Iterable[Submission],
    gradebook: Gradebook,
    *,
    jobs: int | None = None,
    cluster: str = "",
    on_graded: Callable[[Graded], None] = lambda done: None,
    root: Path = PROJECT,
) -> Regrading:
    """Grade again what was graded with another version of its lesson.

    Each attempt is graded with the seed it had, so only the lesson makes a difference.
    """
    current = {one.name: judge.versions(one) for one in catalog.lessons(root)}
    touched: dict[tuple[str, str, int], list[tuple[Submission, Report]]] = defaultdict(
        list
    )
    asked: dict[tuple[str, str, int], Asked] = {}
    unchanged = ungraded = 0
    for submission in submissions:
        before = gradebook.latest(submission.lesson, submission.learner.id)
        now = current[submission.lesson]
        if before is None or before.attempt_sha256 != submission.sha256:
            ungraded += 1
            continue
        if all(before.versions.get(name) == now[name] for name in ("lesson", "grader")):
            unchanged += 1
            continue
        key = (submission.lesson, submission.sha256, before.seed)
        touched[key].append((submission, before))
        asked[key] = Asked(submission, before.seed)
    gradings, changes = [], []
    for one, result in results(list(asked.values()), jobs, cluster, root):
        key = (one.submission.lesson, one.submission.sha256, one.seed)
        for submission, before in touched[key]:
            done = _received(submission, result)
            gradings.append(done)
            on_graded(done)
            if done.report is not None and _outcomes(done.report) != _outcomes(before):
                changes.append(Change(submission, before, done.report))
    changes.sort(
        key=lambda change: (change.submission.lesson, change.submission.learner.id)
    )
    graded = sum(done.report is not None for done in gradings)
    same = unchanged + graded - len(changes)
    return Regrading(tuple(gradings), tuple(changes), same, ungraded)


def unsettled(found: Found, gradebook: Gradebook, lessons: Iterable[str]) -> Found:
    """What was found, with what does not agree with the gradebook said as well.

    Args:
        found: the submissions.
        gradebook: the gradebook.
        lessons: the full names of the lessons to look at.
    """
    notes = {key: list(said) for key, said in found.notes.items()}
    handed_in = {(s.learner.id, s.lesson): s for s in found.submissions}
    waiting = dict(handed_in)
    gone = 0
    for lesson in lessons:
        for entry in gradebook.latest_of_all(lesson):
            submission = handed_in.get((entry.learner, lesson))
            if submission is None:
                gone += 1
                sentence = f"{lesson} was graded before and is no longer in the folder."
                notes.setdefault(entry.learner, []).append(sentence)
            elif submission.sha256 == entry.attempt_sha256:
                waiting.pop((entry.learner, lesson))
    for (learner, lesson), submission in waiting.items():
        sentence = f"{lesson}: {submission.place} is not graded yet."
        notes.setdefault(learner, []).append(sentence)
    general = list(found.general)
    if waiting:
        general.append(
            f"{len(waiting)} of {len(handed_in)} submissions are not graded yet, or "
            "were replaced since. Grade the class again for them."
        )
    if gone:
        general.append(
            f"{gone} {'grading is' if gone == 1 else 'gradings are'} of files that are "
            "no longer in the folder, and still count. To leave them out, move the "
            "gradebook away and grade again."
        )
    told = {key: tuple(said) for key, said in notes.items()}
    return replace(found, general=tuple(general), notes=told)


def _outcomes(report: Report) -> list[tuple[str, Outcome, int]]:
    return [(e.tag, *_worth(e)) for e in report.exercises]


def _worth(exercise: ExerciseResult) -> tuple[Outcome, int]:
    return exercise.outcome, exercise.points


def _change(old: ExerciseResult | None, new: ExerciseResult) -> str:
    if old is not None and old.outcome is new.outcome:
        return f"{old.points} -> {new.points} points"
    return f"{old.outcome if old else 'new'} -> {new.outcome}"


def _received(submission: Submission, result: bytes | str) -> Graded:
    """A report is bytes on its way between processes; text says why there is none."""
    if isinstance(result, str):
        return Graded(submission, None, result)
    return Graded(submission, replace(from_json(result), attempt=submission.place))
