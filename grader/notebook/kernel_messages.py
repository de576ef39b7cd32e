"""kernel_messages: what a kernel and the process that grades for it tell each other."""

from __future__ import annotations

from typing import Any

import msgspec

from grader.document.attempt_file import AttemptText


class GradingRequest(msgspec.Struct, frozen=True):
    """A grading to be done.

    Attributes:
        lesson: the lesson's full name.
        text: what is graded.
        path: where the notebook is.
        notebook: the notebook itself, as it is graded, to be brought back.
        exercise: the tag of the only exercise to grade, or "".
    """

    lesson: str
    text: AttemptText
    path: str
    notebook: bytes
    exercise: str = ""


class TrainingProgress(msgspec.Struct, frozen=True, tag=True):
    """How far a training run is."""

    numbers: dict[str, Any]


class ExerciseBegun(msgspec.Struct, frozen=True, tag=True):
    """An exercise has been checked in part."""

    exercise: str


class GradingDone(msgspec.Struct, frozen=True, tag=True):
    """A grading is done; it is in the gradebook, or else `unrecorded` says why not."""

    report: bytes
    unrecorded: str = ""


class GradingRefused(msgspec.Struct, frozen=True, tag=True):
    """A grading cannot be done, and why."""

    sentence: str


GradingReply = TrainingProgress | ExerciseBegun | GradingDone | GradingRefused
