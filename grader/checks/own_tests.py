"""own_tests: exercises in which a learner writes tests that catch wrong functions.

The learner's tests are called with one function after another, right and wrong ones,
and raise an AssertionError for those that are wrong. They are the functions `test_...`
that `found_tests` finds, or one function that does it all.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import inspect
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from msgspec.structs import replace

from grader.checks.attempt import Answer, Attempt, Callback, Stopped, place_of
from grader.checks.expectations import expect
from grader.checks.found_tests import PREFIX, find_tests
from grader.checks.wrong_calls import (
    SHIFT,
    SHIFTS,
    Calls,
    Judged,
    join,
    other_orders,
    plain,
    with_change_in,
    with_noted_calls,
    with_shift,
)
from grader.report import Outcome, formatting

if TYPE_CHECKING:
    from grader.checks import Exercise

# Tests could remember the answers of a right function, and so catch wrong ones without
# judging them. So the tests run again in this many new workers, which remember nothing:
# with some wrong functions that were caught, and then a right one. If its position is
# one of seven, guessing it in both workers succeeds once in 49 gradings.
AGAIN = 2

# The numbers of decimals that people write. Six comes first: it is the most common.
DECIMALS = (6, 3, 4, 5, 7, 8)
# What a failing test raises. pytest.fail and pytest.raises raise the second.
_FAILURES = {"AssertionError", "Failed"}
_SMALL = "one two three four five six seven eight nine ten eleven twelve"


class OwnTests(msgspec.Struct, frozen=True):
    """The functions that a learner's tests are run on, and how they are called.

    `grader.checks.own_tests` describes the other attributes.

    Attributes:
        writes: the learner's function, which tests the function that it gets; or the
            first of the tests on the page.
        fixture: the argument of each test; "" if the learner writes one function.
        older: the function of attempts from before there were tests, or "".
    """

    right: Mapping[str, Judged | str]
    wrong: Mapping[str, Judged]
    enough: int
    writes: str
    noun: tuple[str, str]
    refuses: Callable[..., None] | None
    also_right: Mapping[str, Callable[[Judged], Judged]]
    describe: Callable[..., str] | None
    exact: str
    shape_only: str
    swapped: str
    one_sided: str
    fixture: str = ""
    older: str = ""

    @property
    def one(self) -> str:
        """The noun for one of the functions that the tests judge."""
        return self.noun[0]

    @property
    def several(self) -> str:
        """The noun for several of the functions that the tests judge."""
        return self.noun[1]

    @property
    def shown(self) -> str:
        """The parameter by which the learner's tests get the function to judge."""
        return re.sub(r"\W+", "_", self.one)

    @property
    def parameters(self) -> list[str]:
        """The names of the arguments that a judged function takes."""
        return list(inspect.signature(next(iter(self.wrong.values()))).parameters)

    def tests_of(self, attempt: Attempt) -> tuple[str, ...]:
        """Return the names of the functions that are the learner's tests."""
        if not self.fixture:
            return (self.writes,)
        return find_tests(attempt, self.fixture, self.one, self.older)

    def argument_of(self, target: str) -> str:
        """Return the name that the judged function has in one of these functions."""
        return self.fixture if self.fixture and target.startswith(PREFIX) else "fn"

    def right_functions(self, reference: Any) -> dict[str, Judged]:
        """Return the right functions; those of the solution are looked up there."""
        return {
            name: getattr(reference, one) if isinstance(one, str) else one
            for name, one in self.right.items()
        }

    def wrong_functions(self) -> dict[str, Judged]:
        """Return the wrong functions, which refuse what a right one refuses."""
        return {name: self._refusing(one) for name, one in self.wrong.items()}

    def _refusing(self, wrong: Judged) -> Judged:
        @functools.wraps(wrong)
        def refused(*args: Any, **kwargs: Any) -> Any:
            if self.refuses is not None:
                self.refuses(*args, **kwargs)
            return wrong(*args, **kwargs)

        return refused

    def verdict(
        self, attempt: Attempt, judged: Judged, calls: Calls, name: str = ""
    ) -> tuple[Answer, bool]:
        """Return the answer of the learner's tests, and whether they refuse a function.

        The answer is that of the test which refuses it; or that of the first one which
        returns anything, and has the fact `calls_before`: the calls of earlier tests.

        Args:
            attempt: the learner's file.
            judged: the function.
            calls: a list that gets every call that the tests make.
            name: the name of the function in messages to the learner.
        """
        answers = list[Answer]()
        for test in self.tests_of(attempt):
            count = len(calls)
            noted = with_noted_calls(judged, calls, self.argument_of(test))
            try:
                answers.append(
                    getattr(attempt, test)(Callback(noted, name or self.shown))
                )
            except Stopped as stopped:
                answer = stopped.answer
                if stopped.outcome is not Outcome.RAISED or answer is None:
                    raise
                if answer.raised is None or not _FAILURES & {*answer.raised.bases}:
                    raise
                facts = {**answer.facts, "calls_before": count}
                return replace(answer, facts=facts), True
        telling = (one for one in answers if one.value is not None)
        return next(telling, answers[0]), False

    def require_passed(self, attempt: Attempt, judged: Judged, name: str) -> None:
        """Stop the check if the learner's tests reject a correct function."""
        calls: Calls = []
        try:
            answer, refused = self.verdict(attempt, judged, calls, name)
        except Stopped as stopped:
            if stopped.answer and calls and calls[-1].has_raised:
                order = self._find_order(attempt, judged, calls)
                facts = {**stopped.answer.facts, "order": order}
                stopped.answer = replace(stopped.answer, facts=facts)
            raise
        if not refused:
            return
        expect(answer).holds(
            len(calls) > answer.facts["calls_before"],
            f"Your tests reject a correct {self.one} before they call it.",
            shows_value=False,
        )
        reached = {
            fact: self._test_further(attempt, change(judged), len(calls))
            for fact, change in self.also_right.items()
        }
        last, value = calls[-1], calls[-1].value
        gets_on = partial(self._gets_on, attempt, judged, len(calls), len(calls) - 1)
        facts = {
            "last": value,
            "arguments": dict(zip(self.parameters, last.args, strict=False)),
            "order": self._find_order(attempt, judged, calls),
            "accepts_only_wrong": all(gets_on(with_shift(judged, by)) for by in SHIFTS),
        }
        if self.exact:
            facts["decimals"] = self._find_accepted_decimals(
                attempt, judged, len(calls)
            )
        expect(answer, **facts, **reached).holds(
            False,
            f"Your tests reject a correct {self.one}, just after it answered {{value}} "
            "for {asked}. Is that answer wrong?",
            shows_value=False,
            value=" ".join(formatting.format_value(value).split()),
            asked=" ".join(self._in_words(last.args).split()),
        )

    def _find_order(self, attempt: Attempt, judged: Judged, calls: Calls) -> str:
        """Return the only order of arguments in which a call would be right, or "".

        That is the last call, or all of them. The tests have to accept its value then,
        and refuse it with a little added or subtracted. Arguments that are passed by
        their names have no order.
        """
        if calls[-1].has_names:
            return ""
        for at in (None, len(calls) - 1):
            gets_on = partial(self._gets_on, attempt, judged, len(calls), at)
            fitting = [
                other
                for other in other_orders(judged)
                if gets_on(other.judged)
                and not any(gets_on(with_shift(other.judged, by)) for by in SHIFTS)
            ]
            fewest = min((other.moved for other in fitting), default=0)
            if orders := [other.names for other in fitting if other.moved == fewest]:
                return join(orders[0]) if len(orders) == 1 else ""
        return ""

    def _gets_on(
        self,
        attempt: Attempt,
        judged: Judged,
        before: int,
        at: int | None,
        changed: Judged,
    ) -> bool:
        """Return whether the tests get further with a change in one or every call."""
        return bool(
            self._test_further(attempt, with_change_in(at, judged, changed), before)
        )

    def facts_of_escape(
        self, attempt: Attempt, right: Judged, caught: list[str]
    ) -> dict[str, Any]:
        """Return the facts for the symptoms of tests that catch too few functions."""
        is_one_sided = self.one_sided and len(caught) < self.enough
        looks_at_shape = self.shape_only and not caught
        return {
            "caught_names": caught,
            "one_side": self.find_accepted_side(attempt, right) if is_one_sided else "",
            "tuple_line": _find_tuple_assert(attempt),
            "refuses_another_shape": looks_at_shape
            and self.refuses_another_shape(attempt, right),
        }

    def find_accepted_side(self, attempt: Attempt, judged: Judged) -> str:
        """Return whether only values that are too "small", or "large", are accepted."""
        large, small = (
            self._test_further(attempt, with_shift(judged, by), 0) == "accepted"
            for by in SHIFTS
        )
        return "" if small == large else "small" if small else "large"

    def _find_accepted_decimals(
        self, attempt: Attempt, judged: Judged, before: int
    ) -> int | None:
        """Return the number of decimals at which the tests accept the refused answer,
        or None. They may still refuse a later one.
        """
        for decimals in DECIMALS:
            if self._test_further(attempt, _with_rounding(judged, decimals), before):
                return decimals
        return None

    def _test_further(self, attempt: Attempt, changed: Judged, before: int) -> str:
        """Return how far tests get with a change: "accepted", "further" or ""."""
        calls: Calls = []
        # An error other than AssertionError says nothing about the value before it.
        with contextlib.suppress(Stopped):
            if not self.verdict(attempt, changed, calls)[1]:
                return "accepted"
        return "further" if len(calls) > before else ""

    def refuses_another_shape(self, attempt: Attempt, judged: Judged) -> bool:
        """Return whether tests reject a correct function with answers of a new shape.

        Each array of an answer gets another axis.
        """

        def reshaped(*args: Any, **kwargs: Any) -> Any:
            value = judged(*args, **kwargs)
            if isinstance(value, tuple):
                return tuple(np.asarray(part)[np.newaxis] for part in value)
            return np.asarray(value)[np.newaxis]

        try:
            return self.verdict(attempt, reshaped, [])[1]
        except Stopped:  # an error other than AssertionError
            return False

    def _in_words(self, args: tuple[Any, ...]) -> str:
        """Return the arguments of a call in words."""
        if self.describe is not None:
            return self.describe(*args)
        return " and ".join(map(_describe_argument, self.parameters, args))

    def survivors(
        self, attempt: Attempt, wrong: Mapping[str, Judged], calls: Calls
    ) -> dict[str, Answer]:
        """Return the wrong functions that pass, with the answers of the tests.

        The list gets every call that the tests make.
        """
        tried = {name: self.verdict(attempt, one, calls) for name, one in wrong.items()}
        return {
            name: answer for name, (answer, refused) in tried.items() if not refused
        }

    def require_caught_again(
        self, attempt: Attempt, wrong: Mapping[str, Judged]
    ) -> None:
        """Stop the check if a function that was caught before isn't caught again."""
        for name, judged in wrong.items():
            answer, refused = self.verdict(attempt, judged, [])
            expect(answer).holds(
                refused,
                f"Your tests caught this wrong {self.one}, and let it pass when they "
                "met it in a different order: {which}. Do they remember earlier "
                "answers, or draw random numbers? Each call of "
                f"{answer.target} must give its verdict on its own.",
                shows_value=False,
                which=name,
            )


