"""workers: those of one file, what they printed, and the CPU time that is left."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

import msgspec

from grader.sandbox import TimedOut, Worker

KEPT_LETTERS = 100_000


class PrintedText(msgspec.Struct):
    """What is kept of it.

    Attributes:
        text: its beginning.
        was_cut: whether it was more.
    """

    text: str = ""
    was_cut: bool = False

    def add(self, worker: Worker) -> None:
        """Keep what a worker that has ended printed."""
        free = KEPT_LETTERS - len(self.text)
        self.was_cut |= worker.output_was_cut or len(worker.output) > free
        self.text += worker.output[:free]


# After this many seconds lost in time-outs, the calls left get one second each, so that
# a file that hangs everywhere is still graded in half a minute.
PATIENCE_S = 20.0
# All calls of one exercise together get this many times what one call may take.
CALLS_WORTH = 3.0
# What a call gets when nothing is left: enough for whatever does not hang.
LEAST_S = 1.0


class CpuQuota:
    """The CPU time that one learner's file has, counted for each exercise."""

    def __init__(self) -> None:
        self._spent_s: defaultdict[str, float] = defaultdict(float)
        self._lost_s = 0.0

    def next_call_s(self, exercise: str, cpu_s: float) -> float:
        """Return the CPU seconds of the next call, where a first one has `cpu_s`."""
        left_s = CALLS_WORTH * cpu_s - self._spent_s[exercise]
        if self._lost_s > PATIENCE_S:
            left_s = 0.0
        return min(cpu_s, max(left_s, LEAST_S))

    def charge(self, exercise: str, reply: Any) -> None:
        """Count what a reply took, and what is lost when it did not come in time."""
        self._spent_s[exercise] += getattr(reply, "wall_s", 0.0)
        if isinstance(reply, TimedOut):
            self._lost_s += reply.limit_s


class AttemptWorkers:
    """The worker that is asked, the one that it replaces, and those that load ahead.

    Args:
        start: starts a worker of the file.

    Attributes:
        current: the one that is asked, if there is one.
        printed: what they printed, as far as they have ended.
    """

    def __init__(self, start: Callable[[], Worker]) -> None:
        self._start = start
        self._left: Worker | None = None
        self._ahead: deque[Worker] = deque()
        self.current: Worker | None = None
        self.printed = PrintedText()

    def load_ahead(self, count: int) -> None:
        """Let so many load the file while others are asked."""
        while len(self._ahead) < count:
            self._ahead.append(self._start())
            self._ahead[-1].begin_load()

    def move_on(self) -> Worker:
        """Return the next one, which may have loaded the file; the last one ends."""
        self.current = self._ahead.popleft() if self._ahead else self._start()
        left, self._left = self._left, None
        if left is not None:  # ends while this one gets ready
            left.dismiss()
            self.printed.add(left)
        return self.current

    def leave(self) -> None:
        """Ask the current one no more; it ends when the next one comes."""
        self._left, self.current = self.current or self._left, None

    def end(self) -> None:
        """End all of them."""
        for worker in (self._left, self.current):
            if worker is not None:
                worker.kill()
                self.printed.add(worker)
        self._left = self.current = None
        # What these printed, the others have printed before.
        while self._ahead:
            self._ahead.pop().kill()
