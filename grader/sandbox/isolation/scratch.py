"""scratch: the one folder that a worker may write, and how to delete it afterwards.

An attempt creates its content: folders a thousand levels deep, folders without read
permission. So it is never walked recursively or by long paths, and nothing here raises.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import shutil
import tempfile
import time
from pathlib import Path

_SCRATCH_PREFIX = "lesson-scratch-"
# The process may be in another container and invisible here; its folder is young.
_OLD_S = 3600
_OWN = 0o700
# Looking at this many files took 0.3 s on a busy machine.
_MOST_FILES = 20_000
_DEEPEST = 64
_HAS_FOLDERS_BY_NUMBER = os.scandir in os.supports_fd and os.open in os.supports_dir_fd


def make_scratch() -> Path:
    """Return a new scratch folder; remove old ones whose owners were killed."""
    for old in Path(tempfile.gettempdir()).glob(f"{_SCRATCH_PREFIX}*"):
        with contextlib.suppress(OSError, ValueError):
            # The name contains the number of the process that made it.
            is_old = time.time() - old.stat().st_mtime > _OLD_S
            if is_old and not _exists(int(old.name.split("-")[2])):
                remove(old)
    return Path(tempfile.mkdtemp(prefix=f"{_SCRATCH_PREFIX}{os.getpid()}-"))


def _exists(pid: int) -> bool:
    import psutil

    return bool(psutil.pid_exists(pid))


def remove(folder: Path) -> bool:
    """Delete a folder with everything in it, and return whether it is gone.

    Call it when no process can write there any more.
    """
    with contextlib.suppress(OSError, RecursionError):
        if _HAS_FOLDERS_BY_NUMBER:
            _remove(folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return not os.path.lexists(folder)


def _remove(folder: Path) -> None:
    try:
        root = _open(folder)
    except PermissionError:  # without the filter, an attempt can change its mode
        folder.chmod(_OWN)
        root = _open(folder)
    try:
        os.fchmod(root, _OWN)
        _empty(root)
    finally:
        os.close(root)
    folder.rmdir()


def _empty(root: int) -> None:
    """Delete what is in a folder.

    Subfolders of its folders are first moved up next to them, so that no path is long.
    """
    # An attempt can't have guessed these names, so each target name is free.
    secret, numbers = os.urandom(8).hex(), itertools.count()
    folders = _clear(root)
    while folders:
        name = folders.pop()
        with contextlib.suppress(OSError):
            inner = _open(name, root)
            try:
                for deeper in _clear(inner):
                    moved = f"{secret}-{next(numbers)}"
                    os.rename(deeper, moved, src_dir_fd=inner, dst_dir_fd=root)
                    folders.append(moved)
            finally:
                os.close(inner)
            os.rmdir(name, dir_fd=root)


def _open(folder: Path | str, parent: int | None = None) -> int:
    # O_NOFOLLOW: a link would make us empty a folder that isn't ours.
    how = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    return os.open(folder, how, dir_fd=parent)


def _clear(folder: int) -> list[str]:
    """Delete the files in a folder; return its subfolders, which become readable."""
    with os.scandir(folder) as entries:
        children = [
            (entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries
        ]
    for name, is_folder in children:
        with contextlib.suppress(OSError):
            if is_folder:
                os.chmod(name, _OWN, dir_fd=folder)
            else:
                os.unlink(name, dir_fd=folder)
    return [name for name, is_folder in children if is_folder]


def size_mb(folder: Path) -> float:
    """Return the size in MB of all files in a folder that is being written.

    It is infinite if there are too many files, or some are too deep or unreadable.
    """
    size, seen, waiting = 0, 0, [(str(folder), 0)]
    while waiting:
        where, depth = waiting.pop()
        try:
            with os.scandir(where) as entries:
                for entry in entries:
                    seen += 1
                    if seen > _MOST_FILES or depth > _DEEPEST:
                        return math.inf
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append((entry.path, depth + 1))
                    else:
                        size += _size(entry)
        except (FileNotFoundError, NotADirectoryError):
            continue  # it has been deleted in the meantime
        except OSError:
            return math.inf
    return size / (1 << 20)


def _size(entry: os.DirEntry[str]) -> int:
    with contextlib.suppress(OSError):
        return entry.stat(follow_symlinks=False).st_size
    return 0
