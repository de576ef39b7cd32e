"""processors: on which of them a process of a class runs, where the system tells."""

from __future__ import annotations

import contextlib
import os
import sys


def usable() -> list[int]:
    """Return the numbers of the processors that this process may run on; none where
    they have no numbers.
    """
    return sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []


def move(pid: int, processor: int | None) -> None:
    """Keep a process on a processor, if the system allows it; anywhere when None."""
    if sys.platform == "linux" and processor is not None:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(pid, {processor})
