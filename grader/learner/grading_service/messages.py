"""messages: the messages to a process that grades, and its answers.

This module imports nothing heavy, so that a command which lets another process grade
doesn't wait for NumPy.
"""

from __future__ import annotations

from typing import Any

import msgspec

from grader.judge.request import GradingRequest
from grader.learner.grading_service import OnCheck, OnProgress
from grader.report import Report


class Grade(msgspec.Struct, tag=True, frozen=True):
    """Grade an attempt."""

    request: GradingRequest


class Prepare(msgspec.Struct, tag=True, frozen=True):
    """Get ready for a lesson: an attempt at it may come soon."""

    root: str
    lesson: str
    require_sandbox: bool


class Cancel(msgspec.Struct, tag=True, frozen=True):
    """Stop the grading: nobody waits for it any more."""


class LessonReady(msgspec.Struct, tag=True, frozen=True):
    """Everything that a lesson needs is imported; a waiting grading begins now."""

    lesson: str


class TrainingProgress(msgspec.Struct, tag=True, frozen=True):
    """How far a training run is."""

    numbers: dict[str, Any]


class CheckDone(msgspec.Struct, tag=True, frozen=True):
    """A check of an exercise has ended."""

    exercise: str


class GradingDone(msgspec.Struct, tag=True, frozen=True):
    """The attempt is graded."""

    report: Report


class GradingCancelled(msgspec.Struct, tag=True, frozen=True):
    """The grading was cancelled."""


class GradingRefused(msgspec.Struct, tag=True, frozen=True):
    """The attempt can't be graded; the fields are those of a `GraderError`."""

    sentence: str
    for_others: str


class GradingFailed(msgspec.Struct, tag=True, frozen=True):
    """The grader itself failed."""

    error: str
    trace: str


GradingProgress = LessonReady | TrainingProgress | CheckDone
GradingEnding = GradingDone | GradingCancelled | GradingRefused | GradingFailed
Order = Grade | Prepare | Cancel


def report_progress(
    message: GradingProgress, on_progress: OnProgress | None, on_check: OnCheck | None
) -> None:
    """Report the progress of a grading to the caller."""
    match message:
        case TrainingProgress(numbers) if on_progress is not None:
            on_progress(numbers)
        case CheckDone(exercise) if on_check is not None:
            on_check(exercise)
