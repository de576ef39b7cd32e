"""verdict_reuse: note what a verdict rests on, and repeat a report that still holds."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from grader.judge.verdict_cache import basis_of
from grader.report import WHOLE_FILE, ExerciseResult, Outcome, Picture, Report

if TYPE_CHECKING:
    from grader.attempt import Session


def with_basis(result: ExerciseResult, session: Session) -> ExerciseResult:
    """Return a verdict that was reached now, with what it rests on.

    One of a check that has read the file itself rests on all of it, and is not kept.
    """
    asked = session.asked[result.tag]
    is_new = result.outcome is Outcome.PASSED and not result.is_kept
    if not is_new or WHOLE_FILE in asked:
        return result
    return replace(result, basis=basis_of(session.content, asked, _now()))


def is_all_known(
    earlier: Report, known: Mapping[str, ExerciseResult], only: str | None
) -> bool:
    """Return whether every verdict that is asked for is known from an earlier one."""
    if not earlier.is_whole:  # whether what failed still fails is seen when it is run
        return False
    if only:
        return only in known
    # A report of single exercises does not say which others the lesson has.
    return not earlier.partial and known.keys() >= {e.tag for e in earlier.exercises}


def reused_report(
    earlier: Report,
    known: Mapping[str, ExerciseResult],
    source: bytes,
    only: str | None,
    began: float,
) -> Report:
    """Return an earlier report once more, for the file as it is now: nothing is run.

    Args:
        earlier: the report.
        known: its verdicts that still hold, by exercise.
        source: the attempt's bytes.
        only: the tag of the only exercise that is asked for, or None.
        began: when the grading began, in seconds of `time.perf_counter`.
    """
    tags = [e.tag for e in earlier.exercises if only in (None, e.tag)]
    return replace(
        earlier,
        attempt_sha256=hashlib.sha256(source).hexdigest(),
        exercises=tuple(known[tag] for tag in tags),
        pictures=pictures_of(earlier, tags),
        output="",
        output_was_cut=False,
        isolation=None,
        partial=only or "",
        started_at=_now(),
        wall_s=round(time.perf_counter() - began, 3),
    )


def pictures_of(report: Report, tags: Collection[str]) -> tuple[Picture, ...]:
    """Return the pictures of some exercises."""
    return tuple(one for one in report.pictures if tags and one.exercise in ("", *tags))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
