"""recording: store one row per distinct result of a source, and some full reports.

Anybody may press *Grade* all day without filling the disk: the same result of the same
source replaces its earlier row, and old gradings keep only their outcomes.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from grader.learner.gradebook.database import Database
from grader.learner.gradebook.rows import (
    FIRST_AT,
    FIRST_ID,
    GRADINGS,
    OF_CLASS,
    TIMES,
    VALID_ROW,
    parse_report,
    shorten,
)

MOST_REPORTS = 200  # that are kept whole, for each learner
# So many are shortened at a time, because everybody else waits.
_AT_ONCE = 1_000
# Gradings that agree in these are the same one again. A source that trains, or that
# uses random numbers, may have another result the next time.
_SAME = (
    *("learner", "lesson", "attempt_sha256", "partial", "versions"),
    *("score", "points", "has_passed", "is_broken"),
)
# A class uses no verdict that was kept, and a class's grading doesn't show where its
# learner is. So such gradings take no other's place.
_MARKS = ('"is_kept":true', OF_CLASS)
_IS_SAME = " AND ".join(
    (
        *(f"{name} = ?" for name in _SAME),
        *(f"instr(report, '{mark}') > 0 = ?" for mark in _MARKS),
        VALID_ROW,
    )
)
_IS_WHOLE = "learner = ? AND id NOT IN (SELECT grading FROM shortened)"


def record(database: Database, row: Mapping[str, object]) -> int:
    """Add a grading, which replaces the same one before, inside `writing`.

    Args:
        database: the gradebook's file.
        row: the grading, as `row_of` returns it.

    Returns:
        Its number.
    """
    marks = (mark in str(row["report"]) for mark in _MARKS)
    values = (*(row[name] for name in _SAME), *marks)
    ((times, first_id, first_at),) = database.rows(
        f"SELECT sum({TIMES}), min({FIRST_ID}), min({FIRST_AT}) FROM {GRADINGS} "
        f"WHERE {_IS_SAME}",
        values,
    )
    if times:
        for table in ("repeated", "shortened"):
            database.rows(
                f"DELETE FROM {table} WHERE grading IN "
                f"(SELECT id FROM grading WHERE {_IS_SAME})",
                values,
            )
        database.rows(f"DELETE FROM grading WHERE {_IS_SAME}", values)
    number = database.insert("grading", row)
    if times:
        # SQLite may give the number of a deleted row again.
        first: dict[str, object] = {"first_id": min(first_id, number)}
        first |= {"first_at": first_at, "times": times + 1}
        database.insert("repeated", {"grading": number} | first)
    _shorten_old(database, row["learner"])
    return number


def _shorten_old(database: Database, learner: object) -> None:
    """Keep only outcomes and named mistakes of old gradings, if there are too many.

    The newest grading of each lesson and exercise stays whole. So does the newest one
    of a lesson in which everything was right.
    """
    old = database.rows(
        f"SELECT id FROM grading WHERE {_IS_WHOLE} ORDER BY id IN "
        f"(SELECT max(id) FROM grading WHERE {_IS_WHOLE} AND {VALID_ROW} "
        "GROUP BY lesson, partial, partial = '' AND has_passed) DESC, id DESC "
        "LIMIT ? OFFSET ?",
        (learner, learner, _AT_ONCE, MOST_REPORTS),
    )
    for (number,) in old:
        ((text,),) = database.rows("SELECT report FROM grading WHERE id = ?", (number,))
        report = parse_report(text) if isinstance(text, str) else None
        if report is not None:
            short = msgspec.json.encode(shorten(report)).decode()
            change = "UPDATE grading SET report = ? WHERE id = ?"
            database.rows(change, (short, number))
        database.insert("shortened", {"grading": number})
