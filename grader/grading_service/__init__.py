"""grading_service: one way to ask for a grading, wherever it is done.

`LocalGradingService` grades in this process, `process_pool.GraderPool` in processes of
its own. Both take the same request and return the same report.
"""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, Self

import msgspec

from grader import judge
from grader.document import catalog
from grader.document.catalog import Lesson
from grader.document.cells import Document
from grader.errors import GraderError
from grader.installation import PROJECT
from grader.report import CheckResult, Report
from grader.sandbox.worker_pool import WorkerPool

OnProgress = Callable[[dict[str, Any]], None]
OnCheck = Callable[[str], None]


class GradingRequest(msgspec.Struct, frozen=True):
    """Everything that one grading depends on, beside the lesson and the grader.

    Attributes:
        lesson: the name of the lesson.
        filename: what the attempt's file is called, or where it is.
        source: its bytes.
        seed: of the random inputs; drawn when None.
        require_sandbox: refuse to grade unless every sandbox layer works.
        earlier: an earlier grading of the same file, whose verdicts may be kept.
        exercise: the tag of the only exercise to grade, or "".
        document: what is graded of the file, when it has been opened already.
        root: the folder of the course; "" for the one that the program came with.
        weights: the file in which the network of a training is kept, or "".
    """

    lesson: str
    filename: str
    source: bytes
    seed: int | None = None
    require_sandbox: bool = False
    earlier: Report | None = None
    exercise: str = ""
    document: Document | None = None
    root: str = ""
    weights: str = ""

    @classmethod
    def of(cls, lesson: Lesson, path: Path, source: bytes, **options: Any) -> Self:
        """Return a request for an attempt at a lesson that is on this machine."""
        root = str(lesson.folder.parents[1])
        return cls(lesson.name, str(path), source, root=root, **options)

    def __repr__(self) -> str:
        """Leave out what a learner wrote: dask logs its tasks."""
        return f"GradingRequest({self.lesson!r}, {self.filename!r})"


class GradingService(Protocol):
    """Where gradings are done."""

    def grade(
        self,
        request: GradingRequest,
        cancel: threading.Event | None = None,
        on_progress: OnProgress | None = None,
        on_check: OnCheck | None = None,
    ) -> Report:
        """Grade one attempt.

        Args:
            request: what is graded.
            cancel: ends the grading when another thread sets it.
            on_progress: called with the numbers of a training run, while it runs.
            on_check: called with the tag of an exercise, after each of its checks.

        Raises:
            Cancelled: `cancel` was set.
            GraderError: it cannot be graded.
        """

    def close(self) -> None:
        """End every process."""


class GraderCrash(GraderError):
    """The grader itself failed.

    Attributes:
        trace: the traceback.
    """

    def __init__(self, sentence: str, trace: str) -> None:
        super().__init__(sentence)
        self.trace = trace


class LocalGradingService:
    """Grades in this process.

    Args:
        pool: where the workers come from; closed with the service.
    """

    def __init__(self, pool: WorkerPool | None = None) -> None:
        self.pool = pool or WorkerPool()

    def prepare(self, lesson: Lesson, require_sandbox: bool = False) -> None:
        """Begin to import what an attempt at a lesson needs; wait for nothing."""
        self.pool.launch(_needs(lesson, require_sandbox))

    def stand_by(self, lesson: Lesson) -> None:
        """Have as many workers ready as the last grading took, for one like it."""
        self.pool.stand_by(_needs(lesson, require_sandbox=False))

    def keep_only(self, lesson: Lesson) -> None:
        """End the processes that were begun for other lessons."""
        self.pool.close_except({_needs(lesson, require_sandbox=False)})

    def wait_until_ready(self, lesson: Lesson, require_sandbox: bool) -> None:
        """Wait until all that an attempt at a lesson needs is imported."""
        factory = self.pool.factory(_needs(lesson, require_sandbox))
        judge.exercises(lesson)
        _ = factory.isolation  # it is known once the imports are done

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

        return judge.grade(
            find_lesson(request.lesson, request.root),
            Path(request.filename),
            source=request.source,
            document=request.document,
            seed=request.seed,
            exercise=request.exercise or None,
            require_sandbox=request.require_sandbox,
            on_progress=on_progress,
            on_check=pass_on if on_check is not None else None,
            pool=self.pool,
            cancel=cancel,
            earlier=request.earlier,
            on_weights=_keeper_of(request.weights),
        )

    def close(self) -> None:
        """End every process."""
        self.pool.close()


@contextlib.contextmanager
def prelaunch(
    lesson: Lesson, require_sandbox: bool = False
) -> Iterator[LocalGradingService]:
    """Begin to import what a lesson's workers need, for a grading that is to come.

    That takes a tenth of a second, and a second and more for TensorFlow. Meanwhile this
    process imports its own libraries. The service is closed with the block.

    Raises:
        BrokenLesson: what the lesson needs cannot be read.
    """
    trains = judge.requirements_of(lesson).trains
    # Libraries leave hardly any garbage while they are imported, and to look for it
    # takes as long as a fifth of a grading. `judge.grade` begins with that again.
    gc.disable()
    try:
        with contextlib.closing(LocalGradingService()) as service:
            # Of a lesson that trains everything may be known already.
            if not trains:
                service.prepare(lesson, require_sandbox)
            yield service
    finally:
        gc.enable()


def _keeper_of(path: str) -> Callable[[bytes, Sequence[Any]], None] | None:
    """Return what keeps a trained network in a file; a full disk changes no verdict."""

    def keep(source: bytes, weights: Sequence[Any]) -> None:
        # Only now: hardly any grading trains a network.
        from grader.drawn_digits.weights import keep_network
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
        Misuse: the course has none of this name.
    """
    return catalog.find(name, Path(root) if root else PROJECT)
