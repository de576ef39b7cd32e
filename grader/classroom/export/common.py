"""common: what the formats share: files to be written, and cells."""

from __future__ import annotations

import msgspec

from grader.classroom.records import LearnerResult


class ExportFile(msgspec.Struct, frozen=True):
    """A file to be written: its path below the chosen folder, and its bytes."""

    path: str
    content: bytes


class Filled(msgspec.Struct, frozen=True):
    """A filled worksheet, and the people who couldn't be matched.

    Attributes:
        file: the worksheet.
        not_in_class: participants of the worksheet without a grading.
        not_in_worksheet: graded learners who aren't in the worksheet.
        unequal: lessons that are worth different points in the other system.
        unlisted: lessons for which the other system has no assignment.
    """

    file: ExportFile
    not_in_class: tuple[str, ...]
    not_in_worksheet: tuple[str, ...]
    unequal: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()


def score_cell(one: LearnerResult, lesson: str) -> int | float | str:
    """Return the score to hand over as a cell, or "" if there is none."""
    score = one.award_of(lesson)
    return "" if score is None else score


def encode_json(data: object) -> bytes:
    """Return data as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(data), indent=2)
