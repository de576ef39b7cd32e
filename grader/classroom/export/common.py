"""common: what the formats share: files to be written, and cells."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from grader.classroom.records import LearnerResult
from grader.classroom.submissions.notices import list_some
from grader.common.errors import Misuse


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
        kept: people who keep what the worksheet has.
    """

    file: ExportFile
    not_in_class: tuple[str, ...]
    not_in_worksheet: tuple[str, ...]
    unequal: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


# The answers to what happens to other grades that a worksheet has.
KEEP, REPLACE = "keep", "replace"
_MOST_NAMES = 5


def require_choice(existing: str, others: Sequence[str], where: str) -> None:
    """Require an answer to what happens to grades that a worksheet has already.

    Args:
        existing: `KEEP`, `REPLACE`, or "" without an answer.
        others: who has another grade there, and which.
        where: the system.

    Raises:
        Misuse: if a grade would be replaced without an answer.
    """
    if existing not in ("", KEEP, REPLACE):
        raise Misuse(f"--existing takes {KEEP} or {REPLACE}, not {existing!r}.")
    if others and not existing:
        people = "1 person has" if len(others) == 1 else f"{len(others)} people have"
        raise Misuse(
            f"{people} something else in {where} already: "
            f"{list_some(others, _MOST_NAMES)}. Was that written by hand? Add "
            f"--existing {KEEP} or --existing {REPLACE}. Nothing is written yet."
        )


def differs(cell: str, score: float | str) -> bool:
    """Return whether a worksheet's cell has another grade than the one to hand over.

    >>> differs("77,00", 100), differs("77,00", 77), differs("-", 77)
    (True, False, False)
    """
    plain = cell.strip().replace(",", ".")
    if plain in ("", "-"):
        return False
    try:
        return float(plain) != score
    except ValueError:
        return True


def score_cell(learner_result: LearnerResult, lesson: str) -> int | float | str:
    """Return the score to hand over as a cell, or "" if there is none."""
    score = learner_result.award_of(lesson)
    return "" if score is None else score


def encode_json(data: object) -> bytes:
    """Return data as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(data), indent=2)
