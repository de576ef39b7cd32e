"""no_links: open what somebody handed in without following links.

A submission is data from a stranger. A link in it could lead to a solution, or to
somebody else's file, whose lines would then appear in the feedback. So a path below the
submissions' folder is opened one name at a time, and none of them may be a link. Links
in the path above belong to the grader's own system, and are followed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO

A_LINK = "a link, which isn't followed. Put the file or folder itself there."
A_HARD_LINK = (
    "a hard link: the same file has another name on this disk, so it may be somebody "
    "else's. Replace it with a copy."
)
_SPECIAL = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_HAS_FOLDERS = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
# With O_PATH, the path can go through a folder that the user may not list.
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0)
_FILE = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)
# On Windows, junctions and links are reparse points that stand for another name. Files
# that OneDrive keeps elsewhere are reparse points too, but are read as usual.
_STANDS_FOR_ANOTHER = 0x20000000


class NotPlain(OSError):
    """Raised for a link or something that isn't a regular file.

    `strerror` says what to do about it.
    """

    def __init__(self, sentence: str, path: Path) -> None:
        super().__init__(errno.EINVAL, sentence, str(path))
        self.sentence = sentence
        self.path = path


def describe(status: os.stat_result) -> str:
    """Return why this type of file isn't read; "" for a regular file or a folder."""
    is_surrogate = getattr(status, "st_reparse_tag", 0) & _STANDS_FOR_ANOTHER
    if stat.S_ISLNK(status.st_mode) or is_surrogate:
        return A_LINK
    kind = next((name for is_it, name in _SPECIAL if is_it(status.st_mode)), "")
    return f"{kind}; it isn't read. Replace it with a regular file." if kind else ""


def folder_above(path: Path) -> Path:
    """Return the folder that contains a path's last name."""
    # "." isn't a name in a folder, and ".." is never a link.
    return path if path.name in ("", os.pardir) else path.parent


def describe_unread(path: Path, error: OSError) -> str:
    """Return in words why a path that was handed in isn't read."""
    if isinstance(error, NotPlain):
        return f"{error.path}: {error.sentence}"
    return f"{path} cannot be read: {error.strerror}."


def entries_of(folder: Path) -> list[tuple[Path, os.stat_result]]:
    """Return the entries of a folder, sorted, with the status of each link itself."""
    try:
        return [(path, path.lstat()) for path in sorted(folder.iterdir())]
    except OSError:  # it can't be read, or has just changed
        return []


def look(folder: Path, path: Path) -> os.stat_result | None:
    """Return the status of a path below a folder, or None if it doesn't exist.

    Raises:
        NotPlain: if it is a link or not a regular file, or the path goes through a
            link.
        OSError: if it can't be examined.
    """
    try:
        with _open_parent(folder, path) as (where, name):
            status = _stat(where, name)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if why := describe(status):
        raise NotPlain(why, path)
    return status


def open_file(
    folder: Path, path: Path, *, must_have_one_name: bool = False
) -> IO[bytes]:
    """Open a regular file below a folder without following a link.

    Args:
        folder: the folder; links in the path to it are followed.
        path: the file, which begins with the folder's path.
        must_have_one_name: refuse a file that has a second name on the disk.

    Raises:
        NotPlain: if it is a link or not a regular file, or the path goes through a
            link.
        OSError: if it can't be opened.
    """
    with _open_parent(folder, path) as (where, name):
        # Check first, because opening a device may already do something.
        if why := describe(_stat(where, name)):
            raise NotPlain(why, path)
        try:
            opened = os.open(name, _FILE, dir_fd=where)
        except OSError as error:
            if error.errno == errno.ELOOP:  # it has become a link since then
                raise NotPlain(A_LINK, path) from error
            raise
    status = os.fstat(opened)
    why = (
        "" if stat.S_ISREG(status.st_mode) else "not a regular file, so it isn't read."
    )
    if must_have_one_name and status.st_nlink > 1:
        why = why or A_HARD_LINK
    if why:
        os.close(opened)
        raise NotPlain(why, path)
    return os.fdopen(opened, "rb")


def _stat(where: int | None, name: str) -> os.stat_result:
    return os.stat(name, dir_fd=where, follow_symlinks=False)


@contextlib.contextmanager
def _open_parent(folder: Path, path: Path) -> Iterator[tuple[int | None, str]]:
    """Provide a descriptor of the folder in which a path's last name is, and the name.

    If a system has no descriptors for folders, the name is a whole path instead.
    """
    *above, name = path.relative_to(folder).parts or (os.curdir,)
    if os.pardir in above:
        raise NotPlain("its path leads out of the folder.", path)
    here = folder
    if not _HAS_FOLDERS:
        for part in above:
            here /= part
            if why := describe(os.lstat(here)):
                raise NotPlain(why, here)
        yield None, str(here / name)
        return
    where = os.open(folder, _FOLDER)
    try:
        for part in above:
            here /= part
            if why := describe(_stat(where, part)):
                raise NotPlain(why, here)
            inner = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=where)
            os.close(where)
            where = inner
        yield where, name
    finally:
        os.close(where)
