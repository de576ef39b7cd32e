"""hint_policy: decide which hints a learner may see, and when the solution opens."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from grader.learner.gradebook.database import Database
from grader.learner.gradebook.rows import OF_CLASS, VALID_ROW, hint_row, outcome_of

ATTEMPTS_BEFORE_SOLUTION = 3


class HintStep(msgspec.Struct, frozen=True):
    """A learner's position on the hint ladder of an exercise.

    Attributes:
        shown: how many hints may be seen now.
        is_new: whether the last of them is shown for the first time.
        needs_grading: whether the next one needs another graded attempt.
    """

    shown: int
    is_new: bool
    needs_grading: bool


class HintKey(NamedTuple):
    """The learner and the exercise that hints are recorded for."""

    learner: str
    lesson: str
    exercise: str


def next_hint(database: Database, key: HintKey, hints: int) -> HintStep:
    """Open the next hint if that is allowed, and record it.

    Args:
        database: the gradebook's file.
        key: the learner and the exercise.
        hints: how many hints the exercise has.
    """
    # Use one transaction, so that of two simultaneous requests only one opens a hint.
    with database.writing():
        seen = _count_seen(database, key)
        if seen >= hints:
            return HintStep(seen, is_new=False, needs_grading=False)
        attempts, _ = _find_attempts(database, key)
        if seen > len(attempts):
            return HintStep(seen, is_new=False, needs_grading=True)
        number = seen + 1
        database.insert("hint", hint_row(*key, number, _last_grading(database, key)))
    is_last = number == hints
    return HintStep(number, True, needs_grading=number > len(attempts) and not is_last)


def count_attempts_left(database: Database, key: HintKey) -> int:
    """Count the graded attempts still needed for the solution; 0 if it is open."""
    attempts, was_right = _find_attempts(database, key)
    return 0 if was_right else max(0, ATTEMPTS_BEFORE_SOLUTION - len(attempts))


def _find_attempts(database: Database, key: HintKey) -> tuple[set[str], bool]:
    """Return the attempts at the exercise, and whether it was ever right.

    Returns:
        The hashes of the files that were graded, and whether it was right.
    """
    rows = database.rows(
        "SELECT attempt_sha256, has_passed AND points > 0, report FROM grading "
        f"WHERE learner = ? AND lesson = ? AND partial IN ('', ?) AND {VALID_ROW}",
        key,
    )
    attempts, was_right = set(), False
    for digest, has_passed, text in rows:
        outcome = outcome_of(key.exercise, text)
        was_right |= bool(has_passed) or (outcome is not None and outcome.is_right)
        is_attempt = outcome is None or outcome.is_tried
        # Grading a class is nobody's attempt.
        if is_attempt and OF_CLASS not in text:
            attempts.add(digest)
    return attempts, was_right


def _count_seen(database: Database, key: HintKey) -> int:
    """Return how many hints were seen."""
    rows = database.rows(
        "SELECT count(*) FROM hint WHERE learner = ? AND lesson = ? AND exercise = ?",
        key,
    )
    return int(rows[0][0])


def _last_grading(database: Database, key: HintKey) -> int:
    rows = database.rows(
        "SELECT coalesce(max(id), 0) FROM grading WHERE learner = ? "
        "AND lesson = ? AND partial IN ('', ?)",
        key,
    )
    return int(rows[0][0])
