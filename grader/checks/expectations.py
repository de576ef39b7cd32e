"""expectations: state a fact about an answer, and say what differs if it isn't true.

All comparisons with a learner's values happen here, in the judge. A strange value (an
object, a ragged list, text instead of a number) is *wrong*, and never an error of the
check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn

import numpy as np
from msgspec.structs import replace

from grader.checks.attempt import (
    USE_EQUALS,
    Answer,
    AttemptFunction,
    QuestionFields,
    RemoteObject,
    Stopped,
)
from grader.checks.attempt.failure_messages import describe_in_one_line
from grader.checks.comparing import (
    Array,
    as_array,
    as_choice,
    as_expected,
    ask_about_entry,
    describe_fractions,
    describe_kind,
    describe_mismatch,
    describe_near_miss,
    describe_quoted_number,
    describe_tiny_difference,
    format_facts,
    format_first,
    format_pair,
    format_side_by_side,
    has_decimal_comma,
    has_same_numbers,
    has_split_decimals,
    is_close,
    is_same,
    max_distance,
    require_comparable,
    require_dtype,
    require_no_nan,
)
from grader.checks.differences import first_difference
from grader.report import Finding, Outcome, formatting
from grader.sandbox import Raised

# How closely a mistake must agree: it is run again, and may be coded differently.
MISTAKE_TOLERANCE = 1e-6
EXACT_TOLERANCE = 1e-9


class Wrong(Stopped):
    """The answer isn't what the check expects.

    Attributes:
        tolerance: how closely a mistake must reproduce the learner's answer. It is well
            below the distance to the right answer, so that a right value here is never
            taken for the mistake.
        otherwise: what to say if no mistake is named.
    """

    def __init__(
        self,
        finding: Finding,
        answer: Answer | None = None,
        tolerance: float = MISTAKE_TOLERANCE,
        otherwise: str = "",
    ) -> None:
        super().__init__(Outcome.WRONG, finding, answer)
        self.tolerance = tolerance
        self.otherwise = otherwise


# The least that counts as a sentence.
_FEWEST_WORDS, _FEWEST_LETTERS = 3, 10


class Expectation:
    """Expectations about one answer, or about a quantity derived from it."""

    def __init__(self, answer: Answer, facts: dict[str, Any], name: str = "") -> None:
        self.answer = replace(answer, facts={**answer.facts, **facts})
        self.value = answer.value
        self.name = name  # the name of the derived quantity, "" for the answer

    def __eq__(self, other: object) -> bool:
        raise TypeError(USE_EQUALS)

    __hash__ = object.__hash__

    def close_to(self, expected: Any, tolerance: float = 1e-9) -> None:
        """Expect numbers of this shape, each within `tolerance`.

        A right value in another shape gets a message about the shape.

        Args:
            expected: a number, or an array of any shape and dtype.
            tolerance: the bound in ``|a - b| <= tolerance * max(1, |b|)``.
        """
        want = as_expected(expected)
        got = self._numeric()
        if got.shape != want.shape:
            self._fail_shape(got, want, tolerance)
        far = ~is_close(got, want, tolerance)
        if far.any():
            require_no_nan(want)
            self._fail_value(got, want, far, tolerance)

    def all_close_to(self, expected: float, tolerance: float = 1e-9) -> None:
        """Expect every entry of an array to be close to one number.

        Args:
            expected: the number.
            tolerance: as for `close_to`.
        """
        got = self._numeric()
        self.close_to(np.full(got.shape, expected), tolerance)

    def equals(self, expected: Any) -> None:
        """Expect exactly this value, as Python compares it; a tuple equals a list.

        Args:
            expected: any value that travels. For an array of labels, write
                ``np.array([0, 2, 1])``: then a difference is reported by its position.
        """
        value = self.value
        if self.answer.is_entry and isinstance(expected, str):
            value, expected = as_choice(value), as_choice(expected)
        if is_same(value, expected):
            return
        require_comparable(expected)
        if isinstance(value, np.ndarray) and isinstance(expected, (list, tuple)):
            as_numbers = as_array(expected)
            expected = expected if as_numbers is None else as_numbers
        if isinstance(expected, np.ndarray) and as_array(self.value) is not None:
            got = self._numeric()
            if got.shape != expected.shape:
                self._fail_shape(got, expected, 0.0)
            far = got != expected
            self._fail_value(got, expected, far, MISTAKE_TOLERANCE, is_exact=True)
        numbers, want = as_array(self.value), as_array(expected)
        if numbers is not None and want is not None and has_same_numbers(numbers, want):
            self._fail_shape(numbers, want, 0.0)
        if not self.answer.is_entry:  # it would give away the right answer
            difference = first_difference(self.value, expected)
            if difference is not None:
                self._fail(difference.sentence, expected, difference.place)
        self._fail(
            describe_mismatch(self.value, expected, self.answer.is_call), expected
        )

    def has_dtype(self, *names: str) -> None:
        """Expect an array, or a NumPy scalar, whose dtype has one of these names.

        Args:
            names: such as "float32".
        """
        for name in names:
            require_dtype(name)
        dtype = getattr(self.value, "dtype", None)
        if dtype is None:
            expected = f"an array of dtype {' or '.join(names)}"
            how = " np.array(...) makes one." if isinstance(self.value, list) else ""
            self._fail(f"Expected {expected}; this is {self._kind()}.{how}")
        elif dtype.name not in names:
            expected = " or ".join(names)
            self._fail(f"The dtype is {dtype.name}; it should be {expected}.")

    def has_shape(self, shape: tuple[int, ...]) -> None:
        """Expect an array of exactly this shape.

        Args:
            shape: such as ``(5, 3)``; ``()`` for one number.
        """
        if not isinstance(shape, tuple):
            kind = describe_kind(shape)
            raise TypeError(f"Expect a tuple as shape, such as (5, 3); this is {kind}.")
        got = self._numeric()
        if got.shape != shape:
            self._fail(f"The shape is {got.shape}; it should be {shape}.")

    def is_between(self, low: float, high: float) -> None:
        """Expect a number with ``low <= number <= high``.

        Args:
            low: the smallest right number.
            high: the largest right number.
        """
        if not low <= high:
            raise ValueError(f"No number is between {low} and {high}.")
        if not low <= self.number() <= high:
            least, most = map(formatting.format_number, (low, high))
            bounds = f"between {least} and {most}"
            if self.answer.is_entry:
                self._fail("This is not the number expected.")
            self._fail(f"Expected a number {bounds}.")

    def is_finite(self) -> None:
        """Expect numbers that are neither nan nor inf."""
        got = self._numeric()
        if not np.isfinite(got).all():
            self._fail("It contains nan or inf.")

    def one_of(self, choices: Iterable[Any]) -> None:
        """Expect one of the words or numbers that are allowed.

        Args:
            choices: what is allowed. For entries of a dict, such as predictions,
                capitals don't count, neither here nor in a learner's answer.
        """
        allowed = list(choices)
        if not allowed:
            raise ValueError("Expect one of some choices; there are none.")
        self.answer.choices[:] = allowed
        value, comparable = self.value, allowed
        if self.answer.is_entry:
            value, comparable = as_choice(value), [as_choice(one) for one in allowed]
        if not any(is_same(value, one) for one in comparable):
            words = ", ".join(repr(choice) for choice in allowed)
            sentence = f"Answer with one of: {words}."
            if not isinstance(value, str) and all(isinstance(c, str) for c in allowed):
                sentence += f" Put it in quotes: this is {self._kind()}."
            if isinstance(value, str) and not any(isinstance(c, str) for c in allowed):
                sentence += " Leave the quotes out."
            self._fail(sentence)

    def is_choice(self, right: Any, of: Iterable[Any]) -> None:
        """Expect the right one of the words or numbers that are allowed.

        Args:
            right: the right one.
            of: what is allowed, as for `one_of`.

        Example:
            answer = attempt.entry("PREDICT", "shape")
            expect(answer).is_choice("b", of="abc")
        """
        allowed = list(of)
        if not any(is_same(as_choice(right), as_choice(one)) for one in allowed):
            raise ValueError(f"The right choice, {right!r}, isn't among {allowed!r}.")
        self.one_of(allowed)
        self.equals(right)

    def array(
        self, shape: tuple[int, ...] | None = None, dtype: str | None = None
    ) -> Array:
        """Return the value as an array of numbers or bools, for further use.

        Args:
            shape: the shape that it must have; None for any.
            dtype: the name of the dtype that it must have; None for any.
        """
        got = self._numeric()
        if shape is not None:
            self.has_shape(shape)
        if dtype is not None:
            self.has_dtype(dtype)
        return got

    def number(self) -> float:
        """Return the value as one real number; it may be an array without axes."""
        got = self._numeric()
        if got.shape != () or got.dtype.kind not in "biuf":
            self._fail("Expected one number.")
        return float(got)

    def integer(self) -> int:
        """Return the value as one integer."""
        got = self._numeric()
        if got.shape != () or got.dtype.kind not in "iu":
            self._fail("Expected one whole number (an int).")
        return int(got)

    def text(self) -> str:
        """Return the value as text."""
        if not isinstance(self.value, (str, np.str_)):
            self._fail(f"Expected text (a str); this is {self._kind()}.")
        return str(self.value)

    def sentence(self, question: str) -> str:
        """Return the value as text of three words or ten letters, with single spaces.

        The letters may be of any script, because not every language has spaces.

        Args:
            question: what the sentence should answer; the finding for shorter ones.
        """
        words = self.text().split()
        letters = [sum(map(str.isalpha, word)) for word in words]
        is_long = (
            len([count for count in letters if count]) >= _FEWEST_WORDS
            or sum(letters) >= _FEWEST_LETTERS
        )
        self.holds(is_long, f"Write a sentence: {question}")
        return " ".join(words)

    def mapping(self, keys: Iterable[Any] = ()) -> dict[Any, Any]:
        """Return the value as a dict that has at least these keys.

        Args:
            keys: the keys that it must have.
        """
        if not isinstance(self.value, dict):
            self._fail(f"Expected a dict; this is {self._kind()}.")
        missing = [key for key in keys if key not in self.value]
        if missing:
            self._fail(f"The key {missing[0]!r} is missing.")
        return dict(self.value)

    def sequence(self, length: int | None = None) -> list[Any]:
        """Return the value as a list; it may be a tuple, or an array's rows.

        Args:
            length: the number of items that it must have; None for any.
        """
        value = self.value
        is_array = isinstance(value, np.ndarray) and value.ndim > 0
        if not (is_array or isinstance(value, (list, tuple))):
            items = "" if length is None else f" of {length} items"
            self._fail(f"Expected a list or a tuple{items}; this is {self._kind()}.")
        if length is not None and len(value) != length:
            if is_array:
                self._fail(
                    f"Expected {length} values, as in return a, b; this is one array "
                    f"with shape {value.shape}."
                )
            self._fail(f"Expected {length} items; there are {len(value)}.")
        return list(value)

    def handle(self) -> RemoteObject:
        """Return the answer, which must be an object in the worker."""
        if not isinstance(self.value, RemoteObject):
            self._fail(f"Expected an object; this is {self._kind()}.")
        remote: RemoteObject = self.value
        return remote

    def its(self, name: str, derive: Callable[[Any], Any]) -> Expectation:
        """Return a named quantity: ``its("row sums", lambda p: p.sum(1))``.

        Args:
            name: what a learner reads if it is wrong.
            derive: computes it from the learner's value.

        Example:
            sums = expect(attempt.shares(x)).its("row sums", lambda p: p.sum(axis=1))
            sums.all_close_to(1.0)
        """
        try:
            with np.errstate(all="ignore"):
                value = derive(self.value)
        except Exception as error:  # a strange value is the learner's mistake
            self._fail(f"The {name} cannot be computed from it ({error}).")
        derived = Expectation(self.answer, {}, name)
        derived.value = value
        return derived

    def holds(
        self,
        condition: bool | np.bool,
        sentence: str,
        *,
        shows_value: bool = True,
        **facts: Any,
    ) -> None:
        """Expect any other condition to be true; if it isn't, report `sentence`.

        Args:
            condition: what must be true.
            sentence: the text for the learner; ``{got}`` is the value, and a fact is
                filled in by its name.
            shows_value: whether to show the value below the sentence.
            facts: what was found out about the value. Symptoms see them, too.

        Example:
            expect(answer).holds(answer.value > 0, "A loss is above 0: {got}.")
        """
        if facts:
            self.answer = replace(self.answer, facts={**self.answer.facts, **facts})
        if not condition:
            words = {
                "got": formatting.format_value(self.value),
                **format_facts(self.answer.facts),
            }
            # For a configuration, or weights, the sentence says what matters in them.
            is_long = isinstance(self.value, dict) or (
                isinstance(self.value, list)
                and any(isinstance(item, np.ndarray) for item in self.value)
            )
            texts = None if shows_value and not is_long else ("", "")
            if self.answer.raised is not None:
                texts = ("", describe_in_one_line(self.answer.raised))
            self._fail(sentence.format(**words), texts=texts)

    def _kind(self) -> str:
        return describe_kind(self.value, self.answer.is_call)

    def _numeric(self) -> Array:
        array = as_array(self.value)
        if array is not None:
            return array
        described, remark = self._kind(), ""
        if isinstance(self.value, (list, tuple)):
            described += " with something else in it, or with rows of different lengths"
        if isinstance(self.value, str):
            remark = describe_quoted_number(self.value)
        return self._fail(f"Expected numbers; this is {described}.{remark}")

    def _fail_shape(self, got: Array, want: Array, tolerance: float) -> None:
        same = (
            got.size == want.size
            and is_close(got.reshape(want.shape), want, tolerance).all()
        )
        expected = "one number" if want.shape == () else str(want.shape)
        start = "The values are right, but they have" if same else "It has"
        sentence = f"{start} the shape {got.shape}; it should be {expected}."
        if got.shape == ():
            sentence = f"This is one number; the shape should be {expected}."
        if (
            has_decimal_comma(self.value)
            if want.shape == ()
            else has_split_decimals(got, want)
        ):
            sentence += " Python writes decimals with a point, not a comma."
        self._fail(sentence, want, tolerance=max(tolerance, MISTAKE_TOLERANCE))

    def _fail_value(
        self,
        got: Array,
        want: Array,
        far: Array,
        tolerance: float,
        *,
        is_exact: bool = False,
    ) -> None:
        apart = max_distance(got, want)
        # It must be much closer to the mistake than to the right answer. Otherwise a
        # right value that is slightly rounded would match a mistake.
        closely, little = min(max(tolerance, MISTAKE_TOLERANCE), apart / 10), ""
        first = tuple(int(i) for i in np.argwhere(far)[0])
        if want.shape == ():
            sentence, place = "This is not the number expected.", ""
        else:
            place = str(list(first))
            values = "" if self.answer.is_entry else format_first(want, got, first)
            sentence = (
                f"{int(far.sum())} of {far.size} values differ, first at {place}"
                f"{values}."
            )
            little = describe_tiny_difference(got, want)
            sentence += little
        otherwise = describe_near_miss(apart, got)
        if is_exact and not otherwise:
            otherwise = describe_fractions(got, want)
        if self.answer.is_entry and not otherwise:
            otherwise = ask_about_entry(got, want, tolerance)
        if little:  # the sentence already says how little they differ
            has_advice = "compute in" in little
            otherwise = "" if has_advice else otherwise.partition(". ")[2]
        texts = format_side_by_side(
            want, got, first, isinstance(self.value, (list, tuple))
        )
        rows = (first[0], len(want)) if first else (None, 0)
        question = self.answer.asked_at(*rows)
        self._fail(sentence, want, place, closely, otherwise, texts, question)

    def _fail(
        self,
        sentence: str,
        expected: Any = None,
        place: str = "",
        tolerance: float | None = None,
        otherwise: str = "",
        texts: tuple[str, str] | None = None,
        question: QuestionFields | None = None,
    ) -> NoReturn:
        about = f"{self.name} of {self.answer.target}: " if self.name else ""
        expected_text, got_text = texts or format_pair(expected, self.value)
        # A wrong guess mustn't reveal the right prediction, or the answer on paper.
        shows_expected = expected is not None and not self.answer.is_entry
        finding = Finding(
            about + sentence,
            **(question or self.answer.asked),
            expected=expected_text if shows_expected else "",
            got=got_text,
            place=place,
        )
        if tolerance is None:  # the distance to the right answer is unknown here
            # float32 has about seven digits, and mistakes run in float64.
            is_rough = getattr(self.answer.value, "dtype", None) == np.float32
            tolerance = MISTAKE_TOLERANCE if is_rough else EXACT_TOLERANCE
        raise Wrong(finding, self.answer, tolerance, otherwise)


def _describe_raised(raised: Raised, expected: str) -> str:
    """Return what was raised instead of the exception, if the line shows it."""
    if raised.type_name == "AssertionError" and raised.source_line.startswith("assert"):
        return f"an assert raises an AssertionError. raise {expected}(...) raises one."
    if "exceptions must derive from BaseException" in raised.message:
        return f"raise needs an exception, not text: raise {expected}(...)."
    return "another exception came."


class _Expect:
    """``expect(answer)`` and ``expect.raises(...)``."""

    def __call__(self, answer: Answer, **facts: Any) -> Expectation:
        if not isinstance(answer, Answer):
            raise TypeError(
                "expect takes an answer, such as attempt.mean(x), and this is "
                f"{describe_kind(answer)}; for a part of an answer, write "
                'expect(answer).its("row sums", lambda p: p.sum(1))'
            )
        return Expectation(answer, facts)

    def raises(
        self,
        types: str | Sequence[str],
        function: AttemptFunction,
        /,
        *args: Any,
        **kwargs: Any,
    ) -> Answer:
        """Require that the learner's code raises one of these exceptions.

        Args:
            types: their names; subclasses count, too.
            function: the function to call, such as ``attempt.mean``.
            args: its arguments.
            kwargs: its keyword arguments.

        Raises:
            Wrong: it raises no exception, or a different one.
            Stopped: no answer came for another reason.
        """
        names = (types,) if isinstance(types, (str, type)) else tuple(types)
        if not all(isinstance(one, str) for one in names):
            raise TypeError(
                'expect.raises takes the name of an exception, such as "ValueError".'
            )
        expected = " or ".join(names)
        try:
            answer = function(*args, **kwargs)
        except Stopped as stopped:
            answer = stopped.answer or Answer("")
            raised = answer.raised
            if stopped.outcome is not Outcome.RAISED or raised is None:
                raise
            if set(names) & set(raised.bases):
                return answer
            got = describe_in_one_line(raised)
            came = _describe_raised(raised, names[0])
            finding = replace(
                stopped.finding,
                sentence=f"Raise a {expected} here; {came}",
                expected=expected,
                got=got,
            )
            raise Wrong(finding, answer) from None
        value = answer.value
        sentence = f"Raise a {expected} here; none was raised."
        if isinstance(value, RemoteObject) and "BaseException" in value.bases:
            sentence = f"A {expected} is returned here. Write raise instead of return."
        elif isinstance(value, str) and value.strip().startswith(names):
            sentence = f"Text is returned here. raise {names[0]}(...) raises one."
        finding = Finding(
            sentence,
            **answer.asked,
            expected=expected,
            got=formatting.format_literal(value),
        )
        raise Wrong(finding, answer)


expect = _Expect()
