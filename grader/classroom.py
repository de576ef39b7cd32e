"""classroom: grade many submissions over an executor, and go on where one stopped.

A grading is a pure function of the attempt, the lesson, the grader's version and the
seed. So equal attempts are graded once, a grading that the gradebook holds is not done
again, and a worker machine that dies costs nothing but the time of its last grading.
"""

from __future__ import annotations

import concurrent.futures
import functools
import itertools
import multiprocessing
import os
import secrets
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from grader import catalog, judge
from grader.errors import GraderError, Misuse
from grader.gradebook import Gradebook
from grader.report import Outcome, Report, from_json, to_json
from grader.submissions import Submission

if TYPE_CHECKING:
    from grader.sandbox import Warm

PROJECT = Path(__file__).resolve().parent.parent
# This many gradings wait for each process: enough to keep it busy, few enough that the
# coordinator's memory does not grow with the class.
WAITING_PER_JOB = 4
# A grading whose process died is tried this often before a person has to look.
TRIES = 3


@dataclass(frozen=True, slots=True)
class Work:
    """Everything one grading is a function of, beside the lesson and the grader."""

    lesson: str
    filename: str
    source: bytes = field(repr=False)
    seed: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A grading to be done: where the attempt is, and the seed."""

    submission: Submission
    seed: int

    def work(self) -> Work:
        """The grading itself, with the attempt's bytes."""
        lesson = self.submission.lesson
        return Work(lesson, f"{lesson}.py", self.submission.read(), self.seed)


@dataclass(frozen=True, slots=True)
class Graded:
    """What became of one submission.

    Attributes:
        submission: the submission.
        report: its report; None when the grader failed on it.
        error: why there is no report.
        is_new: whether it was graded now, and not known already.
    """

    submission: Submission
    report: Report | None
    error: str = ""
    is_new: bool = True


