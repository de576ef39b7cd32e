"""reuse: a grading that was made before, of a file that is to be graded."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from grader.gradebook.ledger import Database
from grader.gradebook.rows import SOUND, readable
from grader.judge.provenance import are_same
from grader.report import Report


class Known(msgspec.Struct, frozen=True):
    """A grading that is in the gradebook already: its number and its report."""

    number: int
    report: Report


def find_known(
    ledger: Database,
    attempt_sha256: str,
    versions: Mapping[str, str],
    seed: int | None,
) -> Known | None:
    """Return the last equal whole grading, of any learner.

    Args:
        ledger: the gradebook's file.
        attempt_sha256: the hash of the attempt's bytes.
        versions: the lesson's, the grader's and the libraries'.
        seed: of its random numbers; any when None.
    """
    rows = ledger.rows(
        "SELECT id, report FROM grading WHERE attempt_sha256 = ? "
        "AND lesson_version = ? AND grader_version = ? AND partial = '' "
        f"AND (? IS NULL OR seed = ?) AND NOT is_broken AND {SOUND} "
        "ORDER BY id DESC",
        (attempt_sha256, versions["lesson"], versions["grader"], seed, seed),
    )
    for number, text in rows:
        report = readable(text)
        # Of a learner's own file, verdicts may be kept; of a class's, none is.
        if report is None or any(e.is_kept for e in report.exercises):
            continue
        if are_same(report.versions, versions):
            return Known(number, report)
    return None
