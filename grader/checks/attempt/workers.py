"""workers: the workers of one file, what they printed, and the remaining CPU time."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from grader.sandbox import (
    GradingBudget,
    Limits,
    Reply,
    Returned,
    TimedOut,
    Worker,
)

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

    from grader.sandbox import WorkerFactory

Computed = TypeVar("Computed")

KEPT_LETTERS = 100_000


class PrintedText(msgspec.Struct):
    """The part of the printed text that is kept.

    Attributes:
        text: its beginning.
        was_cut: whether there was more.
    """

    text: str = ""
    was_cut: bool = False

    def add(self, worker: Worker) -> None:
        """Add the output of a worker that has ended."""
        free = KEPT_LETTERS - len(self.text)
        self.was_cut |= worker.output_was_cut or len(worker.output) > free
        self.text += worker.output[:free]


# After this many seconds lost in time-outs, each remaining call gets one second. A file
# that hangs everywhere is then graded in half a minute.
PATIENCE_S = 20.0
# All calls of one exercise together get this many times the limit of one call.
CALLS_WORTH = 3.0
# The seconds for a call when the quota is used up: enough if it doesn't hang.
LEAST_S = 1.0


class CpuQuota:
    """The CPU time that one learner's file has, counted for each exercise."""

    def __init__(self) -> None:
        self._spent_s: defaultdict[str, float] = defaultdict(float)
        self._lost_s = 0.0

    def next_call_s(self, exercise: str, cpu_s: float) -> float:
        """Return the CPU seconds for the next call; the first one gets `cpu_s`."""
        left_s = CALLS_WORTH * cpu_s - self._spent_s[exercise]
        if self._lost_s > PATIENCE_S:
            left_s = 0.0
        return min(cpu_s, max(left_s, LEAST_S))

    def charge(self, exercise: str, reply: Reply, taken_s: float) -> None:
        """Count the time that an answer took, and the time lost if it timed out."""
        self._spent_s[exercise] += taken_s
        if isinstance(reply, TimedOut):
            self._lost_s += reply.limit_s


class RunConditions(msgspec.Struct, frozen=True):
    """The conditions under which a file runs, which all sessions of it share.

    Attributes:
        factory: starts the workers.
        filename: the name of the file in tracebacks.
        limits: the limits of each worker.
        budget: what all workers together may still use.
        quota: the remaining CPU time of each exercise.
        cancel: ends the grading when another thread sets it.
        on_progress: called with the numbers of a training run.
    """

    factory: WorkerFactory
    filename: str
    limits: Limits
    budget: GradingBudget = msgspec.field(default_factory=GradingBudget)
    quota: CpuQuota = msgspec.field(default_factory=CpuQuota)
    cancel: threading.Event = msgspec.field(default_factory=threading.Event)
    on_progress: Callable[[dict[str, Any]], None] | None = None


class AttemptWorkers:
    """The current worker, the one that it replaces, and those that load in advance.

    Args:
        start: starts a worker of the file.

    Attributes:
        current: the worker that answers questions, if there is one.
        printed: the output of all workers that have ended.
    """

    def __init__(self, start: Callable[[], Worker]) -> None:
        self._start = start
        self._left: Worker | None = None
        self._ahead: deque[Worker] = deque()
        self.current: Worker | None = None
        self.printed = PrintedText()

    def load_ahead(self, count: int) -> None:
        """Have this many workers load the file in the background."""
        while len(self._ahead) < count:
            self._ahead.append(self._start())
            self._ahead[-1].begin_load()

    def move_on(self) -> Worker:
        """Return the next worker, which may have loaded the file; end the last one."""
        self.current = self._ahead.popleft() if self._ahead else self._start()
        left, self._left = self._left, None
        if left is not None:  # let it end while this one gets ready
            left.dismiss()
            self.printed.add(left)
        return self.current

    def leave(self) -> None:
        """Stop using the current worker; it ends when the next one comes."""
        self._left, self.current = self.current or self._left, None

    def end(self) -> None:
        """End all workers."""
        for worker in (self._left, self.current):
            if worker is not None:
                worker.kill()
                self.printed.add(worker)
        self._left = self.current = None
        # They have only loaded the file, so their output repeats that of the others.
        while self._ahead:
            self._ahead.pop().kill()


class CleanWorker:
    """A worker without the attempt's code, and a thread that can wait for it.

    Args:
        start: starts a worker that loads a file of the grader.
    """

    def __init__(self, start: Callable[[Path], Worker]) -> None:
        self._start = start
        self._asking = threading.Lock()
        self._worker: Worker | None = None
        self._thread: Executor | None = None
        self._is_closed = False

    def ask(self, module: Path, target: str, argument: str, cpu_s: float) -> str | None:
        """Call a function from text to text; return None if no text comes back."""
        with self._asking:
            if self._worker is None or not self._worker.is_alive:
                self._worker = self._start(module)
                # `close` may not have seen it.
                if self._is_closed:
                    self._worker.kill()
                    return None
                if not isinstance(self._worker.load(), Returned):
                    return None
            reply = self._worker.call(target, (argument,), cpu_s=cpu_s)
        value = reply.value if isinstance(reply, Returned) else None
        return value if isinstance(value, str) else None

    def submit(self, function: Callable[[], Computed]) -> Future[Computed]:
        """Call a function in a thread, after the functions submitted earlier."""
        if self._thread is None:
            # Imported here, because few lessons need it.
            from concurrent.futures import ThreadPoolExecutor

            self._thread = ThreadPoolExecutor(1)
        return self._thread.submit(function)

    def close(self) -> None:
        """End the worker, even if the thread is waiting for it."""
        self._is_closed = True
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)
        if self._worker is not None:
            self._worker.kill()
