"""fixtures: what checks ask for by the names of their arguments, and what they get."""

from __future__ import annotations

import contextlib
import functools
import inspect
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.random  # else imported for the first check, while a worker waits

from grader.attempt import Broken, Cancelled
from grader.checks import Exercise
from grader.errors import BrokenLesson, SandboxError
from grader.judge.loading import execute
from grader.judge.root_causes import can_be_replaced
from grader.report import Picture

# Beside these, what the lesson itself declares with `checks.fixture`.
BUILTIN_FIXTURES = (
    "attempt",
    "reference",
    "rng",
    "show",
    "remark",
    "measured",
    "when_complete",
    "progress",
    "keep_weights",
)
# The grading itself cannot go on; every other exception is the result of one check.
GRADING_ERRORS = (Broken, Cancelled, SandboxError)


class Fixtures:
    """What the checks of one grading are handed.

    Attributes:
        values: what there is by now; an exception where it could not be made.
    """

    def __init__(
        self,
        seed: int,
        fixtures: Mapping[str, Callable[..., Any]],
        slow: Collection[str] = (),
        **values: Any,
    ) -> None:
        self.values = values
        self._given = dict(values)
        self._seed = seed
        self._fixtures = fixtures
        self._slow = slow

    def fresh_copy(self) -> Fixtures:
        """Return the same, with nothing made yet of what the lesson declares."""
        return Fixtures(self._seed, self._fixtures, self._slow, **self._given)

    def prepare(self, exercises: Iterable[Exercise], imports: Collection[str]) -> None:
        """Execute the solution now, if a check asks for it and it is a light one.

        What is wrong with it is told by that check.

        Args:
            exercises: those that have the checks.
            imports: what the lesson needs.
        """
        checks = [check for exercise in exercises for check in exercise.checks]
        is_asked_for = any(
            "reference" in argument_names(check.function) for check in checks
        )
        if is_asked_for and can_be_replaced(imports):
            with contextlib.suppress(BrokenLesson):
                execute(self.values["reference"])

    def values_for(self, function: Callable[..., Any], name: str) -> dict[str, Any]:
        """Return what a check, or a fixture, names in its arguments.

        Args:
            function: the check.
            name: what its random numbers are drawn by, beside the seed; so a check
                gets the same ones when it is run alone.
        """
        return {word: self._value(word, name) for word in argument_names(function)}

    def needs_slow_fixture(self, function: Callable[..., Any]) -> bool:
        """Return whether a slow fixture would be made for a check, or for a fixture."""
        words = [word for word in argument_names(function) if word not in self.values]
        return any(
            word in self._slow or self.needs_slow_fixture(self._fixtures[word])
            for word in words
            if word in self._fixtures
        )

    def draws(self, exercise: Exercise) -> bool:
        """Return whether an exercise uses the grading's random numbers.

        Its checks ask for `rng`, or a fixture that they need does.
        """
        asked = {
            word for check in exercise.checks for word in argument_names(check.function)
        }
        seen: set[str] = set()
        while left := asked - seen:
            seen |= left
            for word in left & self._fixtures.keys():
                asked |= set(argument_names(self._fixtures[word]))
        return "rng" in seen

    def _value(self, word: str, asking: str) -> Any:
        if word == "rng":
            # Made again each time: what one check draws changes nothing for another. By
            # crc32, since Python's `hash` of a text differs from process to process.
            return np.random.default_rng([self._seed, zlib.crc32(asking.encode())])
        if word not in self.values:
            self.values[word] = self._make(word)
        value = self.values[word]
        if isinstance(value, Exception):
            raise value
        return value

    def _make(self, word: str) -> Any:
        """Return what a fixture of the lesson makes, once a grading; or its
        exception.
        """
        if word not in self._fixtures:
            may = ", ".join((*BUILTIN_FIXTURES, *self._fixtures))
            return LookupError(f"a check asks for {word}; it may ask for {may}")
        # Until it is made: what it asks for may ask for it.
        self.values[word] = LookupError(f"the fixture {word} asks for itself")
        try:
            return self._fixtures[word](**self.values_for(self._fixtures[word], word))
        except GRADING_ERRORS:
            raise
        except Exception as error:  # every check that asks for it ends the same way
            return error


@functools.lru_cache(maxsize=1024)
def argument_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return what a check, or a fixture, names in its arguments."""
    parameters = inspect.signature(function).parameters.values()
    return tuple(one.name for one in parameters if one.default is one.empty)


@dataclass
class CheckNotes:
    """What a check says though it passes.

    Attributes:
        remark: what is said each time.
        measured: what came of the learner's own answer; it follows the claim.
        when_complete: what is said once the whole lesson is right.
    """

    remark: str = ""
    measured: str = ""
    when_complete: str = ""

    def set_remark(self, words: str) -> None:
        """Say something each time."""
        self.remark = words

    def set_measured(self, words: str) -> None:
        """Say what came of the learner's own answer, behind the claim."""
        self.measured = words

    def set_when_complete(self, words: str) -> None:
        """Say something once the whole lesson is right."""
        self.when_complete = words

    def clear(self) -> None:
        """Forget what the check before said."""
        self.remark = self.measured = self.when_complete = ""


@dataclass
class PictureCollector:
    """Pictures that a check adds to the report, as those of its exercise."""

    pictures: list[Picture] = field(default_factory=list)
    exercise: str = ""

    def digits(self, images: Any, captions: Any = (), title: str = "") -> None:
        """Show images of shape (n, 28, 28) or (n, 784), bytes or 0 to 1."""
        flat = np.asarray(images, dtype=float).reshape(len(images), -1)
        rows = flat if flat.max(initial=0) > 1 else flat * 255
        self._add("digits", title, rows.round().astype(int), captions)

    def matrix(self, counts: Any, title: str = "") -> None:
        """Show a table of whole numbers, rows = truth."""
        self._add("matrix", title, np.asarray(counts), ())

    def curve(self, series: dict[str, Any], title: str = "") -> None:
        """Show one line per named series of numbers."""
        self._add("curve", title, list(series.values()), tuple(series))

    def _add(self, kind: str, title: str, rows: Any, captions: Any) -> None:
        data = tuple(tuple(float(value) for value in row) for row in rows)
        words = tuple(map(str, captions))
        self.pictures.append(Picture(kind, title, data, words, self.exercise))
