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
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from grader.checks.attempt import Answer, Attempt, Callback, RemoteObject, Stopped
from grader.checks.exercises import Alternative, Exercise, exercise
from grader.checks.expectations import Expectation, Wrong, expect
from grader.checks.lesson_facts import fixture, lesson, slow_fixture
from grader.checks.mutations import Slip, slip
from grader.checks.own_tests import OwnTests, add_symptoms, checks_of
from grader.checks.wrong_calls import Judged
from grader.common.errors import BrokenLesson

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
    "entry",
    "exercise",
    "expect",
    "fixture",
    "lesson",
    "own_tests",
    "same_as_solution",
    "slip",
    "slow_fixture",
    "value",
]


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
    alternative: Alternative | None = None,
    fixture: str = "",
    older: str = "",
) -> Exercise:
    """Declare an exercise in which a learner writes tests that catch wrong functions.

    With a `fixture`, they are tests for pytest: all functions of the exercise's cell
    whose names begin with ``test_``. Each takes the function to test, calls it and
    asserts what it should return. Without one, a single function does so, and its
    argument is ``fn``. The exercise has two checks, and names the mistakes that such
    tests have in common; add symptoms for your own functions. The answers have the
    facts `caught_names`, `last`, `decimals` and those of `also_right`. `last` is the
    value after which a right function was refused. `decimals` is the number of decimals
    to which its answers have to be rounded for the tests to accept it, or None.

    Args:
        writes: the learner's function, which takes the function that it tests; or the
            first test on the page.
        hints: as for `exercise`.
        right: functions that have to pass, by their description in the claim: "one in
            numpy". A text is the name of a function of the solution.
        wrong: functions that should be caught, by the name that a learner reads.
        enough: how many of them have to be caught.
        noun: the noun for such a function, singular and plural.
        refuses: raises for arguments that a right function refuses. A wrong one then
            refuses them, too, and isn't caught by that.
        also_right: changes that keep a right function right, by the name of a fact. If
            tests reject a correct function, the fact says if the changed one passes
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
        alternative: as for `exercise`.
        fixture: the argument by which pytest gives a test the function.
        older: with a fixture, the single function that learners wrote in earlier
            editions of the lesson. It counts where the cell has no test.

    Raises:
        BrokenLesson: there is no right function, or `enough` exceeds the wrong ones.
    """
    if not right or not 0 < enough <= len(wrong):
        raise BrokenLesson(
            f"{writes} needs a right function, and enough= from 1 to {len(wrong)}"
        )
    declared = Exercise(writes, hints=hints, alternative=alternative)
    tests = OwnTests(
        right=right,
        wrong=wrong,
        enough=enough,
        writes=writes,
        noun=noun,
        refuses=refuses,
        also_right=also_right or {},
        describe=describe,
        exact=exact,
        shape_only=shape_only,
        swapped=swapped,
        one_sided=one_sided,
        fixture=fixture,
        older=older,
    )
    for check in checks_of(tests):
        declared.check(check)
    add_symptoms(declared, tests)
    return declared


class AskedEntry(msgspec.Struct, frozen=True):
    """What is expected of one entry of a dict, as `entry` declares it.

    Attributes:
        check: the name of the check that it belongs to; "" for one named after its key.
        sentence: what the learner reads about that check.
        expect: raises unless an answer is as expected.
        wrong: as for `entry`.
    """

    check: str
    sentence: str
    expect: Callable[[Expectation], None]
    wrong: Mapping[Any, Any]

    def declare_wrong(self, exercise: Exercise, place: str) -> None:
        """Declare the mistakes in this entry, ``PREDICT["loss"]``."""
        for wrong, sentence in self.wrong.items():
            if isinstance(sentence, str):
                exercise.wrong_choices({place: {wrong: sentence}})
            else:
                exercise.wrong_values(place, {wrong: sentence})


