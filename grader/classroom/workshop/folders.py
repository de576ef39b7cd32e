"""folders: a folder for each learner, and the earlier versions of its files."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from grader.classroom.file_names import normalize_name, parse_platform_name
from grader.common import files
from grader.course.document.source import LONGEST_SOURCE

# Names that a class's folder uses for something else, or that a system reserves.
_TAKEN = re.compile(
    r"lesson|attempt|submission"
    r"|^(solutions|grader|tests|con|prn|aux|nul|com\d|lpt\d)(\.|$)"
)
_SAFE = re.compile(r"[^\W_](?:[\w.@+-]{0,58}[^\W_])?")
_NUMBERED = re.compile(r"learner-([0-9]{1,9})")
EARLIER = "earlier"
# For earlier versions of a learner's files: their number, and their bytes.
MOST_VERSIONS, MOST_BYTES = 20, 30_000_000
_LONGEST_NUMBER = 10


def next_folder(taken: Iterable[str], last: int = 0) -> str:
    """Return the next unused folder name, such as learner-3.

    It doesn't contain the learner's name. Numbers are in the order of joining. Names
    that differ only in case or Unicode form count as the same, as on some systems.

    Args:
        taken: the names that somebody has or had.
        last: the highest number that anybody ever had.

    >>> next_folder(()), next_folder(("ada", "Learner-2")), next_folder((), 7)
    ('learner-1', 'learner-3', 'learner-8')
    """
    taken_names = {normalize_name(one) for one in taken}
    first = max(last, *map(joining_number, taken_names), 0) + 1
    numbered = (f"learner-{number}" for number in itertools.count(first))
    return next(one for one in numbered if one not in taken_names)


def joining_number(name: str) -> int:
    """Return the number in a folder name that has one, or 0.

    >>> joining_number("learner-7"), joining_number("ada")
    (7, 0)
    """
    match = _NUMBERED.fullmatch(normalize_name(name))
    return int(match[1]) if match else 0


def folder_of(
    listed_as: str, used: Iterable[str], existing: Iterable[str] = (), last: int = 0
) -> str:
    """Return the folder of somebody on a roster: their id, if that is a safe name.

    Args:
        listed_as: their id on the roster.
        used: the ids that somebody has or had.
        existing: the existing folders; one of them may be theirs.
        last: the highest number that anybody ever had.

    >>> folder_of("ada", ()), folder_of("a/b", ()), folder_of("Ada", ("ada",))
    ('ada', 'learner-1', 'learner-1')
    """
    is_safe = is_folder(listed_as) and not parse_platform_name(listed_as)
    used = tuple(used)
    is_free = normalize_name(listed_as) not in map(normalize_name, used)
    return listed_as if is_safe and is_free else next_folder((*used, *existing), last)


def is_folder(name: str) -> bool:
    """Return whether a name may be that of a learner's folder.

    >>> [is_folder(name) for name in ("learner-1", "../ada", "", ".room")]
    [True, False, False, False]
    """
    is_safe = _SAFE.fullmatch(name) is not None
    return is_safe and _TAKEN.search(name.casefold()) is None


def write_with_backup(path: Path, content: bytes, earlier: Path) -> None:
    """Write a file, and keep what it replaces in another folder.

    Raises:
        Misuse: if it can't be written; the old file is then unchanged.
    """
    with files.explain_write_error(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file():
        before = path.read_bytes()
        if before == content:
            return
        keep(path.name, before, earlier)
    files.write(path, content)


def keep(name: str, content: bytes, earlier: Path) -> None:
    """Keep a file's content under the next number, and remove the oldest versions.

    Raises:
        Misuse: if it can't be written.
    """
    with files.explain_write_error(earlier):
        earlier.mkdir(parents=True, exist_ok=True)
    stem, dot, end = name.rpartition(".")
    number = 1 + max((_number_of(path) for path in earlier.iterdir()), default=0)
    while not files.write_new(earlier / f"{stem}-{number}{dot}{end}", content):
        number += 1
    with files.explain_write_error(earlier):
        _forget_oldest(earlier)


def find_earlier(earlier: Path, stem: str) -> Iterator[bytes]:
    """Yield the kept Python files of a name, without its number, the newest first.

    A file that can't be read any more is left out.
    """
    paths = [path for path in earlier.glob("*.py") if _stem_of(path) == stem]
    for path in sorted(paths, key=_number_of, reverse=True):
        with contextlib.suppress(OSError):
            yield files.read(path, LONGEST_SOURCE)


def _stem_of(path: Path) -> str:
    """Return a kept file's name without its number."""
    return path.stem.rpartition("-")[0]


def _number_of(path: Path) -> int:
    """Return the version number in a file's name, or 0."""
    number = path.stem.rpartition("-")[2]
    return int(number) if number.isdecimal() and len(number) < _LONGEST_NUMBER else 0


def _forget_oldest(earlier: Path) -> None:
    """Remove versions beyond the limits for their number and their bytes."""
    paths = [path for path in earlier.iterdir() if path.is_file()]
    size = 0
    for rank, path in enumerate(sorted(paths, key=_number_of, reverse=True), start=1):
        size += path.stat().st_size
        if rank > MOST_VERSIONS or size > MOST_BYTES:
            path.unlink(missing_ok=True)
