"""folders: a folder for each learner, and the earlier versions of its files."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from grader import files
from grader.classroom.file_names import normalize_name, parse_platform_name
from grader.document.source import LONGEST_SOURCE
from grader.sanitize import clean_line

_LONGEST = 40
# Names that a class's folder uses for something else, or that a system reserves.
_TAKEN = re.compile(
    r"lesson|attempt|submission"
    r"|^(solutions|grader|tests|con|prn|aux|nul|com\d|lpt\d)(\.|$)"
)
_SAFE = re.compile(r"[^\W_](?:[\w.@+-]{0,58}[^\W_])?")
_NOBODY = "learner"
EARLIER = "earlier"
# For earlier versions of a learner's files: their number, and their bytes.
MOST_VERSIONS, MOST_BYTES = 20, 30_000_000
_LONGEST_NUMBER = 10


def folder_for(name: str, taken: Iterable[str]) -> str:
    """Return a safe folder name that nobody else has, for a name in any script.

    Case and Unicode form don't make a different name: some systems treat such names as
    one, and so does a class.

    >>> folder_for("Ada  Lovelace", ()), folder_for("../../etc", ("etc",))
    ('ada-lovelace', 'etc-2')
    """
    words = unicodedata.normalize("NFC", clean_line(name[:1000]).casefold())
    base = "-".join(re.findall(r"[^\W_]+", words))[:_LONGEST].strip("-")
    if not base or _TAKEN.search(base):
        base = _NOBODY
    found, number, known = base, 1, {normalize_name(one) for one in taken}
    while normalize_name(found) in known:
        number += 1
        found = f"{base}-{number}"
    return found


def folder_of(
    listed_as: str, name: str, used: Iterable[str], there: Iterable[str] = ()
) -> str:
    """Return the folder of somebody on a roster: their id, if that is a safe name.

    Args:
        listed_as: their id on the roster.
        name: their name.
        used: the ids that somebody has or had.
        there: the existing folders; one of them may be theirs.

    >>> folder_of("ada", "Ada Lovelace", ()), folder_of("a/b", "Ada Lovelace", ())
    ('ada', 'ada-lovelace')
    >>> folder_of("Ada", "Ada Lovelace", ("ada",))
    'ada-lovelace'
    """
    is_safe = is_folder(listed_as) and not parse_platform_name(listed_as)
    used = tuple(used)
    is_free = normalize_name(listed_as) not in map(normalize_name, used)
    if is_safe and is_free:
        return listed_as
    return folder_for(name, (*used, *there))


def is_folder(name: str) -> bool:
    """Return whether `folder_for` or `folder_of` may return a name.

    >>> [is_folder(name) for name in ("ada-lovelace", "../ada", "", ".room")]
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
    found = [path for path in earlier.glob("*.py") if _stem_of(path) == stem]
    for path in sorted(found, key=_number_of, reverse=True):
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
    found = [path for path in earlier.iterdir() if path.is_file()]
    size = 0
    for kept, path in enumerate(sorted(found, key=_number_of, reverse=True), start=1):
        size += path.stat().st_size
        if kept > MOST_VERSIONS or size > MOST_BYTES:
            path.unlink(missing_ok=True)
