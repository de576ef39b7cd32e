"""rows: the tables of a gradebook, and the conversion of their rows."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from grader.common.errors import GraderError
from grader.report import (
    ExerciseResult,
    Finding,
    LeftOutStatement,
    Mistake,
    Outcome,
    Report,
    UnreadPart,
)
from grader.report.report_json import from_json

# Never change a script that has been released; add a new one.
MIGRATIONS = (
    """
    CREATE TABLE grading (
        id INTEGER PRIMARY KEY,
        learner TEXT NOT NULL,
        lesson TEXT NOT NULL,
        attempt_sha256 TEXT NOT NULL,
        seed INTEGER NOT NULL,
        partial TEXT NOT NULL,
        score INTEGER NOT NULL,
        points INTEGER NOT NULL,
        has_passed INTEGER NOT NULL,
        is_broken INTEGER NOT NULL,
        grader_version TEXT NOT NULL,
        lesson_version TEXT NOT NULL,
        versions TEXT NOT NULL,
        started_at TEXT NOT NULL,
        wall_s REAL NOT NULL,
        report TEXT NOT NULL
    );
    CREATE INDEX grading_of_learner ON grading (learner, lesson, id);
    CREATE INDEX grading_of_content ON grading
        (attempt_sha256, lesson_version, grader_version, seed, partial);
    CREATE TABLE hint (
        learner TEXT NOT NULL,
        lesson TEXT NOT NULL,
        exercise TEXT NOT NULL,
        number INTEGER NOT NULL,
        after_grading INTEGER NOT NULL,
        shown_at TEXT NOT NULL,
        PRIMARY KEY (learner, lesson, exercise, number)
    );
    """,
    # A report without exercises was once treated as a result, and as a passed one.
    """
    DELETE FROM grading WHERE points = 0 AND has_passed AND NOT is_broken;
    """,
    # Graded versions can be restored.
    """
    CREATE TABLE IF NOT EXISTS version (
        id INTEGER PRIMARY KEY,
        lesson TEXT NOT NULL,
        attempt_sha256 TEXT NOT NULL,
        suffix TEXT NOT NULL,
        content BLOB NOT NULL,
        UNIQUE (lesson, attempt_sha256)
    );
    """,
    # A room stores its own data in the gradebook of its class.
    """
    CREATE TABLE IF NOT EXISTS room (
        code TEXT NOT NULL,
        board_key TEXT NOT NULL,
        instructor_key TEXT NOT NULL,
        is_open INTEGER NOT NULL,
        lesson TEXT NOT NULL,
        clock_ends_at REAL NOT NULL,
        port INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS member (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        partner TEXT NOT NULL,
        return_code TEXT NOT NULL,
        joined_at TEXT NOT NULL,
        tokens TEXT NOT NULL,
        listed_as TEXT NOT NULL,
        facts TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS former_member (
        id TEXT PRIMARY KEY,
        merged_into TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS outcome (
        learner TEXT NOT NULL,
        id TEXT NOT NULL,
        lesson TEXT NOT NULL,
        exercise TEXT NOT NULL,
        outcome TEXT NOT NULL,
        mistake TEXT NOT NULL,
        points INTEGER NOT NULL,
        of INTEGER NOT NULL,
        at TEXT NOT NULL,
        came_at REAL NOT NULL,
        PRIMARY KEY (learner, id)
    );
    """,
    # The gradings of texts that were graded several times, and those without a text.
    """
    CREATE TABLE IF NOT EXISTS repeated (
        grading INTEGER PRIMARY KEY,
        first_id INTEGER NOT NULL,
        first_at TEXT NOT NULL,
        times INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS shortened (
        grading INTEGER PRIMARY KEY
    );
    """,
    # A room keeps its message, its open solutions, and the wishes for help. Outcomes
    # from a learner's own editor are no longer sent.
    """
    DROP TABLE outcome;
    ALTER TABLE room ADD COLUMN message TEXT NOT NULL DEFAULT '';
    ALTER TABLE room ADD COLUMN revealed TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE member ADD COLUMN help_with TEXT NOT NULL DEFAULT '';
    ALTER TABLE member ADD COLUMN help_since REAL NOT NULL DEFAULT 0;
    """,
    # Nobody in a room gets the number of somebody who was forgotten.
    """
    ALTER TABLE room ADD COLUMN last_number INTEGER NOT NULL DEFAULT 0;
    """,
)


# Each row is one grading, with how often the same text got the same result, and when
# it did for the first time.
GRADINGS = "grading LEFT JOIN repeated ON repeated.grading = grading.id"
FIRST_ID = "coalesce(repeated.first_id, grading.id)"
FIRST_AT = "coalesce(repeated.first_at, started_at)"
TIMES = "coalesce(repeated.times, 1)"
COLUMNS = (
    "id, learner, lesson, partial, score, points, has_passed, seed, started_at, "
    f"attempt_sha256, {FIRST_AT}, versions"
)
# Rows that a damaged disk or another program has spoilt are ignored. SQLite itself
# accepts a text in a column of numbers.
VALID_ROW = (
    "typeof(score) || typeof(points) || typeof(has_passed) || typeof(seed) = "
    "'integerintegerintegerinteger' AND typeof(started_at) || typeof(versions) || "
    "typeof(attempt_sha256) || typeof(report) = 'texttexttexttext'"
)


# In the report of a grading that the instructor made, with the class.
OF_CLASS = '"is_of_class":true'


class GradingRow(msgspec.Struct, frozen=True):
    """One grading, without its report.

    `first_at` is when the same text got the same result for the first time.
    """

    id: int
    learner: str
    lesson: str
    partial: str
    score: int
    points: int
    has_passed: bool
    seed: int
    started_at: str
    attempt_sha256: str
    first_at: str = ""
    versions: Mapping[str, str] = msgspec.field(default_factory=dict)


class LessonStanding(msgspec.Struct, frozen=True):
    """A learner's state in one lesson, by the latest verdict of each exercise."""

    lesson: str
    gradings: int
    best: int
    last: int
    points: int
    has_passed: bool
    last_at: str


def row_of(learner: str, report: Report) -> dict[str, object]:
    """Return a grading as a row of its table.

    Raises:
        GraderError: if the report has no exercises, so that it isn't a result.
    """
    if not report.exercises:
        raise GraderError(
            f"The grading of {report.attempt} came back without a single exercise: the "
            "grader itself failed. Nothing is recorded; grade it again."
        )
    return {
        "learner": learner,
        "lesson": report.lesson,
        "attempt_sha256": report.attempt_sha256,
        "seed": report.seed,
        "partial": report.partial,
        "score": report.score,
        "points": report.points,
        "has_passed": report.has_passed,
        "is_broken": report.is_broken,
        "grader_version": report.versions.get("grader", ""),
        "lesson_version": report.versions.get("lesson", ""),
        "versions": msgspec.json.encode(report.versions).decode(),
        "started_at": report.started_at or _now(),
        "wall_s": report.wall_s,
        "report": msgspec.json.encode(report).decode(),
    }


def hint_row(
    learner: str, lesson: str, exercise: str, number: int, after_grading: int
) -> dict[str, object]:
    """Return a hint that is being opened as a row of its table.

    Args:
        learner: the learner who opens it.
        lesson: the lesson's full name.
        exercise: the tag of its exercise.
        number: the number of the hint, counted from 1.
        after_grading: the id of the last grading before it, or 0.
    """
    return {
        "learner": learner,
        "lesson": lesson,
        "exercise": exercise,
        "number": number,
        "after_grading": after_grading,
        "shown_at": _now(),
    }


def grading_of(row: tuple[Any, ...]) -> GradingRow:
    """Return the grading in a row with the columns `COLUMNS`."""
    grading = GradingRow(*row[:-1])
    try:
        versions = msgspec.json.decode(row[-1], type=dict[str, str])
    except msgspec.DecodeError:
        versions = {}
    return replace(grading, has_passed=bool(grading.has_passed), versions=versions)


def standing_of(row: tuple[Any, ...]) -> LessonStanding:
    """Return a `LessonStanding` from the columns that `Gradebook.standings` selects."""
    lesson, gradings, best, last, points, passed, at, *_ = row
    return LessonStanding(lesson, gradings, best, last, points, bool(passed), at)


def parse_lesson_report(lesson: str, text: str) -> Report | None:
    """Return a stored report of a lesson, or None as in `parse_report`.

    In a gradebook that somebody else made, a report may contain any text as its
    lesson's name, which is used for file names.
    """
    report = parse_report(text)
    return report if report and report.lesson == lesson else None


def parse_report(text: str) -> Report | None:
    """Return a stored report, or None if it is damaged or its schema too old."""
    try:
        report = from_json(text.encode())
    except (msgspec.DecodeError, RecursionError):
        return None
    return report if report.exercises else None


def shorten(report: Report) -> Report:
    """Return a report with only the outcomes, and the mistakes that were named."""
    return replace(
        report,
        exercises=tuple(
            ExerciseResult(
                *(one.tag, one.title, one.points, one.outcome, ()),
                finding=_shorten_finding(one.finding) if one.finding else None,
                override=one.override,
                partial_points=one.partial_points,
                claims=one.claims,
            )
            for one in report.exercises
        ),
        problem=Finding("") if report.problem else None,
        output="",
        pictures=(),
        isolation=None,
        notes=(),
        unread=tuple(UnreadPart(tag, "") for tag in _exercises(report.unread)),
        left_out=tuple(
            LeftOutStatement(tag, "") for tag in _exercises(report.left_out)
        ),
    )


def _shorten_finding(finding: Finding) -> Finding:
    mistakes = tuple(Mistake(one.tag, one.sentence) for one in finding.mistakes)
    return Finding("", mistakes=mistakes)


def _exercises(parts: Iterable[UnreadPart | LeftOutStatement]) -> Iterable[str]:
    return dict.fromkeys(part.exercise for part in parts)


def outcome_of(exercise: str, text: str) -> Outcome | None:
    """Return an exercise's outcome in a stored report, or None if unreadable."""
    report = parse_report(text)
    if report is None:
        return None
    is_not_run = exercise in (part.exercise for part in report.not_run)
    if report.problem is not None or is_not_run:  # the exercise wasn't run
        return Outcome.NOT_ATTEMPTED
    outcomes = (e.outcome for e in report.exercises if e.tag == exercise)
    return next(outcomes, Outcome.NOT_ATTEMPTED)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
