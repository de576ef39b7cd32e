"""sandboxed_runner: run cells of a page in a worker, for people who aren't trusted.

Everything that comes back is data: the requested cell's output, its events, and how it
ended. The worker is kept for the next run, which doesn't run unchanged cells again. Yet
it shows what a run from the top would show: if the worker can't go back to the state
before the first changed cell, another one begins at the top.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from grader.common.control_group import ask_about_memory
from grader.common.errors import NotFound
from grader.course.document import catalog
from grader.course.document.cells import Cell, Document
from grader.course.document.foreign_lines import leave_out_foreign_lines
from grader.course.settings import find_modules_to_run
from grader.judge import requirements_of
from grader.learner.page_run import hold_back
from grader.sandbox import (
    Ended,
    GradingBudget,
    Limits,
    OutOfMemory,
    Raised,
    Reply,
    Returned,
    TimedOut,
    Worker,
    WorkerPool,
    WorkerRequirements,
)
from grader.sandbox.cell_run.events import (
    LONGEST_ACCOUNT,
    MOST_EVENTS,
    CellBegan,
    Event,
    Printed,
    RunEnded,
    from_line,
)
from grader.sandbox.starter import find_likely_imports
from grader.sandbox.worker_client import LOWER_PRIORITY_AFTER_S

# The event of a run that was ended from outside.
STOPPED = RunEnded("It was stopped.")
_SLOW = "keras"
# The interval, in seconds, at which a running cell's output is passed on.
_EVERY_S = 0.15
# The grader's modules for running cells and capturing figures, because a learner may
# draw in any lesson. A worker for gradings doesn't need them.
_CELLS = (
    "grader.sandbox.worker.cell_runner",
    "matplotlib",
    "grader.sandbox.cell_run.dark_canvas",
    "grader.sandbox.cell_run.matplotlib_backend",
)


class CellRun(msgspec.Struct, frozen=True):
    """The result of running a cell.

    Attributes:
        printed: its output, and the value of its last line.
        was_cut: whether it printed more.
        events: its other events.
        above: the events of cells above it, which it may depend on.
        notes: sentences with what somebody should know about the file.
    """

    printed: str
    was_cut: bool
    events: tuple[Event, ...]
    above: tuple[Event, ...] = ()
    notes: tuple[str, ...] = ()


class SandboxedRunner:
    """Run cells of one learner's page of a lesson, one run at a time.

    Args:
        lesson: the lesson whose page it is.
        limits: the time and memory that one run may use.
        pool: provides its workers.
        require_sandbox: don't start a worker unless every sandbox layer works.

    Attributes:
        needs: the requirements of its workers.
    """

    def __init__(
        self,
        lesson: catalog.Lesson,
        limits: Limits,
        pool: WorkerPool,
        require_sandbox: bool = False,
    ) -> None:
        self.lesson, self._limits = lesson, limits
        self.needs = requirements_to_run(lesson)._replace(
            require_sandbox=require_sandbox
        )
        self._has_threads = _SLOW in self.needs.imports
        self._pool = pool
        self._pool.launch(self.needs)
        self._turn = threading.Lock()
        self._worker: Worker | None = None
        self._begun_with = b""  # the page that the worker was started for
        self._running: tuple[Worker, float] | None = None
        self._was_long = self._is_unwanted = False

    def run(
        self,
        source: bytes,
        line: int,
        on_progress: Callable[[dict[str, Any]], None] | None = None,
        cancel: threading.Event | None = None,
        on_print: Callable[[str], None] | None = None,
        on_cell: Callable[[int, int, str], None] | None = None,
    ) -> CellRun:
        """Run the cells from the top to the one that begins in a line.

        Args:
            source: the page.
            line: the first line of the cell that isn't empty.
            on_progress: called with the reports of a training run.
            cancel: ends the run when another thread sets it.
            on_print: called from another thread, while the cell runs, with the complete
                lines that it has printed since the last call.
            on_cell: called when a cell begins, with its number, counted from 1, with
                that of the requested one, and with the tag of its exercise or "".

        Raises:
            Unreadable: if the page isn't text.
            NotFound: if no code cell begins there.
            SandboxError: if no worker is available.
        """
        self._turn.acquire()
        try:
            follow = RunListeners(on_progress, on_print, on_cell)
            return self._run(source, line, follow, cancel)
        finally:
            # The result doesn't wait for this; the next run does.
            try:
                threading.Thread(target=self._settle, daemon=True).start()
            except RuntimeError:  # the system has no thread left
                self._is_unwanted = True
                self._settle()

    @property
    def cpu_s(self) -> float:
        """The CPU seconds that the current run has used; 0 if there is none."""
        worker, before_s = self._running or (None, 0.0)
        return max(0.0, worker.cpu_s - before_s) if worker is not None else 0.0

    def forget(self) -> None:
        """End the worker that is kept for the next run; if it runs, after this run."""
        self._is_unwanted = True
        if self._turn.acquire(blocking=False):
            try:
                self._drop()
            finally:
                self._turn.release()

    @property
    def memory_mb(self) -> float:
        """The MB of memory that the kept worker takes; 0 if there is none."""
        worker = self._worker
        return worker.memory_mb if worker is not None and worker.is_alive else 0.0

    def _run(
        self,
        source: bytes,
        line: int,
        follow: RunListeners,
        cancel: threading.Event | None,
    ) -> CellRun:
        document = leave_out_foreign_lines(Document.from_python(source))
        needed = _cells_to(line, document)
        # Without the lines above: together they would be far longer than the page.
        cells = [
            (cell.first_line, document.excerpt(cell.first_line, cell.last_line).source)
            for cell in needed
        ]
        # Output that would answer a prediction isn't shown before the prediction is
        # written.
        on_print = None if needed[-1].answers else follow.on_print
        on_progress = follow.of_cells(needed)
        self._is_unwanted = False
        reply, worker = self._ask(document, cells, on_progress, on_print, cancel)
        above, events = _split_at_cell(_events_of(reply, cancel))
        printed, was_cut = worker.output, worker.output_was_cut
        output = (Printed(printed), *events) if printed else events
        shown = tuple(hold_back(output, (), needed[-1].answers))
        if shown == output:
            return CellRun(printed, was_cut, events, above, document.notes)
        return CellRun("", False, shown, above, document.notes)

    def _ask(
        self,
        document: Document,
        cells: list[tuple[int, str]],
        on_progress: Callable[[dict[str, Any]], None],
        on_print: Callable[[str], None] | None,
        cancel: threading.Event | None,
    ) -> tuple[Reply, Worker]:
        """Run cells in the kept worker, or in a new one if that can't go on."""
        keeps = True
        while True:
            goes_on = self._can_go_on(document.content)
            if not goes_on:
                self._drop()
            worker = self._worker if goes_on else self._start(document.content, cancel)
            assert worker is not None
            self._worker, self._running = worker, (worker, worker.cpu_s)
            self._begun_with = self._begun_with if goes_on else document.content
            try:
                with _passing_on(worker, on_print):
                    reply = worker.run(
                        document.text, cells, goes_on, keeps, on_progress, cancel
                    )
                was_ended = not isinstance(reply, Returned)
                self._was_long = was_ended or self.cpu_s > LOWER_PRIORITY_AFTER_S
            finally:
                self._running = None
            # What is kept takes memory, which the cells may need.
            lacks_memory = keeps and _lacks_memory(reply)
            if not (lacks_memory or (goes_on and _cannot_go_on(reply))):
                return reply, worker
            self._drop()
            keeps = not lacks_memory

    def _can_go_on(self, source: bytes) -> bool:
        """Return whether the kept worker still runs, and can import what is needed."""
        # The system may have killed it meanwhile, as when memory is short.
        if self._worker is None or self._worker.has_gone:
            return False
        lessons = str(self.lesson.folder.parent)
        needed, there = (
            set(find_likely_imports(one, lessons)) for one in (source, self._begun_with)
        )
        return needed <= there

    def _start(self, source: bytes, cancel: threading.Event | None) -> Worker:
        name = f"{self.lesson.name}.py"
        factory = self._pool.factory(self.needs)
        # After a long run the next one has low priority at once, if the pool lowers it.
        budget = GradingBudget()
        budget.is_long = self._was_long
        return factory.start(source, name, self._limits, cancel, budget)

    def _settle(self) -> None:
        """Keep the worker if another run can go on in it; release the runner."""
        try:
            worker = self._worker
            if worker is None or not worker.is_alive:
                return
            # A thread would go on unwatched, and its time as a whole is limited.
            limits, is_alone = self._limits, self._has_threads or worker.threads <= 1
            has_time = worker.cpu_s + limits.cpu_s <= limits.total_cpu_s
            is_kept = is_alone and has_time and worker.settle()
            if self._is_unwanted or not is_kept:
                self._drop()
        finally:
            self._turn.release()

    def _drop(self) -> None:
        if self._worker is not None:
            self._worker.kill()
        self._worker = None


