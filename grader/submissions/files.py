"""files: every Python file in a folder and in its zip files, and whose it may be.

Nothing is run and nothing is unpacked to disk. A folder and a zip file are the same
thing here: a list of entries. What cannot be read is said, and the rest goes on.
"""

from __future__ import annotations

import io
import lzma
import os
import re
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO

from grader.errors import Misuse
from grader.machine import typed
from grader.submissions.names import is_of_a_platform, says_nothing, written_apart
from grader.walls.limits import LARGEST_ATTEMPT

LARGEST_ZIP = 256_000_000
MOST_FILES = 200_000
_DEEPEST_ZIP = 3

# What lies in a clone of the project beside the learner's own attempts.
_PROJECT = frozenset({"solutions", "lessons", "grader", "tests"})
_OF_A_CLONE = _PROJECT | {"attempts", "tasks.py", "pyproject.toml"}
_ARCHIVES = (".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")
_DOCUMENTS = (".doc", ".docx", ".odt", ".pdf", ".rtf")
_UNREADABLE = (
    OSError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)

# Told a sentence, the file's name, and what may say whose it is.
Say = Callable[[str, str, tuple[str, ...]], None]


@dataclass(frozen=True, slots=True)
class File:
    """A Python file that may be a submission.

    Attributes:
        place: where it is, for people; the names of zip files are part of it.
        name: its name, with ``.py``.
        who: what may say whose it is, the most telling first: folders, zip files.
        path: the file, or the zip file it is in.
        members: its name inside the zip file; one name more for each zip in a zip.
        source: its bytes.
        at: its own time, where it has one.
    """

    place: str
    name: str
    who: tuple[str, ...]
    path: Path
    members: tuple[str, ...]
    source: bytes = field(repr=False)
    at: datetime | None


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file below a folder or in a zip file; `parts` is its path there."""

    parts: tuple[str, ...]
    member: str
    size: int
    at: datetime | None
    open: Callable[[], IO[bytes]]

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.parts[-1]).suffix.lower()


@dataclass(frozen=True, slots=True)
class _Around:
    """What is known of the place that entries are in."""

    place: str = ""
    who: tuple[str, ...] = ()
    path: Path | None = None
    members: tuple[str, ...] = ()
    top: Path = Path()


def files(folder: Path, say: Say) -> Iterator[File]:
    """Every Python file below a folder, and inside its zip files.

    Args:
        folder: the folder.
        say: told what cannot be read, or what may be an attempt and is no Python file.

    Raises:
        Misuse: there are too many files.
    """
    yield from _taken(list(_below(folder, say)), _Around(top=folder), say)


def read(path: Path, members: tuple[str, ...]) -> bytes:
    """The bytes of a file, or of a member of a zip file, or of a zip in a zip."""
    if not members:
        return path.read_bytes()
    source: Path | io.BytesIO = path
    for member in members:
        with zipfile.ZipFile(source) as archive:
            content = archive.read(member)
        source = io.BytesIO(content)
    return content


def _below(folder: Path, say: Say) -> Iterator[_Entry]:
    """The files below a folder; links are followed nowhere but inside of it."""
    top, count = folder.resolve(), 0
    for where, folders, names in os.walk(folder):
        here = Path(where)
        folders[:] = sorted(name for name in folders if not _is_hidden(name))
        for name in folders:
            if (here / name).is_symlink():
                parts = (here / name).relative_to(folder).parts
                linked = f"{'/'.join(parts)}: a link to a folder; it is not followed."
                say(linked, "", parts[:-1] or parts)
        for name in sorted(names):
            path = here / name
            parts = path.relative_to(folder).parts
            count += 1
            if count > MOST_FILES:
                raise Misuse(f"{folder} holds more than {MOST_FILES} files.")
            if _is_hidden(name):
                continue
            if not path.resolve().is_relative_to(top):
                refused = f"{'/'.join(parts)}: a link that leads out; refused."
                say(refused, name, parts[:-1])
            elif path.is_file():
                stat = path.stat()
                at = datetime.fromtimestamp(stat.st_mtime, UTC)
                yield _Entry(parts, "", stat.st_size, at, _opening(path))


def _opening(path: Path) -> Callable[[], IO[bytes]]:
    return lambda: path.open("rb")


def _members(archive: zipfile.ZipFile) -> Iterator[_Entry]:
    # Of two members with one name, the last is the one that is read by its name.
    named = {member.filename: member for member in archive.infolist()}
    for member in list(named.values())[:MOST_FILES]:
        parts = PurePosixPath(member.filename.replace("\\", "/")).parts
        if member.is_dir() or any(_is_hidden(part) for part in parts) or not parts:
            continue

        def opened(member: zipfile.ZipInfo = member) -> IO[bytes]:
            if member.flag_bits & 1:
                raise ValueError("it is encrypted")
            return archive.open(member)

        at = _time_of(member)
        yield _Entry(parts, member.filename, member.file_size, at, opened)


def _time_of(member: zipfile.ZipInfo) -> datetime | None:
    """When a member was written. A zip file keeps local time, and no zone."""
    try:
        return datetime(*member.date_time).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "__")) or name in ("/", "..")


def _taken(entries: list[_Entry], around: _Around, say: Say) -> Iterator[File]:
    """The Python files among entries, and what their zip files hold."""
    clones = _clones(entries)
    beside = Counter(e.parts[:-1] for e in entries if e.suffix == ".zip")
    for entry in entries:
        folders, name = entry.parts[:-1], entry.parts[-1]
        if _is_the_projects(folders, clones, bool(around.who)):
            continue
        here = replace(
            around,
            place="/".join(filter(None, (around.place, *entry.parts))),
            who=(*around.who, *(part for part in folders if not says_nothing(part))),
            path=around.path or around.top.joinpath(*entry.parts),
            members=(*around.members, entry.member) if entry.member else (),
        )
        if entry.suffix == ".zip":
            yield from _inside(entry, here, beside[folders], say)
        elif entry.suffix == ".py":
            yield from _file(entry, here, say)
        elif advice := _advice(name, here.who):
            say(f"{here.place}: {advice}", name, here.who)


def _file(entry: _Entry, here: _Around, say: Say) -> Iterator[File]:
    """The file that an entry is, unless it cannot be read."""
    name, why, source = entry.parts[-1], "", b""
    try:
        with entry.open() as file:
            source = file.read(LARGEST_ATTEMPT + 1)
    except _UNREADABLE as error:
        why = f"cannot be read ({_reason(error)})."
    if len(source) > LARGEST_ATTEMPT:
        why = "too large for an attempt; left out."
    if why:
        say(f"{here.place}: {why}", name, here.who)
    else:
        path = here.path or Path()
        yield File(here.place, name, here.who, path, here.members, source, entry.at)


def _inside(entry: _Entry, here: _Around, beside: int, say: Say) -> Iterator[File]:
    """What a zip file holds that is one of `beside` in its folder."""
    name, why = entry.parts[-1], ""
    if entry.size > LARGEST_ZIP:
        why = f"larger than {LARGEST_ZIP // 10**6} MB; unpack it."
    elif len(here.members) >= _DEEPEST_ZIP:
        why = "a zip in a zip in a zip; unpack it."
    with ExitStack() as stack:
        try:
            content = stack.enter_context(entry.open())
            if entry.member and not why:
                content = io.BytesIO(content.read(LARGEST_ZIP))
            archive = stack.enter_context(zipfile.ZipFile(content))
        except _UNREADABLE as error:
            why = why or f"cannot be read ({_reason(error)})."
        if why:
            say(f"{here.place}: {why}", name, here.who)
            return
        entries = list(_members(archive))
        if not here.who and (word := _owner(name, entries, beside)):
            here = replace(here, who=(word,))
        yield from _taken(entries, here, say)


def _owner(name: str, entries: list[_Entry], beside: int) -> str:
    """What the name of a zip file says of whose it is; "" if it says nothing."""
    stem = PurePosixPath(name).stem
    if is_of_a_platform(stem):
        return stem
    return "" if says_nothing(stem) or _is_of_many(entries, beside) else stem


def _is_of_many(entries: list[_Entry], beside: int) -> bool:
    """Whether a zip file is from many learners; else its name says from whom it is."""
    folders = {entry.parts[0] for entry in entries if len(entry.parts) > 1}
    loose = [entry.parts[0] for entry in entries if len(entry.parts) == 1]
    if any(is_of_a_platform(name) for name in (*folders, *loose)):
        return True
    clones = _clones(entries)
    if () in clones:
        return False
    if loose:
        return written_apart(loose) or all(name.endswith(".zip") for name in loose)
    named = [name for name in folders if not says_nothing(name)]
    if len(named) != 1:
        return len(named) > 1
    return beside == 1 and (named[0],) not in clones


def _clones(entries: Iterable[_Entry]) -> set[tuple[str, ...]]:
    """The folders that are a clone of the project."""
    held: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for entry in entries:
        for depth, part in enumerate(entry.parts):
            held[entry.parts[:depth]].add(part)
    return {where for where, names in held.items() if _is_a_clone(names)}


def _is_a_clone(names: set[str]) -> bool:
    # A class may have a learner called "lessons" and another one called "tests".
    return bool(names & {"tasks.py", "attempts"}) and len(names & _OF_A_CLONE) > 1


def _is_the_projects(
    folders: tuple[str, ...], clones: set[tuple[str, ...]], is_somebodys: bool
) -> bool:
    """Whether a file came with the project, and is not the learner's own."""
    for depth, part in enumerate(folders):
        if folders[:depth] in clones and part != "attempts":
            return True
        if part in _PROJECT and (depth or is_somebodys):
            return True
    return folders in clones


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _advice(name: str, who: tuple[str, ...]) -> str:
    """What to do with a file that may be an attempt and cannot be graded; else ""."""
    lower = name.lower()
    if lower.endswith(".ipynb"):
        return (
            "a notebook, not graded. Turn it into a Python file: "
            f"{typed('--to py:percent', 'jupytext')}, and its name."
        )
    if lower.endswith(_ARCHIVES):
        return "an archive, not graded. Unpack it, or make it a zip file."
    is_on_platform = any(is_of_a_platform(word) for word in (*who, name))
    if lower.endswith(_DOCUMENTS) and ("lesson" in lower or is_on_platform):
        return "a document, not graded. Ask for the Python file."
    if re.fullmatch(r".*\.py\.\w+|[^.]*lesson[^.]*(\.txt)?", lower):
        return "not graded, because its name does not end in .py. Rename it."
    if lower.startswith("onlinetext"):
        return "text that was typed into a page, not a file; not graded."
    return ""
