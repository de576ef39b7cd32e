"""fixtures: the values that checks request by the names of their arguments."""

from __future__ import annotations

import functools
import inspect
import zlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.random  # otherwise the first check imports it, while a worker waits

from grader.checks import Exercise
from grader.checks.attempt import Broken, Cancelled
from grader.common.errors import SandboxError
from grader.report import Picture

# The lesson can declare more of them with `checks.fixture`.
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
# The grading can't continue after these; any other exception is one check's result.
GRADING_ERRORS = (Broken, Cancelled, SandboxError)


class Fixtures:
    """The values for the checks' arguments in one grading.

    Attributes:
        values: those made so far; an exception for one that couldn't be made.
    """

    def __init__(
        self,
        seed: int,
        fixtures: Mapping[str, Callable[..., Any]],
        slow: Collection[str] = (),
        **values: Any,
    ) -> None:
        self.values = values
        self._given = tuple(values)
        self._seed = seed
        self._fixtures = fixtures
        self._slow = slow

    def fresh_copy(self) -> Fixtures:
        """Return a copy in which none of the lesson's own fixtures is made yet."""
        given = {name: self.values[name] for name in self._given}
        return Fixtures(self._seed, self._fixtures, self._slow, **given)

    def values_for(self, function: Callable[..., Any], name: str) -> dict[str, Any]:
        """Return the values for the arguments of a check, or of a fixture.

        Args:
            function: the check.
            name: seeds its random numbers, together with the grading's seed. So a check
                gets the same numbers when it runs by itself.
        """
        return {word: self._value(word, name) for word in argument_names(function)}

    def needs_slow_fixture(self, function: Callable[..., Any]) -> bool:
        """Return whether a check, or a fixture, would have a slow fixture made."""
        words = [word for word in argument_names(function) if word not in self.values]
        return any(
            word in self._slow or self.needs_slow_fixture(self._fixtures[word])
            for word in words
            if word in self._fixtures
        )

    def draws(self, exercise: Exercise) -> bool:
        """Return whether an exercise uses the grading's random numbers.

        That is so if its checks, or the fixtures they need, request `rng`.
        """
        needed = {
            word for check in exercise.checks for word in argument_names(check.function)
        }
        seen: set[str] = set()
        while left := needed - seen:
            seen |= left
            for word in left & self._fixtures.keys():
                needed |= set(argument_names(self._fixtures[word]))
        return "rng" in seen

    def _value(self, word: str, asking: str) -> Any:
        if word == "rng":
            # A new generator each time, so that checks don't affect each other. Use
            # crc32, because Python's `hash` of a text differs between processes.
            return np.random.default_rng([self._seed, zlib.crc32(asking.encode())])
        if word not in self.values:
            self.values[word] = self._make(word)
        value = self.values[word]
        if isinstance(value, Exception):
            raise value
        return value

    def _make(self, word: str) -> Any:
        """Return a lesson's fixture, made once for each grading; or its exception."""
        if word not in self._fixtures:
            may = ", ".join((*BUILTIN_FIXTURES, *self._fixtures))
            return LookupError(f"a check asks for {word}; it may ask for {may}")
        # Until it is made, to detect fixtures that request each other.
        self.values[word] = LookupError(f"the fixture {word} asks for itself")
        try:
            return self._fixtures[word](**self.values_for(self._fixtures[word], word))
        except GRADING_ERRORS:
            raise
        except Exception as error:  # every check that requests it gets the same error
            return error


@functools.lru_cache(maxsize=1024)
def argument_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of the arguments of a check, or of a fixture."""
    parameters = inspect.signature(function).parameters.values()
    return tuple(one.name for one in parameters if one.default is one.empty)


@dataclass
class CheckNotes:
    """Remarks of a check, shown although it passes.

    Attributes:
        remark: shown each time.
        measured: a result of the learner's own answer, shown after the claim.
        when_complete: shown once the whole lesson is right.
    """

    remark: str = ""
    measured: str = ""
    when_complete: str = ""

    def set_remark(self, words: str) -> None:
        """Set a remark that is shown each time."""
        self.remark = words

    def set_measured(self, words: str) -> None:
        """Set a result of the learner's own answer, to be shown after the claim."""
        self.measured = words

    def set_when_complete(self, words: str) -> None:
        """Set a remark that is shown once the whole lesson is right."""
        self.when_complete = words

    def clear(self) -> None:
        """Forget the remarks of the previous check."""
        self.remark = self.measured = self.when_complete = ""


@dataclass
class PictureCollector:
    """Collects the pictures that checks add to the report, for their exercise."""

    pictures: list[Picture] = field(default_factory=list)
    exercise: str = ""

    def digits(self, images: Any, captions: Any = (), title: str = "") -> None:
        """Show images of shape (n, 28, 28) or (n, 784), with bytes or values 0 to 1."""
        flat = np.asarray(images, dtype=float).reshape(len(images), -1)
        rows = flat if flat.max(initial=0) > 1 else flat * 255
        self._add("digits", title, rows.round().astype(int), captions)

    def matrix(self, counts: Any, title: str = "") -> None:
        """Show a table of integers, with one row for each true class."""
        self._add("matrix", title, np.asarray(counts), ())

    def curve(self, series: dict[str, Any], title: str = "") -> None:
        """Show one line per named series of numbers."""
        self._add("curve", title, list(series.values()), tuple(series))

    def forget(self, exercise: str) -> None:
        """Forget the pictures of an exercise, which is judged again."""
        self.pictures = [one for one in self.pictures if one.exercise != exercise]

    def _add(self, kind: str, title: str, rows: Any, captions: Any) -> None:
        data = tuple(tuple(float(value) for value in row) for row in rows)
        words = tuple(map(str, captions))
        self.pictures.append(Picture(kind, title, data, words, self.exercise))
