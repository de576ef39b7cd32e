"""Waiting for something that happens in another thread or process."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

import psutil

# However busy the machine is, what should happen has happened by then.
LONGEST_S = 60.0


def waited(is_so: Callable[[], object], longest_s: float = LONGEST_S) -> bool:
    """Wait until something is so; return whether it is."""
    until_s = time.monotonic() + longest_s
    while not is_so() and time.monotonic() < until_s:
        time.sleep(0.02)
    return bool(is_so())


def is_busy(pid: int) -> bool:
    """Whether a process below this one has computed for a second, as a loop does."""
    for one in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if one.cpu_times().user > 1.0:
                return True
    return False
