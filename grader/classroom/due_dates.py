"""due: until when something may be handed in, and what a class remembers of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path

import msgspec

from grader import files
from grader.classroom.class_files import read_class_file
from grader.errors import Misuse

FILE_NAME = "due.json"
NEVER = "never"


def parse_due_date(words: str, where: str = "--due") -> datetime:
    """Return the last moment that is not late; a day alone is a day until its end.

    Args:
        words: a date, or a date and a time.
        where: where these words stand, for people.

    Raises:
        Misuse: the words are no date.
    """
    try:
        moment = datetime.fromisoformat(words)
        with contextlib.suppress(ValueError):
            moment = datetime.combine(date.fromisoformat(words), time.max)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Misuse(
            f"{where} {words!r} is no date; write 2026-11-25 or 2026-11-25T18:00."
        ) from error


def load_due_dates(
    folder: Path, lessons: Iterable[str], named: Iterable[str], words: str
) -> dict[str, datetime]:
    """Return until when each lesson may be handed in; what is said now is kept.

    Args:
        folder: the folder with what was handed in.
        lessons: the full names of the lessons looked at.
        named: those of them that were asked for by name; what is said now is said of
            these alone, and of every lesson where there are none.
        words: the date that is said now; "" for what was said before, ``never`` to
            forget it.

    Raises:
        Misuse: the words are no date, or what is remembered cannot be read.
    """
    known = _read_remembered(folder)
    if words and folder.is_dir():
        said = None if words == NEVER else parse_due_date(words)
        chosen = tuple(named)
        wanted = known.set_due(chosen, said) if chosen else _Dues(said)
        if wanted != known:
            _remember(wanted, folder)
        known = wanted
    dues = ((name, known.lessons.get(name, known.all)) for name in lessons)
    return {name: due for name, due in dues if due is not None}


class _Dues(msgspec.Struct, frozen=True):
    """What is remembered: of all lessons, and where a lesson has its own."""

    all: datetime | None = None
    lessons: Mapping[str, datetime | None] = msgspec.field(default_factory=dict)

    def set_due(self, names: Iterable[str], due: datetime | None) -> _Dues:
        """Return the same with another due for these lessons."""
        return _Dues(self.all, {**self.lessons, **dict.fromkeys(names, due)})


def _read_remembered(folder: Path) -> _Dues:
    path = folder / FILE_NAME
    try:
        content = read_class_file(path)
        # A file in the place of the folder is reported where submissions are searched.
        if content is None:
            return _Dues()
        return msgspec.json.decode(content, type=_Dues)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Misuse(
            f"{path}, which keeps until when things may be handed in, cannot be read. "
            "Delete it, and give --due again."
        ) from error


def _remember(dues: _Dues, folder: Path) -> None:
    files.write(folder / FILE_NAME, msgspec.json.format(msgspec.json.encode(dues)))
