"""file_tree: the files below a folder and inside its zip files, as one kind of entry.

Links aren't followed. Nothing is unpacked to disk, and the cost of reading one
learner's archives is limited in total. Files that the class's own commands wrote among
the submissions are left out, because they would look like one more learner.
"""

from __future__ import annotations

import functools
import io
import lzma
import os
import stat
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec
from msgspec.structs import replace

from grader.classroom.records import EXPORT, FEEDBACK_MARK, REPORT
from grader.common.errors import Misuse
from grader.course.document import no_links
from grader.course.document.attempt_file import SUFFIXES
from grader.course.document.source import LARGEST_NOTEBOOK

HAND_IN_SUFFIXES = (*SUFFIXES, ".zip")
MOST_FILES = 200_000
LARGEST_ZIP = 256_000_000
DEEPEST = 60
TOO_DEEP = f"anything more than {DEEPEST} folders deep is left out."
# For the list of names at the end of a zip file: enough for more than 100,000 files.
_LARGEST_LIST = 16_000_000
_END, _LARGER_END = b"PK\x05\x06", b"PK\x06\x06"
# The record at the end, and the longest comment that may come after it.
_LONGEST_TAIL = 22 + 65_535

UNREADABLE = (
    OSError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)
# Called with a sentence and the path that it is about, below the folder.
SayOfPath = Callable[[str, tuple[str, ...]], None]


class Entry(msgspec.Struct, frozen=True):
    """A file below a folder or in a zip file.

    Attributes:
        parts: its path there, as text that can be shown and stored.
        member: its name in the zip file; "" on the disk.
        size: its stated size in bytes.
        at: its stored time.
        open: opens it.
        path: its path on the disk; None in a zip file.
    """

    parts: tuple[str, ...]
    member: str
    size: int
    at: datetime | None
    open: Callable[[], IO[bytes]]
    path: Path | None = None

    @property
    def suffix(self) -> str:
        """The end of its name, in lower case; an editor may write .py.txt for .py."""
        name = self.parts[-1].lower()
        return ".py" if name.endswith(".py.txt") else PurePosixPath(name).suffix

    def inside_folder(self) -> Entry:
        """Return the same entry, relative to the folder one level below."""
        return replace(self, parts=self.parts[1:])


class ArchiveLimits(msgspec.Struct, frozen=True):
    """How much is read of zip files.

    Attributes:
        reads: how many files of one learner may be opened.
        octets: how many bytes of one learner's nested zip files may be unpacked.
        cpu_s: how much processor time one learner's files may take.
        shared_cpu_s: how much processor time the zip file of a whole class may take.
        names: how many names in a zip file are looked at to find its owner; it may have
            60,000.
    """

    reads: int = 200
    octets: int = LARGEST_ZIP
    cpu_s: float = 4.0
    shared_cpu_s: float = 30.0
    names: int = 2_000


class Bounds(msgspec.Struct):
    """What may still be read of one learner's archive, including everything in it.

    Attributes:
        limits: the limits for the archives of each learner.
        reads: how many files may be opened.
        octets: how many bytes of nested zip files may be unpacked.
        cpu_s: how much processor time may be used in total.
        is_reported: whether it has been reported that a limit is reached.
        around: the limits of the archive that contains this learner's archive.
    """

    limits: ArchiveLimits
    reads: int
    octets: int
    cpu_s: float
    is_reported: bool = False
    around: Bounds | None = None

    @classmethod
    def of_one(cls, limits: ArchiveLimits, around: Bounds | None = None) -> Bounds:
        """Return the limits for the archive of one learner."""
        return cls(limits, limits.reads, limits.octets, limits.cpu_s, around=around)

    @classmethod
    def of_many(cls, limits: ArchiveLimits, cpu_s: float = 1e9) -> Bounds:
        """Return limits for the files of many learners, who each have their own too."""
        return cls(limits, reads=10**9, octets=10**12, cpu_s=cpu_s)

    def describe_spent(self) -> str:
        """Return which limit is reached, in words; "" if none is."""
        if self.reads <= 0:
            return "too many files that may be attempts"
        if self.octets <= 0:
            megabytes = self.limits.octets // 10**6
            return f"more than {megabytes} MB of zip files in it"
        if self.cpu_s <= 0:
            return "reading the archive takes too long"
        return self.around.describe_spent() if self.around else ""

    def read(self, entry: Entry, most: int) -> bytes:
        """Return the first `most` bytes of an entry, at this learner's cost."""
        # Measure processor time, not wall-clock time: a slow disk or a busy machine
        # isn't the learner's fault.
        began = time.thread_time()
        self.reads -= 1
        try:
            with entry.open() as file:
                return file.read(most)
        finally:
            used_s = time.thread_time() - began
            self.cpu_s -= used_s
            if self.around:
                self.around.cpu_s -= used_s


