"""resource_monitor: measure what a worker uses, and check it against the limits.

CPU time counts first, because it doesn't depend on what else the machine does. Wall
time only ends calls that wait: in sleep, for locks, for input that never comes.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from grader.sandbox.isolation.policy import Limits
from grader.sandbox.isolation.scratch import size_mb
from grader.sandbox.replies import Ended, OutOfMemory, Reply, Spent, TimedOut

_DELETED = b" (deleted)"


def open_deleted_mb(pid: int) -> float:
    """Return the size in MB of the deleted files that a process has open."""
    sizes: dict[tuple[int, int], int] = {}
    with contextlib.suppress(OSError), os.scandir(f"/proc/{pid}/fd") as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                status = entry.stat()
                # Count each file once, however often it is open.
                if stat.S_ISREG(status.st_mode) and status.st_nlink == 0:
                    sizes[status.st_dev, status.st_ino] = status.st_size
    return sum(sizes.values()) / (1 << 20)


def count_mapped_deleted(pid: int, folder: Path) -> int:
    """Count the deleted files of a folder that a process has mapped into memory.

    Only root could read their sizes.
    """
    start = os.fsencode(folder) + b"/"
    inodes = set()
    with contextlib.suppress(OSError), Path(f"/proc/{pid}/maps").open("rb") as maps:
        for line in maps:
            # Addresses, permissions, offset, device, inode, path.
            fields = line.rstrip(b"\n").split(None, 5)
            path = fields[5] if len(fields) == 6 else b""
            if path.startswith(start) and path.endswith(_DELETED):
                inodes.add((fields[3], fields[4]))
    return len(inodes)


# The judge's time and memory. A solution takes 0.1 to 0.7 s of its CPU time, so this is
# enough even on a machine ten times as slow. It also bounds a class of hostile attempts
# to the time that as many solutions would take on such a slow machine.
JUDGE_S = 10.0
ANSWERS_MB = 256.0
# The memory for an answer in addition to its value: the question, and the call's text.
_MESSAGE_BYTES = 1_000


class GradingBudget:
    """The remaining budget of one grading; used only by the thread that grades.

    Args:
        wall_s: the seconds that all calls together may take, not counting the time
            they wait for a processor.
        judge_s: the CPU seconds of the judge's own thread, from now on.
        answers_mb: the memory for everything that the attempt sends.
        lending_s: the CPU seconds of the judge's thread for calls that it passes on.

    Attributes:
        is_long: whether a worker took so long that later ones start with low priority.
    """

    def __init__(
        self,
        wall_s: float = math.inf,
        judge_s: float = math.inf,
        answers_mb: float = math.inf,
        lending_s: float = 0.0,
    ) -> None:
        self._wall_s = wall_s
        self._judge_s = judge_s
        self._answers_mb = answers_mb
        self._lending_s = lending_s
        self._waited_s = 0.0
        self._waits_since_s: float | None = None
        self._clock: Callable[[], float] = time.monotonic
        # The time of this thread only: a server grades for others in the same process.
        self._judge_began_s = time.thread_time()
        self._answers_bytes = 0
        self.is_long = False

    @classmethod
    def for_grading(cls, limits: Limits, longest_cpu_s: float) -> GradingBudget:
        """Return a budget for a grading whose longest call may take this CPU time."""
        wall_s = limits.wall_limit_s(longest_cpu_s)
        # A call that is passed on is part of the learner's own computation.
        return cls(wall_s, JUDGE_S, ANSWERS_MB, longest_cpu_s)

    def spent(self) -> Spent | None:
        """Return the part of it that is used up, if any; once used up, it stays so."""
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
        """Count a message whose value takes this many bytes."""
        self._answers_bytes += taken_bytes + _MESSAGE_BYTES

    def refund(self, taken_bytes: int, judge_s: float) -> None:
        """Take back the charge for a call that was passed on and isn't stored.

        Args:
            taken_bytes: as charged.
            judge_s: the CPU seconds of the judge's thread that it took.
        """
        self._answers_bytes -= taken_bytes + _MESSAGE_BYTES
        refunded_s = min(judge_s, self._lending_s)
        self._lending_s -= refunded_s
        self._judge_began_s += refunded_s

    def _waited(self) -> float:
        if self._waits_since_s is None:
            return self._waited_s
        return self._waited_s + self._clock() - self._waits_since_s


# The shortest time between two reads of /proc, however many messages come.
_EVERY_S = 0.05
# A process that merely sleeps in a loop uses less CPU time than this per wake-up, even
# on a slow machine. It also uses less than this fraction of the time it slept.
_IDLE_CPU_S = 0.001
_IDLE_SHARE = 0.005
# With this niceness it still gets a sixth of a contended processor. With less, an
# answer that needs all its CPU seconds would exceed its wall-clock seconds.
_NICE, _NICEST = 7, 19
# Including the wait for a processor, a call may take this many times its time limit.
_LONGEST_QUEUE = 4
# The memory that TensorFlow takes before the attempt does anything.
_LIBRARIES_MB = 700
# The process's private memory, shared memory without a file, and their page tables.
_TAKEN = (b"RssAnon:", b"RssShmem:", b"VmPTE:")


class ResourceMonitor:
    """Measures a worker from outside.

    Args:
        pid: the process; all its threads are counted.
        scratch: the folder it writes, if nothing else bounds its size.
        lower_priority_after_s: the CPU seconds after which its priority is lowered.

    Attributes:
        has_low_priority: whether its priority has been lowered.
        is_frozen: whether it gets no processor.
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
        self.has_low_priority = self.is_frozen = False
        self._queued_s = self._looks_again_s = 0.0
        # Linux has a CPU clock for every process, whose id is computed from the pid.
        self._clock = (~pid << 3) | 2 if sys.platform == "linux" and pid else 0

    def cpu_s(self) -> float:
        """Return the CPU seconds so far; 0 if the process has ended."""
        if self._clock:
            with contextlib.suppress(OSError):
                return time.clock_gettime(self._clock)
            return 0.0
        # Check the pid: there may be no process yet, and 0 can be a real process.
        return sum(_times(member) for member in self._family()) if self._pid else 0.0

    def unqueued_s(self) -> float:
        """Return the seconds of a clock that stops while it waits for a processor.

        A verdict mustn't depend on how busy the machine is. The clock uses the waiting
        time of the process's first thread, where the system reports it. It is read for
        each message, but updated only as often as the limits are checked.
        """
        now_s = time.monotonic()
        if now_s >= self._looks_again_s:
            self._looks_again_s = now_s + _EVERY_S
            with contextlib.suppress(OSError, ValueError, IndexError):
                numbers = Path(f"/proc/{self._pid}/schedstat").read_bytes().split()
                self._queued_s = int(numbers[1]) / 1e9
        return now_s - self._queued_s

    def memory_mb(self) -> float:
        """Return the MB of memory in use; 0 if unknown.

        On Linux, the libraries' mapped files don't count. There the kernel's own limit
        ends most attempts first, but that covers only one kind of memory.
        """
        if self._clock:
            return sum(_status(self._pid, _TAKEN)) / (1 << 10)
        return sum(_memory_mb(member) for member in self._family())

    def threads(self) -> int:
        """Return the number of its threads; 0 if unknown."""
        if self._clock:
            return sum(_status(self._pid, (b"Threads:",)))
        return sum(_threads(member) for member in self._family())

    def written_mb(self) -> float:
        """Return the MB that it takes on the disk, if nothing else bounds them.

        This counts the files in the scratch folder, and deleted files that are still
        open. It is infinite if there are too many files, and 0 if the disk is bounded.
        """
        if self._scratch is None:
            return 0.0
        return size_mb(self._scratch) + open_deleted_mb(self._pid)

    def mapped_files(self) -> int:
        """Count the deleted files it has mapped, if nothing else bounds them."""
        if self._scratch is None:
            return 0
        return count_mapped_deleted(self._pid, self._scratch)

    def freeze(self, is_frozen: bool) -> None:
        """Have the kernel give it no processor any more, or again; on Linux."""
        if self._clock and is_frozen != self.is_frozen:
            self.is_frozen = is_frozen
            with contextlib.suppress(OSError):
                os.kill(self._pid, signal.SIGSTOP if is_frozen else signal.SIGCONT)

    def lower_priority(self, cpu_s: float) -> None:
        """Lower the worker's priority, once, if it has used enough CPU time."""
        if self.has_low_priority or cpu_s < self._lower_priority_after_s:
            return
        try:
            # Linux may divide the CPU by session first; a worker has its own session.
            Path(f"/proc/{self._pid}/autogroup").write_text(str(_NICE))
        except BlockingIOError:  # changed too often; try again in a moment
            return
        except OSError:
            pass
        self.has_low_priority = True
        # On Linux each thread has its own niceness; a new thread inherits it.
        for thread in _thread_ids(self._pid):
            with contextlib.suppress(OSError):
                niceness = os.getpriority(os.PRIO_PROCESS, thread)
                os.setpriority(os.PRIO_PROCESS, thread, min(_NICEST, niceness + _NICE))

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
    """Checks one call against its limits."""

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
        """Return the reply that ends the call, once it exceeds a limit."""
        now_s = time.monotonic()
        if now_s < self._next_s:
            return None
        self._next_s = now_s + _EVERY_S
        return self._exceeded_time(now_s) or self._exceeded_space()

    def _exceeded_time(self, now_s: float) -> Reply | None:
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
        # A call that itself keeps all processors busy may not wait for ever.
        if wall_s > _LONGEST_QUEUE * self._wall_limit_s:
            return True
        return self._monitor.unqueued_s() - self._unqueued_began_s > self._wall_limit_s

    def _exceeded_space(self) -> Reply | None:
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
        """Record that the call isn't idle: it was active, or waited for the judge."""
        self._busy_s = time.monotonic()

    def passed_s(self) -> float:
        """Return the seconds since the call began."""
        return time.monotonic() - self._began_s


def _times(process: Any) -> float:
    with contextlib.suppress(Exception):
        spent = process.cpu_times()
        return float(spent.user + spent.system)
    return 0.0


def _status(pid: int, names: tuple[bytes, ...]) -> list[int]:
    """Return numbers from a process's status on Linux; [] if it has ended."""
    # As bytes: the first line is a name that the process may choose.
    with contextlib.suppress(OSError, ValueError):
        lines = Path(f"/proc/{pid}/status").read_bytes().splitlines()
        return [int(line.split()[1]) for line in lines if line.startswith(names)]
    return []


def _thread_ids(pid: int) -> list[int]:
    """Return the ids of a process's threads where the system has them, else its pid."""
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