def _describe_argument(name: str, value: Any) -> str:
    if np.ndim(value):
        return f"{name} of shape {np.shape(value)}"
    return f"{name} = {formatting.format_value(value)}"


def checks_of(tests: OwnTests) -> tuple[Callable[..., None], Callable[..., None]]:
    """Return the two checks: right functions pass, and wrong ones are caught."""

    def right_ones_pass(attempt: Attempt, reference: Any) -> None:
        shown = tests.shown
        for n, judged in enumerate(tests.right_functions(reference).values(), 1):
            name = (shown, f"other_{shown}", f"{shown}_{n}")[min(n, 3) - 1]
            tests.require_passed(attempt, judged, name)

    def wrong_ones_are_caught(
        attempt: Attempt,
        reference: Any,
        rng: np.random.Generator,
        remark: Callable[[str], None],
    ) -> None:
        right, wrong = tests.right_functions(reference), tests.wrong_functions()
        attempt.load_ahead(AGAIN)
        mixed = {name: wrong[name] for name in rng.permutation(list(wrong)).tolist()}
        calls: Calls = []
        alive = tests.survivors(attempt, mixed, calls)
        caught = [name for name in wrong if name not in alive]
        again = rng.permutation(list(right)).tolist() * AGAIN
        for name in again[:AGAIN] if caught else ():
            attempt.restart()
            most = min(len(caught), tests.enough)
            before = rng.permutation(caught)[: rng.integers(1, most + 1)].tolist()
            tests.require_caught_again(attempt, {one: wrong[one] for one in before})
            answer, refused = tests.verdict(attempt, right[name], [])
            expect(answer).holds(
                not refused,
                f"Your tests reject a correct {tests.one}, in between the wrong ones.",
                shows_value=False,
            )
        if not alive:
            return
        left, count = "; ".join(name for name in wrong if name in alive), len(wrong)
        remark(
            f"Your tests catch {len(caught)} of {count}. "
            f"Can you find these, too? {left}."
        )
        *_, escaped = alive.values()
        facts = tests.facts_of_escape(attempt, next(iter(right.values())), caught)
        facts["has_called"] = bool(calls)
        expect(escaped, **facts).holds(
            len(caught) >= tests.enough,
            f"Your tests catch {{caught}} of {count} wrong {tests.several}. "
            "These still pass: {alive}.",
            shows_value=False,
            caught=str(len(caught)),
            alive=left,
        )

    right_ones_pass.__doc__ = _claim_of_right(tests)
    wrong_ones_are_caught.__doc__ = _claim_of_wrong(tests)
    return right_ones_pass, wrong_ones_are_caught


