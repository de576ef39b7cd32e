"""lesson_facts: what a lesson declares beside its exercises."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import msgspec

from grader.errors import BrokenLesson


class LessonFacts(msgspec.Struct, frozen=True):
    """What holds for a whole lesson.

    Attributes:
        imports: the libraries that the worker has imported before it reads the attempt.
        cpu_s: CPU seconds for one call.
        memory_mb: memory for one attempt.
        trains: whether attempts train with TensorFlow. It is then set up for that; a
            worker's first use of a layer takes longer.
        can_do: what somebody can do who has it all right, in three lines that go on
            from "You can now".
        classifies_drawings: whether the network that it trains is shown what a learner
            draws, by `build` and `predict`; a check keeps its weights.
    """

    imports: tuple[str, ...] = ("numpy",)
    cpu_s: float = 5.0
    memory_mb: int = 2048
    trains: bool = False
    can_do: tuple[str, ...] = ()
    classifies_drawings: bool = False


class Fixture(msgspec.Struct, frozen=True):
    """What checks may ask for by the function's name; it is made once a grading.

    Attributes:
        function: makes it.
        is_slow: it is not made once a check of the exercise has failed.
    """

    function: Callable[..., Any]
    is_slow: bool = False


def fixture(function: Callable[..., Any]) -> Fixture:
    """Declare what several checks need, such as a network; `function` makes it.

    It asks for what it needs itself by the names of its arguments, as checks do. Where
    it ends with `Stopped`, so do all checks that ask for it.
    """
    if inspect.isgeneratorfunction(function):
        raise BrokenLesson(
            f"the fixture {function.__name__} yields; let it return what checks get"
        )
    return Fixture(function)


def slow_fixture(function: Callable[..., Any]) -> Fixture:
    """Declare what takes long to make, such as a network that is trained.

    Once a check of the exercise has failed it is not made: what fails in a second is
    told in a second, and the checks that ask for it wait.
    """
    return msgspec.structs.replace(fixture(function), is_slow=True)


def lesson(
    imports: tuple[str, ...] = ("numpy",),
    cpu_s: float = 5.0,
    memory_mb: int = 2048,
    trains: bool = False,
    can_do: tuple[str, ...] = (),
    classifies_drawings: bool = False,
) -> LessonFacts:
    """Declare, as ``LESSON``, what holds for the whole lesson.

    Raises:
        BrokenLesson: one text stands where several are asked for.
    """
    for name, texts in (("imports", imports), ("can_do", can_do)):
        if isinstance(texts, str):  # as (...) without a comma is
            raise BrokenLesson(
                f'write {name}=("...",), with a comma: it is a row of texts'
            )
    return LessonFacts(
        tuple(imports), cpu_s, memory_mb, trains, tuple(can_do), classifies_drawings
    )
