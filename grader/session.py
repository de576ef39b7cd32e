"""session: what every medium does before and after a learner's grading.

Before it, the verdicts that may be kept are looked up; after it, the gradebook
remembers the report, and the learner sees the cures that are due.
"""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

from grader.document.catalog import Lesson
from grader.errors import GraderError
from grader.gradebook import LEARNER, NOBODY, Gradebook
from grader.report import Report
from grader.report.feedback_policy import hold_back, tags_in


class LearnerSession:
    """One learner's gradings in a gradebook.

    Args:
        gradebook: the file of the gradebook.
        learner: who it is, there; `NOBODY` for a file that is no working copy, whose
            gradings are recorded and count for nothing.
    """

    def __init__(self, gradebook: Path, learner: str = LEARNER) -> None:
        self._path, self.learner = gradebook, learner

    def gradebook(self) -> Gradebook:
        """Open the gradebook."""
        return Gradebook(self._path)

    def earlier(self, lesson: Lesson) -> Report | None:
        """Return the earlier verdicts that the judge may keep, as one report."""
        if self.learner == NOBODY:
            return None
        # A gradebook that can't be read is reported when the grading is recorded.
        with contextlib.suppress(GraderError), self.gradebook() as book:
            return book.earlier(lesson.name, self.learner)
        return None

    def as_due(self, report: Report) -> Report:
        """Return the report as the learner sees it: a cure comes the second time."""
        if not tags_in(report):  # it names no mistake, so there is no cure
            return report
        with contextlib.suppress(GraderError), self.gradebook() as book:
            return book.as_due(report, self.learner)
        return hold_back(report, named=(), hinted=())

    def record(self, report: Report, content: bytes = b"", suffix: str = "") -> None:
        """Remember a grading, and the learner's file if it is what was graded.

        Raises:
            GraderError: the gradebook cannot be written.
        """
        with self.gradebook() as book:
            book.record(report, self.learner)
            # A file that was saved again meanwhile is kept when it is graded.
            is_graded = hashlib.sha256(content).hexdigest() == report.attempt_sha256
            if self.learner != NOBODY and is_graded:
                book.keep(report.lesson, content, suffix)
