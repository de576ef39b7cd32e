"""exercises: what an exercise consists of: its checks and its known mistakes.

Known mistakes can be run, so that `verify` proves that each is found. A wrong answer
runs alongside the learner's code in every grading; a symptom has an attempt that shows
it.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar

import msgspec
from msgspec.structs import force_setattr

from grader.checks.attempt import Answer
from grader.checks.expectations import expect
from grader.checks.lesson_facts import find_heading
from grader.checks.mutations import CATALOGUE, Slip, slip
from grader.common.errors import BrokenLesson

# The names after `attempt.` that aren't the learner's.
_OF_ATTEMPT = frozenset({"value", "entry", "source", "tree", "restart", "load_ahead"})
_FOLDER = Path(__file__).parent
Function = TypeVar("Function", bound=Callable[..., Any])


class WrongAnswer(msgspec.Struct, frozen=True):
    """A known mistake, written as the learner's function with the mistake in it.

    Attributes:
        tag: stable, ``3e.mean_over_everything``; sentences may change, tags don't.
        sentence: the text for the learner; ``{k}`` is filled from `fill`.
        target: the function or value that the mistake is in.
        function: the learner's function with the mistake.
        fill: computes what fills the sentence, from the call's arguments.
        twins: the group of mistakes that may give the same answers everywhere; they
            are shown together.
        in_company: the sentence to use next to a slip, if `sentence` has a number, or
            says what follows and a slip may change that.
        is_slow: whether showing it takes more than a few seconds.
        slip: the slip to count it as in a class, if it is exactly that slip; "" to
            count it by itself.
        raises: the exceptions that it is meant to raise where the right function
            doesn't, by name.
    """

    tag: str
    sentence: str
    target: str
    function: Callable[..., Any]
    fill: Callable[..., Mapping[str, Any]] | None = None
    twins: str = ""
    in_company: str = ""
    is_slow: bool = False
    slip: str = ""
    raises: tuple[str, ...] = ()


class Symptom(msgspec.Struct, frozen=True):
    """A feature that many wrong answers share, found in the failing answer.

    Attributes:
        tag: stable, as for a wrong answer.
        sentence: the text for the learner; the result of `function` fills it.
        target: the function or value whose answers show it; "" for any in the exercise.
        function: a predicate for the failing `Answer`: a false value, True, or a dict
            that fills the sentence.
        example: source that shows it when appended to the solution; "" if `edit` does.
        edit: code of the solution's cell, and the replacement that shows it.
        twins, is_slow: as for a wrong answer.
        is_additional: whether it is also shown next to another mistake. Its sentence
            then mustn't say what else is right or wrong.
    """

    tag: str
    sentence: str
    target: str
    function: Callable[..., Any]
    example: str = ""
    edit: tuple[str, str] = ("", "")
    twins: str = ""
    is_slow: bool = False
    is_additional: bool = False

    def seen_in(self, answer: Answer) -> Mapping[str, Any] | None:
        """Return the values for the sentence if an answer shows this; else None."""
        shown = self._look_at(answer)
        return shown if isinstance(shown, Mapping) else None

    def failure_on(self, answer: Answer) -> Exception | None:
        """Return the exception that the predicate raises for an answer, if any."""
        shown = self._look_at(answer)
        return shown if isinstance(shown, Exception) else None

    def _look_at(self, answer: Answer) -> Mapping[str, Any] | Exception | None:
        if self.target not in ("", answer.target):
            return None
        try:
            shown = self.function(answer)
            if isinstance(shown, Mapping):
                return shown
            return {} if shown else None
        except Exception as error:  # it may get values that it doesn't expect
            return error


KnownMistake = WrongAnswer | Symptom


def _line_of_lesson() -> tuple[str, int]:
    """Return the file and the line that have called this package."""
    frame = sys._getframe(1)
    while frame.f_back and Path(frame.f_code.co_filename).parent == _FOLDER:
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


class Check(msgspec.Struct, frozen=True):
    """One fact about an attempt: `function` checks it, `sentence` says it.

    Attributes:
        file, line: where the lesson declares it.
    """

    name: str
    sentence: str
    function: Callable[..., None]
    file: str
    line: int


class SlipSet(msgspec.Struct, frozen=True):
    """The slips that a search tries in an exercise.

    Attributes:
        slips: the possible edits.
        right: the right function; None for that of the solution.
        chosen_from: the argument with the candidates, if an answer is one of them.
    """

    slips: tuple[Slip, ...]
    right: FunctionType | None = None
    chosen_from: str = ""


class Alternative(msgspec.Struct, frozen=True):
    """Another right answer to an exercise, and why somebody would write it.

    Attributes:
        code: the whole function, which passes the exercise's checks; it may be indented
            like its declaration.
        why: its benefits and its costs.
    """

    code: str
    why: str

    def __post_init__(self) -> None:
        """Remove the declaration's indentation from the code."""
        force_setattr(self, "code", textwrap.dedent(self.code).strip())