def iterate_files(folder: Path, say: SayOfPath) -> Iterator[Entry]:
    """Yield the files below a folder, without hidden ones.

    Args:
        folder: where to start.
        say: called with a notice about an unreadable file, a link, a path that is too
            deep, or an empty folder directly below.

    Raises:
        Misuse: if there are too many.
    """

    def unreadable(error: OSError) -> None:
        parts = Path(error.filename).relative_to(folder).parts
        shown = "/".join(map(decode_name, parts)) or str(folder)
        say(f"{shown}: this folder cannot be read ({error.strerror}).", parts)

    count = 0
    for where, folders, names in os.walk(folder, onerror=unreadable):
        here = Path(where)
        # Change the list in place, because `os.walk` continues with it.
        folders[:] = sorted(name for name in folders if not _is_hidden(name))
        files = set(names)
        if here.parent == folder and not folders and all(map(_is_hidden, names)):
            say(f"{decode_name(here.name)}: nothing in it can be graded.", (here.name,))
        for name in (*folders, *sorted(names)):
            count += name in files
            if count > MOST_FILES:
                raise Misuse(f"{folder} contains more than {MOST_FILES} files.")
            if _is_hidden(name):
                continue
            parts = (here / name).relative_to(folder).parts
            if len(parts) == DEEPEST:
                say(
                    f"{'/'.join(map(decode_name, parts[:3]))}/...: {TOO_DEEP}",
                    parts[:-1],
                )
                folders.clear()
                break
            yield from _look_at(folder, here / name, parts, say)


def _look_at(
    folder: Path, path: Path, parts: tuple[str, ...], say: SayOfPath
) -> Iterator[Entry]:
    """Yield the file at a path, if it is a regular one that can be looked at."""
    shown = "/".join(map(decode_name, parts))
    try:
        status = path.lstat()
    except OSError as error:
        say(f"{shown}: cannot be read ({error.strerror}).", parts)
        return
    if why := no_links.describe(status):
        say(f"{shown}: {why}", parts)
    elif stat.S_ISREG(status.st_mode):
        at = datetime.fromtimestamp(status.st_mtime, UTC)
        plain = tuple(map(decode_name, parts))
        # By the time it is opened, the file may have been replaced by a link.
        opened = functools.partial(no_links.open_file, folder, path)
        yield Entry(plain, "", status.st_size, at, opened, path)