def entry(
    right: Any = None,
    sentence: str = "",
    *,
    of: Iterable[Any] | None = None,
    within: float | None = None,
    between: tuple[float, float] | None = None,
    asks: str = "",
    check: str = "",
    wrong: Mapping[Any, Any] | None = None,
) -> AskedEntry:
    """Say what an entry of a dict should be, for `value`.

    Args:
        right: the right value, compared as by `equals`; or a function that gets the
            expectation about the entry and expects more.
        sentence: what the learner reads about the check. Entries with the same `check`
            need one sentence.
        of: what is allowed, if it is a choice, as for `is_choice`.
        within: the tolerance of a number, as for `close_to`.
        between: the least and the largest number, instead of a right value.
        asks: the question, if any sentence is right, as for `sentence`.
        check: the name of the check, which several entries may share; made of the
            entry's key if "".
        wrong: a sentence for each wrong value. Or, by the end of a mistake's tag, the
            wrong value and its sentence, as for `wrong_values`.

    Example:
        value(
            "PREDICT",
            {"who wins": entry("a", "You know it.", of="abc", wrong={"b": "It lost."})},
        )
    """
    # A check is called again and again, and an iterator gives its items only once.
    allowed = of if of is None or isinstance(of, str) else tuple(of)

    def expects(answer: Expectation) -> None:
        if asks:
            answer.sentence(asks)
        elif between is not None:
            answer.is_between(*between)
        elif allowed is not None:
            answer.is_choice(right, of=allowed)
        elif within is not None:
            answer.close_to(right, within)
        elif callable(right):
            right(answer)
        else:
            answer.equals(right)

    return AskedEntry(check, sentence, expects, wrong or {})


def value(
    writes: str,
    entries: Mapping[str, Any],
    *,
    hints: tuple[str, ...],
    prediction: bool = False,
) -> Exercise:
    """Declare an exercise whose answer is a dict, such as a table or a prediction.

    Each entry makes a check, and the known mistakes that it lists. Add more checks and
    mistakes to the returned exercise, as to any other.

    Args:
        writes: the dict's name.
        entries: for each key, an `entry(...)` or just the right value.
        hints: as for `exercise`.
        prediction: as for `exercise`.

    Example:
        paper = value("PAPER", {"mean": 2.5, "sum": 10}, hints=("...", "...", "..."))
    """
    declared = Exercise(writes, hints=hints, prediction=prediction, keys=entries)
    by_name = dict[str, dict[str, AskedEntry]]()
    for key, asked_entry in entries.items():
        if not isinstance(asked_entry, AskedEntry):
            asked_entry = entry(asked_entry)
        check_name = asked_entry.check or re.sub(r"\W+", "_", f"{key}").strip("_")
        together = by_name.setdefault(check_name, {})
        together[key] = asked_entry
        if not check_name or (
            len(together) > 1 and not all(x.check for x in together.values())
        ):
            raise BrokenLesson(
                f'the check of {writes}["{key}"] gets no name of its own from the key; '
                'name it with entry(..., check="...")'
            )
    for name, entries_of_name in by_name.items():
        check = _check_of_entries(writes, entries_of_name)
        check.__name__ = name
        declared.check(check)
    for key, asked_entry in entries.items():
        if isinstance(asked_entry, AskedEntry):
            asked_entry.declare_wrong(declared, f'{writes}["{key}"]')
    return declared


def _check_of_entries(
    writes: str, entries: Mapping[str, AskedEntry]
) -> Callable[..., None]:
    def check(attempt: Attempt) -> None:
        for key, asked_entry in entries.items():
            asked_entry.expect(expect(attempt.entry(writes, key)))

    sentences = [one.sentence for one in entries.values() if one.sentence]
    keys = " and ".join(f'{writes}["{key}"]' for key in entries)
    check.__doc__ = (
        sentences[0]
        if sentences
        else f"{keys} {'are' if len(entries) > 1 else 'is'} right."
    )
    return check


def same_as_solution(
    writes: str,
    cases: Callable[..., Iterable[Any]] | Iterable[Any],
    *,
    hints: tuple[str, ...],
    within: float = 1e-9,
) -> Exercise:
    """Declare an exercise whose function gives what the solution's gives.

    Add mistakes, slips and more checks to what is returned, as to any exercise. For one
    with other arguments, write `exercise(...)`, and call its `same_as_solution`.

    Args:
        writes: the function's name.
        cases: as for `x.same_as_solution`.
        hints: as for `exercise`.
        within: the tolerance, as for `close_to`.

    Example:
        mean = same_as_solution(
            "mean", lambda rng: rng.normal(size=(3, 5)), hints=("...", "...", "...")
        )
    """
    declared = Exercise(writes, hints=hints)
    sentence = f"{writes} gives what the solution gives."
    declared.same_as_solution(sentence, cases, within=within)
    return declared
