"""checks: what authors use to declare a lesson's exercises, checks and mistakes.

A lesson's ``checks.py`` states facts about answers::

    mean = exercise("mean", hints=("...", "...", "..."))

    @mean.check
    def of_two_rows(attempt):
        '''The means of (1, 2) and (3, 5) are 1.5 and 4.'''
        expect(attempt.mean([[1, 2], [3, 5]])).close_to([1.5, 4.0])

    @mean.wrong_answer("You summed the rows: each is {k} times too large.",
                  fill=lambda x: {"k": len(x[0])})
    def sum_of_rows(x):
        return np.sum(x, axis=1)
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any, TypeVar

import msgspec
from msgspec.structs import force_setattr

from grader.attempt import Answer, Attempt, Callback, RemoteObject, Stopped
from grader.checks.expectations import Expectation, Wrong, expect
from grader.checks.lesson_facts import find_heading, fixture, lesson, slow_fixture
from grader.checks.mistakes import KnownMistake, Symptom, WrongAnswer
from grader.checks.own_tests import OwnTests, add_symptoms, checks_of
from grader.checks.wrong_calls import Judged
from grader.errors import BrokenLesson
from grader.mutations import CATALOGUE, Slip, slip

__all__ = [
    "Alternative",
    "Answer",
    "Attempt",
    "Exercise",
    "Expectation",
    "RemoteObject",
    "Slip",
    "Stopped",
    "Wrong",
    "callback",
    "exercise",
    "expect",
    "fixture",
    "lesson",
    "own_tests",
    "slip",
    "slow_fixture",
]

# The names after `attempt.` that aren't the learner's.
_OF_ATTEMPT = frozenset({"value", "entry", "source", "tree", "restart", "load_ahead"})
Function = TypeVar("Function", bound=Callable[..., Any])


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
        after: the tag of an earlier exercise that this one's checks use; until that is
            right, they use the lesson's own.
        cpu_s: CPU seconds for one call, if it needs more than the rest of the lesson.
        prediction: whether the learner answers before running anything.
        may_change: positions or names of the arguments that a call may change in place.
        alternative: another way to write the answer, shown after success.

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
    ) -> None:
        if writes in _OF_ATTEMPT:
            raise BrokenLesson(
                f"an exercise writes {writes!r}, but `attempt.{writes}` is something "
                "else in every check; give the function another name"
            )
        heading = find_heading(writes)
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
        code = function.__code__
        self._add_check(function, code.co_filename, code.co_firstlineno)
        return function

    def _add_check(self, function: Callable[..., None], file: str, line: int) -> None:
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
        self.checks.append(Check(function.__name__, sentence, function, file, line))

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
            _, _, asked = place.partition('"')
            for value, sentence in choices.items():
                name = re.sub(r"\W+", "_", f"{asked} {value}").strip("_")
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


def callback(
    function: Callable[..., Any],
    name: str = "",
    max_size: int = 1_000_000,
    most: int | None = None,
) -> Callback:
    """Wrap a judge's function so that the learner's code may call it.

    ``.calls`` counts the calls. More than `most` end the exercise as *timed out*.

    Args:
        function: the judge's function.
        name: the name that the learner sees; that of the function if "".
        max_size: the largest array, in elements, that a call may make.
        most: the largest number of calls; None for no limit.

    Example:
        f = callback(lambda x: x**2, name="f")
        expect(attempt.derivative(f, 3.0)).close_to(6.0, tolerance=1e-6)
    """
    return Callback(function, name or function.__name__, max_size, most)


def own_tests(
    writes: str,
    *,
    hints: tuple[str, ...],
    right: Mapping[str, Judged | str],
    wrong: Mapping[str, Judged],
    enough: int,
    noun: tuple[str, str] = ("function", "functions"),
    refuses: Callable[..., None] | None = None,
    also_right: Mapping[str, Callable[[Judged], Judged]] | None = None,
    describe: Callable[..., str] | None = None,
    exact: str = "",
    shape_only: str = "",
    swapped: str = "",
    one_sided: str = "",
    max_size: int = 1_000_000,
    after: str = "",
    alternative: Alternative | None = None,
) -> Exercise:
    """Declare an exercise in which a learner writes tests that catch wrong functions.

    The learner's function takes one function, ``fn``, calls it and asserts what it
    should return. The exercise has two checks, and names the mistakes that such tests
    have in common; add symptoms for your own functions. The answers have the
    facts `caught_names`, `last`, `decimals` and those of `also_right`. `last` is the
    value after which a right function was refused. `decimals` is the number of decimals
    to which its answers have to be rounded for the tests to accept it, or None.

    Args:
        writes: the learner's function, which takes the function that it tests.
        hints: as for `exercise`.
        right: functions that have to pass, by their description in the claim: "one in
            numpy". A text is the name of a function of the solution.
        wrong: functions that should be caught, by the name that a learner reads.
        enough: how many of them have to be caught.
        noun: the noun for such a function, singular and plural.
        refuses: raises for arguments that a right function refuses. A wrong one then
            refuses them, too, and isn't caught by that.
        also_right: changes that keep a right function right, by the name of a fact. If
            tests refuse a right function, the fact says whether the changed one passes
            ("accepted"), or is only called more often ("further"), or "".
        describe: the arguments of a call in words; shapes and values if None.
        exact: tests that compare the right value with ``==``, but accept one that is
            rounded: they show the mistake `compares_exactly`.
        shape_only: tests that look only at the shape or the type of an answer: they
            show the mistake `looks_only_at_the_shape`.
        swapped: tests that pass two arguments in the wrong order, which a right
            function then answers in another way: they show `swaps_arguments`.
        one_sided: tests that forget an abs(...), and so accept all answers that are too
            small: they show `looks_at_one_side`.
        max_size: as for `callback`.
        after: as for `exercise`.
        alternative: as for `exercise`.

    Raises:
        BrokenLesson: there is no right function, or `enough` exceeds the wrong ones.
    """
    if not right or not 0 < enough <= len(wrong):
        raise BrokenLesson(
            f"{writes} needs a right function, and enough= from 1 to {len(wrong)}"
        )
    declared = Exercise(writes, hints=hints, after=after, alternative=alternative)
    caller = sys._getframe(1)
    tests = OwnTests(
        right=right,
        wrong=wrong,
        enough=enough,
        writes=writes,
        noun=noun,
        refuses=refuses,
        also_right=also_right or {},
        describe=describe,
        max_size=max_size,
        exact=exact,
        shape_only=shape_only,
        swapped=swapped,
        one_sided=one_sided,
    )
    for check in checks_of(tests):
        declared._add_check(check, caller.f_code.co_filename, caller.f_lineno)
    add_symptoms(declared, tests)
    return declared
