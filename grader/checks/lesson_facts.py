"""lesson_facts: what a lesson declares in addition to its exercises."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import msgspec

from grader.errors import BrokenLesson


class LessonFacts(msgspec.Struct, frozen=True):
    """The settings of a whole lesson.

    Attributes:
        imports: the libraries that the worker imports before it reads the attempt.
        cpu_s: CPU seconds for one call.
        memory_mb: memory for one attempt.
        trains: whether attempts train with TensorFlow. TensorFlow is then set up for
            that, which makes a worker's first use of a layer slower.
        can_do: what learners can do after the whole lesson, in three lines that
            continue "You can now".
        classifies_drawings: whether its trained network classifies digits that learners
            draw, with `build` and `predict`; a check stores its weights.
    """

    imports: tuple[str, ...] = ("numpy",)
    cpu_s: float = 5.0
    memory_mb: int = 2048
    trains: bool = False
    can_do: tuple[str, ...] = ()
    classifies_drawings: bool = False


class Fixture(msgspec.Struct, frozen=True):
    """A value that checks request by the function's name, made once per grading.

    Attributes:
        function: makes it.
        is_slow: whether to skip it once a check of the exercise has failed.
    """

    function: Callable[..., Any]
    is_slow: bool = False


def fixture(function: Callable[..., Any]) -> Fixture:
    """Declare a value that several checks need, such as a network; `function` makes it.

    The names of its arguments are the values that it needs itself, as for checks. If it
    raises `Stopped`, so do all checks that request it.

    Args:
        function: returns the value; checks ask for it by the function's name.

    Example:
        @fixture
        def images(rng):
            return rng.integers(256, size=(5, 28, 28))
    """
    if inspect.isgeneratorfunction(function):
        raise BrokenLesson(
            f"the fixture {function.__name__} yields; let it return what checks get"
        )
    return Fixture(function)


def slow_fixture(function: Callable[..., Any]) -> Fixture:
    """Declare a value that takes long to make, such as a trained network.

    It isn't made once a check of the exercise has failed. So a mistake that shows
    within a second is reported within a second, and the slow checks are skipped.

    Args:
        function: as for `fixture`.
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
    """Declare, as ``LESSON``, the settings of the whole lesson.

    Write all of it as literals: it is read without running the file.

    Args:
        imports: the libraries that the attempts need.
        cpu_s: CPU seconds for one call.
        memory_mb: memory for one attempt, in MB.
        trains: whether attempts train with TensorFlow.
        can_do: what learners can do afterwards, in three lines that continue "You can
            now".
        classifies_drawings: whether learners may draw a digit for their network, whose
            weights a check keeps.

    Raises:
        BrokenLesson: an argument is one text instead of a tuple of texts.
    """
    for name, texts in (("imports", imports), ("can_do", can_do)):
        if isinstance(texts, str):  # parentheses without a comma
            raise BrokenLesson(
                f'write {name}=("...",), with a comma: it is a row of texts'
            )
    return LessonFacts(
        tuple(imports), cpu_s, memory_mb, trains, tuple(can_do), classifies_drawings
    )
