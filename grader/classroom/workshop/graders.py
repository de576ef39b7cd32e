"""graders: the processes that grade and run for a room, and the queues for them.

There are more of them than processors. A lesson that trains takes long, so such
gradings use only half of the processors, and those who wait see their place.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from grader import judge
from grader.classroom.workshop.admission import FairQueue, Use
from grader.common.errors import GraderError
from grader.course.document.catalog import Lesson
from grader.course.document.cells import Document
from grader.judge.provenance import versions
from grader.judge.request import GradingRequest
from grader.judge.verdict_cache import find_valid_verdicts
from grader.learner.application import Application
from grader.learner.grading_service.messages import Prepare
from grader.learner.grading_service.process_pool import GraderPool
from grader.learner.page_run.sandboxed_runner import STOPPED, CellRun, SandboxedRunner
from grader.report import Report
from grader.sandbox import Limits
from grader.sandbox.cell_run.events import Event, RunEnded
from grader.web.jobs import Job

# Each takes 50 MB. With TensorFlow it takes another 230 MB, so those are limited to the
# number of processors.
MORE_THAN_CORES = 1
# So many more are ready, without TensorFlow: when endless loops take up some, all
# processors are busy, and starting another then takes more than a second.
SPARE = 4
# One in this many processors may train; the others are for gradings that don't.
TRAININGS_OF = 2
# A longer grading isn't counted any more, and another grader starts in addition. With
# TensorFlow, starting one takes longer and more memory, so the limit is higher.
_SOON_S, _SOON_WITH_KERAS_S = 0.7, 3.0
# After an endless loop, learners press again, and starting a process takes a second of
# a processor.
_STAND_IN_S = 60.0
_NOT_GRADED = "Nothing was graded: {}. Grade again; what you wrote is kept."


class Graders:
    """The graders of a room.

    Args:
        root: the course.
        require_sandbox: don't grade unless every part of the isolation works.
        most: how many gradings run at a time, not counting long ones.
    """

    def __init__(
        self, root: Path, require_sandbox: bool = False, most: int | None = None
    ) -> None:
        self._root, self._require_sandbox = str(root), require_sandbox
        self._most = most or (os.cpu_count() or 1) + MORE_THAN_CORES
        self._spare = SPARE
        # Processes that replaced one with a long grading are soon not needed any more.
        self._processes = GraderPool(self._most + self._spare, _STAND_IN_S)
        with_keras = max(1, self._most - MORE_THAN_CORES)
        self._turns = FairQueue(self._most, 4 * self._most, _SOON_S)
        self._turns_with_keras = FairQueue(
            with_keras, 4 * with_keras, _SOON_WITH_KERAS_S
        )
        # Each takes a processor, so even a long one occupies its place.
        trainings = max(1, with_keras // TRAININGS_OF)
        self._trainings = FairQueue(trainings, trainings)

    def grade(
        self, lesson: Lesson, request: GradingRequest, job: Job, who: object = None
    ) -> Report:
        """Grade an attempt as soon as it is its turn.

        Args:
            lesson: its lesson.
            request: what to grade; no network is kept here.
            job: gets the events.
            who: the person who waits.

        Raises:
            Cancelled: if nobody waits for it any more.
            GraderError: if it can't be graded.
        """
        request = replace(
            request,
            filename=Path(request.filename).name,
            require_sandbox=self._require_sandbox,
            weights="",
        )
        trains = _will_train(lesson, request)
        training = self._trainings.take(job) if trains else contextlib.nullcontext()
        turns = self._turns_for(lesson)

        def stand_in() -> None:
            """Get as many processes ready as may be counted, besides the long ones."""
            if late := turns.late:
                with contextlib.suppress(ChildProcessError):
                    self._prepare(lesson, turns.most + late)

        # Wait for the training first, so that nobody occupies a turn while waiting for
        # it.
        with training, turns.take(job, who, stand_in) as begin:
            stand_in()
            try:
                return self._processes.grade(
                    request, job.cancel, job.on_progress, job.on_check, begin
                )
            except ChildProcessError as error:
                raise GraderError(_NOT_GRADED.format(error)) from error
            except GraderError as error:
                shown = error.for_others.replace(f"{self._root}{os.sep}", "")
                raise GraderError(str(error), shown) from error

    def prepare(self, lesson: Lesson) -> None:
        """Get as many graders ready for a lesson as may grade at a time, and spares."""
        turns = self._turns_for(lesson)
        self._prepare(lesson, turns.most + (self._spare if turns is self._turns else 0))

    def close(self) -> None:
        """End every grader."""
        self._processes.close()

    def _turns_for(self, lesson: Lesson) -> FairQueue:
        has_keras = "keras" in judge.requirements_of(lesson).imports
        return self._turns_with_keras if has_keras else self._turns

    def _prepare(self, lesson: Lesson, most: int) -> None:
        request = Prepare(self._root, lesson.name, self._require_sandbox)
        self._processes.prepare(request, most)


def _will_train(lesson: Lesson, request: GradingRequest) -> bool:
    """Return whether a grading trains: an earlier training's verdicts may be kept."""
    if not judge.requirements_of(lesson).trains:
        return False
    slow = {info.tag for info in judge.exercises(lesson) if info.is_slow}
    if slow and request.exercise and request.exercise not in slow:
        return False
    graded = Document(request.source).graded(Document.read(lesson.page)).content
    verdicts = (
        find_valid_verdicts(request.earlier, graded, versions(lesson))
        if request.earlier and slow
        else {}
    )
    return not (slow and slow <= verdicts.keys())


