"""policy: what a worker may use, and what confines it."""

from __future__ import annotations

import enum
import os

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """What an attempt may use. Times are per call, everything else per worker.

    Attributes:
        cpu_s: CPU seconds of one call, over all threads.
        wall_s: seconds of one call; None allows generously more than `cpu_s`.
        idle_s: seconds that a call may wait without using any CPU time.
        total_cpu_s: CPU seconds of a worker's whole life.
        memory_mb: memory as data, above what the libraries take.
        output_kb: what is kept of what it prints.
        reply_mb: the largest answer.
        file_mb: the largest file it may write.
        scratch_mb: everything it may write.
        open_files: open files, sockets and pipes.
        threads: its threads; TensorFlow has more of its own on more processors.
        mapped_files: deleted files that it keeps in memory; their size is not known.
        callbacks: how often one call may call functions of the judge's.
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
        """Return the wall seconds that a call with this much CPU time may take."""
        # A worker that lets another go first has a sixth of a processor; see
        # `resource_monitor._NICE`.
        return self.wall_s if self.wall_s is not None else 6 * cpu_s + 10


class Isolation(enum.StrEnum):
    """What confined the worker; what is not listed did not."""

    LANDLOCK = "landlock"
    SECCOMP = "seccomp"
    RLIMITS = "rlimits"
    BUBBLEWRAP = "bubblewrap"

    @property
    def known_as(self) -> str:
        """As people know it."""
        return _TITLES.get(self, self.value)


_TITLES = {Isolation.LANDLOCK: "Landlock", Isolation.RLIMITS: "resource limits"}
