"""class_grading: grade a class, resume an earlier run, or grade it again.

A grading is a pure function of the attempt, the lesson, the grader's version and the
seed. So equal attempts are graded once, and a grading that is in the gradebook isn't
repeated. If a worker machine dies, only the time of its last grading is lost.
"""

from __future__ import annotations

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
from grader.course_folder import PROJECT
from grader.document import catalog
from grader.gradebook import Gradebook, RecordedGrading
from grader.judge.provenance import are_same, versions
from grader.report import ExerciseResult, Outcome, Report
from grader.sandbox.isolation.policy import Isolation


class Graded(msgspec.Struct, frozen=True):
    """The result for one submission.

    Attributes:
        submission: the submission.
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
        submission: the submission.
        result: the report, or a sentence that says why there is none.
    """
    if isinstance(result, str):
        return Graded(submission, None, result)
    if not result.exercises:
        why = "it has no exercises because the grader failed; grade again"
        return Graded(submission, None, why)
    report = replace(result, attempt=submission.place, is_of_class=True)
    return Graded(submission, report)


@dataclass
class Tally(ClassCounts):
    """Counts for the instructor, updated while the class is graded.

    Attributes:
        scores: how many submissions reached each score, by lesson.
        look: submissions that a person should look at, and why.
        graded: how many gradings were made now.
        known: how many gradings were in the gradebook already.
        failed: how many submissions couldn't be graded.
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
        self.look += [(learner.shown_name, lesson, why) for why in whys]
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


def grade_class(
    submissions: Iterable[Submission],
    gradebook: Gradebook,
    *,
    jobs: int | None = None,
    cluster: str = "",
    seed: int | None = None,
    require_sandbox: bool = False,
    overrides: Overrides = NO_OVERRIDES,
    on_graded: Callable[[Graded], None] = lambda done: None,
    root: Path = PROJECT,
) -> Tally:
    """Grade a class; record each grading in the gradebook before reporting the next.

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
        overrides: points that a person gave; they count in the tally.
        on_graded: called with each submission once it is graded.
        root: the project's folder.

    Raises:
        Misuse: if the cluster can't be used.
        GraderError: if a lesson is at fault, or the gradebook can't be written.
    """
    tally = Tally()
    new: dict[tuple[str, str], list[Submission]] = defaultdict(list)
    current = {one.name: versions(one) for one in catalog.lessons(root)}
    seeds = {name: _seed(name, now, gradebook, seed) for name, now in current.items()}

    def count(done: Graded) -> None:
        if done.report is not None:
            learner = done.submission.learner.id
            done = replace(done, report=overrides.apply(learner, done.report))
        tally.add(done)
        on_graded(done)

    for submission in submissions:
        now = current[submission.lesson]
        # Look up by the content of the file, not by its owner: equal files are graded
        # once.
        known = gradebook.find_reusable(submission.sha256, now, seed)
        if known is None or not _can_stand(known.report, require_sandbox):
            new[submission.lesson, submission.sha256].append(submission)
        else:
            count(_reuse(submission, known, gradebook))
    asked = [
        Pending(tuple(equal), seeds[lesson], require_sandbox)
        for (lesson, _), equal in new.items()
    ]
    for one, result in results(asked, jobs, cluster, root):
        for submission in one.submissions:
            count(_keep(graded_from(submission, result), gradebook))
    return tally


def _seed(
    lesson: str, now: Mapping[str, str], gradebook: Gradebook, wanted: int | None
) -> int:
    """Return the seed for new gradings: the given one, the class's, or a new one."""
    kept = gradebook.usual_seed(lesson, now) if wanted is None else wanted
    return secrets.randbelow(2**32) if kept is None else kept


def _can_stand(report: Report, require_sandbox: bool) -> bool:
    """Return whether an earlier grading had the isolation that a new one would have."""
    if report.exposed:
        return False  # the attempt could read a solution
    return not require_sandbox or set(report.isolation or ()) == set(Isolation)


def _reuse(
    submission: Submission, known: RecordedGrading, gradebook: Gradebook
) -> Graded:
    """Return an earlier grading of an equal submission as the result for this one."""
    report = replace(known.report, attempt=submission.place)
    done = Graded(submission, report, is_new=False)
    return _record(
        done, lambda learner: gradebook.credit(known, learner, report.attempt)
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


class ScoreChange(msgspec.Struct, frozen=True):
    """A change of a learner's score by a corrected check; scores are (points, of)."""

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


class Regrading(msgspec.Struct, frozen=True):
    """The changes that grading again would make. `write` records them.

    Attributes:
        gradings: the new gradings.
        changes: the learners whose outcome changes.
        unchanged: how many gradings stay the same.
        ungraded: how many submissions were never graded, or were replaced since.
    """

    gradings: tuple[Graded, ...]
    changes: tuple[ScoreChange, ...]
    unchanged: int
    ungraded: int = 0

    @property
    def lost(self) -> tuple[Graded, ...]:
        """The gradings that the grader failed on; the recorded ones stay."""
        return tuple(done for done in self.gradings if done.report is None)

    def write(self, gradebook: Gradebook) -> None:
        """Add the new gradings to the gradebook, and keep the old ones as history."""
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

    Each attempt is graded with the seed it had, so only the versions make a difference.
    Points that a person gave stay. If the outcome of the checks changes, that counts as
    a change even so. The arguments are those of `grade_class`.
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
    return f"{old.outcome.word if old else 'new'} -> {new.outcome.word}"