class Exercise:
    """One exercise of a lesson, with its checks and its known mistakes.

    The heading above its cell says its tag, title and points.

    Args:
        writes: what the learner writes: a function, a dict such as ``PREDICT``, or an
            entry such as ``PREDICT["loss"]``. The cell that does it is the exercise's.
        hints: three hints: a direction, the tools, almost the answer. A prediction has
            one.
        after: the tag of an earlier exercise whose function the checks use; until that
            is right, they use the lesson's function.
        cpu_s: CPU seconds for one call, if it needs more than the rest of the lesson.
        prediction: whether the learner answers before running anything.
        may_change: positions or names of the arguments that a call may change in place.
        alternative: another way to write the answer, shown after success.
        keys: of the dict, to find the cell if several exercises write to one dict.

    Example:
        mean = exercise("mean", hints=("Add.", "...", "..."))
    """

    def __init__(
        self,
        writes: str,
        *,
        hints: tuple[str, ...] = (),
        after: str = "",
        cpu_s: float | None = None,
        prediction: bool = False,
        may_change: tuple[int | str, ...] | int | str = (),
        alternative: Alternative | None = None,
        keys: Collection[Any] = (),
    ) -> None:
        if writes in _OF_ATTEMPT:
            raise BrokenLesson(
                f"an exercise writes {writes!r}, but `attempt.{writes}` is something "
                "else in every check; give the function another name"
            )
        heading = find_heading(writes, keys)
        self.tag = heading.tag
        self.title = heading.title
        self.points = heading.points
        self.writes = writes
        self.hints = (hints,) if isinstance(hints, str) else tuple(hints)
        self.after = after
        self.cpu_s = cpu_s
        self.is_prediction = prediction
        self.may_change = may_change if isinstance(may_change, tuple) else (may_change,)
        self.alternative = alternative
        self.checks: list[Check] = []
        self.mistakes: list[KnownMistake] = []
        self.slip_set: SlipSet | None = None

    def slips(
        self,
        *own: Slip,
        without: Sequence[str] = (),
        sentences: Mapping[str, str] | None = None,
        right: FunctionType | None = None,
        chosen_from: str = "",
    ) -> None:
        """Search wrong answers for the slips of the catalogue, and for these.

        Args:
            own: additional slips of the lesson.
            without: names of slips in the catalogue that make no sense here.
            sentences: the lesson's own sentences for slips of the catalogue.
            right: the right function, if the judge can't load that of the solution.
            chosen_from: the argument with the candidates, if an answer is one of them
                or follows from one. Such an answer shows only which candidate it was,
                so more answers have to agree before a mistake is reported.

        Raises:
            BrokenLesson: a name isn't in the catalogue, or this is called twice.
        """
        if self.slip_set is not None:
            raise BrokenLesson(f"exercise {self.tag}: slips() appears twice; join them")
        sentences = sentences or {}
        for name in (*without, *sentences):
            if name not in {slip.name for slip in CATALOGUE}:
                raise BrokenLesson(
                    f"exercise {self.tag}: the catalogue of slips has no {name!r}"
                )
        shared = tuple(
            slip(
                one.name,
                sentences.get(one.name, one.sentence),
                *one.edits,
                is_coarse=one.is_coarse,
            )
            for one in CATALOGUE
            if one.name not in without
        )
        # Own slips first: if several explain an answer, the report keeps this order.
        self.slip_set = SlipSet((*own, *shared), right, chosen_from)

    def check(self, function: Function) -> Function:
        """Declare a check; its docstring is the sentence that the learner reads.

        The names of its arguments say what it needs: ``attempt``, ``reference`` (the
        solution), ``rng`` (random numbers), or the name of a fixture.

        Example:
            @mean.check
            def of_random_numbers(attempt, reference, rng):
                '''mean agrees with the solution on random numbers.'''
                numbers = rng.normal(size=5)
                expect(attempt.mean(numbers)).close_to(reference.mean(numbers))
        """
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
        file, line = function.__code__.co_filename, function.__code__.co_firstlineno
        if Path(file).parent == _FOLDER:  # it was made here, for a line of the lesson
            file, line = _line_of_lesson()
        self.checks.append(Check(function.__name__, sentence, function, file, line))
        return function

    def same_as_solution(
        self,
        sentence: str,
        cases: Callable[..., Iterable[Any]] | Iterable[Any],
        *,
        check: str = "same_as_solution",
        within: float = 1e-9,
        compare: Callable[[Answer, Any], object] | None = None,
    ) -> None:
        """Declare a check that the function gives what the solution's gives.

        Args:
            sentence: what the learner reads about the check.
            cases: the arguments of each call, as a tuple if there are several; or a
                function that returns them. Like a check, it gets what it has as
                arguments: ``rng`` or a fixture. Arguments with a default keep it.
            check: the name of the check.
            within: the tolerance, as for `close_to`.
            compare: gets the answer and what the solution gives, and expects what is
                right; `close_to` if None.

        Example:
            mean.same_as_solution(
                "Random means are right.", lambda rng: rng.normal(size=(3, 5))
            )
        """
        # A check is called again and again, and an iterator gives its items only once.
        fixed = () if callable(cases) else tuple(cases)
        taken = inspect.signature(cases).parameters if callable(cases) else {}
        asked_for = [x for x, one in taken.items() if one.default is one.empty]
        none = f"{check} of exercise {self.tag} has no cases; give it at least one"
        if not (callable(cases) or fixed):
            raise BrokenLesson(none)

        def compares(**given: Any) -> None:
            arguments = {name: given[name] for name in asked_for}
            questions = tuple(cases(**arguments)) if callable(cases) else fixed
            if not questions:
                raise BrokenLesson(none)
            for case in questions:
                args = case if isinstance(case, tuple) else (case,)
                answer = getattr(given["attempt"], self.writes)(*args)
                want = getattr(given["reference"], self.writes)(*args)
                if compare is None:
                    expect(answer).close_to(want, within)
                else:
                    compare(answer, want)

        needed = dict.fromkeys(["attempt", "reference", *asked_for])
        compares.__name__, compares.__doc__ = check, sentence
        compares.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [inspect.Parameter(one, inspect.Parameter.KEYWORD_ONLY) for one in needed]
        )
        self.check(compares)

    def wrong_answer(
        self,
        sentence: str,
        *,
        function: str = "",
        fill: Callable[..., Mapping[str, Any]] | None = None,
        twins: str = "",
        in_company: str = "",
        slow: bool = False,
        slip: str = "",
        raises: Sequence[str] = (),
    ) -> Callable[[Function], Function]:
        """Declare an executable wrong answer, with the sentence that names it.

        Args:
            sentence: the text for the learner. A second line is the cure, which is
                shown later. ``{k}`` is filled by `fill`, and ``{got}`` is the answer.
            function: the function that the mistake is in; that of `writes` if "".
            fill: returns what fills the sentence, from the arguments of the call.
            twins: a word that several mistakes share if they give the same answers
                everywhere. They are shown together.
            in_company: the sentence to use next to a slip, if `sentence` states a
                number, or what follows from the mistake.
            slow: whether it takes more than a few seconds to show the mistake.
            slip: the slip of the catalogue that it is counted as.
            raises: the exceptions that it is meant to raise where the right function
                doesn't, by name: ("IndexError",).

        Example:
            @mean.wrong_answer("You return the sum. Divide it by how many there are.")
            def sum_only(numbers):
                return sum(numbers)
        """
        if callable(sentence):
            name = getattr(sentence, "__name__", "")
            raise BrokenLesson(
                f"the mistake {name} of exercise {self.tag} has no sentence; "
                'write .wrong_answer("...") with the sentence that the learner reads'
            )

        def declared(wrong: Function) -> Function:
            if isinstance(wrong, type):
                raise BrokenLesson(
                    f"the mistake {wrong.__name__} of exercise {self.tag} is a class; "
                    "write a function, or a symptom with an example= that defines it"
                )
            tag, target = self._tag(wrong), function or self.writes
            self.mistakes.append(
                WrongAnswer(
                    tag,
                    sentence,
                    target,
                    wrong,
                    fill,
                    twins,
                    in_company,
                    slow,
                    slip,
                    tuple(raises),
                )
            )
            return wrong

        return declared

    def wrong_values(
        self, function: str, values: Mapping[str, tuple[Any, str]]
    ) -> None:
        """Declare mistakes in a value that isn't a function, such as a prediction.

        Args:
            function: the value: ``PREDICT["who wins"]``.
            values: by the end of each tag, the wrong value and its sentence.

        Example:
            paper.wrong_values(
                'PAPER["mean"]', {"sum": (8, "That is the sum. Divide it by 4.")}
            )
        """
        for name, (value, sentence) in values.items():

            def given(value: Any = value) -> Any:
                return value

            given.__name__ = name
            self.mistakes.append(
                WrongAnswer(self._tag(given), sentence, function, given)
            )

    def wrong_functions(
        self, functions: Mapping[str, tuple[Callable[..., Any], str]]
    ) -> None:
        """Declare wrong answers in one line each, as ``wrong_answer`` declares one.

        Args:
            functions: by the end of each tag, the function with the mistake, such as a
                lambda, and its sentence.
        """
        for name, (wrong, sentence) in functions.items():
            if not isinstance(wrong, FunctionType):  # `verify` reads its source
                raise BrokenLesson(
                    f"the mistake {name} of exercise {self.tag} isn't a Python "
                    "function; write a lambda that calls it"
                )
            self.mistakes.append(
                WrongAnswer(self._tag_of(name), sentence, self.writes, wrong)
            )

    def wrong_choices(self, sentences: Mapping[str, Mapping[Any, str]]) -> None:
        """Declare a sentence for each wrong value of ``PREDICT["who wins"]``.

        Args:
            sentences: by the entry, the sentence for each wrong value.

        Example:
            guess.wrong_choices(
                {'PREDICT["who wins"]': {"b": "B starts last. Count the steps."}}
            )
        """
        for place, choices in sentences.items():
            _, _, key = place.partition('"')
            for value, sentence in choices.items():
                name = re.sub(r"\W+", "_", f"{key} {value}").strip("_")
                self.wrong_values(place, {name: (value, sentence)})

    def symptom(
        self,
        sentence: str,
        *,
        example: str = "",
        edit: tuple[str, str] = ("", ""),
        function: str = "",
        twins: str = "",
        slow: bool = False,
        also: bool = False,
    ) -> Callable[[Function], Function]:
        """Declare a predicate for failing answers, with an attempt that shows it.

        The predicate returns a false value, True, or a dict that fills the sentence.
        Without `function`, it is called with every failing answer of the exercise. With
        `also`, it is shown in addition to another mistake if any answer shows it. The
        attempt is the solution with an `edit` (code of the exercise's cell, and its
        replacement), or with an `example` appended.

        Args:
            sentence: the text for the learner.
            example: source that shows the symptom.
            edit: code of the solution, and the code instead that shows the symptom.
            function: the function whose answers show it; "" for any of the exercise.
            twins: as for `wrong_answer`.
            slow: as for `wrong_answer`.
            also: whether it is shown next to other mistakes, too.

        Example:
            @mean.symptom("Return a number.", edit=("return x", "return [x]"))
            def is_a_list(answer):
                return isinstance(answer.value, list)
        """

        def declared(predicate: Function) -> Function:
            if bool(example) == bool(edit[0]):
                has = "two examples" if example else "no example"
                name = f"{predicate.__name__} of exercise {self.tag}"
                raise BrokenLesson(
                    f"the symptom {name} has {has}; "
                    'write example="...", source that shows it, or '
                    'edit=("code of the solution", "the code that replaces it")'
                )
            tag = self._tag(predicate)
            self.mistakes.append(
                Symptom(
                    tag, sentence, function, predicate, example, edit, twins, slow, also
                )
            )
            return predicate

        return declared

    @property
    def wrong_answers(self) -> list[WrongAnswer]:
        """The known mistakes that can be run alongside the learner's code."""
        return [known for known in self.mistakes if isinstance(known, WrongAnswer)]

    @property
    def symptoms(self) -> list[Symptom]:
        """The known mistakes that show in a failing answer."""
        return [known for known in self.mistakes if isinstance(known, Symptom)]

    def _tag(self, function: Callable[..., Any]) -> str:
        return self._tag_of(function.__name__)

    def _tag_of(self, name: str) -> str:
        """Return the tag of a mistake, which must be unique.

        Raises:
            BrokenLesson: another mistake has it, or it can't be a name.
        """
        if not name.isidentifier():
            raise BrokenLesson(
                f"exercise {self.tag}: {name!r} can't be the name of a mistake; write "
                "letters, digits and _"
            )
        tag = f"{self.tag}.{name}"
        if any(known.tag == tag for known in self.mistakes):
            raise BrokenLesson(f"two mistakes are called {tag}; give one another name")
        return tag


exercise = Exercise
