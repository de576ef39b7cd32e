"""standby: a worker that is ready before its attempt is."""

from __future__ import annotations

from grader.isolation.limits import Limits
from grader.isolation.parts import Isolation
from grader.sandbox.start import Process, find_lent_modules
from grader.sandbox.starter import Starter


class StandbyWorker:
    """A starter that can start one worker ahead of time.

    Args:
        starter: what starts the workers.
    """

    def __init__(self, starter: Starter) -> None:
        self._starter = starter
        self._last: tuple[bytes, Limits] | None = None
        self._ready: Process | None = None

    @property
    def isolation(self) -> tuple[Isolation, ...]:
        """What confines the workers."""
        return self._starter.isolation

    def start(self, source: bytes, limits: Limits) -> Process:
        """Return a process that is about to serve the attempt `source`."""
        process = self._fitting(source, limits) or self._starter.start(source, limits)
        self._last = source, limits
        return process

    def prepare(self) -> None:
        """Start the next process now, for an attempt like the last one."""
        if self._last is not None and self._ready is None:
            self._ready = self._starter.start(*self._last)

    def close(self) -> None:
        """End every process."""
        self._drop()
        self._starter.close()

    def _fitting(self, source: bytes, limits: Limits) -> Process | None:
        """Return the process that is ready, if it lives and does for this attempt."""
        if self._last is None or self._ready is None:
            return None
        last_source, last_limits = self._last
        has_modules = set(find_lent_modules(source)) <= set(
            find_lent_modules(last_source)
        )
        if limits != last_limits or not has_modules or self._ready.line.has_hung_up():
            self._drop()
        process, self._ready = self._ready, None
        return process

    def _drop(self) -> None:
        process, self._ready = self._ready, None
        if process is not None:
            process.end(0.0)
            process.line.close()