def _find_tuple_assert(attempt: Attempt) -> str | None:
    """Return the place of the first assert of a tuple, as in assert (x > 0, "text")."""
    with contextlib.suppress(Stopped):  # the file can't be parsed
        for node in ast.walk(attempt.tree):
            if isinstance(node, ast.Assert) and isinstance(node.test, ast.Tuple):
                return place_of(attempt, node.lineno)
    return None


def _claim_of_right(tests: OwnTests) -> str:
    names = list(tests.right)
    if len(names) == 1:
        return f"A right {tests.one} passes your tests: {names[0]}."
    count = _in_words(len(names)).capitalize()
    return f"{count} right {tests.several} pass your tests: {', '.join(names)}."


def _claim_of_wrong(tests: OwnTests) -> str:
    count = _in_words(len(tests.wrong))
    if tests.enough == len(tests.wrong):
        return f"All {count} wrong {tests.several} are caught by your tests."
    enough = _in_words(tests.enough)
    return (
        f"At least {enough} of {count} wrong {tests.several} are caught by your tests."
    )


def _in_words(count: int) -> str:
    """Return a number from 1 on for a sentence: up to twelve as a word."""
    words = _SMALL.split()
    return words[count - 1] if count <= len(words) else str(count)


def add_symptoms(exercise: Exercise, tests: OwnTests) -> None:
    """Declare the symptoms that tests of any function may show."""
    one, writes, fn = tests.one, exercise.writes, tests.argument_of(exercise.writes)
    which = _which(tests)
    _add_symptoms_of_calls(exercise, tests)
    _add_symptoms_of_values(exercise, tests)

    def raises_another_error(answer: Answer) -> Mapping[str, Any] | bool:
        raised = answer.raised
        if raised is None or "AssertionError" in raised.bases or not raised.is_own:
            return False
        return {"type": raised.type_name}

    def asserts_a_tuple(answer: Answer) -> Mapping[str, Any] | bool:
        place = answer.facts["tuple_line"]
        return place is not None and {"place": place[:1].upper() + place[1:]}

    def returns_a_truth_value(answer: Answer) -> bool:
        return isinstance(answer.value, (bool, np.bool))

    def never_calls(answer: Answer) -> bool:
        return not (answer.facts["has_called"] or answer.facts["caught_names"])

    def asserts_nothing(answer: Answer) -> bool:
        return not answer.facts["caught_names"]

    exercise.symptom(
        f"You raise a {{type}}, which doesn't say that a {one} is wrong.\n"
        "Raise an AssertionError: assert and a condition raises one.",
        example=f'def {writes}({fn}):\n    raise ValueError("wrong")',
    )(raises_another_error)
    exercise.symptom(
        "{place} asserts a tuple: with parentheses around the condition and the text "
        'it is always true.\nWrite assert condition, "text".',
        example=f'def {writes}({fn}):\n    assert ({fn} is None, "never false")',
    )(asserts_a_tuple)
    exercise.symptom(
        "You return True or False, but that isn't used.\n"
        f"Write assert, so that a wrong {one} raises an AssertionError.",
        example=f"def {writes}({fn}):\n    return {fn} is None",
    )(returns_a_truth_value)
    exercise.symptom(
        f"Your tests never call the {one} that they get, so they can't catch a wrong "
        "one.\nCall it, and assert what its answer has to be.",
        example=f"def {writes}({fn}):\n    pass",
    )(never_calls)
    exercise.symptom(
        f"Your tests catch none of the {which}. Do they assert anything? Do they catch "
        "an AssertionError themselves?\n"
        "Assert what the answer has to be, and catch no AssertionError.",
        example=f"def {writes}({fn}):\n    try:\n        assert {fn}() is None\n"
        "    except (AssertionError, TypeError):\n        pass",
    )(asserts_nothing)


