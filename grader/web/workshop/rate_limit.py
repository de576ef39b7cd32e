"""rate_limit: how often somebody may do something."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

# Addresses are cheap to have; of more than so many the oldest are forgotten.
_MOST_KEYS = 10_000


class RateLimiter:
    """Counts what was done lately, by whom.

    Args:
        most: how often it may be done.
        within_s: within how many seconds.
        clock: the time in seconds.
    """

    def __init__(
        self, most: int, within_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._within_s, self._clock = most, within_s, clock
        self._lock = threading.Lock()
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def is_used_up(self, who: str) -> bool:
        """Return whether somebody has to wait."""
        with self._lock:
            return len(self._lately(who)) >= self._most

    def add(self, who: str) -> None:
        """Count once more."""
        with self._lock:
            self._lately(who).append(self._clock())

    def takes(self, who: str) -> bool:
        """Count once more if it may be; return whether it may."""
        with self._lock:
            times = self._lately(who)
            if len(times) >= self._most:
                return False
            times.append(self._clock())
            return True

    def _lately(self, who: str) -> deque[float]:
        times = self._times.setdefault(who, deque())
        self._times.move_to_end(who)
        while len(self._times) > _MOST_KEYS:
            self._times.popitem(last=False)
        while times and times[0] <= self._clock() - self._within_s:
            times.popleft()
        return times
