"""due_dates: parse the deadlines of a class, and remember them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import Annotated

import msgspec

from grader.classroom.class_files import read_json
from grader.common import files
from grader.common.dates import parse_due_date

FILE_NAME = "due.json"
_DAY_S = 24 * 60 * 60
_Count = Annotated[int, msgspec.Meta(ge=0, le=100_000)]
NEVER = "never"


def load_due_dates(
    folder: Path, lessons: Iterable[str], named: Iterable[str], words: str
) -> dict[str, datetime]:
    """Return the deadline of each lesson, after recording a new one if there is one.

    Args:
        folder: the folder with the submissions.
        lessons: the full names of the lessons to return.
        named: the lessons that the user named. A new date is for these only, or for
            every lesson if none is named.
        words: the new date, "" to keep the recorded ones, or ``never`` to remove them.

    Raises:
        Misuse: if the words aren't a date, or the record can't be read.
    """
    due_dates = _read_remembered(folder)
    if words and folder.is_dir():
        moment = None if words == NEVER else parse_due_date(words)
        changed = due_dates.set_due(named, moment)
        if changed != due_dates:
            _remember(changed, folder)
        due_dates = changed
    dues = ((name, due_dates.lessons.get(name, due_dates.all)) for name in lessons)
    return {name: due for name, due in dues if due is not None}


class LateRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The penalty for being late, from ``rule`` in a class's ``due.json``.

    Attributes:
        grace_minutes: for this long after the deadline, no points are taken off.
        points_off_per_day: the points that each day costs once it has begun.
        latest_days: after this many days no points are left; None for no such limit.
    """

    grace_minutes: _Count = 0
    points_off_per_day: _Count = 0
    latest_days: _Count | None = None

    def points_off(self, late_s: int | None, points: int) -> int:
        """Return the points taken off a lesson that is worth this many points."""
        if late_s is None or late_s <= 60 * self.grace_minutes:
            return 0
        days = ceil(late_s / _DAY_S)
        if self.latest_days is not None and days > self.latest_days:
            return points
        return min(points, days * self.points_off_per_day)


class DueDates(msgspec.Struct, frozen=True):
    """The recorded deadlines of a class.

    Attributes:
        all: that of all lessons, or None.
        lessons: those of single lessons, by their full names; None for no deadline.
        rule: what being late costs; None for nothing.
    """

    all: datetime | None = None
    lessons: Mapping[str, datetime | None] = msgspec.field(default_factory=dict)
    rule: LateRule | None = None

    def set_due(self, names: Iterable[str], due: datetime | None) -> DueDates:
        """Return a copy with another deadline for these lessons, or for all."""
        chosen = tuple(names)
        if not chosen:
            return DueDates(due, rule=self.rule)
        lessons = {**self.lessons, **dict.fromkeys(chosen, due)}
        return DueDates(self.all, lessons, self.rule)


def load_late_rule(folder: Path) -> LateRule | None:
    """Return a class's late rule, or None if its ``due.json`` has none.

    Raises:
        Misuse: if the file can't be read.
    """
    return _read_remembered(folder).rule


def _read_remembered(folder: Path) -> DueDates:
    # If the folder is a file, the search for submissions reports it.
    advice = "Correct it, or delete it and give --due again."
    return read_json(folder / FILE_NAME, DueDates, advice, "the due dates")


def _remember(dues: DueDates, folder: Path) -> None:
    files.write(folder / FILE_NAME, msgspec.json.format(msgspec.json.encode(dues)))
