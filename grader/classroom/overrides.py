"""overrides: points that a person gave by hand, from a file beside the submissions.

The file stays what counts: gradings are kept as the checks made them, and the points
are put in whenever a class is put together. So a regrade never loses them. The rule for
carried errors is applied in the same way, below the points given by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
from msgspec.structs import replace

from grader.classroom.hand_rows import (
    NameIndex,
    lesson_number_of,
    part_named,
    read_cells,
    refuse_duplicate,
)
from grader.classroom.records import Learner, short_name_of
from grader.errors import Misuse
from grader.report import ExerciseResult, Outcome, Override, Report, whole_if_possible

FILE_NAME = "overrides.csv"
COLUMNS = ("learner", "exercise", "points", "why")
_POINTS = re.compile(r"\d{1,6}(?:[.,]\d{1,2})?", re.ASCII)


class OverrideRow(msgspec.Struct, frozen=True):
    """One row of the file; `place` says which, for people.

    `exercise` is the tag of an exercise or the short name of a whole lesson.
    """

    place: str
    learner: str
    exercise: str
    given: Override

    @property
    def lesson(self) -> int:
        """The number of the lesson that it is about; 0 if it has none."""
        return lesson_number_of(self.exercise)


class Overrides(msgspec.Struct, frozen=True):
    """The rows of a file, matched with the people of a class.

    Attributes:
        by: the row, by the learner's id and the exercise's tag or lesson's short name.
        strangers: rows whose learner nobody is.
        carries_errors: whether an exercise has its points if it fails only because of
            another one.
    """

    by: Mapping[tuple[str, str], OverrideRow] = msgspec.field(default_factory=dict)
    strangers: tuple[OverrideRow, ...] = ()
    carries_errors: bool = False

    def apply(self, learner: str, report: Report) -> Report:
        """Return the report with the points that a person gave, or the rule gives."""
        exercises = tuple(self._put(learner, one) for one in report.exercises)
        row = self.by.get((learner, short_name_of(report.lesson)))
        is_possible = row is not None and row.given.points <= report.full_points
        given = row.given if row is not None and is_possible else None
        return replace(report, exercises=exercises, override=given)

    def describe_excess(self, learner: str, report: Report) -> Iterator[str]:
        """Yield what to say of rows that give more points than there are."""
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
        row = self.by.get((learner, exercise.tag))
        if row is not None and row.given.points <= exercise.points:
            return replace(exercise, override=row.given)
        if self.carries_errors and (carried := _carried(exercise)):
            return replace(exercise, override=carried)
        return exercise


NO_OVERRIDES = Overrides()


def _carried(exercise: ExerciseResult) -> Override | None:
    """Return the points of an exercise that the report shows to be right by itself."""
    causes = exercise.finding.causes if exercise.finding else ()
    if not causes or exercise.outcome is Outcome.PASSED:
        return None
    own = " and ".join(causes)
    why = f"with the lesson's own {own}, every check here passes"
    return Override(exercise.points, why, is_by_rule=True)


def read_overrides(folder: Path) -> tuple[OverrideRow, ...]:
    """Return the rows of the file in a folder, or none if there isn't a file.

    Raises:
        Misuse: if it can't be read, a column is missing, or a row isn't clear.
    """
    found: dict[tuple[str, str], OverrideRow] = {}
    for place, cells in read_cells(folder, FILE_NAME, COLUMNS):
        row = _row(place, cells)
        first = found.setdefault((row.learner.casefold(), row.exercise), row)
        if first is not row:
            raise refuse_duplicate(place, row.learner, row.exercise, first.place)
    return tuple(found.values())


def match_overrides(
    rows: Iterable[OverrideRow],
    people: Iterable[Learner],
    *,
    carries_errors: bool = False,
) -> Overrides:
    """Return the rows, matched with people by id, or else by name, login or address.

    Raises:
        Misuse: if a row could be about several people, or two rows are about one
            person.
    """
    by: dict[tuple[str, str], OverrideRow] = {}
    strangers: list[OverrideRow] = []
    known = NameIndex(people)
    for row in rows:
        meant = known.find(row.learner, row.place)
        if meant is None:
            strangers.append(row)
            continue
        first = by.setdefault((meant, row.exercise), row)
        if first is not row:
            raise refuse_duplicate(
                row.place, row.learner, row.exercise, first.place, first.learner
            )
    return Overrides(by, tuple(strangers), carries_errors)


def _row(place: str, cells: Mapping[str, str]) -> OverrideRow:
    words = cells["points"]
    if not _POINTS.fullmatch(words):
        raise Misuse(
            f"{place}: points are a number with at most two decimals, such as 0, 15 or "
            f"7.5, not {words!r}."
        )
    points = whole_if_possible(float(words.replace(",", ".")))
    given = Override(points, cells["why"])
    return OverrideRow(place, cells["learner"], part_named(cells["exercise"]), given)
