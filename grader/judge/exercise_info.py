"""exercise_info: a lesson's exercises, before anything is graded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from grader.catalog import Lesson

if TYPE_CHECKING:
    from grader.checks import Exercise, OtherWay


class ExerciseInfo(msgspec.Struct, frozen=True):
    """What a learner may know about an exercise before grading."""

    tag: str
    title: str
    points: int
    hints: tuple[str, ...]
    prediction: bool
    other_way: OtherWay | None = None


def exercises(lesson: Lesson) -> tuple[ExerciseInfo, ...]:
    """Return the exercises of a lesson, in order, with their hints."""
    return tuple(
        ExerciseInfo(e.tag, e.title, e.points, e.hints, e.is_prediction, e.other_way)
        for e in load_exercises(lesson)
    )


def load_exercises(lesson: Lesson) -> list[Exercise]:
    """Return the exercises as the lesson's checks declare them."""
    from grader.judge.loading import exercises_of, load_checks

    return exercises_of(load_checks(lesson.checks, f"checks_{lesson.name}"))
