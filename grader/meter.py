"""meter: how much time a worker has used, and whether that is too much.

CPU time counts first, because it does not depend on what else the machine does. Wall
time only ends what waits: for sleep, for locks, for input that never comes.
"""

from __future__ import annotations

import contextlib
import sys
import time
from dataclasses import replace

from grader.replies import Limits, Raised, Reply, Returned, TimedOut

_EVERY_S = 0.05


class Meter:
    """Measures the CPU time of the process `pid` with all its threads."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        # Linux has a clock for every process; its number is made from the pid.
        self._clock = (~pid << 3) | 2 if sys.platform == "linux" and pid else 0

    def cpu_s(self) -> float:
        """CPU seconds so far; 0 when the process has ended."""
        if self._clock:
            with contextlib.suppress(OSError):
                return time.clock_gettime(self._clock)
            return 0.0
        return _measured_by_psutil(self._pid) if self._pid else 0.0

    def watch(self, limits: Limits, cpu_s: float | None) -> Watch:
        """Begin to watch one call, which may take `cpu_s` of CPU time."""
        return Watch(self, limits, limits.cpu_s if cpu_s is None else cpu_s)


class Watch:
    """One call against its limits."""

    def __init__(self, meter: Meter, limits: Limits, cpu_limit_s: float) -> None:
        self._meter = meter
        self._cpu_limit_s = cpu_limit_s
        self._wall_limit_s = limits.wall_limit_s(cpu_limit_s)
        self._idle_limit_s = limits.idle_s
        self._began_s = self._busy_s = time.monotonic()
        self._cpu_began_s = self._cpu_seen_s = meter.cpu_s()
        self._next_s = self._began_s + _EVERY_S

    def exceeded(self) -> TimedOut | None:
        """The reply that ends the call, once a limit is passed."""
        now_s = time.monotonic()
        if now_s < self._next_s:
            return None
        self._next_s = now_s + _EVERY_S
        cpu_s = self._meter.cpu_s()
        if cpu_s > self._cpu_seen_s + 0.001:
            self._cpu_seen_s, self._busy_s = cpu_s, now_s
        if cpu_s - self._cpu_began_s > self._cpu_limit_s:
            return TimedOut(self._cpu_limit_s, "cpu")
        if now_s - self._began_s > self._wall_limit_s:
            return TimedOut(self._wall_limit_s, "wall")
        if now_s - self._busy_s > self._idle_limit_s:
            return TimedOut(self._idle_limit_s, "wall")
        return None

    def keep_awake(self) -> None:
        """The worker did something, or waited for the judge: it is not idle."""
        self._busy_s = time.monotonic()

    def timed(self, reply: Reply) -> Reply:
        """`reply` with the times it took."""
        wall_s = time.monotonic() - self._began_s
        if isinstance(reply, Returned):
            cpu_s = max(0.0, self._meter.cpu_s() - self._cpu_began_s)
            return replace(reply, wall_s=wall_s, cpu_s=cpu_s)
        return replace(reply, wall_s=wall_s) if isinstance(reply, Raised) else reply


def _measured_by_psutil(pid: int) -> float:
    import psutil

    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        times = [member.cpu_times() for member in family]
        return float(sum(spent.user + spent.system for spent in times))
    return 0.0