RUN_LIMITS = Limits(cpu_s=10, memory_mb=1024)
# The memory of all workers that are kept for the next run of their learners.
MOST_KEPT_MB = 4096
RUNS_MORE_THAN_CORES = 2
# How many more runs may start when others take long. Each may use 1 GB.
RUNS_BESIDE_LONG_ONES = 2
_ENDED = RunEnded(
    "It was stopped because somebody else was waiting to run their code, and yours had "
    "been running longest. Is there a loop in it that doesn't end? If not, run it "
    "again."
)


class RoomResources:
    """Graders, and workers for runs.

    Args:
        root: the course.
        require_sandbox: don't start anything unless every part of the isolation works.
    """

    def __init__(self, root: Path, require_sandbox: bool) -> None:
        self.graders = Graders(root, require_sandbox)
        self._require_sandbox = require_sandbox
        self._lock = threading.Lock()
        # A worker that takes long yields the processor to the others.
        self._pool = Application(root, lowers_priority=True).pool
        self._used: OrderedDict[SandboxedRunner, None] = OrderedDict()
        most = (os.cpu_count() or 1) + RUNS_MORE_THAN_CORES
        self.runs = FairQueue(most, most + RUNS_BESIDE_LONG_ONES)

    def prepare(self, lesson: Lesson) -> None:
        """Get everything ready for the class's lesson: graders and runs.

        This reads the lesson, so it isn't done each time that somebody opens a page.
        """
        self.graders.prepare(lesson)
        self._pool.launch(self.cells(lesson).needs)

    def cells(self, lesson: Lesson) -> SandboxedRunner:
        """Return a runner for the cells of one learner's page."""
        return SandboxedRunner(lesson, RUN_LIMITS, self._pool, self._require_sandbox)

    def note_run(self, cells: SandboxedRunner) -> None:
        """End the workers of the learners whose last run was longest ago."""
        old, taken_mb = [], 0.0
        with self._lock:
            self._used[cells] = None
            self._used.move_to_end(cells)
            for one in reversed(self._used):
                taken_mb += one.memory_mb
                if taken_mb > MOST_KEPT_MB:
                    old.append(one)
            for one in old:
                del self._used[one]
        for one in old:
            one.forget()

    def forget_run(self, cells: SandboxedRunner) -> None:
        """End the worker that is kept for somebody who runs nothing any more."""
        with self._lock:
            self._used.pop(cells, None)
        cells.forget()

    def close(self) -> None:
        """End every process."""
        self.graders.close()
        with self._lock:
            for one in self._used:
                one.forget()
            self._used.clear()
        self._pool.close()


class LearnerQuota:
    """One learner's use of the room's processes.

    Args:
        shared: the room's resources.
    """

    def __init__(self, shared: RoomResources) -> None:
        self._shared = shared
        self._cells: dict[str, SandboxedRunner] = {}
        self._is_over = False

    def forget(self) -> None:
        """End the workers that are kept for the learner, who has left."""
        self._is_over = True
        for cells in tuple(self._cells.values()):
            self._shared.forget_run(cells)

    def prepare(self, lesson: Lesson) -> None:
        """Get graders ready."""
        self._shared.graders.prepare(lesson)

    def grade(self, lesson: Lesson, request: GradingRequest, job: Job) -> Report:
        """Grade a lesson, or one exercise of it."""
        return self._shared.graders.grade(lesson, request, job, who=self)

    def run(self, lesson: Lesson, source: bytes, line: int, job: Job) -> CellRun:
        """Run the cells of a page down to the one that begins in a line."""
        if lesson.name not in self._cells:
            self._cells[lesson.name] = self._shared.cells(lesson)
        cells = self._cells[lesson.name]
        use = Use(lambda: cells.cpu_s)

        def on_progress(seen: dict[str, Any]) -> None:
            # If there are no steps, progress is reported at the end of each epoch.
            use.is_protected |= seen.get("step") == seen.get("steps")
            job.on_progress(seen)

        with self._shared.runs.take(job, learner=self, use=use) as begin:
            begin()
            run = cells.run(
                source, line, on_progress, job.cancel, job.on_print, job.on_cell
            )
        self._shared.note_run(cells)
        if self._is_over:
            self._shared.forget_run(cells)
        return _tell_why(run) if use.was_ended else run


def _tell_why(run: CellRun) -> CellRun:
    """Return a run that was ended for another learner, with that reason."""

    def with_reason(events: tuple[Event, ...]) -> tuple[Event, ...]:
        return tuple(_ENDED if event == STOPPED else event for event in events)

    return replace(run, events=with_reason(run.events), above=with_reason(run.above))