def decode_name(name: str) -> str:
    """Return a name as text, even if the bytes on the disk are in another encoding."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode("cp1252", "backslashreplace")
    return name


def open_zip(file: IO[bytes]) -> zipfile.ZipFile:
    """Return a zip file, unless its list of names is too large.

    Raises:
        ValueError: if it contains too many files.
        zipfile.BadZipFile: if it isn't a zip file.
    """
    if _size_of_list(file) > _LARGEST_LIST:
        raise ValueError("it contains too many files")
    file.seek(0)
    return zipfile.ZipFile(file)


def _size_of_list(file: IO[bytes]) -> int:
    """Return how many bytes the names take, by the records at the end of a zip file."""
    # `zipfile` makes an object for each name, so the list is measured before it is
    # read.
    size = file.seek(0, os.SEEK_END)
    # 76: the record of a larger zip file, and the one that says where that is.
    file.seek(max(0, size - _LONGEST_TAIL - 76))
    tail = file.read()
    end, larger = tail.rfind(_END), tail.rfind(_LARGER_END)
    if end < 0 or end + 22 > len(tail):
        return 0
    sizes = [struct.unpack_from("<I", tail, end + 12)[0]]
    if 0 <= larger <= len(tail) - 56:
        sizes.append(struct.unpack_from("<Q", tail, larger + 40)[0])
    return int(max(sizes))


def open_archive(entry: Entry, bounds: Bounds, stack: ExitStack) -> zipfile.ZipFile:
    """Return an open zip file; one inside another is unpacked into memory.

    Raises:
        ValueError: if it is too large.
    """
    if entry.size > LARGEST_ZIP:
        raise ValueError(f"larger than {LARGEST_ZIP // 10**6} MB; unpack it")
    if not entry.member:
        file = stack.enter_context(entry.open())
    else:
        content = bounds.read(entry, bounds.octets)
        bounds.octets -= len(content)
        file = io.BytesIO(content)
    return stack.enter_context(open_zip(file))


def iterate_members(archive: zipfile.ZipFile) -> Iterator[Entry]:
    """Yield the files in a zip file, without hidden ones."""
    # If two members have one name, reading by that name gives the last one.
    for member in {one.filename: one for one in archive.infolist()}.values():
        # Some programs on Windows write backslashes, which the format doesn't allow.
        parts = PurePosixPath(member.filename.replace("\\", "/")).parts
        if member.is_dir() or any(_is_hidden(part) for part in parts) or not parts:
            continue

        def opened(member: zipfile.ZipInfo = member) -> IO[bytes]:
            if member.flag_bits & 1:
                raise ValueError("it is encrypted")
            if stat.S_ISLNK(member.external_attr >> 16):
                raise no_links.NotPlain(no_links.A_LINK, Path(member.filename))
            return archive.open(member)

        at = _time_of(member)
        yield Entry(parts, member.filename, member.file_size, at, opened)


def _time_of(member: zipfile.ZipInfo) -> datetime | None:
    """Return when a member was written. A zip file stores local time without a zone."""
    try:
        return datetime(*member.date_time).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _is_hidden(name: str) -> bool:
    # The Mac's Finder adds __MACOSX; "/" begins a path that leads outside.
    return name.startswith((".", "__")) or name == "/"


def read(folder: Path, path: Path, members: tuple[str, ...]) -> bytes:
    """Return the bytes of a file, or of a member of a zip file, or of a zip in a zip.

    Args:
        folder: the folder with everything that was handed in.
        path: the file, below that folder.
        members: the member's name, preceded by the names of the zip files around it, if
            they are in the file themselves.
    """
    with no_links.open_file(folder, path) as file:
        if not members:
            return file.read(LARGEST_NOTEBOOK + 1)
        source: IO[bytes] = file
        for member in members:
            with zipfile.ZipFile(source) as archive, archive.open(member) as inner:
                content = inner.read(LARGEST_ZIP)
            source = io.BytesIO(content)
        return content


def describe_error(error: Exception) -> str:
    """Return the reason why something can't be read, as a part of a sentence."""
    return (isinstance(error, OSError) and error.strerror) or str(error)


def without_own_files(entries: Iterable[Entry]) -> list[Entry]:
    """Return a folder's entries without reports, exports and feedback.

    A learner's folder may have the name of one of these, so a folder stays if it
    contains a possible attempt.
    """
    rest = [entry for entry in entries if not _is_feedback(entry)]
    theirs = {entry.parts[0] for entry in rest if entry.suffix in HAND_IN_SUFFIXES}
    our_folders = {EXPORT, REPORT} - theirs
    return [
        entry
        for entry in rest
        if len(entry.parts) == 1 or entry.parts[0] not in our_folders
    ]


def _is_feedback(entry: Entry) -> bool:
    """Return whether an entry is a zip file of feedback, by its last bytes."""
    if entry.suffix != ".zip" or entry.size < len(FEEDBACK_MARK):
        return False
    try:
        with entry.open() as file:
            file.seek(-len(FEEDBACK_MARK), os.SEEK_END)
            return file.read() == FEEDBACK_MARK
    except OSError:  # reported when its members are read
        return False
