"""Processor time: unlike a clock, it is the same on a machine that does other things."""

import contextlib

import psutil


def processor_time_s() -> float:
    """The time that this process and all that it has started have computed so far."""
    this = psutil.Process()
    total = 0.0
    for process in (this, *this.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            # Those that have ended count with the process that waited for them.
            total += sum(process.cpu_times()[:4])
    return total
