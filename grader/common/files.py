"""files: write a file as a whole or not at all, and read one without waiting for it.

A file is written next to its final place and then renamed. So after a full disk, a
crash or Ctrl-C, the old file is still there.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from grader.common.errors import Misuse

FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
# A pipe without a writer is opened at once; Windows leaves line ends unchanged.
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


# On Windows nobody can replace a file while a virus scanner or a synchroniser reads it.
_WAITS_S: tuple[float, ...] = (
    (0.01, 0.02, 0.05, 0.1, 0.2, 0.4) if sys.platform == "win32" else ()
)


def replace(new: Path, path: Path) -> None:
    """Rename a file over another one; if Windows refuses, try again for a moment.

    Raises:
        OSError: it can't be renamed.
    """
    for wait_s in _WAITS_S:
        try:
            new.replace(path)
        except PermissionError:
            time.sleep(wait_s)
        else:
            return
    new.replace(path)


def write(path: Path, content: bytes) -> None:
    """Write a file, replacing an existing one.

    Raises:
        Misuse: it can't be written; the old file is unchanged.
    """
    if path.exists() and not path.is_file():  # /dev/stdout must stay what it is
        with explain_write_error(path):
            path.write_bytes(content)
        return
    with temporary_file(path, content) as new, explain_write_error(path):
        # Resolve the path, so that a link stays a link.
        replace(new, path.resolve())


def write_new(path: Path, content: bytes) -> bool:
    """Write a new file; if it exists already, change nothing and return False.

    Raises:
        Misuse: it can't be written.
    """
    with temporary_file(path, content) as new, explain_write_error(path):
        try:
            # A rename would replace a file that was made meanwhile; a link never does.
            os.link(new, path)
        except FileExistsError:
            return False
        except OSError:  # not every file system has links
            if path.exists():
                return False
            replace(new, path)
        return True


@contextlib.contextmanager
def temporary_file(path: Path, content: bytes) -> Iterator[Path]:
    """Provide a complete file next to `path`, to be renamed; remove it if it isn't.

    Raises:
        Misuse: it can't be written.
    """
    # Next to the target of a link, so that the rename stays on one file system.
    place = path.resolve()
    new = place.with_name(f".{os.urandom(8).hex()}.new")
    try:
        with explain_write_error(path):
            with new.open("xb") as file:
                file.write(content)
            if place.is_file():
                shutil.copymode(place, new)
        yield new
    finally:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)


def require_writable(path: Path) -> None:
    """Refuse a place that `write` couldn't write to, without changing anything.

    Raises:
        Misuse: it can't be written.
    """
    if path.is_file() or not path.exists():
        with temporary_file(path, b""):
            return
    with explain_write_error(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        # Don't open it, because opening a pipe would wait.
        if not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


@contextlib.contextmanager
def explain_write_error(path: Path) -> Iterator[None]:
    """Say what to do if `path` can't be written.

    Raises:
        Misuse: instead of an OSError.
    """
    try:
        yield
    except OSError as error:
        for_others = (
            f"The machine that serves the lessons cannot write {path.name} "
            f"({error.strerror}). Tell the person who started it; what was there "
            f"before is unchanged."
        )
        consequence = (
            " The file that was there is unchanged." if error.errno in FULL else ""
        )
        raise Misuse(
            describe_unwritten(path, error) + consequence, for_others
        ) from error


def describe_unwritten(path: Path | str, error: OSError) -> str:
    """Return why a file wasn't written, and what to do now."""
    step = "Choose another folder, or give yourself the right to write there."
    if error.errno in FULL:
        step = "Free some space and try again."
    elif error.errno == errno.EROFS:
        step = "Its disk can only be read. Choose a folder on another one."
    elif error.errno == errno.ENAMETOOLONG:
        step = "Choose a shorter name, or a folder with a shorter path."
    return f"{path} cannot be written ({error.strerror}). {step}"


def is_on_read_only_disk(folder: Path) -> bool:
    """Return whether a folder is on a disk that nobody can write, if that is known."""
    if sys.platform == "win32":
        return False
    try:
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def read(path: Path, most: int) -> bytes:
    """Return the first `most` bytes of a file, without waiting for what isn't a file.

    Raises:
        OSError: it can't be read, or isn't a regular file.
    """
    # Opening a pipe that has no writer would block for ever.
    with os.fdopen(os.open(path, os.O_RDONLY | _AT_ONCE), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it isn't a regular file", str(path))
        return file.read(most)