class RunListeners(msgspec.Struct, frozen=True):
    """The functions to call during a run; see `SandboxedRunner.run`."""

    on_progress: Callable[[dict[str, Any]], None] | None
    on_print: Callable[[str], None] | None
    on_cell: Callable[[int, int, str], None] | None

    def of_cells(self, cells: tuple[Cell, ...]) -> Callable[[dict[str, Any]], None]:
        """Return what is called with the reports of a worker that runs these cells."""

        def report(seen: dict[str, Any]) -> None:
            match seen:
                case {"cell": int(place)} if len(seen) == 1:
                    if self.on_cell is not None and 0 <= place < len(cells):
                        tag = cells[place].tag or ""
                        self.on_cell(place + 1, len(cells), tag)
                case _ if self.on_progress is not None:
                    self.on_progress(seen)

        return report


def _cannot_go_on(reply: Reply) -> bool:
    return isinstance(reply, Returned) and reply.value is None


def _lacks_memory(reply: Reply) -> bool:
    if isinstance(reply, Returned):
        return any("MemoryError" in str(line) for line in reply.value or ())
    return isinstance(reply, OutOfMemory)


@contextlib.contextmanager
def _passing_on(
    worker: Worker, on_print: Callable[[str], None] | None
) -> Iterator[None]:
    """Pass on a worker's output while it runs, line by line."""
    if on_print is None:
        yield
        return
    has_ended = threading.Event()

    def follow() -> None:
        shown = 0
        while not has_ended.wait(_EVERY_S):
            output = worker.output
            end = output.rfind("\n") + 1
            if end > shown:
                on_print(output[shown:end])
                shown = end

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        has_ended.set()
        thread.join()


