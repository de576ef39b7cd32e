"""messages: what is sent to a process that grades, and what it answers.

This module imports nothing heavy: a command that lets another process grade does not
wait for NumPy.
"""

from __future__ import annotations

from typing import Any

import msgspec

from grader.grading_service import GradingRequest, OnCheck, OnProgress
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
    """All that a lesson needs has been imported; a grading that waits begins now."""

    lesson: str


class TrainingProgress(msgspec.Struct, tag=True, frozen=True):
    """How far a training run has come."""

    numbers: dict[str, Any]


class CheckDone(msgspec.Struct, tag=True, frozen=True):
    """A check of an exercise has ended."""

    exercise: str


class GradingDone(msgspec.Struct, tag=True, frozen=True):
    """The attempt is graded."""

    report: Report


class GradingCancelled(msgspec.Struct, tag=True, frozen=True):
    """The grading was stopped, as was asked for."""


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


def hand_on(
    message: GradingProgress, on_progress: OnProgress | None, on_check: OnCheck | None
) -> None:
    """Tell whoever waits for a grading how far it has come."""
    match message:
        case TrainingProgress(numbers) if on_progress is not None:
            on_progress(numbers)
        case CheckDone(exercise) if on_check is not None:
            on_check(exercise)
