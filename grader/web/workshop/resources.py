"""resources: what grades and runs for everybody in a room, as each learner has it."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from grader.document.catalog import Lesson
from grader.judge import WorkerRequirements
from grader.page_run.sandboxed_runner import STOPPED, CellRun, SandboxedRunner, needs_of
from grader.report import Report
from grader.sandbox import Limits, WorkerFactory
from grader.sandbox.cell_run.events import Event, RunEnded
from grader.web.jobs import Job
from grader.web.workshop.admission import FairQueue, Use
from grader.web.workshop.graders import Graders

RUN_LIMITS = Limits(cpu_s=10, memory_mb=1024)
# Learners whose worker is kept for their next run, in the lessons with Keras.
MOST_KEPT = 4
RUNS_MORE_THAN_CORES = 2
# So many more when others take long. Each may hold 1 GB.
RUNS_BESIDE_LONG_ONES = 2
_ENDED = RunEnded(
    "It was stopped because somebody else was waiting to run their code, and this had "
    "computed longest. Is there a loop in it that does not end? If not, run it again."
)


class RoomResources:
    """Graders, and workers for runs.

    Args:
        root: the course.
        require_sandbox: start nothing unless every part of the isolation stands.
    """

    def __init__(self, root: Path, require_sandbox: bool) -> None:
        self.graders = Graders(root, require_sandbox)
        self._require_sandbox = require_sandbox
        self._lock = threading.Lock()
        self._warm: dict[WorkerRequirements, WorkerFactory] = {}
        self._used: OrderedDict[SandboxedRunner, None] = OrderedDict()
        most = (os.cpu_count() or 1) + RUNS_MORE_THAN_CORES
        self.runs = FairQueue(most, most + RUNS_BESIDE_LONG_ONES)

    def cells(self, lesson: Lesson) -> SandboxedRunner:
        """Return what runs the cells of one learner's page."""
        needs = needs_of(lesson)
        with self._lock:
            if needs not in self._warm:
                walls = self._require_sandbox
                self._warm[needs] = WorkerFactory(
                    *needs, require_sandbox=walls, others_first=True
                )
            return SandboxedRunner(lesson, RUN_LIMITS, self._warm[needs])

    def note_run(self, cells: SandboxedRunner) -> None:
        """Forget the workers of those who ran something longest ago."""
        with self._lock:
            self._used[cells] = None
            self._used.move_to_end(cells)
            left = max(0, len(self._used) - MOST_KEPT)
            old = [self._used.popitem(last=False)[0] for _ in range(left)]
        for one in old:
            one.forget()

    def close(self) -> None:
        """End every process."""
        self.graders.close()
        for warm in self._warm.values():
            warm.close()


class LearnerQuota:
    """What is shared, as one learner has it.

    Args:
        shared: what everybody has.
    """

    def __init__(self, shared: RoomResources) -> None:
        self._shared = shared
        self._cells: dict[str, SandboxedRunner] = {}

    def prepare(self, lesson: Lesson) -> None:
        """Have graders ready."""
        self._shared.graders.prepare(lesson)

    def grade(self, lesson: Lesson, path: Path, source: bytes, job: Job) -> Report:
        """Grade a whole lesson."""
        return self._shared.graders.grade(lesson, path, source, job, who=self)

    def run(self, lesson: Lesson, source: bytes, line: int, job: Job) -> CellRun:
        """Run the cells of a page down to the one that begins in a line."""
        if lesson.name not in self._cells:
            self._cells[lesson.name] = self._shared.cells(lesson)
        cells = self._cells[lesson.name]
        use = Use(lambda: cells.cpu_s)

        def hear(seen: dict[str, Any]) -> None:
            # Without steps it is told at the end of each epoch.
            use.is_kept |= seen.get("step") == seen.get("steps")
            job.on_progress(seen)

        with self._shared.runs.take(job, who=self, use=use) as begin:
            begin()
            run = cells.run(source, line, hear, job.cancel)
        self._shared.note_run(cells)
        return _tell_why(run) if use.was_ended else run


def _tell_why(run: CellRun) -> CellRun:
    """Return a run that was ended for somebody else, with the reason."""

    def told(events: tuple[Event, ...]) -> tuple[Event, ...]:
        return tuple(_ENDED if event == STOPPED else event for event in events)

    return replace(run, events=told(run.events), above=told(run.above))
