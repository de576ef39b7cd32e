"""worker_factory: start workers from processes that have imported the libraries."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections import deque
from collections.abc import Iterator
from importlib.util import cache_from_source
from pathlib import Path

from grader.common.errors import Misuse, SandboxError
from grader.course import installation
from grader.sandbox.isolation.policy import Isolation, Limits
from grader.sandbox.prelaunch import PrelaunchedProcess, can_fork
from grader.sandbox.resource_monitor import GradingBudget
from grader.sandbox.starter import (
    ForkServerStarter,
    Starter,
    WorkerProcess,
    find_likely_imports,
)
from grader.sandbox.worker_client import Worker

_FOLDERS = (
    "sandbox/worker",
    "sandbox/cell_run",
)
_FILES = (
    "fit_progress.py",
    "sandbox/library_messages.py",
    "sandbox/sympy_serialization.py",
)


def make_starter(
    imports: tuple[str, ...],
    trains: bool,
    lessons: str,
    require_sandbox: bool,
    uses_bubblewrap: bool,
    fresh: bool,
    launched: PrelaunchedProcess | None = None,
) -> Starter:
    """Return the way to start workers that this platform supports.

    The arguments are those of `ForkServerStarter`; `fresh` requests a new process
    for each attempt even where it could be forked.
    """
    if fresh or not can_fork():
        # Imported here, so that other platforms don't pay for its imports.
        from grader.sandbox.spawn_starter import SpawnStarter

        return SpawnStarter(imports, trains, lessons, require_sandbox)
    return ForkServerStarter(
        imports, trains, lessons, require_sandbox, uses_bubblewrap, launched
    )


def keep_workers_compiled() -> None:
    """Compile the worker's modules that are newer than their cached bytecode.

    If the cache can't be written, each process compiles them itself, as before.
    """
    stale = [source for source in _worker_modules() if _is_stale(source)]
    if stale:
        # Imported only if there is something to compile.
        import py_compile

        with contextlib.suppress(OSError):
            for source in stale:
                py_compile.compile(str(source), quiet=2)


def _worker_modules() -> Iterator[Path]:
    here = Path(__file__).parent.parent
    for folder in _FOLDERS:
        yield from (here / folder).glob("*.py")
    yield from (here / name for name in _FILES)


def _is_stale(source: Path) -> bool:
    try:
        bytecode = Path(cache_from_source(str(source))).stat()
        # Only an older cache is stale: Python itself checks for the exact time.
        return bytecode.st_mtime < source.stat().st_mtime
    except OSError:
        return True


# A check may load the attempt again; none does so more often than this.
_MOST_READY = 4


class StandbyWorkers:
    """A starter that can start workers ahead of time.

    Args:
        starter: starts the workers.
        lessons: the folder that ``import lessons`` loads; "" for the project's.
    """

    def __init__(self, starter: Starter, lessons: str = "") -> None:
        self._starter = starter
        self._lessons = lessons
        self._last: tuple[bytes, Limits] | None = None
        self._started = 0  # since the last `stand_by`
        self._ready: deque[WorkerProcess] = deque()

    @property
    def isolation(self) -> tuple[Isolation, ...]:
        """The layers that confine the workers."""
        return self._starter.isolation

    def start(self, source: bytes, limits: Limits) -> WorkerProcess:
        """Return a process that is about to serve the attempt `source`."""
        process = self._take_fitting(source, limits) or self._starter.start(
            source, limits
        )
        self._last = source, limits
        self._started += 1
        return process

    def stand_by(self) -> None:
        """Start as many processes as the last attempt took, for one like it."""
        if self._last is None:
            return
        wanted = min(max(1, self._started), _MOST_READY)
        self._started = 0
        # No caller needs these yet. If starting fails, the next caller gets the error.
        with contextlib.suppress(SandboxError):
            while len(self._ready) < wanted:
                self._ready.append(self._starter.start(*self._last))

    def close(self) -> None:
        """End every process."""
        self._drop()
        self._starter.close()

    def _take_fitting(self, source: bytes, limits: Limits) -> WorkerProcess | None:
        """Return a waiting process that is alive and suits this attempt, if any."""
        if self._last is None or not self._ready:
            return None
        # They were prepared for the last attempt: they can't import other modules or
        # get other limits. And any may have been killed while it waited.
        last_source, last_limits = self._last
        needed, last_needed = (
            set(find_likely_imports(one, self._lessons))
            for one in (source, last_source)
        )
        has_modules = needed <= last_needed
        if limits != last_limits or not has_modules:
            self._drop()
        while self._ready:
            process = self._ready.popleft()
            if not process.line.has_hung_up():
                return process
            _end(process)
        return None

    def _drop(self) -> None:
        while self._ready:
            _end(self._ready.popleft())


def _end(process: WorkerProcess) -> None:
    process.end(0.0)
    process.line.close()


class WorkerFactory:
    """Starts workers for attempts, one after another or side by side.

    Use it as a context manager, or call `close`. The constructor doesn't wait for the
    imports.

    Args:
        imports: the modules that are imported before an attempt arrives.
        trains: whether attempts train with TensorFlow.
        lessons: the folder that ``import lessons`` loads; "" for the project's.
        require_sandbox: refuse to start a worker unless every sandbox layer works.
        uses_bubblewrap: run them in bubblewrap if that works.
        fresh: start a fresh process for each attempt even where fork is safe.
        launched: the process that starts workers, if it has been launched already.
        lowers_priority: whether to lower the priority of a worker that takes long; for
            attempts of several learners that are graded side by side.

    Raises:
        Misuse: one of the modules isn't installed on this machine.
    """

    def __init__(
        self,
        imports: tuple[str, ...] = ("numpy",),
        trains: bool = False,
        lessons: str = "",
        require_sandbox: bool = False,
        *,
        uses_bubblewrap: bool = True,
        fresh: bool = False,
        launched: PrelaunchedProcess | None = None,
        lowers_priority: bool = False,
    ) -> None:
        if why := installation.explain_unavailable(imports):
            raise Misuse(why)
        how = (require_sandbox, uses_bubblewrap, fresh, launched)
        starter = make_starter(imports, trains, lessons, *how)
        # After launching the process, which imports the libraries in the meantime.
        keep_workers_compiled()
        self._starter = StandbyWorkers(starter, lessons)
        self._lowers_priority = lowers_priority
        self._workers: weakref.WeakSet[Worker] = weakref.WeakSet()

    @property
    def isolation(self) -> tuple[Isolation, ...]:
        """The layers that confine the workers; waits for the imports."""
        return self._starter.isolation

    def start(
        self,
        source: bytes,
        filename: str,
        limits: Limits,
        cancel: threading.Event | None = None,
        budget: GradingBudget | None = None,
    ) -> Worker:
        """Return a confined worker that begins to load the attempt.

        `Worker.load` waits until it is loaded.

        Args:
            source: the attempt's bytes.
            filename: the name of the attempt's file in tracebacks.
            limits: what the worker may use.
            cancel: ends any question to the worker when any thread sets it.
            budget: the budget of the whole grading, which its workers share.

        Raises:
            SandboxError: no worker can be started, or a required layer is missing.
        """
        arguments = (source, filename, limits, cancel, budget, self._lowers_priority)
        worker = Worker(self._starter, *arguments)
        self._workers.add(worker)
        return worker

    def stand_by(self) -> None:
        """Have as many workers ready as the last attempt took, for one like it."""
        self._starter.stand_by()

    def close(self) -> None:
        """End every worker and the process that starts them."""
        for worker in list(self._workers):
            worker.kill()
        self._starter.close()

    def __enter__(self) -> WorkerFactory:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
