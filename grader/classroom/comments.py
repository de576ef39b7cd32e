"""comments: what a person says to a learner, from a file beside the submissions.

Like points by hand, comments are put in whenever a class is put together, and are never
part of a grading that is kept.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
from msgspec.structs import replace

from grader import files
from grader.classroom.class_files import csv_bytes, csv_rows, read_class_file
from grader.classroom.hand_rows import (
    NameIndex,
    lesson_number_of,
    part_named,
    read_cells,
)
from grader.classroom.records import Learner, short_name_of
from grader.report import ExerciseResult, Report

FILE_NAME = "comments.csv"
COLUMNS = ("learner", "exercise", "comment")
LEAD = "Comment: "
_lock = threading.Lock()


class CommentRow(msgspec.Struct, frozen=True):
    """One row of the file; `part` is an exercise's tag or a lesson's short name."""

    place: str
    learner: str
    part: str
    words: str

    @property
    def lesson(self) -> int:
        """The number of the lesson that it is about; 0 if it has none."""
        return lesson_number_of(self.part)


class Comments(msgspec.Struct, frozen=True):
    """The rows of a file, brought together with the people of a class.

    Attributes:
        by: the rows, by the learner's id and the exercise's tag or lesson's short name.
        strangers: rows whose learner nobody is.
    """

    by: Mapping[tuple[str, str], tuple[CommentRow, ...]] = msgspec.field(
        default_factory=dict
    )
    strangers: tuple[CommentRow, ...] = ()

    def apply(self, learner: str, report: Report) -> Report:
        """Return the report with the comments: they are shown wherever it is."""
        exercises = tuple(self._put(learner, one) for one in report.exercises)
        said = self._said(learner, short_name_of(report.lesson))
        return replace(report, exercises=exercises, notes=(*said, *report.notes))

    def _put(self, learner: str, exercise: ExerciseResult) -> ExerciseResult:
        said = self._said(learner, exercise.tag)
        return (
            replace(exercise, remarks=(*said, *exercise.remarks)) if said else exercise
        )

    def _said(self, learner: str, part: str) -> tuple[str, ...]:
        return tuple(f"{LEAD}{row.words}" for row in self.by.get((learner, part), ()))


NO_COMMENTS = Comments()


def read_comments(folder: Path) -> tuple[CommentRow, ...]:
    """Return the rows of the file in a folder; none when there isn't a file.

    Raises:
        Misuse: it cannot be read, a column is missing, or a cell is empty.
    """
    return tuple(
        CommentRow(
            place, cells["learner"], part_named(cells["exercise"]), cells["comment"]
        )
        for place, cells in read_cells(folder, FILE_NAME, COLUMNS)
    )


def match_comments(rows: Iterable[CommentRow], people: Iterable[Learner]) -> Comments:
    """Return the rows with the people they are about.

    Raises:
        Misuse: a row could be about several people.
    """
    by: dict[tuple[str, str], list[CommentRow]] = defaultdict(list)
    strangers: list[CommentRow] = []
    known = NameIndex(people)
    for row in rows:
        meant = known.find(row.learner, row.place)
        if meant is None:
            strangers.append(row)
        else:
            by[meant, row.part].append(row)
    return Comments({key: tuple(some) for key, some in by.items()}, tuple(strangers))


def add_comment(folder: Path, learner: str, part: str, words: str) -> None:
    """Append a row to the file in a folder; the other rows stay as they are.

    Raises:
        Misuse: the file cannot be read or written, or isn't a table of comments.
    """
    with _lock:
        read_comments(folder)  # what isn't such a file is not written to
        content = read_class_file(folder / FILE_NAME)
        header, *rows = csv_rows(content or b"") or [list(COLUMNS)]
        names = [cell.strip().casefold() for cell in header]
        cells = dict(zip(COLUMNS, (learner, part, words), strict=True))
        rows.append([cells.get(name, "") for name in names])
        files.write(folder / FILE_NAME, csv_bytes([header, *rows]))
