"""cpu_quota: the CPU time that the next call gets, after what earlier ones took."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from grader.sandbox import TimedOut

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
