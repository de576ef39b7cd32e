"""processor: lets the judge and a worker share one while they talk.

They take turns, so that neither is kept waiting. Each on its own, every message wakes a
processor that has gone idle, and in a virtual machine that takes longer than most
answers: a grading of lesson 3 sends 170.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

# In what Linux tells of a thread, counted after its name, which may hold spaces.
_PROCESSOR = 36


class SharedProcessor:
    """The processor of whoever makes this, for a worker too.

    Args:
        pid: the process of the worker; 0 if unknown, and then nothing is shared.
    """

    def __init__(self, pid: int) -> None:
        self._one: set[int] = set()
        if sys.platform == "linux" and pid:
            with contextlib.suppress(OSError, ValueError, IndexError):
                self._usual = os.sched_getaffinity(0)
                one = {_current()}
                os.sched_setaffinity(pid, one)
                self._one = one

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep this thread there meanwhile, and let it go where it may afterwards."""
        if not self._one:
            yield
            return
        _move_to(self._one)
        try:
            yield
        finally:
            _move_to(self._usual)


def _move_to(processors: set[int]) -> None:
    # One may have been taken away meanwhile, and nothing is wrong but slower.
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, processors)


def _current() -> int:
    """Return the number of the processor on which this thread runs."""
    told = Path("/proc/thread-self/stat").read_bytes()
    return int(told.rpartition(b")")[2].split()[_PROCESSOR])
