"""ladder: which hints a learner may see now, and when the solution opens."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from grader.gradebook.ledger import Database
from grader.gradebook.rows import SOUND, hint_row, outcome_of
from grader.report import Outcome

ATTEMPTS_BEFORE_SOLUTION = 3
_NO_ATTEMPT = (Outcome.NOT_ATTEMPTED, Outcome.SKIPPED, Outcome.BROKEN)


class HintStep(msgspec.Struct, frozen=True):
    """How far up the hint ladder of an exercise a learner is.

    Attributes:
        shown: how many hints may be seen now.
        is_new: whether the last of them is shown for the first time.
        needs_grading: whether the next one waits for a graded attempt.
    """

    shown: int
    is_new: bool
    needs_grading: bool


class Ladder(NamedTuple):
    """Whose it is, and of which exercise."""

    learner: str
    lesson: str
    exercise: str


def climb(ledger: Database, ladder: Ladder, hints: int) -> HintStep:
    """Go one step up where that is allowed, and remember it.

    Args:
        ledger: the gradebook's file.
        ladder: whose it is, and of which exercise.
        hints: how many hints the exercise has.
    """
    # All in one transaction: of two that ask at once, one opens a hint.
    with ledger.writing():
        seen, last_grading = (
            _gradings_before(ledger, ladder),
            _last_grading(ledger, ladder),
        )
        if len(seen) >= hints:
            return HintStep(len(seen), is_new=False, needs_grading=False)
        if seen and last_grading <= seen[-1]:
            return HintStep(len(seen), is_new=False, needs_grading=True)
        number = len(seen) + 1
        ledger.insert("hint", hint_row(*ladder, number, last_grading))
    return HintStep(number, is_new=True, needs_grading=number < hints)


def count_attempts_left(ledger: Database, ladder: Ladder) -> int:
    """Count the graded attempts that are wanting before the solution; 0: it is open."""
    rows = ledger.rows(
        "SELECT attempt_sha256, has_passed AND points > 0, report FROM grading "
        f"WHERE learner = ? AND lesson = ? AND partial IN ('', ?) AND {SOUND}",
        ladder,
    )
    attempts = set()
    for digest, has_passed, text in rows:
        outcome = outcome_of(ladder.exercise, text)
        if has_passed or outcome is Outcome.PASSED:
            return 0
        if outcome not in _NO_ATTEMPT:
            attempts.add(digest)
    return max(0, ATTEMPTS_BEFORE_SOLUTION - len(attempts))


def _gradings_before(ledger: Database, ladder: Ladder) -> list[int]:
    """Return the number of the last grading before each hint that was seen."""
    rows = ledger.rows(
        "SELECT after_grading FROM hint WHERE learner = ? AND lesson = ? "
        "AND exercise = ? ORDER BY number",
        ladder,
    )
    return [row[0] for row in rows]


def _last_grading(ledger: Database, ladder: Ladder) -> int:
    rows = ledger.rows(
        "SELECT coalesce(max(id), 0) FROM grading WHERE learner = ? "
        "AND lesson = ? AND partial IN ('', ?)",
        ladder,
    )
    return int(rows[0][0])
