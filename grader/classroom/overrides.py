"""overrides: points that a person gave by hand, from a file beside the submissions.

The file stays what counts: gradings are kept as the checks made them, and the points
are put in whenever a class is put together. So a new grading never loses them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
from msgspec.structs import replace

from grader.classroom.hand_rows import (
    HandRow,
    find_part,
    match_rows,
    read_cells,
)
from grader.classroom.records import Learner, short_name_of
from grader.common.errors import Misuse
from grader.report import ExerciseResult, Override, Report, whole_if_possible

FILE_NAME = "overrides.csv"
COLUMNS = {
    "learner": "an id, name, login or address",
    "exercise": "an exercise, as in `3e`, or a whole lesson, as in `lesson3`",
    "points": "what counts instead of the checks' points, with at most two decimals",
    "why": "the reason, which the report and every export show",
}
_POINTS = re.compile(r"\d{1,6}(?:[.,]\d{1,2})?", re.ASCII)


class OverrideRow(HandRow, frozen=True):
    """One row of the file.

    Attributes:
        given: the points, and why.
    """

    given: Override


class Overrides(msgspec.Struct, frozen=True):
    """The rows of a file, matched with the people of a class.

    Attributes:
        by: the row, by the learner's id and the exercise's tag or lesson's short name.
        strangers: rows about nobody in the class.
    """

    by: Mapping[tuple[str, str], OverrideRow] = msgspec.field(default_factory=dict)
    strangers: tuple[OverrideRow, ...] = ()

    def apply(self, learner: str, report: Report) -> Report:
        """Return the report with the points that a person gave."""
        exercises = tuple(self._put(learner, one) for one in report.exercises)
        whole = short_name_of(report.lesson)
        given = self._find_override(learner, whole, report.full_points)
        return replace(report, exercises=exercises, override=given)

    def describe_excess(self, learner: str, report: Report) -> Iterator[str]:
        """Yield a sentence about each row that gives more points than its part has."""
        worth = {exercise.tag: exercise.points for exercise in report.exercises}
        worth[short_name_of(report.lesson)] = report.full_points
        for part, points in worth.items():
            row = self.by.get((learner, part))
            if row and row.given.points > points:
                yield (
                    f"{row.place}: {part} has {points} points, and "
                    f"{row.given.points} are given."
                )

    def _put(self, learner: str, exercise: ExerciseResult) -> ExerciseResult:
        override = self._find_override(learner, exercise.tag, exercise.points)
        return replace(exercise, override=override) if override else exercise

    def _find_override(self, learner: str, part: str, points: int) -> Override | None:
        """Return what a person gave for a part, unless it exceeds the part's points."""
        row = self.by.get((learner, part))
        return row.given if row and row.given.points <= points else None


NO_OVERRIDES = Overrides()


def read_overrides(folder: Path) -> tuple[OverrideRow, ...]:
    """Return the rows of the file in a folder, or none if there isn't a file.

    Raises:
        Misuse: if it can't be read, a column is missing, or a row isn't clear.
    """
    rows: dict[tuple[str, str], OverrideRow] = {}
    for place, cells in read_cells(folder / FILE_NAME, COLUMNS):
        row = _row(place, cells)
        first = rows.setdefault((row.learner.casefold(), row.part), row)
        if first is not row:
            raise _duplicate_error(row, first)
    return tuple(rows.values())


def match_overrides(
    rows: Iterable[OverrideRow], people: Iterable[Learner]
) -> Overrides:
    """Return the rows, matched with people by id, or else by name, login or address.

    Raises:
        Misuse: if a row could be about several people, or two rows are about one
            person.
    """
    by, strangers = match_rows(rows, people)
    for first, *others in by.values():
        for row in others:
            raise _duplicate_error(row, first, f", as {first.learner}")
    only = {key: row for key, (row,) in by.items()}
    return Overrides(only, strangers)


def _duplicate_error(row: OverrideRow, first: OverrideRow, as_whom: str = "") -> Misuse:
    """Return the error for a second row about the same learner and part."""
    line = first.place.rpartition(", ")[2]
    return Misuse(
        f"{row.place}: {row.learner} has points for {row.part} in {line} "
        f"already{as_whom}. Keep one of them."
    )


def _row(place: str, cells: Mapping[str, str]) -> OverrideRow:
    words = cells["points"]
    if not _POINTS.fullmatch(words):
        raise Misuse(
            f"{place}: points are a number with at most two decimals, such as 0, 15 or "
            f"7.5, not {words!r}."
        )
    points = whole_if_possible(float(words.replace(",", ".")))
    given = Override(points, cells["why"])
    return OverrideRow(place, cells["learner"], find_part(cells["exercise"]), given)
