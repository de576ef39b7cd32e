"""grading_service: one interface for gradings, wherever they run.

`LocalGradingService` grades in this process, `process_pool.GraderPool` in separate
processes. Both take the same request and return the same report.
"""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from grader import judge
from grader.common.errors import GraderError
from grader.course.course_folder import project_folder
from grader.course.document import catalog
from grader.course.document.catalog import Lesson
from grader.judge.request import GradingRequest, Listeners
from grader.report import CheckResult, Report
from grader.sandbox.worker_pool import WorkerPool

OnProgress = Callable[[dict[str, Any]], None]
OnCheck = Callable[[str], None]


class GradingService(Protocol):
    """The interface of everything that grades."""

    def grade(
        self,
        request: GradingRequest,
        cancel: threading.Event | None = None,
        on_progress: OnProgress | None = None,
        on_check: OnCheck | None = None,
    ) -> Report:
        """Grade one attempt.

        Args:
            request: what to grade.
            cancel: ends the grading when another thread sets it.
            on_progress: called with the numbers of a training run, while it runs.
            on_check: called with the tag of an exercise, after each of its checks.

        Raises:
            Cancelled: if `cancel` was set.
            GraderError: if it can't be graded.
        """

    def close(self) -> None:
        """End every process."""


class GraderCrash(GraderError):
    """Raised if the grader itself failed.

    Attributes:
        trace: the traceback.
    """

    def __init__(self, sentence: str, trace: str) -> None:
        super().__init__(sentence)
        self.trace = trace


class LocalGradingService:
    """Grade in this process.

    Args:
        pool: provides the workers; it is closed with the service.
    """

    def __init__(self, pool: WorkerPool) -> None:
        self.pool = pool

    def prepare(self, lesson: Lesson, require_sandbox: bool = False) -> None:
        """Begin to import what an attempt at a lesson needs, without waiting."""
        self.pool.launch(_needs(lesson, require_sandbox))

    def stand_by(self, lesson: Lesson) -> None:
        """Get as many workers ready as the last grading needed, for the next one."""
        self.pool.stand_by(_needs(lesson, require_sandbox=False))

    def wait_until_ready(self, lesson: Lesson, require_sandbox: bool) -> None:
        """Wait until everything that an attempt at a lesson needs is imported."""
        factory = self.pool.factory(_needs(lesson, require_sandbox))
        judge.exercises(lesson)
        judge.import_everything()
        _ = factory.isolation  # this waits for the imports

    def grade(
        self,
        request: GradingRequest,
        cancel: threading.Event | None = None,
        on_progress: OnProgress | None = None,
        on_check: OnCheck | None = None,
    ) -> Report:
        """Grade one attempt, as every service does."""

        def pass_on(exercise: str, _: CheckResult) -> None:
            if on_check is not None:
                on_check(exercise)

        listeners = Listeners(
            on_progress, pass_on, on_weights=_keeper_of(request.weights)
        )
        lesson = find_lesson(request.lesson, request.root)
        return judge.grade(lesson, request, self.pool, listeners, cancel)

    def close(self) -> None:
        """End every process."""
        self.pool.close()


@contextlib.contextmanager
def prelaunch(
    pool: WorkerPool, lesson: Lesson, require_sandbox: bool = False
) -> Iterator[LocalGradingService]:
    """Begin to import what a lesson's workers need for the coming grading.

    This takes a tenth of a second, or more than a second for TensorFlow. Meanwhile this
    process imports its own libraries. The service is closed with the block.

    Raises:
        BrokenLesson: if the lesson's requirements can't be read.
    """
    trains = judge.requirements_of(lesson).trains
    # Imports leave hardly any garbage, and looking for it takes up to a fifth of the
    # time of a grading. `judge.grade` turns collection on again.
    gc.disable()
    try:
        with contextlib.closing(LocalGradingService(pool)) as service:
            # If the lesson trains, all verdicts may be known already, so don't start
            # workers.
            if not trains:
                service.prepare(lesson, require_sandbox)
            yield service
    finally:
        gc.enable()


def _keeper_of(path: str) -> Callable[[bytes, Sequence[Any]], None] | None:
    """Return a function that stores a trained network, ignoring a full disk."""

    def keep(source: bytes, weights: Sequence[Any]) -> None:
        # Imported only now, because hardly any grading trains a network.
        from grader.learner.drawn_digits.weights import keep_network
        from grader.sandbox import codec

        with contextlib.suppress(OSError, ValueError, TypeError, codec.CodecError):
            keep_network(Path(path), source, weights)

    return keep if path else None


def _needs(lesson: Lesson, require_sandbox: bool) -> judge.WorkerRequirements:
    needs = judge.requirements_of(lesson)
    return needs._replace(require_sandbox=require_sandbox)


def find_lesson(name: str, root: str) -> Lesson:
    """Return the lesson of a request.

    Raises:
        Misuse: if the course has no lesson with this name.
    """
    folder = Path(root) if root else project_folder()
    return catalog.find_by_name(name, folder) or catalog.find(name, folder)