def _add_symptoms_of_calls(exercise: Exercise, tests: OwnTests) -> None:
    """Declare the symptoms of calls that don't fit the function under test."""
    writes, names = exercise.writes, tests.parameters
    fn = tests.argument_of(writes)

    def passes_other_arguments(answer: Answer) -> Mapping[str, Any] | bool:
        message = answer.raised.message if answer.raised else ""
        start, _, misfit = message.partition(". This call passes ")
        called = tests.argument_of(answer.target)
        is_refused = start.startswith(f"{called} takes ")
        return is_refused and {"misfit": misfit, "fn": called}

    def computes_with_fn(answer: Answer) -> Mapping[str, Any] | bool:
        has_used = answer.raised and "'RemoteFunction'" in answer.raised.message
        return bool(has_used) and {"fn": tests.argument_of(answer.target)}

    def swaps_arguments(answer: Answer) -> Mapping[str, Any] | bool:
        order = answer.facts["order"]
        return order and {"order": order, "fn": tests.argument_of(answer.target)}

    exercise.symptom(
        f"{{fn}} takes {join(names)}, in this order. This call passes {{misfit}}.",
        example=f"def {writes}({fn}):\n    {fn}()",
    )(passes_other_arguments)
    exercise.symptom(
        "You use {fn} itself as a value. It is a function, to be called.\nCall it as "
        f"{{fn}}({', '.join(names)}).",
        example=f"def {writes}({fn}):\n    assert {fn} < 1",
    )(computes_with_fn)
    if tests.swapped:
        exercise.symptom(
            f"{{fn}} takes {join(names)}, in this order. If it took {{order}}, your "
            "tests would accept its answer to this call. Did you change the order?",
            example=tests.swapped,
        )(swaps_arguments)


