"""worksheets: what Moodle's grading worksheets say of its participants.

Moodle numbers participants anew in each assignment, and writes these numbers into the
names of what it hands out. Its worksheet says who has which number, and when they last
handed in. It is read by the places and contents of its columns, in any language.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from grader.classroom.class_files import read_class_file
from grader.classroom.csv_tables import csv_rows
from grader.classroom.worksheet import columns, number_of
from grader.errors import Misuse

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_CLOCK = re.compile(
    r"(?<!\d)(\d{1,2})[:.h](\d{2})(?:[:.]\d{2})?\s*([ap]\.?\s?m\b)?", re.I
)
_NUMBER = re.compile(r"(?<!\d)\d{1,2}(?!\d)")
_ID_NUMBER = ("id number", "id-nummer", "número de id", "numéro d'identification")
# How months begin in English, German, French, Spanish, Italian, Portuguese, Dutch,
# Swedish, Danish and Polish.
_MONTHS = (
    "jan gen ene sty", "feb fév fev lut", "mar mär mrt maa", "apr avr abr kwi",
    "may mai maj mag mei", "jun juin giu cze", "jul juil lug lip",
    "aug aoû ago sie", "sep set wrz", "oct okt ott out paź", "nov lis",
    "dec dez déc dic",
)  # fmt: skip


class Participant(msgspec.Struct, frozen=True):
    """A row of a worksheet.

    Attributes:
        number: the participant's number in this assignment.
        name: their full name, as Moodle knows it; "" where grading is blind.
        email: their address, where the worksheet has it.
        sis_id: their number in the institution's records, where it has that.
        at: when they last handed in, UTC; None where no date can be read.
    """

    number: str
    name: str = ""
    email: str = ""
    sis_id: str = ""
    at: datetime | None = None


def participants_in(folder: Path, roster: Path) -> tuple[dict[str, Participant], bool]:
    """Return the participants of all worksheets in a folder, and whether the roster is
    one.

    Args:
        folder: the folder with what was handed in; its own CSV files are looked at.
        roster: the roster, wherever it is.

    Returns:
        The participants by their numbers, which no two assignments of a site share.
    """
    of_roster = _read(roster, is_named=roster.parent != folder)
    found = {one.number: one for one in of_roster}
    for path in sorted(folder.glob("*.csv")):
        found |= {one.number: one for one in _read(path)}
    return found, bool(of_roster)


def _read(path: Path, *, is_named: bool = False) -> list[Participant]:
    """Return the participants in a file; none in a file of another kind."""
    try:
        return participants(read_class_file(path, is_named=is_named) or b"")
    except Misuse:
        return []


def participants(content: bytes) -> list[Participant]:
    """Return the rows of a worksheet.

    Raises:
        Misuse: the file is something else.
    """
    header, *rows = csv_rows(content) or [[]]
    rows = [row for row in rows if any(row)]
    who = columns(header, rows).who
    words = [cell.strip().casefold() for cell in header]
    dates = _column_of_dates(words, rows)
    sis_id = next((i for i in who if words[i] in _ID_NUMBER), -1)
    return [_participant(row, who, dates, sis_id) for row in rows if number_of(row[0])]


def _participant(row: list[str], who: range, dates: int, sis_id: int) -> Participant:
    cells = [_cell(row, place) for place in who]
    is_named = bool(cells) and not _ADDRESS.fullmatch(cells[0])
    return Participant(
        number=number_of(row[0]),
        name=cells[0] if is_named else "",
        email=next((cell for cell in cells if _ADDRESS.fullmatch(cell)), ""),
        sis_id=_cell(row, sis_id),
        at=moment(_cell(row, dates)),
    )


def _column_of_dates(words: list[str], rows: list[list[str]]) -> int:
    """Return where the last submission's time stands: before that of the grade."""
    if "last modified (submission)" in words:
        return words.index("last modified (submission)")
    held = Counter(
        place for row in rows for place, cell in enumerate(row) if moment(cell)
    )
    return min(held, default=-1)


def _cell(row: list[str], place: int) -> str:
    return row[place].strip() if 0 <= place < len(row) else ""


def moment(words: str) -> datetime | None:
    """Return a date as Moodle writes it in some language, in the time zone of this
    machine.

    >>> moment("Mittwoch, 25. November 2026, 18:03").astimezone().hour
    18
    """
    year, clock = _YEAR.search(words), _CLOCK.search(words)
    if not year or not clock or len(words) > 100:
        return None
    rest = words[: clock.start()].replace(year[0], " ", 1)
    numbers = list(_NUMBER.finditer(rest))
    if year.start() == 0 and len(numbers) == 2:  # 2026-11-25, 2026年11月25日
        month, day = (int(number[0]) for number in numbers)
    elif len(numbers) == 1:
        # Weekdays stand before the day, and may begin as a month does: mardi, martes.
        named = (_month_in(rest[numbers[0].end() :]), _month_in(rest))
        month, day = next(filter(None, named), 0), int(numbers[0][0])
    else:
        return None
    hour, minute, half = int(clock[1]), int(clock[2]), (clock[3] or "").lower()
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    try:
        local = datetime(int(year[0]), month, day, hour, minute)
        return local.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _month_in(words: str) -> int | None:
    """Return the month that is named; None where none is, or several could be."""
    named = re.findall(r"[^\W\d]+", words.casefold())
    fits = {
        number
        for number, beginnings in enumerate(_MONTHS, 1)
        for word in named
        if len(word) > 2 and word.startswith(tuple(beginnings.split()))
    }
    return fits.pop() if len(fits) == 1 else None
