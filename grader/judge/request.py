"""request: what a grading is asked for, and who hears of it while it runs.

This module imports nothing heavy, so that a command which lets another process grade
doesn't wait for NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec

from grader.course.document.catalog import Lesson
from grader.course.document.cells import Document
from grader.report import CheckResult, Report

if TYPE_CHECKING:
    from grader.checks.attempt import Answer


class GradingRequest(msgspec.Struct, frozen=True):
    """Everything that one grading depends on, apart from the lesson and the grader.

    Attributes:
        lesson: the name of the lesson.
        filename: the name or the path of the attempt's file.
        source: its bytes.
        seed: the seed of the random inputs; if None, one is drawn.
        require_sandbox: refuse to grade unless every sandbox layer works.
        earlier: an earlier grading of the same file, whose verdicts may be kept; only
            lessons that train use it.
        exercise: the tag of the only exercise to grade, or "".
        document: the page to grade, if the file has been opened already.
        root: the folder of the course; "" for the one that came with the program.
        weights: the file to store a trained network in, or "".
        defers_slow: whether slow checks wait until the checks before them pass.
    """

    lesson: str
    filename: str
    source: bytes
    seed: int | None = None
    require_sandbox: bool = False
    earlier: Report | None = None
    exercise: str = ""
    document: Document | None = None
    root: str = ""
    weights: str = ""
    defers_slow: bool = True

    @classmethod
    def of(cls, lesson: Lesson, path: Path, source: bytes, **options: Any) -> Self:
        """Return a request for an attempt at a lesson that is on this machine."""
        root = str(lesson.folder.parents[1])
        return cls(lesson.name, str(path), source, root=root, **options)

    def __repr__(self) -> str:
        """Leave out the learner's text, because dask logs its tasks."""
        return f"GradingRequest({self.lesson!r}, {self.filename!r})"


class Listeners(msgspec.Struct, frozen=True):
    """Functions that a grading calls while it runs.

    Attributes:
        on_progress: called with the numbers of a training run.
        on_check: called with an exercise's tag and each of its results.
        on_fault: called with a tag, the name of a check or the tag of a symptom, and
            the exception that the lesson's own code raised there.
        on_answers: called with a tag, the name of a check that was run, and the answers
            that it received, with what it found in the failing one.
        on_weights: called with the text that trained a network, and its arrays.
    """

    on_progress: Callable[[dict[str, Any]], None] | None = None
    on_check: Callable[[str, CheckResult], None] | None = None
    on_fault: Callable[[str, str, Exception], None] | None = None
    on_answers: Callable[[str, str, Sequence[Answer]], None] | None = None
    on_weights: Callable[[bytes, Sequence[Any]], None] | None = None
