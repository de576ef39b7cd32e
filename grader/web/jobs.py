"""jobs: gradings and runs in threads of their own, with progress and an end.

A learner has one of each at a time: who presses Grade again while one runs ends that
one. The processes that a lesson's workers come from are kept for the lessons that were
opened last, so that a press is answered at once.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import msgspec

from grader import judge
from grader.document.catalog import Lesson
from grader.drawn_digits import ClassifiedDigit, classify_drawing
from grader.grading_service import GradingRequest, LocalGradingService
from grader.page_run.sandboxed_runner import CellRun, SandboxedRunner
from grader.report import Report
from grader.sandbox import Limits, WorkerPool, WorkerRequirements
from grader.sanitize import replace_controls
from grader.session import Conclusion, LearnerSession

MOST_LESSONS = 2
RUN_LIMITS = Limits(cpu_s=600, memory_mb=4096)
Publish = Callable[[str, dict[str, Any]], None]


class Job(msgspec.Struct, frozen=True):
    """A grading or a run that somebody waits for.

    Attributes:
        cancel: set when they wait no longer.
        publish: called with the name of an event and what happened, meanwhile.
        earlier: the verdicts that a grading may keep.
        weights: where a grading keeps a network that it sees trained, or "".
    """

    cancel: threading.Event
    publish: Publish
    earlier: Report | None = None
    weights: str = ""

    def on_progress(self, seen: dict[str, Any]) -> None:
        """Publish how far a training is; what isn't a number there becomes a word."""
        numbers = {
            # JSON has no nan, and a page could not read what holds one.
            name: str(x) if type(x) is float and not math.isfinite(x) else x
            for name, x in seen.items()
        }
        self.publish("progress", {"seen": numbers})

    def on_print(self, text: str) -> None:
        """Publish what a cell has printed since the last time."""
        self.publish("printed", {"text": replace_controls(text)})


class JobRunner(Protocol):
    """Where gradings and runs are done."""

    def prepare(self, lesson: Lesson) -> None:
        """Have a lesson's workers ready."""

    def grade(self, lesson: Lesson, path: Path, source: bytes, job: Job) -> Report:
        """Grade a whole lesson; what a `GradingService` raises."""

    def run(self, lesson: Lesson, source: bytes, line: int, job: Job) -> CellRun:
        """Run cells; what `SandboxedRunner.run` raises."""


class LocalJobRunner:
    """Grades and runs for one learner, in processes of theirs alone."""

    def __init__(self) -> None:
        self._pool = WorkerPool()
        self._service = LocalGradingService(self._pool)
        # The one that was used last is at the end.
        self._opened: OrderedDict[str, tuple[SandboxedRunner, WorkerRequirements]]
        self._opened = OrderedDict()
        self._lock = threading.Lock()

    def prepare(self, lesson: Lesson) -> None:
        """Have a lesson's workers ready; those of other lessons end."""
        runner = self._open(lesson)
        self._service.prepare(lesson)
        self._pool.launch(runner.needs)

    def grade(self, lesson: Lesson, path: Path, source: bytes, job: Job) -> Report:
        """Grade a whole lesson."""
        self._open(lesson)
        request = GradingRequest.of(
            lesson, path, source, earlier=job.earlier, weights=job.weights
        )
        return self._service.grade(request, job.cancel, job.on_progress)

    def run(self, lesson: Lesson, source: bytes, line: int, job: Job) -> CellRun:
        """Run the cells of a page down to the one that begins in a line."""
        runner = self._open(lesson)
        return runner.run(source, line, job.on_progress, job.cancel, job.on_print)

    def classify(self, lesson: Lesson, png: bytes, weights: Path) -> ClassifiedDigit:
        """Show a drawing to the network that the learner trained."""
        return classify_drawing(png, lesson, weights, self._pool)

    def close(self) -> None:
        """End every process."""
        self._pool.close()

    def _open(self, lesson: Lesson) -> SandboxedRunner:
        """Return what runs a lesson's cells; keep nothing of lessons left before."""
        needs = judge.requirements_of(lesson)
        with self._lock:
            runner, _ = self._opened.pop(lesson.name, (None, needs))
            runner = runner or SandboxedRunner(lesson, RUN_LIMITS, self._pool)
            self._opened[lesson.name] = runner, needs
            while len(self._opened) > MOST_LESSONS:
                self._opened.popitem(last=False)
            opened = list(self._opened.values())
        self._pool.close_except({x for one, own in opened for x in (one.needs, own)})
        return runner


class Jobs:
    """Grades and runs what one learner wrote.

    Args:
        runner: where that is done.
        session: what remembers it.
        publish: called, from any thread, with a kind of event and what happened.
    """

    def __init__(
        self, runner: JobRunner, session: LearnerSession, publish: Publish
    ) -> None:
        self._runner, self.session, self._publish = runner, session, publish
        self._turns = {"grade": threading.Lock(), "run": threading.Lock()}
        self._running: dict[str, threading.Event] = {}
        self._drawing = threading.Lock()

    def prepare(self, lesson: Lesson) -> None:
        """Have a lesson's workers ready."""
        self._runner.prepare(lesson)

    def grade(self, lesson: Lesson, path: Path, source: bytes) -> Conclusion:
        """Grade a whole lesson and remember it; on a full disk, grade it all the same.

        Raises:
            Cancelled: it was stopped.
            GraderError: the lesson or the sandbox is at fault.
        """
        with self._turn("grade", lesson) as job:
            options = self.session.grading_options(lesson)
            job = msgspec.structs.replace(job, **options)
            report = self._runner.grade(lesson, path, source, job)
        return self.session.conclude(report, lesson, source, path.suffix)

    def run(self, lesson: Lesson, source: bytes, line: int) -> CellRun:
        """Run the cells of a page down to the one that begins in a line.

        Raises:
            LookupError: none begins there.
            Unreadable: the page is no text.
            GraderError: no worker can be had.
        """
        with self._turn("run", lesson) as job:
            return self._runner.run(lesson, source, line, job)

    @property
    def can_classify(self) -> bool:
        """Whether drawings can be shown to a network here; in a room they can't yet."""
        return isinstance(self._runner, LocalJobRunner)

    def classify(self, lesson: Lesson, png: bytes) -> ClassifiedDigit:
        """Show a drawing to the network that the learner trained.

        Raises:
            Misuse: the drawing can't be used, or no network is trained.
            LookupError: it can't be done here.
        """
        if not isinstance(self._runner, LocalJobRunner):
            raise LookupError("draw")
        with self._drawing:
            return self._runner.classify(lesson, png, self.session.weights(lesson))

    def stop(self) -> None:
        """End what runs."""
        for cancel in list(self._running.values()):
            cancel.set()

    @contextmanager
    def _turn(self, kind: str, lesson: Lesson) -> Iterator[Job]:
        """Wait to be the only one of a kind; what runs of it is ended first."""
        # Set before the lock is waited for: it is what ends the one that holds it.
        cancel = threading.Event()
        before, self._running[kind] = self._running.get(kind), cancel
        if before is not None:
            before.set()

        def publish(event: str, what: dict[str, Any]) -> None:
            self._publish(event, {"lesson": lesson.short_name, "kind": kind, **what})

        try:
            with self._turns[kind]:
                yield Job(cancel, publish)
        finally:
            # Else a later one has taken its place, and is to be stopped by its own.
            if self._running.get(kind) is cancel:
                del self._running[kind]
