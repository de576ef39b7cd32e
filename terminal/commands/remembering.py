"""remembering: what the gradebook is told of a grading, and asked before one."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from grader import catalog
from grader.errors import GraderError
from terminal.commands.shared import ROOT, gradebook

if TYPE_CHECKING:
    from grader.report import Report


def as_due(report: Report, lesson: catalog.Lesson, path: Path) -> Report:
    """Return the report as it is told now: what mends a mistake comes the second
    time.
    """
    from grader.cures import hold_back, tags_in

    if not tags_in(report):  # nothing is told that could be held back
        return report
    # A gradebook that cannot be read is told once the report is drawn.
    with contextlib.suppress(GraderError), gradebook() as book:
        return book.as_due(report, _learner_of(lesson, path))
    return hold_back(report, named=(), hinted=())


def remember(report: Report, lesson: catalog.Lesson, path: Path) -> None:
    """Record a grading; only one of the learner's own working copy counts.

    A room that the learner has joined is told of it then.
    """
    from grader.gradebook import NOBODY

    learner = _learner_of(lesson, path)
    with gradebook() as book:
        book.record(report, learner)
        content = path.read_bytes() if learner != NOBODY and path.is_file() else b""
        # Who has saved again in the meantime is graded again, and it is kept then.
        if hashlib.sha256(content).hexdigest() == report.attempt_sha256:
            book.keep(lesson.name, content, path.suffix)
    if learner != NOBODY:
        from terminal import joined

        joined.tell(report, lesson, catalog.attempts_folder(ROOT))


def _learner_of(lesson: catalog.Lesson, path: Path) -> str:
    from grader.gradebook import LEARNER, NOBODY

    is_own = catalog.is_working_copy(path, lesson, ROOT)
    return LEARNER if is_own else NOBODY


def recall(lesson: catalog.Lesson, path: Path, exercise: str = "") -> Report | None:
    """Return an earlier grading of the learner's own working copy; of no other file."""
    if not catalog.is_working_copy(path, lesson, ROOT):
        return None
    # A gradebook that cannot be read is told once the report is drawn.
    with contextlib.suppress(GraderError), gradebook() as book:
        return book.earlier(lesson.name, exercise.lower())
    return None
