"""saved_versions: the kept versions of a file, which can be restored."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator

import msgspec

from grader.learner.gradebook.database import Database
from grader.learner.gradebook.rows import (
    FIRST_AT,
    GRADINGS,
    VALID_ROW,
    parse_lesson_report,
)
from grader.report import Report

MAX_VERSIONS = 50  # that are kept for a lesson


class Version(msgspec.Struct, frozen=True):
    """A graded version of a file.

    Attributes:
        started_at: when it was graded, in UTC, as ISO 8601.
        score: the points it earned.
        points: the points that could be earned.
        suffix: ``.py`` or ``.ipynb``.
        content: the file.
    """

    started_at: str
    score: int
    points: int
    suffix: str
    content: bytes


def save_version(
    database: Database,
    lesson: str,
    content: bytes,
    suffix: str,
    attempt_sha256: str = "",
) -> None:
    """Keep a version of a file; if there are too many, remove the oldest.

    Args:
        database: the gradebook's file.
        lesson: the lesson's full name.
        content: the file.
        suffix: the suffix of its name.
        attempt_sha256: the hash in its report, if it isn't the hash of `content`.
    """
    digest = attempt_sha256 or hashlib.sha256(content).hexdigest()
    row: dict[str, object] = {
        "lesson": lesson,
        "attempt_sha256": digest,
        "suffix": suffix,
        "content": zlib.compress(content),
    }
    with database.writing():
        # Insert it again, so that a version that was graded again is the newest.
        database.rows(
            "DELETE FROM version WHERE lesson = ? AND attempt_sha256 = ?",
            (lesson, digest),
        )
        database.insert("version", row)
        database.rows(
            "DELETE FROM version WHERE lesson = ? AND id NOT IN "
            "(SELECT id FROM version WHERE lesson = ? ORDER BY id DESC LIMIT ?)",
            (lesson, lesson, MAX_VERSIONS),
        )


def find_versions(
    database: Database, learner: str, lesson: str
) -> Iterator[tuple[bytes, Report | None]]:
    """Yield a learner's kept Python files of a lesson, the last one first.

    Each comes with its report, or None if it was kept without a grading.
    """
    rows = database.iterate(
        "SELECT content, report FROM version LEFT JOIN grading "
        "USING (lesson, attempt_sha256) WHERE lesson = ? AND suffix = '.py' "
        f"AND (grading.id IS NULL OR (learner = ? AND {VALID_ROW})) "
        "ORDER BY version.id DESC, grading.id DESC",
        (lesson, learner),
    )
    for content, text in rows:
        report = parse_lesson_report(lesson, text) if text is not None else None
        if report or text is None:
            yield zlib.decompress(content), report


def find_version(
    database: Database, learner: str, lesson: str, until: str
) -> Version | None:
    """Return the last version a learner had graded up to a time, or the best one.

    Args:
        database: the gradebook's file.
        learner: the id of the learner whose versions are searched.
        lesson: the lesson's full name.
        until: the time in UTC, as ISO 8601; "" for the version with the highest score.
    """
    # When it was graded last, as far as that is known of the time before.
    at = f"iif(? != '' AND started_at > ?, {FIRST_AT}, started_at)"
    order = "at DESC, grading.id DESC" if until else "score DESC, grading.id DESC"
    rows = database.rows(
        f"SELECT {at} AS at, score, points, suffix, content FROM {GRADINGS} "
        "JOIN version USING (lesson, attempt_sha256) WHERE learner = ? "
        "AND lesson = ? AND (? = '' OR at <= ?) "
        f"AND (? != '' OR partial = '') AND {VALID_ROW} ORDER BY {order} LIMIT 1",
        (until, until, learner, lesson, until, until, until),
    )
    for at, score, points, suffix, content in rows:
        return Version(at, score, points, suffix, zlib.decompress(content))
    return None