def requirements_to_run(lesson: catalog.Lesson) -> WorkerRequirements:
    """Return the requirements of workers that run a lesson's cells."""
    needs = requirements_of(lesson)
    text = lesson.page.read_text(encoding="utf-8")
    # Libraries that a page draws with are imported before a run.
    others = ["rich"] if "import rich" in text else []
    others += find_modules_to_run(text, lesson.folder.parents[1])
    imports = dict.fromkeys((*needs.imports, *others, *_CELLS))
    return needs._replace(imports=tuple(imports))


def _cells_to(line: int, document: Document) -> tuple[Cell, ...]:
    """Return the code cells down to the one that begins in a line."""
    cells = document.code_cells
    for place, cell in enumerate(cells):
        if cell.first_line == line:
            return cells[: place + 1]
    raise NotFound(line)


def _events_of(reply: Reply, cancel: threading.Event | None) -> list[Event]:
    match reply:
        case Returned(value):
            return _read(value)
        case TimedOut(limit_s, kind, line):
            where = f", and was at line {line}" if line else ""
            what = "of computing" if kind == "cpu" else "without an end"
            return [
                RunEnded(f"It was stopped after {limit_s:g} seconds {what}{where}.")
            ]
        case OutOfMemory(limit_mb):
            return [RunEnded(f"It needed more than {limit_mb:,} MB of memory.")]
        case Raised(type_name, message=message):
            return [RunEnded(f"It ended with {type_name}: {message[:400]}")]
    if cancel is not None and cancel.is_set():
        return [STOPPED]
    if isinstance(reply, Ended) and reply.was_killed:
        return [RunEnded(f"It {reply.how}. {ask_about_memory()}")]
    how = getattr(reply, "how", "") or getattr(reply, "why", "it gave no answer")
    return [RunEnded(f"It could not be run to the end: {how}.")]


def _split_at_cell(events: list[Event]) -> tuple[tuple[Event, ...], tuple[Event, ...]]:
    """Return the events before the requested cell, and those in it."""
    began = [i for i, event in enumerate(events) if isinstance(event, CellBegan)]
    place = began[0] if began else -1
    return tuple(events[: max(0, place)]), tuple(events[place + 1 :])


def _read(value: Any) -> list[Event]:
    """Return the events that a worker sent, after checking them."""
    try:
        is_row = isinstance(value, list) and len(value) <= MOST_EVENTS
        if is_row and sum(map(len, value)) <= LONGEST_ACCOUNT:
            return [from_line(line) for line in value]
    except (ValueError, TypeError):
        pass
    return [RunEnded("Its answer can't be read.")]
