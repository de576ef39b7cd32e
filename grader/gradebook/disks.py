"""disks: whether a folder is on another machine, and whether its disk is full.

SQLite's write-ahead log shares memory between the processes that have the file open.
Two machines share none, so on a network folder it is refused, or damages the file.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
# As Linux and macOS name them; folders of a virtual machine's host behave alike.
_OF_A_NETWORK = frozenset(
    (
        *("9p", "drvfs", "prl_fs", "vboxsf", "virtiofs", "vmhgfs"),
        *("afpfs", "afs", "cifs", "davfs", "ncpfs", "nfs", "nfs4", "smb3", "smbfs"),
        *("beegfs", "ceph", "gfs2", "glusterfs", "gpfs", "lustre", "ocfs2"),
        *("fuse", "webdav"),
    )
)
_WINDOWS_REMOTE_DRIVE = 4  # DRIVE_REMOTE of GetDriveTypeW
_ROOM = 1_000_000


def is_on_network(folder: Path) -> bool:
    """Return whether other machines may write to this folder at the same time."""
    if sys.platform == "win32":
        import ctypes

        drive = folder.resolve().anchor
        kind: int = ctypes.windll.kernel32.GetDriveTypeW(drive)
        return kind == _WINDOWS_REMOTE_DRIVE
    kind_of_system = _kind_on_linux(folder) if _MOUNTS.exists() else _kind(folder)
    # What is mounted by a program is named after it: fuse.sshfs.
    return kind_of_system.partition(".")[0] in _OF_A_NETWORK


def room_left(folder: Path) -> int | None:
    """Return the bytes that are left on a disk with next to none; else None."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return None
    return free if free < _ROOM else None


def _kind_on_linux(folder: Path) -> str:
    """Return the file system's kind; empty when the mount is not listed under its
    device.
    """
    device = folder.stat().st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines():
        # As proc(5) has it: the third field is the device, the kind is behind a dash.
        mount, _, system = line.partition(" - ")
        if mount.split()[2] == wanted:
            return system.split()[0]
    return ""


def _kind(folder: Path) -> str:
    import psutil

    here = folder.resolve()
    # All of them: else psutil leaves out what is no disk of this machine.
    holding = [
        disk
        for disk in psutil.disk_partitions(all=True)
        if here.is_relative_to(disk.mountpoint)
    ]
    nearest = max(holding, key=lambda disk: len(disk.mountpoint), default=None)
    return nearest.fstype if nearest else ""
