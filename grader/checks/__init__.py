"""checks: what an author declares a lesson's exercises, checks and mistakes with.

A lesson's ``checks.py`` states facts about answers::

    mean = exercise("1b", "The mean of each row", points=20, name="mean",
                    hints=("...", "...", "..."))

    @mean.check
    def of_two_rows(attempt):
        '''The means of (1, 2) and (3, 5) are 1.5 and 4.'''
        expect(attempt.mean([[1, 2], [3, 5]])).close_to([1.5, 4.0])

    @mean.mistake("You summed the rows: each is {k} times too large.",
                  numbers=lambda x: {"k": len(x[0])})
    def sum_of_rows(x):
        return np.sum(x, axis=1)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any, TypeVar

import msgspec

from grader.attempt import Answer, Attempt, Callback, RemoteObject, Stopped
from grader.checks.expectations import Expectation
from grader.checks.known import KnownMistake, Symptom, WrongAnswer
from grader.checks.other_ways import OtherWay
from grader.checks.stating import expect
from grader.checks.whole_lesson import (
    Fixture,
    LessonFacts,
    fixture,
    lesson,
    slow_fixture,
)
from grader.checks.wrong import Wrong
from grader.errors import BrokenLesson
from grader.mutations import SHELF, Slip, slip
from grader.report import Finding, Outcome

__all__ = [
    "Answer",
    "Attempt",
    "Check",
    "Exercise",
    "Expectation",
    "Finding",
    "Fixture",
    "KnownMistake",
    "LessonFacts",
    "OtherWay",
    "Outcome",
    "RemoteObject",
    "Slip",
    "SlipSet",
    "Stopped",
    "Symptom",
    "Wrong",
    "WrongAnswer",
    "callback",
    "exercise",
    "expect",
    "fixture",
    "lesson",
    "slip",
    "slow_fixture",
]

Function = TypeVar("Function", bound=Callable[..., Any])


class Check(msgspec.Struct, frozen=True):
    """One fact about an attempt: `function` states it, `sentence` says it."""

    name: str
    sentence: str
    function: Callable[..., None]


class SlipSet(msgspec.Struct, frozen=True):
    """The slips that an exercise is searched for.

    Attributes:
        slips: what may have been edited.
        of: the right function; None for the solution's own.
        chosen_from: the argument of whose entries an answer is one; "" for none.
    """

    slips: tuple[Slip, ...]
    of: FunctionType | None = None
    chosen_from: str = ""


class Exercise:
    """One exercise of a lesson, with its checks and its known mistakes."""

    def __init__(
        self,
        tag: str,
        title: str,
        *,
        points: int,
        name: str = "",
        hints: tuple[str, ...] = (),
        after: str = "",
        cpu_s: float | None = None,
        prediction: bool = False,
        may_change: tuple[int | str, ...] | int | str = (),
        other_way: OtherWay | None = None,
    ) -> None:
        if not isinstance(points, int) or isinstance(points, bool):
            raise BrokenLesson(
                f"exercise {tag} has points={points!r}; write a whole number, "
                "without quotes"
            )
        self.tag = tag
        self.title = title
        self.points = points
        self.name = name
        self.hints = (hints,) if isinstance(hints, str) else tuple(hints)
        self.after = after
        self.cpu_s = cpu_s
        self.is_prediction = prediction
        self.may_change = may_change if isinstance(may_change, tuple) else (may_change,)
        self.other_way = other_way
        self.checks: list[Check] = []
        self.mistakes: list[KnownMistake] = []
        self.slip_set: SlipSet | None = None

    def slips(
        self,
        *own: Slip,
        without: Sequence[str] = (),
        said: Mapping[str, str] | None = None,
        of: FunctionType | None = None,
        chosen_from: str = "",
    ) -> None:
        """Look for the slips of the shelf, and for these, in wrong answers.

        Args:
            own: slips of the lesson's own.
            without: names of the shelf that make no sense here.
            said: the lesson's own sentence for a slip of the shelf, by its name.
            of: the right function, where the solution's own cannot be had in the judge.
            chosen_from: the argument of whose entries an answer is one, or hangs on
                one. Then an answer says no more than which entry it was, and more
                of them have to agree before a mistake is told.

        Raises:
            BrokenLesson: a name is on no shelf, or this stands twice.
        """
        if self.slip_set is not None:
            raise BrokenLesson(f"exercise {self.tag}: slips() stands twice; join them")
        said = said or {}
        for name in (*without, *said):
            if name not in {slip.name for slip in SHELF}:
                raise BrokenLesson(f"exercise {self.tag}: the shelf has no {name!r}")
        shelf = tuple(
            slip(one.name, said.get(one.name, one.sentence), *one.edits)
            for one in SHELF
            if one.name not in without
        )
        # Own ones first: where several explain an answer, they are told in this order.
        self.slip_set = SlipSet((*own, *shelf), of, chosen_from)

    def check(self, function: Function) -> Function:
        """Declare a check; its docstring is the sentence that the learner reads."""
        sentence = " ".join((function.__doc__ or "").split())
        if not sentence:
            raise BrokenLesson(
                f"the check {function.__name__} of exercise {self.tag} has no "
                "docstring; write the sentence that the learner reads"
            )
        if any(known.name == function.__name__ for known in self.checks):
            raise BrokenLesson(
                f"two checks of exercise {self.tag} are called {function.__name__}; "
                "give one another name"
            )
        self.checks.append(Check(function.__name__, sentence, function))
        return function

    def mistake(
        self,
        sentence: str,
        *,
        of: str = "",
        numbers: Callable[..., Mapping[str, Any]] | None = None,
        together: str = "",
        beside: str = "",
        slow: bool = False,
        slip: str = "",
    ) -> Callable[[Function], Function]:
        """Declare an executable wrong answer, with the sentence that names it."""
        if callable(sentence):
            name = getattr(sentence, "__name__", "")
            raise BrokenLesson(
                f"the mistake {name} of exercise {self.tag} has no sentence; "
                'write .mistake("...") with what the learner is told'
            )

        def declared(function: Function) -> Function:
            tag, target = self._tag(function), of or self.name
            self.mistakes.append(
                WrongAnswer(
                    tag,
                    sentence,
                    target,
                    function,
                    numbers,
                    together,
                    beside,
                    slow,
                    slip,
                )
            )
            return function

        return declared

    def wrong_values(self, of: str, values: Mapping[str, tuple[Any, str]]) -> None:
        """Declare mistakes of a value that is no function, such as a prediction.

        Args:
            of: the value: ``PREDICT["who wins"]``.
            values: the end of each tag, with the wrong value and its sentence.
        """
        for name, (value, sentence) in values.items():

            def given(value: Any = value) -> Any:
                return value

            given.__name__ = name
            self.mistakes.append(WrongAnswer(self._tag(given), sentence, of, given))

    def wrong_choices(self, said: Mapping[str, Mapping[Any, str]]) -> None:
        """Declare what is said of ``PREDICT["who wins"]``, by each wrong value."""
        for of, sentences in said.items():
            _, _, asked = of.partition('"')
            for value, sentence in sentences.items():
                name = re.sub(r"\W+", "_", f"{asked} {value}").strip("_")
                self.wrong_values(of, {name: (value, sentence)})

    def symptom(
        self,
        sentence: str,
        *,
        example: str = "",
        edit: tuple[str, str] = ("", ""),
        of: str = "",
        together: str = "",
        slow: bool = False,
        beside: bool = False,
    ) -> Callable[[Function], Function]:
        """Declare a predicate over the failing answer, with an attempt that shows it.

        The predicate returns a false value, True, or a dict that fills the sentence.
        With `of` left empty it is asked about every failing answer of the exercise.
        With `beside` it is also told beside another mistake, where any answer shows it.
        The attempt is the solution with an `edit`, code of the exercise's own cell and
        what stands there instead, or with an `example` below it.
        """

        def declared(function: Function) -> Function:
            if bool(example) == bool(edit[0]):
                has = "two examples" if example else "no example"
                name = f"{function.__name__} of exercise {self.tag}"
                raise BrokenLesson(
                    f"the symptom {name} has {has}; "
                    'write example="...", source that shows it, or '
                    'edit=("code of the solution", "what stands there instead")'
                )
            tag = self._tag(function)
            self.mistakes.append(
                Symptom(
                    tag, sentence, of, function, example, edit, together, slow, beside
                )
            )
            return function

        return declared

    @property
    def wrong_answers(self) -> list[WrongAnswer]:
        """The known mistakes that can be run beside the learner's code."""
        return [known for known in self.mistakes if isinstance(known, WrongAnswer)]

    @property
    def symptoms(self) -> list[Symptom]:
        """The known mistakes that are seen in a failing answer."""
        return [known for known in self.mistakes if isinstance(known, Symptom)]

    def _tag(self, function: Callable[..., Any]) -> str:
        """Return the tag of a mistake, which no other one has.

        Raises:
            BrokenLesson: another one has it.
        """
        tag = f"{self.tag}.{function.__name__}"
        if any(known.tag == tag for known in self.mistakes):
            raise BrokenLesson(f"two mistakes are called {tag}; give one another name")
        return tag


exercise = Exercise


def callback(
    function: Callable[..., Any],
    name: str = "",
    max_size: int = 1_000_000,
    most: int | None = None,
) -> Callback:
    """Return a judge's function to hand to the learner's code; ``.calls`` counts.

    One call more than `most` ends the exercise as *timed out*.
    """
    return Callback(function, name or function.__name__, max_size, most)
