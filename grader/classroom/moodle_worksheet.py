"""moodle_worksheet: read Moodle's grading worksheet, in any language.

Moodle writes the headings in the language of the person who downloads the file, and
later recognises its file by them. So they are kept, and the columns are found by their
position and their content. First comes the participant (ending in a number, each once),
then names, the grade and the points possible (the same for all). The last columns are
two times of change and the comments.

Every assignment has new participant numbers, and Moodle writes them into the names of
the files in a download. The worksheet says who has which number, and when they last
handed in.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from grader.classroom.class_files import csv_rows, read_class_file
from grader.common.errors import Misuse

_NUMBERED = re.compile(r".*?(\d+)\s*")
_NUMBER = re.compile(r"\d+([.,]\d+)?")
_TIME = re.compile(r"\d{1,2}\s*[:.]\s*\d{2}")
_YEAR = re.compile(r"\d{4}")
_NEVER = "-"
_ENGLISH = ("Identifier", "Grade", "Last modified (grade)")
_ADVICE = (
    "Download one with the assignment's 'Download grading worksheet', for one "
    "assignment, and use it unchanged."
)

Rows = Sequence[Sequence[str]]
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_YEAR_OF_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_CLOCK = re.compile(
    r"(?<!\d)(\d{1,2})[:.h](\d{2})(?:[:.]\d{2})?\s*([ap]\.?\s?m\b)?", re.I
)
_DAY = re.compile(r"(?<!\d)\d{1,2}(?!\d)")
_ID_NUMBER = ("id number", "id-nummer", "número de id", "numéro d'identification")
# The beginnings of the months in English, German, French, Spanish, Italian, Portuguese,
# Dutch, Swedish, Danish and Polish.
_MONTHS = (
    "jan gen ene sty", "feb fév fev lut", "mar mär mrt maa", "apr avr abr kwi",
    "may mai maj mag mei", "jun juin giu cze", "jul juil lug lip",
    "aug aoû ago sie", "sep set wrz", "oct okt ott out paź", "nov lis",
    "dec dez déc dic",
)  # fmt: skip


class Columns(msgspec.Struct, frozen=True):
    """The indices of columns in the rows of a worksheet.

    Attributes:
        who: the names, addresses and numbers of a learner; empty in blind marking.
        grade: the points that the learner got.
        most: the points possible.
        comments: the comment for the learner, if the assignment has one.
    """

    who: range
    grade: int
    most: int | None
    comments: int | None


def find_columns(header: Sequence[str], rows: Rows) -> Columns:
    """Find the columns, by English headings or by their content.

    Raises:
        Misuse: if it isn't such a worksheet.
    """
    if all(heading in header for heading in _ENGLISH):
        return _find_columns(header)
    return _by_content(rows)


def _find_columns(header: Sequence[str]) -> Columns:
    grade, lower = header.index("Grade"), [cell.casefold() for cell in header]
    most, comments = (
        lower.index(word) if word in lower else None
        for word in ("maximum grade", "feedback comments")
    )
    return Columns(range(1, grade), grade, most, comments)


def _by_content(rows: Rows) -> Columns:
    filled = [row for row in rows if any(row)]
    width = min((len(row) for row in filled), default=0)
    table = [[row[column].strip() for row in filled] for column in range(width)]
    if not table or not _are_participants(table[0]):
        raise _refuse("its first column does not number the participants")
    most = next((i for i in reversed(range(2, width)) if _is_most(table, i)), None)
    if most is None:
        raise _refuse("no column has the maximum grade next to the grade")
    times = [i for i in range(most + 1, width) if _are_times(table[i])]
    if not times:
        raise _refuse("no column says when a grade was changed")
    comments = times[-1] + 1
    return Columns(
        range(1, most - 1), most - 1, most, comments if comments < width else None
    )


def participant_number(cell: str) -> str:
    """Return the participant's number as digits: 4711 for ``Participant 4711``."""
    match = _NUMBERED.fullmatch(cell)
    return match[1] if match else ""


def _are_participants(cells: Sequence[str]) -> bool:
    numbers = [participant_number(cell) for cell in cells]
    return all(numbers) and len(set(numbers)) == len(numbers)


def _is_most(table: Rows, column: int) -> bool:
    """Return whether a column has the same number for all, after a column of grades."""
    if len(set(table[column])) != 1 or not _NUMBER.fullmatch(table[column][0]):
        return False
    most = _value(table[column][0])
    grades = [cell for cell in table[column - 1] if cell not in ("", _NEVER)]
    return most > 0 and all(
        _NUMBER.fullmatch(cell) and _value(cell) <= most for cell in grades
    )


