"""queries: queries about all learners in a gradebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from grader.judge.provenance import are_same
from grader.learner.gradebook.database import Database
from grader.learner.gradebook.rows import (
    COLUMNS,
    GRADINGS,
    VALID_ROW,
    GradingRow,
    grading_of,
    parse_lesson_report,
    parse_report,
)
from grader.report import Report


def find_usual_seed(
    database: Database, lesson: str, versions: Mapping[str, str]
) -> int | None:
    """Return the seed of most whole gradings, or None if there are none.

    Those with these versions count first. If there are none, the others count.
    """
    # Among equally frequent seeds, take the smallest, so that the answer is always the
    # same.
    rows = database.rows(
        "SELECT seed FROM grading WHERE lesson = ? "
        f"AND partial = '' AND {VALID_ROW} GROUP BY seed ORDER BY "
        "sum(lesson_version = ? AND grader_version = ?) DESC, count(*) DESC, seed "
        "LIMIT 1",
        (lesson, versions["lesson"], versions["grader"]),
    )
    return next((int(seed) for (seed,) in rows), None)


def find_latest(database: Database, lesson: str) -> tuple[GradingRow, ...]:
    """Return every learner's last whole grading of a lesson, by the learner's name."""
    rows = database.rows(
        f"SELECT {COLUMNS} FROM {GRADINGS} WHERE id IN (SELECT max(id) FROM grading "
        f"WHERE lesson = ? AND partial = '' AND learner != '' AND {VALID_ROW} "
        "GROUP BY learner) ORDER BY learner",
        (lesson,),
    )
    return tuple(grading_of(row) for row in rows)


def find_gradings(
    database: Database, lesson: str, learner: str
) -> Iterator[tuple[str, Report]]:
    """Yield every grading, with its learner, the first one first.

    Args:
        database: the gradebook's file.
        lesson: the lesson's full name; "" for all lessons.
        learner: the learner; "" for everybody.
    """
    # With these, SQLite finds the rows of one learner without reading all.
    of_lesson, of_learner = (
        f"{name} = ?" if value else "? = ''"
        for name, value in (("lesson", lesson), ("learner", learner))
    )
    rows = database.iterate(
        f"SELECT learner, lesson, report FROM grading WHERE {of_lesson} "
        f"AND {of_learner} AND learner != '' AND {VALID_ROW} ORDER BY id",
        (lesson, learner),
    )
    for learner, name, text in rows:
        if report := parse_lesson_report(name, text):
            yield learner, report


def find_hints(database: Database, lesson: str) -> tuple[tuple[str, str], ...]:
    """Return the opened hints of a lesson, as pairs of learner and exercise."""
    rows = database.rows(
        "SELECT learner, exercise FROM hint WHERE lesson = ?", (lesson,)
    )
    return tuple((learner, exercise) for learner, exercise in rows)


def find_learners(database: Database) -> frozenset[str]:
    """Return the ids of all learners with a grading or a hint."""
    rows = database.rows("SELECT learner FROM grading UNION SELECT learner FROM hint")
    return frozenset(learner for (learner,) in rows if isinstance(learner, str))


def transfer(database: Database, learner: str, to: str) -> None:
    """Transfer all records of a learner to another one."""
    both = to, learner
    with database.writing():
        database.rows("UPDATE grading SET learner = ? WHERE learner = ?", both)
        # If both have opened a hint, one of the two counts.
        database.rows("UPDATE OR IGNORE hint SET learner = ? WHERE learner = ?", both)
        database.rows("DELETE FROM hint WHERE learner = ?", (learner,))


def find_ids(database: Database, learner: str) -> frozenset[str]:
    """Return the ids that a learner has, or had before others were merged into it."""
    query = "SELECT id FROM former_member WHERE merged_into = ?"
    former = database.rows(query, (learner,))
    return frozenset((learner, *(str(name) for (name,) in former)))


def forget(database: Database, learner: str) -> None:
    """Erase all records of a learner, with what is kept of them in a room.

    Gradings that count for nobody may be theirs, if they were taken out of a room. So
    those are erased as well.
    """
    with database.writing():
        for learner_id in find_ids(database, learner):
            for table in ("repeated", "shortened"):
                database.rows(
                    f"DELETE FROM {table} WHERE grading IN "
                    "(SELECT id FROM grading WHERE learner IN (?, ''))",
                    (learner_id,),
                )
            database.rows("DELETE FROM grading WHERE learner IN (?, '')", (learner_id,))
            database.rows("DELETE FROM hint WHERE learner IN (?, '')", (learner_id,))
            for table in ("member", "former_member"):
                database.rows(f"DELETE FROM {table} WHERE id = ?", (learner_id,))
    database.rewrite()


def leave_pair(database: Database, learner: str) -> None:
    """Erase the name of the partner who works with a learner of a room."""
    with database.writing():
        database.rows("UPDATE member SET partner = '' WHERE id = ?", (learner,))
    database.rewrite()


class RecordedGrading(msgspec.Struct, frozen=True):
    """A grading in the gradebook: its number and its report."""

    number: int
    report: Report


def find_recorded(
    database: Database,
    attempt_sha256: str,
    versions: Mapping[str, str],
    seed: int | None,
) -> RecordedGrading | None:
    """Return the last equal whole grading, of any learner.

    Args:
        database: the gradebook's file.
        attempt_sha256: the hash of the attempt's bytes.
        versions: the versions of the lesson, the grader and the libraries.
        seed: the seed of its random inputs; None for any.
    """
    rows = database.rows(
        "SELECT id, report FROM grading WHERE attempt_sha256 = ? "
        "AND lesson_version = ? AND grader_version = ? AND partial = '' "
        f"AND (? IS NULL OR seed = ?) AND NOT is_broken AND {VALID_ROW} "
        "AND id NOT IN (SELECT grading FROM shortened) ORDER BY id DESC",
        (attempt_sha256, versions["lesson"], versions["grader"], seed, seed),
    )
    for number, text in rows:
        report = parse_report(text)
        # Verdicts may be kept for a learner's own file, but not in a class.
        if report is None or any(e.is_kept for e in report.exercises):
            continue
        if are_same(report.versions, versions):
            return RecordedGrading(number, report)
    return None
