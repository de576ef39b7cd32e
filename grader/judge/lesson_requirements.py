"""lesson_requirements: what `lesson(...)` declares, read without running it."""

from __future__ import annotations

import ast
from typing import Any, NamedTuple

from grader import own_lessons
from grader.document.catalog import Lesson
from grader.document.source import parse_alone
from grader.errors import BrokenLesson


class WorkerRequirements(NamedTuple):
    """What a lesson's workers have ready: the first arguments of `WorkerFactory`."""

    imports: tuple[str, ...] = ("numpy",)
    trains: bool = False
    lessons: str = ""  # the folder that they import ``lessons`` from


def requirements_of(lesson: Lesson) -> WorkerRequirements:
    """Return what a lesson declares that it needs, read without running its checks.

    Raises:
        BrokenLesson: the file does not parse, or a value is not written out.
    """
    needs = WorkerRequirements(**_stated(lesson, "imports", "trains"))
    folder = own_lessons.find_folder(lesson.folder)
    return needs._replace(imports=tuple(needs.imports), lessons=folder)


def abilities_of(lesson: Lesson) -> tuple[str, ...]:
    """Return what somebody can do who has the whole lesson right, as its author says
    it.

    Raises:
        BrokenLesson: the file does not parse, or a value is not written out.
    """
    return tuple(_stated(lesson, "can_do").get("can_do", ()))


def _stated(lesson: Lesson, *names: str) -> dict[str, Any]:
    """Return the arguments of `lesson(...)` that have these names and are given."""
    try:
        for node in ast.walk(parse_alone(lesson.checks.read_bytes())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "lesson":
                return {
                    word.arg: ast.literal_eval(word.value)
                    for word in node.keywords
                    if word.arg in names
                }
    except SyntaxError as error:
        # Here: it imports numpy, and this is read before a process is begun.
        from grader.judge.loading import describe_error

        error.filename = str(lesson.checks)
        raise BrokenLesson(describe_error(error, lesson.checks)) from error
    except (OSError, ValueError) as error:
        raise BrokenLesson(f"{lesson.checks} cannot be read: {error}") from error
    return {}
