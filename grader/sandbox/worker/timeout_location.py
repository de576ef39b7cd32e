"""timeout_location: which line an attempt is at when its time is nearly over.

Runs in the worker. The judge ends a call that takes too long, and then nobody is left
to ask where it was. So the worker looks shortly before. It cannot while C code runs.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType

# Of the CPU time that a call may take.
_NEARLY = 0.8


@contextlib.contextmanager
def looking_late(
    cpu_s: float, look: Callable[[FrameType | None], None]
) -> Iterator[None]:
    """Call `look` with the frame that runs, once most of `cpu_s` is used up.

    Args:
        cpu_s: CPU seconds that the block may take, over all threads.
        look: called in the middle of whatever runs.
    """
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.signal(signal.SIGPROF, lambda _, frame: look(frame))
    # What a library waits for goes on; what Python itself does begins again anyway.
    signal.siginterrupt(signal.SIGPROF, False)
    # CPU time of all threads, as the judge counts it.
    signal.setitimer(signal.ITIMER_PROF, _NEARLY * cpu_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def lines_of(frame: FrameType | None, filename: str) -> list[int]:
    """Return the lines of a file that `frame` was called from, or is at itself, the
    innermost first.
    """
    found = []
    while frame is not None:
        if frame.f_code.co_filename == filename:
            found.append(frame.f_lineno)
        frame = frame.f_back
    return found
