"""class_grading: grade a class, or resume an earlier run, and say whose score changes.

A grading is a pure function of the attempt, the lesson, the grader's version and the
seed. So equal attempts are graded once, and a grading that is in the gradebook isn't
repeated. If a worker machine dies, only the time of its last grading is lost.
"""

from __future__ import annotations

import functools
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from msgspec.structs import replace

from grader.classroom.executors import Pending, results
from grader.classroom.overrides import NO_OVERRIDES, Overrides
from grader.classroom.submissions import Submission
from grader.classroom.summary import ClassCounts, looks_of
from grader.course.document import catalog
from grader.judge.provenance import are_same, versions
from grader.learner.gradebook import Gradebook, RecordedGrading
from grader.learner.gradebook.rows import shorten
from grader.report import ExerciseResult, Outcome, Report
from grader.sandbox.isolation.policy import Isolation


class Graded(msgspec.Struct, frozen=True):
    """The result for one submission.

    Attributes:
        report: its report, or None if the grader failed on it.
        error: why there is no report.
        is_new: whether it was graded now, instead of being known already.
    """

    submission: Submission
    report: Report | None
    error: str = ""
    is_new: bool = True


def graded_from(submission: Submission, result: Report | str) -> Graded:
    """Return a grading as the result for one submission, wherever it was made.

    Args:
        submission: the file that was graded.
        result: the report, or a sentence that says why there is none.
    """
    if isinstance(result, str):
        return Graded(submission, None, result)
    if not result.exercises:
        why = "it has no exercises because the grader failed; grade again"
        return Graded(submission, None, why)
    report = replace(result, attempt=submission.place, is_of_class=True)
    return Graded(submission, report)


class ScoreChange(msgspec.Struct, frozen=True):
    """Two gradings of a learner's file whose outcomes or points differ."""

    submission: Submission
    before: Report
    after: Report

    @property
    def exercises(self) -> tuple[str, ...]:
        """The exercises that change, each with its old and new outcome or points."""
        old = {e.tag: e for e in self.before.exercises}
        return tuple(
            f"{e.tag} {_change(old.get(e.tag), e)}"
            for e in self.after.exercises
            if e.tag not in old or _worth(old[e.tag]) != _worth(e)
        )


