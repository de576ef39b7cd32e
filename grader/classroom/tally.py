"""tally: what an instructor wants to know of a class, counted one by one."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace

from grader.classroom.submissions import Submission
from grader.classroom.summary import ClassCounts, looks_of
from grader.report import Report
from grader.sandbox.isolation.policy import Isolation


class Graded(msgspec.Struct, frozen=True):
    """What became of one submission.

    Attributes:
        submission: the submission.
        report: its report; None when the grader failed on it.
        error: why there is no report.
        is_new: whether it was graded now, and not known already.
    """

    submission: Submission
    report: Report | None
    error: str = ""
    is_new: bool = True


def graded_from(submission: Submission, result: Report | str) -> Graded:
    """Return what a grading is for one submission, from wherever it was done.

    Args:
        submission: the submission.
        result: the report, or the sentence that says why there is none.
    """
    if isinstance(result, str):
        return Graded(submission, None, result)
    if not result.exercises:
        why = "it came back without a single exercise: the grader failed; grade again"
        return Graded(submission, None, why)
    return Graded(submission, replace(result, attempt=submission.place))


@dataclass
class Tally(ClassCounts):
    """What an instructor wants to know of a class, counted as it is graded.

    Attributes:
        scores: how many submissions reached each score, by lesson.
        look: submissions that need a person, and why.
        graded: gradings done now.
        known: gradings that were in the gradebook already.
        failed: submissions that could not be graded.
        untouched: pages that were handed in as they came; they count nowhere.
        isolation: what confined the new gradings.
    """

    scores: dict[str, Counter[int]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    look: list[tuple[str, str, str]] = field(default_factory=list)
    graded: int = 0
    known: int = 0
    failed: int = 0
    untouched: int = 0
    isolation: set[tuple[Isolation, ...]] = field(default_factory=set)

    def add(self, done: Graded) -> None:
        """Count one submission."""
        self.graded += done.is_new
        self.known += not done.is_new
        learner, report = done.submission.learner, done.report
        whys = [done.error] if report is None else looks_of(report)
        lesson = done.submission.lesson
        self.look += [(learner.shown_name, lesson, why) for why in whys]
        if report is None:
            self.failed += 1
            return
        if done.is_new:
            self.isolation.add(report.isolation or ())
        if report.is_untouched:
            self.untouched += 1
        else:
            self.scores[report.lesson][report.score] += 1
            self.add_report(learner.id, report)
