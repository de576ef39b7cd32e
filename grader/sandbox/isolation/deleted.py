"""deleted: files that a worker has deleted and still keeps, which no folder shows.

Their space is free again only when nobody has them open or mapped into memory. Linux
tells of both. Where it does not tell, nothing is counted.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

_DELETED = b" (deleted)"


def open_mb(pid: int) -> float:
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


def mapped(pid: int, folder: Path) -> int:
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
