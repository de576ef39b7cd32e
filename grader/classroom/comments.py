"""comments: what a person says to a learner, from a file beside the submissions.

Like points by hand, comments are put in whenever a class is put together, and are never
part of a grading that is kept.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
from msgspec.structs import replace

from grader.classroom.class_files import append_row, csv_bytes, read_class_file
from grader.classroom.hand_rows import (
    HandRow,
    find_part,
    match_rows,
    parse_cells,
    read_cells,
)
from grader.classroom.records import Learner, short_name_of
from grader.common import files
from grader.report import ExerciseResult, Report

FILE_NAME = "comments.csv"
COLUMNS = {
    "learner": "an id, name, login or address",
    "exercise": "an exercise, as in `3e`, or a whole lesson, as in `lesson3`",
    "comment": "what the learner reads on their page and in the feedback files",
}
LEAD = "Comment: "
_lock = threading.Lock()


class CommentRow(HandRow, frozen=True):
    """One row of the file.

    Attributes:
        words: the comment.
    """

    words: str


class Comments(msgspec.Struct, frozen=True):
    """The rows of a file, matched with the people of a class.

    Attributes:
        by: the rows, by the learner's id and the exercise's tag or lesson's short name.
        strangers: rows about nobody in the class.
    """

    by: Mapping[tuple[str, str], tuple[CommentRow, ...]]
    strangers: tuple[CommentRow, ...]

    def apply(self, learner: str, report: Report) -> Report:
        """Return the report with the comments in it, so that they are always shown."""
        exercises = tuple(self._put(learner, one) for one in report.exercises)
        comments = self._comments_on(learner, short_name_of(report.lesson))
        return replace(report, exercises=exercises, notes=(*comments, *report.notes))

    def _put(self, learner: str, exercise: ExerciseResult) -> ExerciseResult:
        comments = self._comments_on(learner, exercise.tag)
        return replace(exercise, remarks=(*comments, *exercise.remarks))

    def _comments_on(self, learner: str, part: str) -> tuple[str, ...]:
        return tuple(f"{LEAD}{row.words}" for row in self.by.get((learner, part), ()))


def read_comments(folder: Path) -> tuple[CommentRow, ...]:
    """Return the rows of the file in a folder, or none if there isn't a file.

    Raises:
        Misuse: if it can't be read, a column is missing, or a cell is empty.
    """
    return tuple(
        CommentRow(
            place, cells["learner"], find_part(cells["exercise"]), cells["comment"]
        )
        for place, cells in read_cells(folder / FILE_NAME, COLUMNS)
    )


def match_comments(rows: Iterable[CommentRow], people: Iterable[Learner]) -> Comments:
    """Return the rows, matched with people by id, or else by name, login or address.

    Raises:
        Misuse: if a row could be about several people.
    """
    return Comments(*match_rows(rows, people))


def add_comment(folder: Path, learner: str, part: str, words: str) -> None:
    """Append a row to the file in a folder; the other rows stay as they are.

    The file is written in UTF-8, whatever its encoding was.

    Raises:
        Misuse: if the file can't be read or written, or isn't a table of comments.
    """
    path = folder / FILE_NAME
    cells = dict(zip(COLUMNS, (learner, part, words), strict=True))
    with _lock:
        content = read_class_file(path)
        if content is None:
            content = csv_bytes([list(COLUMNS)])
        columns, _ = parse_cells(path, content, COLUMNS)
        row = [cells.get(column, "") for column in columns]
        files.write(path, append_row(content, row))
