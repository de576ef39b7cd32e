"""files: write a file whole or not at all, and read one without waiting for it.

A file is written beside its place and then renamed, so a full disk, a crash or Ctrl-C
leaves what stood there as it was.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from grader.errors import Misuse

FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
# A pipe without a writer is opened at once; Windows leaves line ends as they are.
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def write(path: Path, content: bytes) -> None:
    """Write a file, over one that is there or in a new place.

    Raises:
        Misuse: it cannot be written; what stood there is as it was.
    """
    if path.exists() and not path.is_file():  # /dev/stdout must stay what it is
        with explain_write_error(path):
            path.write_bytes(content)
        return
    with temporary_file(path, content) as new, explain_write_error(path):
        # A link stays a link.
        new.replace(path.resolve())


def write_new(path: Path, content: bytes) -> bool:
    """Write a file where none is; False, and nothing is done, where there is one.

    Raises:
        Misuse: it cannot be written.
    """
    with temporary_file(path, content) as new, explain_write_error(path):
        try:
            # A rename would put it over a file that came meanwhile; a link never does.
            os.link(new, path)
        except FileExistsError:
            return False
        except OSError:  # not every file system has links
            if path.exists():
                return False
            new.replace(path)
        return True


@contextlib.contextmanager
def temporary_file(path: Path, content: bytes) -> Iterator[Path]:
    """Provide a complete file beside `path`, to be renamed; else it is removed.

    Raises:
        Misuse: it cannot be written.
    """
    # Beside the file that a link leads to: nothing is renamed from disk to disk.
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
    """Refuse a place that `write` could not write to; nothing in it is changed.

    Raises:
        Misuse: it cannot be written.
    """
    if path.is_file() or not path.exists():
        with temporary_file(path, b""):
            return
    with explain_write_error(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        # Not opened: a pipe would be waited for.
        if not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


@contextlib.contextmanager
def explain_write_error(path: Path) -> Iterator[None]:
    """Say what is to be done where `path` cannot be written.

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
        kept = " The file that was there is unchanged." if error.errno in FULL else ""
        raise Misuse(describe_unwritten(path, error) + kept, for_others) from error


def describe_unwritten(path: Path | str, error: OSError) -> str:
    """Return why a file is not written, and what to do now."""
    step = "Choose another folder, or give yourself the right to write there."
    if error.errno in FULL:
        step = "Free some space and try again."
    return f"{path} cannot be written ({error.strerror}). {step}"


def read(path: Path, most: int) -> bytes:
    """Return the first `most` bytes of a file, without waiting for what isn't a file.

    Raises:
        OSError: it cannot be read, or is no regular file.
    """
    # A pipe that nobody writes to would be waited for without an end.
    with os.fdopen(os.open(path, os.O_RDONLY | _AT_ONCE), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it isn't a regular file", str(path))
        return file.read(most)
