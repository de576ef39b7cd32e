"""exercise_info: a lesson's exercises, before anything is graded."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

import msgspec

from grader.document.catalog import Lesson
from grader.errors import Misuse

if TYPE_CHECKING:
    from grader.checks import Alternative, Exercise


class ExerciseInfo(msgspec.Struct, frozen=True):
    """What a learner may know about an exercise before grading."""

    tag: str
    title: str
    points: int
    hints: tuple[str, ...]
    prediction: bool
    alternative: Alternative | None = None
    is_slow: bool = False  # it declares more time than the others, as what trains does


def exercises(lesson: Lesson) -> tuple[ExerciseInfo, ...]:
    """Return the exercises of a lesson, in order, with their hints."""
    from grader.judge.loading import facts_of

    module = _checks_of(lesson)
    usual_s = facts_of(module).cpu_s
    return tuple(
        ExerciseInfo(
            e.tag,
            e.title,
            e.points,
            e.hints,
            e.is_prediction,
            e.alternative,
            is_slow=(e.cpu_s or usual_s) > usual_s,
        )
        for e in load_exercises(lesson)
    )


def find_exercise(lesson: Lesson, tag: str) -> ExerciseInfo:
    """Return the exercise of a lesson with this tag.

    Raises:
        Misuse: there is none.
    """
    infos = exercises(lesson)
    for info in infos:
        if info.tag == tag.lower():
            return info
    tags = ", ".join(info.tag for info in infos)
    raise Misuse(f"{lesson.name} has no exercise {tag!r}; it has {tags}.")


def load_exercises(lesson: Lesson) -> list[Exercise]:
    """Return the exercises as the lesson's checks declare them."""
    from grader.judge.loading import exercises_of

    return exercises_of(_checks_of(lesson))


def _checks_of(lesson: Lesson) -> ModuleType:
    from grader.judge.loading import load_checks

    return load_checks(lesson.checks, f"checks_{lesson.name}")
