"""Reports of lesson 3 that were never graded, for tests of the gradebook."""

from __future__ import annotations

import tempfile
from pathlib import Path

from msgspec.structs import replace

from grader.course.document.catalog import Lesson
from grader.learner.gradebook import (
    Gradebook,
    LessonStanding,
)
from grader.report import ExerciseResult, Outcome, Report

LESSON = "lesson3_cross_entropy"


def report_of(*outcomes: Outcome, seed: int = 1, partial: str = "") -> Report:
    exercises = tuple(
        ExerciseResult(f"3{letter}", "A title", 10, outcome, checks=())
        for letter, outcome in zip("abcdef", outcomes, strict=False)
    )
    return Report(
        lesson=LESSON,
        title="Cross-entropy by hand",
        attempt="attempts/lesson3_cross_entropy.py",
        attempt_sha256="ab" * 32,
        seed=seed,
        exercises=exercises,
        partial=partial,
        versions={"grader": "0.1.0", "lesson": "cafe", "numpy": "2.2", "keras": "3.13"},
    )


WRONG = report_of(Outcome.PASSED, Outcome.WRONG)
RIGHT = report_of(Outcome.PASSED, Outcome.PASSED)


def alone(tag: str, outcome: Outcome = Outcome.PASSED) -> Report:
    """A grading of one exercise."""
    exercise = ExerciseResult(tag, "A title", 10, outcome, checks=())
    return replace(WRONG, exercises=(exercise,), partial=tag)


def find_standings(book: Gradebook, points: dict[str, int]) -> list[LessonStanding]:
    """Where the learner stands in a course whose page gives these points."""
    text = "".join(
        f"# %% [markdown]\n# ## {tag}  A title   ({worth} points, about 5 minutes)\n"
        for tag, worth in points.items()
    )
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "lesson.py"
        page.write_text(text)
        lesson = Lesson(LESSON, 3, "A title", Path(folder), page, page, page)
        return list(book.standings(lessons=[lesson]).values())
