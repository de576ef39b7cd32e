"""lesson_info: the facts about a lesson and its exercises, known before grading."""

from __future__ import annotations

import ast
from types import ModuleType
from typing import TYPE_CHECKING, Any

import msgspec

from grader.common.errors import BrokenLesson, Misuse
from grader.course import lessons_path
from grader.course.document.catalog import Lesson
from grader.course.document.source import parse_once
from grader.course.settings import find_module
from grader.sandbox.worker_pool import WorkerRequirements

if TYPE_CHECKING:
    from grader.checks import Alternative, Exercise


class ExerciseInfo(msgspec.Struct, frozen=True):
    """The facts that a learner may know about an exercise before grading."""

    tag: str
    title: str
    points: int
    hints: tuple[str, ...]
    prediction: bool
    alternative: Alternative | None = None
    is_slow: bool = False  # it declares more time than the others, usually to train


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
        Misuse: no exercise has it.
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


def requirements_of(lesson: Lesson) -> WorkerRequirements:
    """Return what a lesson declares that it needs, without running its checks.

    Raises:
        BrokenLesson: the file doesn't parse, a value isn't a literal, or the course
            has no such module.
    """
    needs = WorkerRequirements(**_read_arguments(lesson, "imports", "trains"))
    # A text instead of a tuple is told when the checks are loaded.
    imports = () if isinstance(needs.imports, str) else tuple(needs.imports)
    root = lesson.solution.parents[1]
    for name in imports:
        if name.startswith("lessons.") and not find_module(name, root):
            raise BrokenLesson(_describe_missing(name, lesson))
    folder = lessons_path.find_folder(lesson.folder)
    return needs._replace(imports=imports, lessons=folder)


def _describe_missing(name: str, lesson: Lesson) -> str:
    """Return where a lesson imports a module that the course doesn't have."""
    lines = enumerate(lesson.checks.read_text("utf-8").splitlines(), 1)
    number = next((n for n, line in lines if name in line), 1)
    place = name.replace(".", "/")
    return (
        f"{lesson.checks}, line {number}: imports= has {name}, and there is no "
        f"{place}.py or {place}/. Write it, or take it out."
    )


def abilities_of(lesson: Lesson) -> tuple[str, ...]:
    """Return what a learner can do after the whole lesson, as its author says.

    Raises:
        BrokenLesson: the file doesn't parse, or a value isn't a literal.
    """
    return tuple(_read_arguments(lesson, "can_do").get("can_do", ()))


def classifies_drawings(lesson: Lesson) -> bool:
    """Return whether a lesson's network can classify digits that learners draw.

    Raises:
        BrokenLesson: the file doesn't parse, or a value isn't a literal.
    """
    return bool(_read_arguments(lesson, "classifies_drawings"))


def _read_arguments(lesson: Lesson, *names: str) -> dict[str, Any]:
    """Return the arguments of `lesson(...)` that have these names and are given."""
    try:
        for node in ast.walk(parse_once(lesson.checks.read_bytes())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "lesson":
                return {
                    word.arg: ast.literal_eval(word.value)
                    for word in node.keywords
                    if word.arg in names
                }
    except SyntaxError as error:
        # Imported here: it imports NumPy, and this function runs before the launch.
        from grader.judge.loading import describe_error

        error.filename = str(lesson.checks)
        raise BrokenLesson(describe_error(error, lesson.checks)) from error
    except (OSError, ValueError) as error:
        raise BrokenLesson(f"{lesson.checks} cannot be read: {error}") from error
    return {}
