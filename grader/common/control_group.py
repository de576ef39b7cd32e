"""control_group: the memory that a control group leaves its processes, on Linux.

A container, a batch job or a notebook server may have less memory than its machine, and
psutil measures the machine. When that memory is used up, the system kills a process.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path("/")


def free_bytes(root: Path = _ROOT) -> float:
    """Return how many more bytes this process's control groups allow; inf for any.

    Args:
        root: the folder that contains ``proc`` and ``sys``.
    """
    free = math.inf
    for group in _iterate_groups(root):
        # The names of version 2 and of version 1.
        most = _read(group, "memory.max", "memory.limit_in_bytes")
        used = _read(group, "memory.current", "memory.usage_in_bytes")
        if most is not None and used is not None:
            # Cached files count as used, but make room when memory is needed.
            cached = _read_field(group / "memory.stat", "inactive_file")
            free = min(free, most - used + cached)
    return max(0.0, free)


def has_killed(root: Path = _ROOT) -> bool:
    """Return whether the system has killed a process because a group's memory was used.

    Args:
        root: the folder that contains ``proc`` and ``sys``.
    """
    names = ("memory.events", "memory.oom_control")
    groups = _iterate_groups(root)
    return any(_read_field(group / x, "oom_kill") for group in groups for x in names)


def ask_about_memory() -> str:
    """Return a sentence for a process that was killed, maybe for lack of memory."""
    if has_killed():
        return (
            "In this container or job, the system has ended a program because memory "
            "ran out. This was probably one of them."
        )
    return "Did this machine run out of memory?"


def explain_end(how: str) -> str:
    """Add to how a process of the grader ended that memory ran out, if it did.

    Args:
        how: a clause without a period, as is what this returns.
    """
    return f"{how}. {ask_about_memory()[:-1]}" if has_killed() else how


def _iterate_groups(root: Path) -> Iterator[Path]:
    """Yield the folders of this process's groups, and of those that they are in."""
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers or "memory" in controllers.split(","):
            top = root / "sys/fs/cgroup" / ("memory" if controllers else "")
            # In a container, the path may be one of the machine's. Then only the top is
            # there, and belongs to the container.
            group = top / path.strip("/")
            yield group
            while group != top:
                group = group.parent
                yield group


def _read(group: Path, *names: str) -> int | None:
    """Return the number in the first file that has one; "max" is none."""
    for name in names:
        with contextlib.suppress(OSError, ValueError):
            return int((group / name).read_text(encoding="ascii"))
    return None


def _read_field(path: Path, name: str) -> int:
    """Return a number of a file with several, also of the group's parts; 0 if none."""
    with contextlib.suppress(OSError, ValueError):
        lines = path.read_text(encoding="ascii").splitlines()
        fields = dict(line.split(" ", 1) for line in lines)
        return int(fields.get(f"total_{name}", fields.get(name, "0")))
    return 0
