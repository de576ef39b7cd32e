"""jobs: gradings and runs in separate threads, with progress and cancellation.

A learner has at most one of each: pressing Grade again while a grading runs ends that
one. The processes that start workers are kept for the lessons that were opened last, so
that a press is answered at once.
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
from grader.common.errors import NotFound
from grader.common.sanitize import replace_controls
from grader.course.document.catalog import Lesson
from grader.judge.request import GradingRequest
from grader.learner.drawn_digits import ClassifiedDigit, classify_drawing
from grader.learner.grading_service import LocalGradingService
from grader.learner.page_run.sandboxed_runner import CellRun, SandboxedRunner
from grader.learner.session import Conclusion, LearnerSession
from grader.report import Report
from grader.sandbox import Limits, WorkerPool, WorkerRequirements

MOST_LESSONS = 2
_SLOW, _TELL_EVERY_S = "keras", 1.0  # it takes seconds to start
RUN_LIMITS = Limits(cpu_s=600, memory_mb=4096)
Publish = Callable[[str, dict[str, Any]], None]


class Job(msgspec.Struct, frozen=True):
    """A grading or a run that somebody waits for.

    Attributes:
        cancel: set when nobody waits any more.
        publish: called with the name and the content of each event.
        checked: the exercises of which a check is done.
    """

    cancel: threading.Event
    publish: Publish
    checked: set[str] = msgspec.field(default_factory=set)

    def on_progress(self, seen: dict[str, Any]) -> None:
        """Publish how far a training is; numbers that aren't finite become strings."""
        numbers = {
            # JSON has no nan, and a page couldn't read a message that contains one.
            name: str(x) if type(x) is float and not math.isfinite(x) else x
            for name, x in seen.items()
        }
        self.publish("progress", {"seen": numbers})

    def on_check(self, exercise: str) -> None:
        """Publish that the first check of an exercise is done."""
        if exercise not in self.checked:
            self.checked.add(exercise)
            self.publish("checked", {"exercise": exercise})

    def on_cell(self, cell: int, of: int, exercise: str) -> None:
        """Publish which cell begins, of those down to the one that was asked for."""
        self.publish("began", {"cell": cell, "of": of, "exercise": exercise})

    def on_print(self, text: str) -> None:
        """Publish what a cell has printed since the last time."""
        self.publish("printed", {"text": replace_controls(text)})


class JobRunner(Protocol):
    """The interface for running gradings and cells."""

    def prepare(self, lesson: Lesson) -> None:
        """Get a lesson's workers ready."""

    def grade(self, lesson: Lesson, request: GradingRequest, job: Job) -> Report:
        """Grade a lesson, or one exercise; what a `GradingService` raises."""

    def run(self, lesson: Lesson, source: bytes, line: int, job: Job) -> CellRun:
        """Run cells; raise what `SandboxedRunner.run` raises."""


class LocalJobRunner:
    """Grade and run for one learner, in processes only for them.

    Args:
        pool: provides the workers; it is closed with the runner.
    """

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool
        self._service = LocalGradingService(self._pool)
        # The one that was used last is at the end.
        self._opened: OrderedDict[str, tuple[SandboxedRunner, WorkerRequirements]]
        self._opened = OrderedDict()
        self._lock = threading.Lock()

    def prepare(self, lesson: Lesson) -> None:
        """Get a lesson's workers ready, and wait for it; end those of other lessons."""
        runner = self._open(lesson)
        # One after the other: side by side, both would be late.
        self._service.wait_until_ready(lesson, require_sandbox=False)
        self._pool.launch(runner.needs)

    def grade(self, lesson: Lesson, request: GradingRequest, job: Job) -> Report:
        """Grade a lesson, or one exercise of it."""
        self._open(lesson)
        return self._service.grade(request, job.cancel, job.on_progress, job.on_check)

    def run(self, lesson: Lesson, source: bytes, line: int, job: Job) -> CellRun:
        """Run the cells of a page down to the one that begins in a line."""
        runner = self._open(lesson)
        return runner.run(
            source, line, job.on_progress, job.cancel, job.on_print, job.on_cell
        )

    def classify(self, lesson: Lesson, png: bytes, weights: Path) -> ClassifiedDigit:
        """Classify a drawing with the network that the learner trained."""
        return classify_drawing(png, lesson, weights, self._pool)

    def close(self) -> None:
        """End every process."""
        with self._lock:
            for runner, _ in self._opened.values():
                runner.forget()
            self._opened.clear()
        self._pool.close()

    def _open(self, lesson: Lesson) -> SandboxedRunner:
        """Return the runner for a lesson's cells; end those of lessons left earlier."""
        needs = judge.requirements_of(lesson)
        with self._lock:
            runner, _ = self._opened.pop(lesson.name, (None, needs))
            runner = runner or SandboxedRunner(lesson, RUN_LIMITS, self._pool)
            self._opened[lesson.name] = runner, needs
            while len(self._opened) > MOST_LESSONS:
                _, (left, _) = self._opened.popitem(last=False)
                left.forget()
            runners = list(self._opened.values())
        self._pool.close_except(
            {x for one, grader_needs in runners for x in (one.needs, grader_needs)}
        )
        return runner


