"""worksheet: which column of Moodle's grading worksheet is what, in any language.

Moodle writes the headings in the language of whoever downloads it, and knows its own
file again by them. So they are kept, and the columns are found by their place and by
what stands in them: who (a number at the end, each once), then names, the grade, the
points possible (one number for all), two times of change, and the comments.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from grader.errors import Misuse

_NUMBERED = re.compile(r".*?(\d+)\s*")
_NUMBER = re.compile(r"\d+([.,]\d+)?")
_TIME = re.compile(r"\d{1,2}\s*[:.]\s*\d{2}")
_YEAR = re.compile(r"\d{4}")
_NEVER = "-"
_ENGLISH = ("Identifier", "Grade", "Last modified (grade)")
_ADVICE = (
    "Download one with the assignment's 'Download grading worksheet', for one "
    "assignment, and take it as it comes."
)

Rows = Sequence[Sequence[str]]


class Columns(msgspec.Struct, frozen=True):
    """Where things stand in the rows of a worksheet.

    Attributes:
        who: the names, addresses and numbers of a learner; empty in blind marking.
        grade: the grade.
        most: the points possible.
        comments: the comment for the learner, where the assignment has one.
    """

    who: range
    grade: int
    most: int | None
    comments: int | None


def columns(header: Sequence[str], rows: Rows) -> Columns:
    """Find the columns, by English headings or by what stands in them.

    Raises:
        Misuse: it is no such worksheet.
    """
    if all(heading in header for heading in _ENGLISH):
        return _headed(header)
    return _by_content(rows)


def _headed(header: Sequence[str]) -> Columns:
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
        raise _refuse("no column holds the points possible beside the grade")
    times = [i for i in range(most + 1, width) if _are_times(table[i])]
    if not times:
        raise _refuse("no column says when a grade was changed")
    comments = times[-1] + 1
    return Columns(
        range(1, most - 1), most - 1, most, comments if comments < width else None
    )


def number_of(cell: str) -> str:
    """Return the participant's number, as digits: 4711 of ``Participant 4711``."""
    match = _NUMBERED.fullmatch(cell)
    return match[1] if match else ""


def _are_participants(cells: Sequence[str]) -> bool:
    numbers = [number_of(cell) for cell in cells]
    return all(numbers) and len(set(numbers)) == len(numbers)


def _is_most(table: Rows, column: int) -> bool:
    """Return whether a column has one number for all, and the one before it grades."""
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
    return Misuse(f"This is not a grading worksheet of Moodle: {why}. {_ADVICE}")