def _add_symptoms_of_values(exercise: Exercise, tests: OwnTests) -> None:
    """Declare the symptoms of tests that ask too much of a value, or too little."""
    writes, fn = exercise.writes, tests.argument_of(exercise.writes)

    def compares_exactly(answer: Answer) -> Mapping[str, Any] | bool:
        others = any(answer.facts.get(fact) for fact in tests.also_right)
        decimals = answer.facts.get("decimals")
        return bool(decimals) and not others and {"decimals": decimals}

    def looks_only_at_the_shape(answer: Answer) -> bool:
        return bool(answer.facts["refuses_another_shape"])

    def compares_the_wrong_way_round(answer: Answer) -> bool:
        return bool(answer.facts["accepts_only_wrong"])

    def looks_at_one_side(answer: Answer) -> Mapping[str, Any] | bool:
        side = answer.facts["one_side"]
        other = {"small": "large", "large": "small"}
        return bool(side) and {"accepted": side, "refused": other[side]}

    exercise.symptom(
        f"Your tests reject this answer of a correct {tests.one}, and accept it with "
        f"{SHIFT} added or subtracted. Is a comparison the wrong way round?",
        example=(
            f"def {writes}({fn}, right={writes}):\n    try:\n"
            f"        right({fn})\n    except AssertionError:\n        return\n"
            "    assert False"
        ),
    )(compares_the_wrong_way_round)
    if tests.one_sided:
        exercise.symptom(
            f"Your tests reject answers of a correct {tests.one} that are {SHIFT} too "
            f"{{refused}}, and accept answers that are {SHIFT} too {{accepted}}. Does "
            "a comparison look at only one side?\n"
            "Compare the difference without its sign: abs(value - expected).",
            example=tests.one_sided,
        )(looks_at_one_side)
    if tests.exact:
        exercise.symptom(
            f"Your tests reject this answer of a correct {tests.one}, and accept it "
            "rounded to {decimals} decimals. Do you compare with ==? A number that you "
            "write down is rounded.\n"
            "Allow a small difference: write abs(value - expected) < 1e-{decimals}.",
            example=tests.exact,
        )(compares_exactly)
    if tests.shape_only:
        exercise.symptom(
            f"Your tests catch none of the {_which(tests)}. They reject right answers "
            "in a different shape: do they look only at the shape or the type?\n"
            "Compare the numbers, too.",
            example=tests.shape_only,
        )(looks_only_at_the_shape)


def _which(tests: OwnTests) -> str:
    return f"{_in_words(len(tests.wrong))} wrong {tests.several}"


def _with_rounding(judged: Judged, decimals: int) -> Judged:
    """Return the same function with its answers rounded to a number of decimals."""

    def rounding(*args: Any, **kwargs: Any) -> Any:
        return _round(judged(*args, **kwargs), decimals)

    return rounding


def _round(value: Any, decimals: int) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(_round(part, decimals) for part in value)
    is_number = isinstance(value, (float, np.floating, np.ndarray))
    return plain(np.round(value, decimals)) if is_number else value
