"""resource_monitor: what a worker has used, and whether that is too much.

CPU time counts first, because it does not depend on what else the machine does. Wall
time only ends what waits: for sleep, for locks, for input that never comes.
"""

from __future__ import annotations

import contextlib
import math
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from grader.sandbox.isolation.policy import Limits
from grader.sandbox.isolation.scratch import size_mb
from grader.sandbox.replies import (
    Ended,
    OutOfMemory,
    Raised,
    Reply,
    Returned,
    Spent,
    TimedOut,
)

_DELETED = b" (deleted)"


def open_deleted_mb(pid: int) -> float:
    """Return the size of the deleted files that a process has open."""
    sizes: dict[tuple[int, int], int] = {}
    with contextlib.suppress(OSError), os.scandir(f"/proc/{pid}/fd") as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                told = entry.stat()
                # Once, however often it is open.
                if stat.S_ISREG(told.st_mode) and told.st_nlink == 0:
                    sizes[told.st_dev, told.st_ino] = told.st_size
    return sum(sizes.values()) / (1 << 20)


def count_mapped_deleted(pid: int, folder: Path) -> int:
    """Count the deleted files of a folder that a process has mapped into memory.

    Their sizes are told to root alone.
    """
    start = os.fsencode(folder) + b"/"
    found = set()
    with contextlib.suppress(OSError), Path(f"/proc/{pid}/maps").open("rb") as maps:
        for line in maps:
            # Addresses, rights, offset, device, inode, path.
            fields = line.rstrip(b"\n").split(None, 5)
            path = fields[5] if len(fields) == 6 else b""
            if path.startswith(start) and path.endswith(_DELETED):
                found.add((fields[3], fields[4]))
    return len(found)


# The judge's time and memory. A solution takes 0.1 to 0.7 s of its CPU, so that this is
# enough on a machine ten times as slow; and a class of hostile attempts takes no longer
# than as many solutions on a slow one.
JUDGE_S = 10.0
ANSWERS_MB = 256.0
# What an answer takes beside its value: what was asked, and how it is called.
_MESSAGE_BYTES = 1_000