@dataclass
class Tally:
    """What an instructor wants to know of a class; grows with lessons, not learners.

    Attributes:
        scores: how many submissions reached each score, by lesson.
        exercises: (passed, graded) by exercise.
        titles: an exercise's title.
        mistakes: how often each named mistake was made.
        sentences: what was said to one learner who made it.
        look: submissions that need a person, and why.
        graded: gradings done now.
        known: gradings that were in the gradebook already.
        failed: submissions that could not be graded.
    """

    scores: dict[str, Counter[int]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    exercises: dict[str, tuple[int, int]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    mistakes: Counter[str] = field(default_factory=Counter)
    sentences: dict[str, str] = field(default_factory=dict)
    look: list[tuple[str, str, str]] = field(default_factory=list)
    graded: int = 0
    known: int = 0
    failed: int = 0

    def add(self, done: Graded) -> None:
        """Count one submission."""
        self.graded += done.is_new
        self.known += not done.is_new
        learner, lesson = done.submission.learner, done.submission.lesson
        why = _why_look(done)
        if why:
            self.look.append((learner.shown_name, lesson, why))
        if done.report is None:
            self.failed += 1
        else:
            self._add_report(done.report)

    def _add_report(self, report: Report) -> None:
        self.scores[report.lesson][report.score] += 1
        for exercise in report.exercises:
            passed, graded = self.exercises.get(exercise.tag, (0, 0))
            self.titles[exercise.tag] = exercise.title
            right = exercise.outcome is Outcome.PASSED
            self.exercises[exercise.tag] = (passed + right, graded + 1)
            for mistake in exercise.finding.mistakes if exercise.finding else ():
                self.mistakes[mistake.tag] += 1
                self.sentences.setdefault(mistake.tag, mistake.sentence)


def _why_look(done: Graded) -> str:
    if done.report is None:
        return done.error
    if done.report.problem is not None:
        return done.report.problem.sentence
    broken = [e for e in done.report.exercises if e.outcome is Outcome.BROKEN]
    if broken and broken[0].finding:
        return f"{broken[0].tag}: {broken[0].finding.sentence}"
    stopped = (Outcome.TIMED_OUT, Outcome.OUT_OF_MEMORY)
    tags = [e.tag for e in done.report.exercises if e.outcome in stopped]
    return f"stopped in {', '.join(tags)}" if tags else ""


def grade_class(
    submissions: Iterable[Submission],
    gradebook: Gradebook,
    *,
    jobs: int | None = None,
    cluster: str = "",
    seed: int | None = None,
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
            asked[key] = Asked(submission, drawn)
            continue
        gradebook.give(known, submission.learner.id)
        count(Graded(submission, known.report, is_new=False))

    for one, result in _results(list(asked.values()), jobs, cluster, root):
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
        """The exercises whose outcome changes, with both outcomes."""
        old = {e.tag: e.outcome for e in self.before.exercises}
        return tuple(
            f"{e.tag} {old.get(e.tag, 'new')} -> {e.outcome}"
            for e in self.after.exercises
            if old.get(e.tag) != e.outcome
        )


@dataclass(frozen=True, slots=True)
class Regrading:
    """What grading again would change. Nothing is written before `write`."""

    gradings: tuple[Graded, ...]
    changes: tuple[Change, ...]
    unchanged: int

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
    unchanged = 0
    for submission in submissions:
        before = gradebook.latest(submission.lesson, submission.learner.id)
        now = current[submission.lesson]
        if before is None or all(
            before.versions.get(name) == now[name] for name in ("lesson", "grader")
        ):
            unchanged += 1
            continue
        key = (submission.lesson, submission.sha256, before.seed)
        touched[key].append((submission, before))
        asked[key] = Asked(submission, before.seed)
    gradings, changes = [], []
    for one, result in _results(list(asked.values()), jobs, cluster, root):
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
    same = unchanged + len(gradings) - len(changes)
    return Regrading(tuple(gradings), tuple(changes), same)


def _outcomes(report: Report) -> list[tuple[str, Outcome, int]]:
    return [(e.tag, e.outcome, e.points) for e in report.exercises]


def _received(submission: Submission, result: bytes | str) -> Graded:
    """A report is bytes on its way between processes; text says why there is none."""
    if isinstance(result, str):
        return Graded(submission, None, result)
    return Graded(submission, replace(from_json(result), attempt=submission.place))


# One grading, in a process of its own


def graded(work: Work, root: str = "") -> bytes | str:
    """Grade one attempt: the report as JSON, or the sentence that says why not."""
    folder = Path(root) if root else PROJECT
    try:
        lesson = catalog.find(work.lesson, folder)
        warm = _warm(judge.imports_of(lesson))
        report = judge.grade(
            lesson,
            Path(work.filename),
            source=work.source,
            seed=work.seed,
            warm=warm,
        )
    except GraderError as error:
        return str(error)
    return to_json(report)


def _warm(imports: tuple[str, ...]) -> Warm:
    """The warm process that this process forks workers from; it lives as long."""
    from grader.sandbox import Warm

    if imports not in _all_warm():
        _all_warm()[imports] = Warm(imports)
    return _all_warm()[imports]


@functools.cache
def _all_warm() -> dict[tuple[str, ...], Warm]:
    return {}


def _cool() -> None:
    """End the warm processes of this process."""
    while _all_warm():
        _all_warm().popitem()[1].close()


# Executors


class InTurn(Executor):
    """An executor without processes: each call is made when it is submitted."""

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        """Make the call now; the future is done when it is returned."""
        future: Future[object] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # handed to whoever asks for the result
            future.set_exception(error)
        return future


@contextmanager
def executor(jobs: int, cluster: str) -> Iterator[Executor]:
    """The executor asked for.

    Raises:
        Misuse: dask is not installed, or the scheduler cannot be reached.
    """
    if cluster:
        with _cluster(cluster) as made:
            yield made
    elif jobs == 0:
        try:
            yield InTurn()
        finally:
            _cool()
    else:
        context = multiprocessing.get_context("spawn")
        pool = concurrent.futures.ProcessPoolExecutor(jobs, context, _end_with_parent)
        try:
            yield pool
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    try:
        from distributed import Client
    except ImportError as error:
        raise Misuse(
            "--cluster needs dask.distributed: uv sync --extra cluster, then again."
        ) from error
    try:
        client = Client(address, timeout=10)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise Misuse(
            f"No dask scheduler answers at {address}. Start one with dask scheduler, "
            "and workers with dask worker."
        ) from error
    with client:
        yield client.get_executor(pure=False, retries=TRIES)  # type: ignore[no-untyped-call]


def _end_with_parent() -> None:
    """End this process when the coordinator is gone, however it went."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _results(
    works: list[Asked], jobs: int | None, cluster: str, root: Path
) -> Iterator[tuple[Asked, bytes | str]]:
    """Grade all works, a bounded number at a time, in the order they are done."""
    if not works:
        return
    jobs = (os.cpu_count() or 1) if jobs is None else jobs
    jobs = min(jobs, len(works))
    place = "" if root == PROJECT else str(root)
    left, tries = list(works), Counter[Asked]()
    while left:
        with ExitStack() as stack:
            pool = stack.enter_context(executor(jobs, cluster))
            lost: list[Asked] = []
            for one, result in _windowed(pool, left, max(1, jobs), place):
                if result is not None:
                    yield one, result
                    continue
                tries[one] += 1
                if tries[one] >= TRIES:
                    yield one, f"its process died {TRIES} times; grade it alone to see"
                else:
                    lost.append(one)
            left = lost
        # A process that died takes its neighbours' gradings along; then one at a time
        # tells which of them it was.
        jobs = min(jobs, 1)


def _windowed(
    pool: Executor, works: list[Asked], jobs: int, root: str
) -> Iterator[tuple[Asked, bytes | str | None]]:
    """Results as they come; None for a work whose process died."""
    waiting = iter(works)
    running: dict[Future[bytes | str], Asked] = {}
    is_broken = False
    while True:
        room = 0 if is_broken else WAITING_PER_JOB * jobs - len(running)
        for asked in itertools.islice(waiting, room):
            try:
                running[pool.submit(graded, asked.work(), root)] = asked
            except BrokenProcessPool:
                is_broken = True
                yield asked, None
        if not running:
            yield from ((asked, None) for asked in waiting)
            return
        done, _ = concurrent.futures.wait(
            running, return_when=concurrent.futures.FIRST_COMPLETED
        )
        for future in done:
            asked = running.pop(future)
            try:
                result: bytes | str | None = future.result()
            except BrokenProcessPool:
                is_broken, result = True, None
            except Exception as error:  # of ours, or of the cluster: for one learner
                result = f"the grader failed: {type(error).__name__}: {error}"
            yield asked, result
