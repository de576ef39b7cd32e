"""policy: the limits of a worker, and the layers that confine it."""

from __future__ import annotations

import enum
import os

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """What an attempt may use. Times are per call, everything else per worker.

    Attributes:
        cpu_s: CPU seconds of one call, summed over all threads.
        wall_s: wall-clock seconds of one call; None allows much more than `cpu_s`.
        idle_s: seconds that a call may wait without using any CPU time.
        total_cpu_s: CPU seconds over the worker's whole life.
        memory_mb: memory as data, beyond what the libraries take.
        output_kb: how much of its printed output is kept.
        reply_mb: the size of the largest answer.
        file_mb: the size of the largest file it may write.
        scratch_mb: the size of everything it may write.
        open_files: the number of open files, sockets and pipes.
        threads: its number of threads; TensorFlow starts more on more processors.
        mapped_files: the number of deleted files that stay mapped into memory, since
            their size is unknown.
        callbacks: how often one call may call the judge's functions.
    """

    cpu_s: float = 10.0
    wall_s: float | None = None
    idle_s: float = 10.0
    total_cpu_s: float = 900.0
    memory_mb: int = 2048
    output_kb: int = 256
    reply_mb: int = 64
    file_mb: int = 64
    scratch_mb: int = 256
    open_files: int = 256
    threads: int = 256 + 16 * (os.cpu_count() or 1)
    mapped_files: int = 8
    callbacks: int = 20_000

    def wall_limit_s(self, cpu_s: float) -> float:
        """Return the wall-clock limit of a call that may take this much CPU time."""
        # A worker with lowered priority gets a sixth of a processor; see
        # `resource_monitor._NICE`.
        return self.wall_s if self.wall_s is not None else 6 * cpu_s + 10


class Isolation(enum.StrEnum):
    """A layer that confined the worker."""

    LANDLOCK = "landlock"
    SECCOMP = "seccomp"
    RLIMITS = "rlimits"
    BUBBLEWRAP = "bubblewrap"

    @property
    def known_as(self) -> str:
        """The name that people know it by."""
        return _TITLES.get(self, self.value)


_TITLES = {Isolation.LANDLOCK: "Landlock", Isolation.RLIMITS: "resource limits"}
