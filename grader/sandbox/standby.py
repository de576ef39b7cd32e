"""standby: workers that are ready before their attempt is."""

from __future__ import annotations

from collections import deque

from grader.sandbox.isolation.limits import Limits
from grader.sandbox.isolation.parts import Isolation
from grader.sandbox.start import Process, find_lent_modules
from grader.sandbox.starter import Starter

# A check may load the attempt anew; none does so more often.
_MOST_READY = 4


class StandbyWorkers:
    """A starter that can start workers ahead of time.

    Args:
        starter: what starts the workers.
    """

    def __init__(self, starter: Starter) -> None:
        self._starter = starter
        self._last: tuple[bytes, Limits] | None = None
        self._started = 0  # since they were prepared
        self._ready: deque[Process] = deque()

    @property
    def isolation(self) -> tuple[Isolation, ...]:
        """What confines the workers."""
        return self._starter.isolation

    def start(self, source: bytes, limits: Limits) -> Process:
        """Return a process that is about to serve the attempt `source`."""
        process = self._fitting(source, limits) or self._starter.start(source, limits)
        self._last = source, limits
        self._started += 1
        return process

    def prepare(self) -> None:
        """Start processes now for an attempt like the last one, as many as it took."""
        if self._last is None:
            return
        wanted = min(max(1, self._started), _MOST_READY)
        self._started = 0
        while len(self._ready) < wanted:
            self._ready.append(self._starter.start(*self._last))

    def close(self) -> None:
        """End every process."""
        self._drop()
        self._starter.close()

    def _fitting(self, source: bytes, limits: Limits) -> Process | None:
        """Return one that is ready, if it lives and they do for this attempt."""
        if self._last is None or not self._ready:
            return None
        # They were confined for the last attempt: none can import what it lacks, nor be
        # given other limits. While they waited, any may have been killed.
        last_source, last_limits = self._last
        has_modules = set(find_lent_modules(source)) <= set(
            find_lent_modules(last_source)
        )
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


def _end(process: Process) -> None:
    process.end(0.0)
    process.line.close()