@dataclass
class Tally(ClassCounts):
    """Counts for the instructor, updated while the class is graded.

    Attributes:
        scores: how many submissions reached each score, by lesson.
        look: submissions that a person should look at, and why.
        graded: how many gradings were made now.
        known: how many gradings were in the gradebook already.
        failed: how many submissions couldn't be graded.
        outdated: how many had been graded with another version of the lesson, the
            grader or a library.
        changes: the learners whose outcomes differ from those before, for the same
            file.
        unchanged: how many stay as they were before.
        lost: those who had a grading and couldn't be graded again; they keep it.
        ungraded: how many a preview leaves out, because they were never graded, or were
            replaced since.
        untouched: how many pages were handed in unchanged; they aren't counted
            elsewhere.
        isolation: the sandbox layers that the new gradings had.
        exposed: sentences about files of the course that attempts could read.
    """

    scores: dict[str, Counter[int | float]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    look: list[tuple[str, str, str]] = field(default_factory=list)
    graded: int = 0
    known: int = 0
    failed: int = 0
    outdated: int = 0
    changes: list[ScoreChange] = field(default_factory=list)
    unchanged: int = 0
    lost: list[Graded] = field(default_factory=list)
    ungraded: int = 0
    untouched: int = 0
    isolation: set[tuple[Isolation, ...]] = field(default_factory=set)
    exposed: set[str] = field(default_factory=set)

    def add(self, done: Graded) -> None:
        """Count one submission."""
        self.graded += done.is_new
        self.known += not done.is_new
        learner, report = done.submission.learner, done.report
        whys = [done.error] if report is None else looks_of(report)
        lesson = done.submission.lesson
        self.look += [(learner.display_name, lesson, why) for why in whys]
        if report is None:
            self.failed += 1
            return
        if done.is_new:
            self.isolation.add(report.isolation or ())
        if report.exposed:
            self.exposed.add(report.exposed)
        if report.is_untouched:
            self.untouched += 1
        else:
            self.scores[report.lesson][report.score] += 1
            self.add_report(learner.id, report)

    def compare(self, done: Graded, before: Report, overrides: Overrides) -> None:
        """Count what has changed since an earlier grading of the same file.

        Points that a person gave stay. If the outcome of the checks changes, that
        counts as a change even so.
        """
        if done.report is None:
            self.lost.append(done)
        elif _outcomes(done.report) == _outcomes(before):
            self.unchanged += 1
        else:
            who = done.submission.learner.id
            both = (overrides.apply(who, one) for one in (before, done.report))
            self.changes.append(ScoreChange(done.submission, *both))


def grade_class(
    submissions: Iterable[Submission],
    gradebook: Gradebook,
    *,
    jobs: int | None = None,
    cluster: str = "",
    seed: int | None = None,
    require_sandbox: bool = False,
    is_preview: bool = False,
    overrides: Overrides = NO_OVERRIDES,
    on_graded: Callable[[Graded], None] = lambda done: None,
    root: Path,
) -> Tally:
    """Grade a class; record each grading in the gradebook before reporting the next.

    What another version of its lesson, of the grader or of a library has graded is
    graded again. A grading of the class keeps its seed, so that only the versions make
    a difference. In a room, everybody has another seed, and gets the class's here.

    Args:
        submissions: what was handed in.
        gradebook: where gradings are kept and looked up.
        jobs: how many gradings run at a time; 0 grades one after another in this
            process. If None, as many as there are processors.
        cluster: the address of a dask scheduler, to grade there instead.
        seed: the seed for the random inputs of new gradings. If None, one is drawn for
            all learners and kept. Learners who are graded later get the same questions,
            so that equal wrong answers are recognised. A grading with another seed is
            then reused as well.
        require_sandbox: refuse to grade if a sandbox layer is missing.
        is_preview: grade only what had been graded before, and record nothing.
        overrides: points that a person gave; they count in the tally.
        on_graded: called with each submission once it is graded.
        root: the project's folder.

    Raises:
        Misuse: if the cluster can't be used.
        GraderError: if a lesson is at fault, or the gradebook can't be written.
    """
    tally = Tally()
    new: dict[tuple[str, str, int], dict[Submission, Report | None]] = defaultdict(dict)
    versions_of = _find_versions(root)
    seeds = dict[str, int]()

    def count(done: Graded, before: Report | None) -> None:
        if before is not None:
            tally.compare(done, before, overrides)
        if done.report is not None:
            learner = done.submission.learner.id
            done = replace(done, report=overrides.apply(learner, done.report))
        tally.add(done)
        on_graded(done)

    for submission in submissions:
        lesson, now = submission.lesson, versions_of(submission.lesson)
        if lesson not in seeds:
            seeds[lesson] = _seed(lesson, now, gradebook, seed)
        before = _find_before(submission, gradebook)
        is_outdated = before is not None and not are_same(before.versions, now)
        tally.outdated += is_outdated
        if before is None and is_preview:
            tally.ungraded += 1
            continue
        # Look up by the content of the file, not by its owner: equal files are graded
        # once.
        reusable = gradebook.find_reusable(submission.sha256, now, seed)
        if reusable is None or not _can_stand(reusable.report, require_sandbox):
            chosen = seeds[lesson]
            if before and before.is_of_class and is_outdated and seed is None:
                chosen = before.seed
            new[lesson, submission.sha256, chosen][submission] = before
        else:
            count(
                _reuse(submission, reusable, None if is_preview else gradebook), before
            )
    pending = [
        Pending(tuple(some), key[2], require_sandbox) for key, some in new.items()
    ]
    for job, result in results(pending, jobs, cluster, root):
        for submission in job.submissions:
            done = graded_from(submission, result)
            done = done if is_preview else _keep(done, gradebook)
            count(done, new[submission.lesson, submission.sha256, job.seed][submission])
    tally.changes.sort(key=lambda x: (x.submission.lesson, x.submission.learner.id))
    return tally


def _find_before(submission: Submission, gradebook: Gradebook) -> Report | None:
    """Return the learner's last whole grading, shortened, if it is of the same file."""
    try:
        before = gradebook.latest(submission.lesson, submission.learner.id)
    except ValueError:  # a name isn't valid Unicode, so nothing is recorded under it
        return None
    if before is None or before.attempt_sha256 != submission.sha256:
        return None
    return shorten(before)  # a whole class of these waits for its new gradings


def _find_versions(root: Path) -> Callable[[str], Mapping[str, str]]:
    """Return a function that finds a lesson's versions, once for each lesson."""
    course = {one.name: one for one in catalog.lessons(root)}
    return functools.cache(lambda lesson: versions(course[lesson]))


def _seed(
    lesson: str, now: Mapping[str, str], gradebook: Gradebook, given_seed: int | None
) -> int:
    """Return the seed for new gradings: the given one, the class's, or a new one."""
    seed = gradebook.usual_seed(lesson, now) if given_seed is None else given_seed
    return secrets.randbelow(2**32) if seed is None else seed


def _can_stand(report: Report, require_sandbox: bool) -> bool:
    """Return whether an earlier grading had the isolation that a new one would have."""
    if report.exposed:
        return False  # the attempt could read a solution
    return not require_sandbox or set(report.isolation or ()) == set(Isolation)


def _reuse(
    submission: Submission, earlier: RecordedGrading, gradebook: Gradebook | None
) -> Graded:
    """Return an earlier grading of an equal submission as the result for this one.

    It is recorded if a gradebook is given.
    """
    report = replace(earlier.report, attempt=submission.place)
    done = Graded(submission, report, is_new=False)
    if gradebook is None:
        return done
    return _record(
        done, lambda learner: gradebook.credit(earlier, learner, report.attempt)
    )


def _keep(done: Graded, gradebook: Gradebook) -> Graded:
    """Return a new grading after recording it in the gradebook."""
    report = done.report
    if report is None:
        return done
    return _record(done, lambda learner: gradebook.record(report, learner))


def _record(done: Graded, write: Callable[[str], object]) -> Graded:
    """Record a result and return it; a failure affects only this learner."""
    try:
        write(done.submission.learner.id)
    except (ValueError, OverflowError) as error:  # a name or a text isn't valid Unicode
        return replace(done, report=None, error=f"it cannot be recorded ({error})")
    return done


def _outcomes(report: Report) -> list[tuple[str, Outcome, int, int]]:
    return [(e.tag, *_worth(e)) for e in report.exercises]


def _worth(exercise: ExerciseResult) -> tuple[Outcome, int, int]:
    return exercise.outcome, exercise.points, exercise.judged


def _change(old: ExerciseResult | None, new: ExerciseResult) -> str:
    stay = f" ({new.earned} points by hand stay)" if new.override else ""
    return f"{_what_changes(old, new)}{stay}"


def _what_changes(old: ExerciseResult | None, new: ExerciseResult) -> str:
    if old is None or old.outcome is not new.outcome:
        return f"{old.word if old else 'new'} -> {new.word}"
    if old.points == new.points:
        return f"{old.judged} -> {new.judged} of {new.points} points"
    return f"{old.points} -> {new.points} points"
