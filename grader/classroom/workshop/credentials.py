"""credentials: codes and tokens that let people in, and limits against guessing."""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

# Letters that can't be mistaken for another letter or a digit.
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ"


LETTERS = 6


def make_code(letters: int = LETTERS) -> str:
    """Return a random code that is easy to read aloud and to type."""
    return "".join(secrets.choice(_LETTERS) for _ in range(letters))


def read_code(typed: str) -> str:
    """Return a typed code in the form for comparison.

    >>> read_code(" abc-def ")
    'ABCDEF'
    """
    return re.sub(r"[^A-Z]", "", typed[:100].upper())


def is_code(typed: str, code: str) -> bool:
    """Return whether somebody typed the right code, in constant time."""
    given = read_code(typed)
    return bool(given) and secrets.compare_digest(given, read_code(code))


def make_token() -> str:
    """Return 256 random bits, as text."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """Return the hash of a token, which is all that is stored of it."""
    # There is no salt and no slow hash, because nobody guesses 256 random bits.
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


# Addresses are easy to get, so beyond this number the oldest are forgotten.
_MOST_KEYS = 10_000


class RateLimiter:
    """Limit how often each caller may do something.

    Args:
        most: how often it may be done.
        within_s: the period in seconds.
        clock: returns the time in seconds.
    """

    def __init__(
        self, most: int, within_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._within_s, self._clock = most, within_s, clock
        self._lock = threading.Lock()
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def is_used_up(self, caller: str) -> bool:
        """Return whether a caller has to wait."""
        with self._lock:
            return len(self._recent_times(caller)) >= self._most

    def add(self, caller: str) -> None:
        """Count a call."""
        with self._lock:
            self._recent_times(caller).append(self._clock())

    def takes(self, caller: str) -> bool:
        """Count a call if it is allowed; return whether it is."""
        with self._lock:
            times = self._recent_times(caller)
            if len(times) >= self._most:
                return False
            times.append(self._clock())
            return True

    def _recent_times(self, caller: str) -> deque[float]:
        times = self._times.setdefault(caller, deque())
        self._times.move_to_end(caller)
        while len(self._times) > _MOST_KEYS:
            self._times.popitem(last=False)
        while times and times[0] <= self._clock() - self._within_s:
            times.popleft()
        return times
