"""grading_budget: what one grading may use, over all workers and questions.

The limits of a call and of a worker do not add up to one of the whole: an attempt that
idles a little in each of many calls keeps to all of them. So the judge makes one budget
for a grading, hands it to each worker it starts, and asks it before it goes on.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator

from grader.sandbox.isolation.limits import Limits
from grader.sandbox.replies import Spent

# The judge's time and memory. A solution takes 0.1 to 0.7 s of its CPU, so that this is
# enough on a machine ten times as slow; and a class of hostile attempts takes no longer
# than as many solutions on a slow one.
JUDGE_S = 10.0
ANSWERS_MB = 256.0
# What an answer takes beside its value: what was asked, and how it is called.
_MESSAGE_BYTES = 1_000


class GradingBudget:
    """What is left for one grading; used by the one thread that grades.

    Args:
        wall_s: the seconds that all calls together may take, without those in which
            they wait for a processor.
        judge_s: the CPU seconds of the judge's own thread, from now on.
        answers_mb: the memory for everything that the attempt sends.

    Attributes:
        is_long: whether a worker took so long that those after it let others go first.
    """

    def __init__(
        self,
        wall_s: float = math.inf,
        judge_s: float = math.inf,
        answers_mb: float = math.inf,
    ) -> None:
        self._wall_s = wall_s
        self._judge_s = judge_s
        self._answers_mb = answers_mb
        self._waited_s = 0.0
        self._waits_since_s: float | None = None
        self._clock: Callable[[], float] = time.monotonic
        # Of this thread alone: in a server, others grade in the same process.
        self._judge_began_s = time.thread_time()
        self._answers_bytes = 0
        self.is_long = False

    @classmethod
    def for_grading(cls, limits: Limits, longest_cpu_s: float) -> GradingBudget:
        """Return the budget of a grading whose longest call may take so much CPU
        time.
        """
        return cls(limits.wall_limit_s(longest_cpu_s), JUDGE_S, ANSWERS_MB)

    def spent(self) -> Spent | None:
        """Return which part of it is used up, if any; from then on always one."""
        if self._waited() > self._wall_s:
            return Spent("wall", self._wall_s)
        if self._answers_bytes > self._answers_mb * (1 << 20):
            return Spent("answers", self._answers_mb)
        if time.thread_time() - self._judge_began_s > self._judge_s:
            return Spent("judge", self._judge_s)
        return None

    @contextlib.contextmanager
    def waiting(self, clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
        """Count the time until the attempt has answered, by a clock in seconds."""
        self._clock = clock
        self._waits_since_s = clock()
        try:
            yield
        finally:
            self._waited_s, self._waits_since_s = self._waited(), None

    def charge(self, taken_bytes: int) -> None:
        """Count a message whose value takes so many bytes."""
        self._answers_bytes += taken_bytes + _MESSAGE_BYTES

    def _waited(self) -> float:
        if self._waits_since_s is None:
            return self._waited_s
        return self._waited_s + self._clock() - self._waits_since_s
