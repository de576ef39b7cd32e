"""processor: lets the judge and its workers share one.

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


def usable() -> list[int]:
    """Return the numbers of the processors that this thread may run on; none where
    they have no numbers.
    """
    return sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []


@contextlib.contextmanager
def stay() -> Iterator[int | None]:
    """Keep this thread on the processor where it is, and let it go afterwards.

    Yields:
        The number of the processor; None where this cannot be done.
    """
    here = None
    if sys.platform == "linux":
        with contextlib.suppress(OSError, ValueError, IndexError):
            usual, here = usable(), _current()
            os.sched_setaffinity(0, {here})
    try:
        yield here
    finally:
        if here is not None:
            # One may have been taken away meanwhile.
            with contextlib.suppress(OSError):
                os.sched_setaffinity(0, usual)


def move(pid: int, processor: int | None) -> None:
    """Keep a process on a processor, if both are known and the system allows it."""
    if sys.platform == "linux" and pid and processor is not None:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(pid, {processor})


def _current() -> int:
    """Return the number of the processor on which this thread runs."""
    told = Path("/proc/thread-self/stat").read_bytes()
    return int(told.rpartition(b")")[2].split()[_PROCESSOR])