class GradingBudget:
    """What is left for one grading; used by the one thread that grades.

    Args:
        wall_s: the seconds that all calls together may take, without those in which
            they wait for a processor.
        judge_s: the CPU seconds of the judge's own thread, from now on.
        answers_mb: the memory for everything that the attempt sends.

    Attributes:
        is_long: whether a worker took so long that those after it let others go first.
    """

    def __init__(
        self,
        wall_s: float = math.inf,
        judge_s: float = math.inf,
        answers_mb: float = math.inf,
    ) -> None:
        self._wall_s = wall_s
        self._judge_s = judge_s
        self._answers_mb = answers_mb
        self._waited_s = 0.0
        self._waits_since_s: float | None = None
        self._clock: Callable[[], float] = time.monotonic
        # Of this thread alone: in a server, others grade in the same process.
        self._judge_began_s = time.thread_time()
        self._answers_bytes = 0
        self.is_long = False

    @classmethod
    def for_grading(cls, limits: Limits, longest_cpu_s: float) -> GradingBudget:
        """Return the budget of a grading whose longest call may take so much CPU
        time.
        """
        return cls(limits.wall_limit_s(longest_cpu_s), JUDGE_S, ANSWERS_MB)

    def spent(self) -> Spent | None:
        """Return which part of it is used up, if any; from then on always one."""
        if self._waited() > self._wall_s:
            return Spent("wall", self._wall_s)
        if self._answers_bytes > self._answers_mb * (1 << 20):
            return Spent("answers", self._answers_mb)
        if time.thread_time() - self._judge_began_s > self._judge_s:
            return Spent("judge", self._judge_s)
        return None

    @contextlib.contextmanager
    def waiting(self, clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
        """Count the time until the attempt has answered, by a clock in seconds."""
        self._clock = clock
        self._waits_since_s = clock()
        try:
            yield
        finally:
            self._waited_s, self._waits_since_s = self._waited(), None

    def charge(self, taken_bytes: int) -> None:
        """Count a message whose value takes so many bytes."""
        self._answers_bytes += taken_bytes + _MESSAGE_BYTES

    def _waited(self) -> float:
        if self._waits_since_s is None:
            return self._waited_s
        return self._waited_s + self._clock() - self._waits_since_s


# However many messages come, /proc is read no more often.
_EVERY_S = 0.05
# A process that merely sleeps in a loop wakes up for less than this, and for less than
# this share of the time that it has slept, on a slow machine too.
_IDLE_CPU_S = 0.001
_IDLE_SHARE = 0.005
# Of a processor that somebody else wants too, it then has a sixth: less than that, and
# an answer that needs its CPU seconds would come after its wall seconds.
_NICE, _NICEST = 7, 19
# So many times its wall limit a call may take, with what it waits for a processor.
_LONGEST_QUEUE = 4
# What TensorFlow takes before the attempt does anything.
_LIBRARIES_MB = 700
# What the process alone has, what it shares without a file, and the tables of both.
_TAKEN = (b"RssAnon:", b"RssShmem:", b"VmPTE:")


class ResourceMonitor:
    """Measures a worker from outside.

    Args:
        pid: the process; all its threads are counted.
        scratch: the folder it writes, where nothing else bounds what it writes.
        lower_priority_after_s: after so much CPU time it lets other processes go first.

    Attributes:
        has_low_priority: whether it does.
    """

    def __init__(
        self,
        pid: int,
        scratch: Path | None,
        lower_priority_after_s: float = math.inf,
    ) -> None:
        self._pid = pid
        self._scratch = scratch
        self._lower_priority_after_s = lower_priority_after_s
        self.has_low_priority = False
        self._queued_s = self._looks_again_s = 0.0
        # Linux has a clock for every process; its number is made from the pid.
        self._clock = (~pid << 3) | 2 if sys.platform == "linux" and pid else 0

    def cpu_s(self) -> float:
        """Return the CPU seconds so far; 0 when the process has ended."""
        if self._clock:
            with contextlib.suppress(OSError):
                return time.clock_gettime(self._clock)
            return 0.0
        # Without a process yet: 0 is the number of another one on some systems.
        return sum(_times(member) for member in self._family()) if self._pid else 0.0

    def unqueued_s(self) -> float:
        """Return the seconds of a clock that stands while it waits for a processor.

        How busy the machine is must not decide what is right. What its first thread
        waits counts, where the system tells; it is asked with each message, and looks
        no oftener than limits are checked.
        """
        now_s = time.monotonic()
        if now_s >= self._looks_again_s:
            self._looks_again_s = now_s + _EVERY_S
            with contextlib.suppress(OSError, ValueError, IndexError):
                told = Path(f"/proc/{self._pid}/schedstat").read_bytes().split()
                self._queued_s = int(told[1]) / 1e9
        return now_s - self._queued_s

    def memory_mb(self) -> float:
        """Return the MB of memory in use; 0 if unknown.

        On Linux that is without what the files of the libraries take. There a limit of
        the kernel's ends most attempts first, but it counts only memory of one kind.
        """
        if self._clock:
            return sum(_status(self._pid, _TAKEN)) / (1 << 10)
        return sum(_memory_mb(member) for member in self._family())

    def threads(self) -> int:
        """Count its threads; 0 if unknown."""
        if self._clock:
            return sum(_status(self._pid, (b"Threads:",)))
        return sum(_threads(member) for member in self._family())

    def written_mb(self) -> float:
        """Return the MB that take space on the disk, where nothing else bounds them.

        That is what lies in the scratch folder, and what was deleted and is still open.
        Infinite when there is too much of it to tell; 0 where it is bounded.
        """
        if self._scratch is None:
            return 0.0
        return size_mb(self._scratch) + open_deleted_mb(self._pid)

    def mapped_files(self) -> int:
        """Count the deleted files it has in memory, where nothing else bounds them."""
        if self._scratch is None:
            return 0
        return count_mapped_deleted(self._pid, self._scratch)

    def lower_priority(self, cpu_s: float) -> None:
        """Leave the processor to others, once, if it has used so much of it."""
        if self.has_low_priority or cpu_s < self._lower_priority_after_s:
            return
        try:
            # Linux may share a processor among sessions first; a worker has its own.
            Path(f"/proc/{self._pid}/autogroup").write_text(str(_NICE))
        except BlockingIOError:  # told too often; again in a moment
            return
        except OSError:
            pass
        self.has_low_priority = True
        # Linux has one for each thread; a thread that starts later has its maker's.
        for thread in _thread_ids(self._pid):
            with contextlib.suppress(OSError):
                own = os.getpriority(os.PRIO_PROCESS, thread)
                os.setpriority(os.PRIO_PROCESS, thread, min(_NICEST, own + _NICE))

    def watch(self, limits: Limits, cpu_s: float) -> CallMonitor:
        """Begin to watch one call, which may take `cpu_s` of CPU time."""
        return CallMonitor(self, limits, cpu_s)

    def _family(self) -> list[Any]:
        import psutil

        with contextlib.suppress(psutil.Error):
            process = psutil.Process(self._pid)
            return [process, *process.children(recursive=True)]
        return []


class CallMonitor:
    """One call against its limits."""

    def __init__(
        self, monitor: ResourceMonitor, limits: Limits, cpu_limit_s: float
    ) -> None:
        self._monitor = monitor
        self._limits = limits
        self._cpu_limit_s = cpu_limit_s
        self._wall_limit_s = limits.wall_limit_s(cpu_limit_s)
        self._began_s = self._busy_s = time.monotonic()
        self._unqueued_began_s = monitor.unqueued_s()
        self._next_s = self._began_s + _EVERY_S
        self._cpu_began_s = self._cpu_seen_s = monitor.cpu_s()

    def check_limits(self) -> Reply | None:
        """Return the reply that ends the call, once a limit is passed."""
        now_s = time.monotonic()
        if now_s < self._next_s:
            return None
        self._next_s = now_s + _EVERY_S
        return self._out_of_time(now_s) or self._out_of_space()

    def _out_of_time(self, now_s: float) -> Reply | None:
        cpu_s = self._monitor.cpu_s()
        self._monitor.lower_priority(cpu_s)
        idle_cpu_s = max(_IDLE_CPU_S, _IDLE_SHARE * (now_s - self._busy_s))
        if cpu_s > self._cpu_seen_s + idle_cpu_s:
            self._cpu_seen_s, self._busy_s = cpu_s, now_s
        if cpu_s - self._cpu_began_s > self._cpu_limit_s:
            return TimedOut(self._cpu_limit_s, "cpu")
        if self._is_past_wall_limit(now_s - self._began_s):
            return TimedOut(self._wall_limit_s, "wall")
        if now_s - self._busy_s > self._limits.idle_s:
            return TimedOut(self._limits.idle_s, "wall")
        return None

    def _is_past_wall_limit(self, wall_s: float) -> bool:
        # One that keeps all processors busy itself may not queue for ever.
        if wall_s > _LONGEST_QUEUE * self._wall_limit_s:
            return True
        return self._monitor.unqueued_s() - self._unqueued_began_s > self._wall_limit_s

    def _out_of_space(self) -> Reply | None:
        limits = self._limits
        if self._monitor.memory_mb() > limits.memory_mb + _LIBRARIES_MB:
            return OutOfMemory(limits.memory_mb)
        if self._monitor.threads() > limits.threads:
            return Ended(f"started more than {limits.threads} threads")
        written_mb = self._monitor.written_mb()
        if math.isinf(written_mb):
            return Ended("wrote too many files or folders")
        if written_mb > limits.scratch_mb:
            return Ended(f"wrote more than {limits.scratch_mb} MB of files")
        if self._monitor.mapped_files() > limits.mapped_files:
            return Ended(f"kept more than {limits.mapped_files} deleted files mapped")
        return None

    def note_activity(self) -> None:
        """Note that it is not idle: it did something, or waited for the judge."""
        self._busy_s = time.monotonic()

    def add_times(self, reply: Reply) -> Reply:
        """Return `reply` with the times it took."""
        wall_s = time.monotonic() - self._began_s
        if isinstance(reply, Returned):
            # One that ended just after its answer tells of no time.
            cpu_s = max(0.0, self._monitor.cpu_s() - self._cpu_began_s)
            return replace(reply, wall_s=wall_s, cpu_s=cpu_s)
        return replace(reply, wall_s=wall_s) if isinstance(reply, Raised) else reply


def _times(process: Any) -> float:
    with contextlib.suppress(Exception):
        spent = process.cpu_times()
        return float(spent.user + spent.system)
    return 0.0


def _status(pid: int, names: tuple[bytes, ...]) -> list[int]:
    """Return numbers that Linux tells of a process; none when it has ended."""
    # As bytes: the first line is a name that the process may choose.
    with contextlib.suppress(OSError, ValueError):
        lines = Path(f"/proc/{pid}/status").read_bytes().splitlines()
        return [int(line.split()[1]) for line in lines if line.startswith(names)]
    return []


def _thread_ids(pid: int) -> list[int]:
    """Return the threads of a process where the system numbers them, else itself."""
    with contextlib.suppress(OSError):
        return [int(one.name) for one in Path(f"/proc/{pid}/task").iterdir()]
    return [pid] if sys.platform != "win32" else []


def _threads(process: Any) -> int:
    with contextlib.suppress(Exception):
        return int(process.num_threads())
    return 0


def _memory_mb(process: Any) -> float:
    with contextlib.suppress(Exception):
        return float(process.memory_info().rss / (1 << 20))
    return 0.0
