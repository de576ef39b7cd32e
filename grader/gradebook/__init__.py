"""gradebook: remember every grading, in one SQLite file.

What `progress`, the hint ladder and the solution gate know, they know from here. Many
processes may write to one gradebook at once; each write is one short transaction.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from grader.gradebook.ledger import Ledger
from grader.report import Report, from_json

FILE_NAME = "gradebook.sqlite"
LEARNER = "me"
NOBODY = ""
ATTEMPTS_BEFORE_SOLUTION = 3

# Never change a script that has been released; add one.
_MIGRATIONS = (
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
)

_ENTRY = (
    "id, learner, lesson, partial, score, points, has_passed, seed, started_at, "
    "attempt_sha256"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One grading, without its report."""

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


@dataclass(frozen=True, slots=True)
class Known:
    """A grading that is in the gradebook already: its number and its report."""

    number: int
    report: Report


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a learner stands in one lesson; gradings of one exercise alone left out."""

    lesson: str
    gradings: int
    best: int
    last: int
    points: int
    has_passed: bool
    last_at: str


@dataclass(frozen=True, slots=True)
class HintStep:
    """How far up the hint ladder of an exercise a learner is.

    Attributes:
        shown: how many hints may be seen now.
        is_new: whether the last of them is shown for the first time.
        needs_grading: whether the next one waits for a graded attempt.
    """

    shown: int
    is_new: bool
    needs_grading: bool


class Gradebook:
    """An open gradebook; a context manager.

    Args:
        path: the SQLite file; it is made, with its folder, when it is not there.

    Raises:
        GraderError: the file cannot be opened, is not a gradebook, or was written by
            a newer version.
    """

    def __init__(self, path: Path) -> None:
        self._ledger = Ledger(path, _MIGRATIONS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Closing twice does no harm."""
        self._ledger.close()

    def record(self, report: Report, learner: str = LEARNER) -> int:
        """Remember a grading and return its number.

        `NOBODY` as the learner keeps the report and counts for nothing.
        """
        return self.record_all([(learner, report)])[-1]

    def record_all(self, gradings: Iterable[tuple[str, Report]]) -> list[int]:
        """Remember many gradings, of (learner, report), in one transaction."""
        rows = [_row(learner, report) for learner, report in gradings]
        with self._ledger.writing():
            return [self._ledger.insert("grading", row) for row in rows]

    def known(
        self,
        attempt_sha256: str,
        lesson_version: str,
        grader_version: str,
        seed: int | None = None,
    ) -> Known | None:
        """An equal whole grading made before, of any learner; any seed when None."""
        rows = self._ledger.rows(
            "SELECT id, report FROM grading WHERE attempt_sha256 = ? "
            "AND lesson_version = ? AND grader_version = ? AND partial = '' "
            "AND (? IS NULL OR seed = ?) AND NOT is_broken ORDER BY id DESC LIMIT 1",
            (attempt_sha256, lesson_version, grader_version, seed, seed),
        )
        report = _readable(rows[0][1]) if rows else None
        return None if report is None else Known(rows[0][0], report)

    def give(self, known: Known, learner: str, attempt: str) -> None:
        """Let a known grading count for a learner, if their latest one is another.

        Args:
            known: the grading, of whomever.
            learner: whom it is to count for.
            attempt: where their own file is; the report says so.
        """
        rows = self._ledger.rows(
            "SELECT attempt_sha256, lesson_version, grader_version FROM grading "
            "WHERE learner = ? AND lesson = ? AND partial = '' "
            "ORDER BY id DESC LIMIT 1",
            (learner, known.report.lesson),
        )
        row = _row(learner, replace(known.report, attempt=attempt))
        columns = ("attempt_sha256", "lesson_version", "grader_version")
        if not rows or tuple(rows[0]) != tuple(row[name] for name in columns):
            with self._ledger.writing():
                self._ledger.insert("grading", row)

    def latest(self, lesson: str, learner: str = LEARNER) -> Report | None:
        """The learner's last whole grading of a lesson."""
        rows = self._ledger.rows(
            "SELECT report FROM grading WHERE learner = ? AND lesson = ? "
            "AND partial = '' ORDER BY id DESC LIMIT 1",
            (learner, lesson),
        )
        return _readable(rows[0][0]) if rows else None

    def history(self, lesson: str, learner: str = LEARNER) -> tuple[Entry, ...]:
        """All of a learner's gradings of a lesson, the first one first."""
        rows = self._ledger.rows(
            f"SELECT {_ENTRY} FROM grading WHERE learner = ? AND lesson = ? "
            "ORDER BY id",
            (learner, lesson),
        )
        return tuple(_entry(row) for row in rows)

    def latest_of_all(self, lesson: str) -> tuple[Entry, ...]:
        """Every learner's last whole grading of a lesson, by the learner's name."""
        rows = self._ledger.rows(
            f"SELECT {_ENTRY} FROM grading WHERE id IN (SELECT max(id) FROM grading "
            "WHERE lesson = ? AND partial = '' AND learner != '' GROUP BY learner) "
            "ORDER BY learner",
            (lesson,),
        )
        return tuple(_entry(row) for row in rows)

    def standings(self, learner: str = LEARNER) -> dict[str, Standing]:
        """Where a learner stands, by the lesson's name."""
        # SQLite gives the bare columns of the row that holds max(id).
        rows = self._ledger.rows(
            "SELECT lesson, count(*), max(score), score, points, max(has_passed), "
            "started_at, max(id) FROM grading WHERE learner = ? AND partial = '' "
            "GROUP BY lesson",
            (learner,),
        )
        return {row[0]: _standing(row) for row in rows}

    def hints_shown(self, lesson: str, exercise: str, learner: str = LEARNER) -> int:
        """How many hints of an exercise the learner has seen."""
        return len(self._hints(lesson, exercise, learner))

    def next_hint(
        self, lesson: str, exercise: str, hints: int, learner: str = LEARNER
    ) -> HintStep:
        """Go one step up the hint ladder where that is allowed, and remember it.

        The first hint is free. Each further one needs a graded attempt, of the whole
        lesson or of this exercise, after the hint before it.
        """
        with self._ledger.writing():
            seen = self._hints(lesson, exercise, learner)
            last_grading = self._last_grading(lesson, exercise, learner)
            if len(seen) >= hints:
                return HintStep(len(seen), is_new=False, needs_grading=False)
            if seen and last_grading <= seen[-1]:
                return HintStep(len(seen), is_new=False, needs_grading=True)
            number = len(seen) + 1
            row = _hint_row(learner, lesson, exercise, number, last_grading)
            self._ledger.insert("hint", row)
        return HintStep(number, is_new=True, needs_grading=number < hints)

    def attempts_to_solution(self, lesson: str, learner: str = LEARNER) -> int:
        """How many more graded attempts open the solution; 0 when it is open.

        The same file graded again is the same attempt.
        """
        standing = self.standings(learner).get(lesson)
        if standing and standing.has_passed:
            return 0
        rows = self._ledger.rows(
            "SELECT count(DISTINCT attempt_sha256) FROM grading WHERE learner = ? "
            "AND lesson = ?",
            (learner, lesson),
        )
        return max(0, ATTEMPTS_BEFORE_SOLUTION - int(rows[0][0]))

    def _hints(self, lesson: str, exercise: str, learner: str) -> list[int]:
        """For each hint seen, the number of the last grading before it."""
        rows = self._ledger.rows(
            "SELECT after_grading FROM hint WHERE learner = ? AND lesson = ? "
            "AND exercise = ? ORDER BY number",
            (learner, lesson, exercise),
        )
        return [row[0] for row in rows]

    def _last_grading(self, lesson: str, exercise: str, learner: str) -> int:
        rows = self._ledger.rows(
            "SELECT coalesce(max(id), 0) FROM grading WHERE learner = ? "
            "AND lesson = ? AND partial IN ('', ?)",
            (learner, lesson, exercise),
        )
        return int(rows[0][0])


def gradebook_path(attempts: Path) -> Path:
    """Where the gradebook is: beside the attempts."""
    return attempts / FILE_NAME


def _row(learner: str, report: Report) -> dict[str, object]:
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


def _hint_row(
    learner: str, lesson: str, exercise: str, number: int, after_grading: int
) -> dict[str, object]:
    return {
        "learner": learner,
        "lesson": lesson,
        "exercise": exercise,
        "number": number,
        "after_grading": after_grading,
        "shown_at": _now(),
    }


def _entry(row: tuple[Any, ...]) -> Entry:
    number, learner, lesson, partial, score, points, passed, *rest = row
    return Entry(number, learner, lesson, partial, score, points, bool(passed), *rest)


def _standing(row: tuple[Any, ...]) -> Standing:
    lesson, gradings, best, last, points, passed, at, _ = row
    return Standing(lesson, gradings, best, last, points, bool(passed), at)


def _readable(text: str) -> Report | None:
    """A stored report, or None when it is of a schema that is no longer read."""
    try:
        return from_json(text.encode())
    except msgspec.ValidationError:
        return None


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
