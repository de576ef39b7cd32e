"""overrides: points that a person gave by hand, from a file beside the submissions.

The file remains authoritative: gradings are kept as the checks made them, and the
points are added whenever a class is assembled. So a regrade never loses them.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
from msgspec.structs import replace

from grader.classroom.class_files import csv_rows, read_class_file
from grader.classroom.records import Learner
from grader.classroom.roster import identifiers_of
from grader.errors import Misuse
from grader.report import ExerciseResult, Override, Report
from grader.sanitize import clean_line

FILE_NAME = "overrides.csv"
COLUMNS = ("learner", "exercise", "points", "why")
_LESSON_OF = re.compile(r"\d+")


class OverrideRow(msgspec.Struct, frozen=True):
    """One row of the file; `place` is its location, for people."""

    place: str
    learner: str
    exercise: str
    given: Override

    @property
    def lesson(self) -> int:
        """The number of the exercise's lesson, or 0 if it has none."""
        number = _LESSON_OF.match(self.exercise)
        return int(number[0]) if number else 0


class Overrides(msgspec.Struct, frozen=True):
    """The rows of a file, matched with the people of a class.

    Attributes:
        by: the row, by the learner's id and the exercise's tag.
        strangers: rows whose learner isn't known.
    """

    by: Mapping[tuple[str, str], OverrideRow] = msgspec.field(default_factory=dict)
    strangers: tuple[OverrideRow, ...] = ()

    def apply(self, learner: str, report: Report) -> Report:
        """Return the report with the points that a person gave."""
        exercises = tuple(self._put(learner, one) for one in report.exercises)
        return replace(report, exercises=exercises)

    def describe_excess(self, learner: str, report: Report) -> Iterator[str]:
        """Yield a sentence for each row with more points than its exercise has."""
        for exercise in report.exercises:
            row = self.by.get((learner, exercise.tag))
            if row and row.given.points > exercise.points:
                yield (
                    f"{row.place}: {exercise.tag} has {exercise.points} points, and "
                    f"{row.given.points} are given."
                )

    def _put(self, learner: str, exercise: ExerciseResult) -> ExerciseResult:
        row = self.by.get((learner, exercise.tag))
        if row is None or row.given.points > exercise.points:
            return exercise
        return replace(exercise, override=row.given)


NO_OVERRIDES = Overrides()


def read_overrides(folder: Path) -> tuple[OverrideRow, ...]:
    """Return the rows of the file in a folder, or none if there isn't a file.

    Raises:
        Misuse: if it can't be read, a column is missing, or a row isn't clear.
    """
    path = folder / FILE_NAME
    content = read_class_file(path)
    if content is None:
        return ()
    try:
        header, *rows = csv_rows(content) or [[]]
    except csv.Error as error:
        raise Misuse(f"{path} cannot be read ({error}).") from error
    names = [cell.strip().casefold() for cell in header]
    if missing := [name for name in COLUMNS if name not in names]:
        raise Misuse(
            f"{path} has no column {missing[0]!r}. Its first row must contain the "
            f"column names {', '.join(COLUMNS)}."
        )
    found: dict[tuple[str, str], OverrideRow] = {}
    for number, cells in enumerate(rows, start=2):
        if any(cell.strip() for cell in cells):
            row = _row(f"{path}, row {number}", dict(zip(names, cells, strict=False)))
            key = (row.learner.casefold(), row.exercise)
            if key in found:
                raise Misuse(
                    f"{row.place}: {row.learner} has points for {row.exercise} in "
                    f"{found[key].place.rpartition(', ')[2]} already. Keep one of them."
                )
            found[key] = row
    return tuple(found.values())


def match_overrides(
    rows: Iterable[OverrideRow], people: Iterable[Learner]
) -> Overrides:
    """Return the rows, matched with people by id, or else by name, login or address.

    Raises:
        Misuse: if a row could be about several people, or two rows are about one
            person.
    """
    by: dict[tuple[str, str], OverrideRow] = {}
    strangers: list[OverrideRow] = []
    ids: dict[str, list[str]] = defaultdict(list)
    known: dict[str, list[str]] = defaultdict(list)
    exact: set[str] = set()
    for one in people:
        exact.add(one.id)
        ids[one.id.casefold()].append(one.id)
        for key in identifiers_of(one):
            known[key].append(one.id)
    for row in rows:
        word = row.learner.casefold()
        is_id = row.learner in exact
        meant = [row.learner] if is_id else ids.get(word) or known.get(word) or []
        if len(meant) > 1:
            raise Misuse(
                f"{row.place}: {row.learner} could be {' or '.join(sorted(meant))}. "
                "Write that id instead."
            )
        if not meant:
            strangers.append(row)
        elif other := by.get((meant[0], row.exercise)):
            raise Misuse(
                f"{row.place}: {row.learner} has points for {row.exercise} in "
                f"{other.place.rpartition(', ')[2]} already, as {other.learner}. Keep "
                "one of them."
            )
        else:
            by[meant[0], row.exercise] = row
    return Overrides(by, tuple(strangers))


def _row(place: str, cells: Mapping[str, str]) -> OverrideRow:
    told = {name: clean_line(cells.get(name) or "") for name in COLUMNS}
    if empty := [name for name in COLUMNS if not told[name]]:
        raise Misuse(f"{place}: the cell under {empty[0]!r} is empty.")
    if not (told["points"].isascii() and told["points"].isdecimal()):
        raise Misuse(
            f"{place}: points are a whole number, such as 0 or 15, not "
            f"{told['points']!r}."
        )
    given = Override(int(told["points"]), told["why"])
    return OverrideRow(place, told["learner"], told["exercise"].lower(), given)