class Jobs:
    """Grade and run what one learner wrote.

    Args:
        runner: runs the jobs.
        session: records the results.
        publish: called, from any thread, with the name and the content of an event.
    """

    def __init__(
        self, runner: JobRunner, session: LearnerSession, publish: Publish
    ) -> None:
        self._runner, self.session, self._publish = runner, session, publish
        self._turns = {"grade": threading.Lock(), "run": threading.Lock()}
        self._running: dict[str, threading.Event] = {}
        self._drawing = threading.Lock()

    def prepare(self, lesson: Lesson) -> None:
        """Get a lesson's workers ready; if that takes long, tell the pages."""
        has_ended, about = threading.Event(), {"lesson": lesson.short_name}
        has_failed = True

        def tell() -> None:
            # Again and again, because a page may only just have been opened.
            while not has_ended.wait(_TELL_EVERY_S):
                self._publish("starting", {**about, "is_ready": False})
            ended = {**about, "is_ready": True, "has_failed": has_failed}
            self._publish("starting", ended)

        if _SLOW in judge.requirements_of(lesson).imports:
            threading.Thread(target=tell, daemon=True).start()
        try:
            self._runner.prepare(lesson)
            has_failed = False
        finally:
            has_ended.set()

    def grade(
        self, lesson: Lesson, path: Path, source: bytes, exercise: str = ""
    ) -> Conclusion:
        """Grade a lesson and remember it; on a full disk, grade it all the same.

        Args:
            lesson: provides the checks.
            path: the learner's file.
            source: its bytes.
            exercise: the tag of the only exercise to grade, or "".

        Raises:
            Cancelled: if it was stopped.
            GraderError: if the lesson or the sandbox is at fault.
        """
        with self._turn("grade", lesson) as job:
            request = GradingRequest.of(lesson, path, source, exercise=exercise)
            request = self.session.complete(request, lesson)
            report = self._runner.grade(lesson, request, job)
        return self.session.conclude(report, lesson, source, path.suffix)

    def run(self, lesson: Lesson, source: bytes, line: int) -> CellRun:
        """Run the cells of a page down to the one that begins in a line.

        Raises:
            NotFound: if none begins there.
            Unreadable: if the page isn't text.
            GraderError: if no worker is available.
        """
        with self._turn("run", lesson) as job:
            return self._runner.run(lesson, source, line, job)

    @property
    def can_classify(self) -> bool:
        """Whether drawings can be classified here; in a room they can't be yet."""
        return isinstance(self._runner, LocalJobRunner)

    def classify(self, lesson: Lesson, png: bytes) -> ClassifiedDigit:
        """Classify a drawing with the network that the learner trained.

        Raises:
            Misuse: if the drawing can't be used, or no network is trained.
            NotFound: if it isn't possible here.
        """
        if not isinstance(self._runner, LocalJobRunner):
            raise NotFound("draw")
        with self._drawing:
            return self._runner.classify(lesson, png, self.session.weights(lesson))

    def stop(self) -> None:
        """End everything that runs."""
        for cancel in list(self._running.values()):
            cancel.set()

    @contextmanager
    def _turn(self, kind: str, lesson: Lesson) -> Iterator[Job]:
        """Wait until this is the only job of its kind, after ending the current one."""
        # Register it before waiting for the lock, because it ends the job that has the
        # lock.
        cancel = threading.Event()
        before, self._running[kind] = self._running.get(kind), cancel
        if before is not None:
            before.set()

        def publish(event: str, what: dict[str, Any]) -> None:
            self._publish(event, {"lesson": lesson.short_name, "kind": kind, **what})

        try:
            with self._turns[kind]:
                publish("waiting", {"place": 0})  # the earlier job publishes no more
                yield Job(cancel, publish)
        finally:
            # Otherwise a later job has replaced it, which has its own event.
            if self._running.get(kind) is cancel:
                del self._running[kind]