def _are_times(cells: Sequence[str]) -> bool:
    return all(
        cell == _NEVER or bool(_YEAR.search(cell) and _TIME.search(cell))
        for cell in cells
    )


def _value(cell: str) -> float:
    return float(cell.replace(",", "."))


def _refuse(why: str) -> Misuse:
    return Misuse(f"This isn't a Moodle grading worksheet: {why}. {_ADVICE}")


class Participant(msgspec.Struct, frozen=True):
    """A row of a worksheet.

    Attributes:
        number: the participant's number in this assignment.
        name: their full name in Moodle; "" in blind grading.
        email: their address, if the worksheet has it.
        sis_id: their number in the institution's records, if the worksheet has it.
        at: when they last handed in, in UTC; None if no date can be read.
    """

    number: str
    name: str = ""
    email: str = ""
    sis_id: str = ""
    at: datetime | None = None


def participants_in_folder(
    folder: Path, roster: Path
) -> tuple[dict[str, Participant], bool]:
    """Return the participants of all worksheets, and whether the roster is a worksheet.

    Args:
        folder: the folder with the submissions; only CSV files directly in it are read.
        roster: the roster, which may be elsewhere.

    Returns:
        The participants by number; no two assignments of a site share a number.
    """
    of_roster = _read_participants(roster, is_named=roster.parent != folder)
    participants = {one.number: one for one in of_roster}
    for path in sorted(folder.glob("*.csv")):
        participants |= {one.number: one for one in _read_participants(path)}
    return participants, bool(of_roster)


def _read_participants(path: Path, *, is_named: bool = False) -> list[Participant]:
    """Return the participants in a file, or none if it is of another kind."""
    try:
        return read_participants(read_class_file(path, is_named=is_named) or b"")
    except Misuse:
        return []


def read_participants(content: bytes) -> list[Participant]:
    """Return the rows of a worksheet.

    Raises:
        Misuse: if the file is something else.
    """
    header, *rows = csv_rows(content) or [[]]
    rows = [row for row in rows if any(row)]
    who = find_columns(header, rows).who
    words = [cell.strip().casefold() for cell in header]
    date_column = _find_date_column(words, rows)
    sis_id_column = next((i for i in who if words[i] in _ID_NUMBER), -1)
    return [
        _participant(row, who, date_column, sis_id_column)
        for row in rows
        if participant_number(row[0])
    ]


def _participant(
    row: list[str], who_columns: range, date_column: int, sis_id_column: int
) -> Participant:
    cells = [_cell(row, place) for place in who_columns]
    is_named = bool(cells) and not _ADDRESS.fullmatch(cells[0])
    return Participant(
        number=participant_number(row[0]),
        name=cells[0] if is_named else "",
        email=next((cell for cell in cells if _ADDRESS.fullmatch(cell)), ""),
        sis_id=_cell(row, sis_id_column),
        at=parse_moodle_date(_cell(row, date_column)),
    )


def _find_date_column(words: list[str], rows: list[list[str]]) -> int:
    """Return the index of the last submission's time, which precedes the grade's."""
    if "last modified (submission)" in words:
        return words.index("last modified (submission)")
    held = Counter(
        place
        for row in rows
        for place, cell in enumerate(row)
        if parse_moodle_date(cell)
    )
    return min(held, default=-1)


def _cell(row: list[str], place: int) -> str:
    return row[place].strip() if 0 <= place < len(row) else ""


def parse_moodle_date(words: str) -> datetime | None:
    """Parse a date in any of Moodle's languages, in this machine's time zone.

    >>> parse_moodle_date("Mittwoch, 25. November 2026, 18:03").astimezone().hour
    18
    """
    year, clock = _YEAR_OF_DATE.search(words), _CLOCK.search(words)
    if not year or not clock or len(words) > 100:
        return None
    rest = words[: clock.start()].replace(year[0], " ", 1)
    numbers = list(_DAY.finditer(rest))
    if year.start() == 0 and len(numbers) == 2:  # 2026-11-25, 2026年11月25日
        month, day = (int(number[0]) for number in numbers)
    elif len(numbers) == 1:
        # Weekdays come before the day, and may begin like a month: mardi, martes.
        months = (_month_in(rest[numbers[0].end() :]), _month_in(rest))
        month, day = next(filter(None, months), 0), int(numbers[0][0])
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
    """Return the month in a text, or None if there is none or it is ambiguous."""
    words_in_text = re.findall(r"[^\W\d]+", words.casefold())
    fits = {
        number
        for number, beginnings in enumerate(_MONTHS, 1)
        for word in words_in_text
        if len(word) > 2 and word.startswith(tuple(beginnings.split()))
    }
    return fits.pop() if len(fits) == 1 else None
