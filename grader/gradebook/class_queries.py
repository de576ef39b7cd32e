"""class_queries: what a gradebook knows of all its learners at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from grader.gradebook.ledger import Database
from grader.gradebook.rows import COLUMNS, SOUND, Grading, grading_of, readable_of
from grader.report import Report


def find_usual_seed(
    ledger: Database, lesson: str, versions: Mapping[str, str]
) -> int | None:
    """Return the seed of most whole gradings of a lesson as it is now; None before
    any.
    """
    # Of those that are used as often the smallest: who asks again is told the same.
    rows = ledger.rows(
        "SELECT seed FROM grading WHERE lesson = ? AND lesson_version = ? "
        f"AND grader_version = ? AND partial = '' AND {SOUND} "
        "GROUP BY seed ORDER BY count(*) DESC, seed LIMIT 1",
        (lesson, versions["lesson"], versions["grader"]),
    )
    return next((int(seed) for (seed,) in rows), None)


def find_latest(ledger: Database, lesson: str) -> tuple[Grading, ...]:
    """Return every learner's last whole grading of a lesson, by the learner's name."""
    rows = ledger.rows(
        f"SELECT {COLUMNS} FROM grading WHERE id IN (SELECT max(id) FROM grading "
        f"WHERE lesson = ? AND partial = '' AND learner != '' AND {SOUND} "
        "GROUP BY learner) ORDER BY learner",
        (lesson,),
    )
    return tuple(grading_of(row) for row in rows)


def find_gradings(ledger: Database, lesson: str) -> Iterator[tuple[str, Report]]:
    """Yield every whole grading of a lesson, with its learner, the first one first."""
    rows = ledger.rows(
        "SELECT learner, report FROM grading WHERE lesson = ? AND partial = '' "
        f"AND learner != '' AND {SOUND} ORDER BY id",
        (lesson,),
    )
    for learner, text in rows:
        if report := readable_of(lesson, text):
            yield learner, report


def find_hints(ledger: Database, lesson: str) -> tuple[tuple[str, str], ...]:
    """Return the hints of a lesson that were opened: by whom, of which exercise."""
    rows = ledger.rows("SELECT learner, exercise FROM hint WHERE lesson = ?", (lesson,))
    return tuple((learner, exercise) for learner, exercise in rows)


def hand_on(ledger: Database, learner: str, to: str) -> None:
    """Let all that a learner did count for another one."""
    both = to, learner
    with ledger.writing():
        ledger.rows("UPDATE grading SET learner = ? WHERE learner = ?", both)
        # Where both opened a hint, the other one's counts.
        ledger.rows("UPDATE OR IGNORE hint SET learner = ? WHERE learner = ?", both)
        ledger.rows("DELETE FROM hint WHERE learner = ?", (learner,))
