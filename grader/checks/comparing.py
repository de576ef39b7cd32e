"""comparing: compare a learner's value with the expected one, whatever it is."""

from __future__ import annotations

import ast
import dataclasses
import functools
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.checks.attempt import RemoteObject
from grader.report import formatting
from grader.sandbox import codec
from grader.sandbox.codec import Record

Array = npt.NDArray[Any]
Agree = Callable[[Any, Any], bool]
_LONGEST_LITERAL = 80
_EXACT = (Fraction, Decimal)
_SCALARS = (bool, int, float, complex, *_EXACT)
_PLAIN = frozenset(_SCALARS)
_BOOLS = (bool, np.bool)
_NUMBERS = (np.ndarray, np.generic, *_SCALARS)
FUNCTION_TYPES = ("function", "method", "builtin_function_or_method")


def as_array(value: Any) -> Array | None:
    """Return a numeric array, or None for anything that isn't clearly numbers."""
    if isinstance(value, (str, bytes, dict)) or value is None or value is ...:
        return None
    if not isinstance(value, (*_NUMBERS, list, tuple)):
        return None
    if isinstance(value, (list, tuple)) and not holds_numbers(value):
        return None
    try:
        array = np.asarray(value)
        is_mixed = array.dtype == object
        if is_mixed and any(isinstance(one, _EXACT) for one in array.flat):
            array = array.astype(float)
    except (ValueError, TypeError, OverflowError):
        return None
    return array if array.dtype.kind in "biufc" else None


def holds_numbers(items: Sequence[Any]) -> bool:
    return _PLAIN.issuperset(map(type, items)) or all(
        holds_numbers(item)
        if isinstance(item, (list, tuple))
        else isinstance(item, _NUMBERS)
        for item in items
    )


def distances(got: Array, want: Array, nan_is_alike: bool = False) -> Array:
    """Return the distances between numbers; all comparisons with a tolerance use this.

    A distance is relative to the expected number if that is above 1, else absolute.

    Args:
        got: numbers.
        want: numbers of the same shape, or of one that broadcasts to it.
        nan_is_alike: whether two nan are equal. An expected value is never nan, but a
            known mistake may return one where the learner's code does.

    Returns:
        One number each: 0.0 if both are equal, even both the same inf; inf if only one
        of them is finite, or one is nan. Booleans count as 0 and 1, and small integers
        don't wrap around: two uint8 of 3 and 5 are 2 apart.

    >>> distances(np.array([3.0, 50.0, np.inf]), np.array([2.0, 100.0, np.inf]))
    array([0.5, 0.5, 0. ])
    >>> distances(np.array([3, np.nan]), np.array([5, np.nan])).tolist()
    [0.4, inf]
    """
    a, b = np.asarray(got) * 1.0, np.asarray(want) * 1.0
    with np.errstate(all="ignore"):
        apart = np.abs(a - b) / np.maximum(1.0, np.abs(b))
    apart = np.where(np.isfinite(apart), apart, np.inf)
    is_equal = np.asarray(got == want)
    if nan_is_alike:
        is_equal |= np.isnan(a) & np.isnan(b)
    return np.where(is_equal, 0.0, apart)


def is_close(got: Array, want: Array, tolerance: float) -> Array:
    """Return whether each distance is at most `tolerance`.

    Args:
        got: numbers.
        want: numbers of the same shape, or of one that broadcasts to it.
        tolerance: the largest distance, as defined by `distances`.

    Returns:
        One bool each, in the shape of both.
    """
    return np.asarray(distances(got, want) <= tolerance)


def max_distance(got: Array, want: Array) -> float:
    """Return the largest distance, relative to an expected number above 1.

    >>> max_distance(np.array([3.0, 50.0]), np.array([2.5, 100.0]))
    0.5
    """
    return float(np.max(distances(got, want), initial=0.0))


def is_same(
    got: Any, want: Any, agree: Agree | None = None, otherwise: Agree | None = None
) -> bool:
    """Return whether two values are equal as plain data.

    3 equals np.int64(3), and (1, 2) equals [1, 2]; True isn't 1, nor "1" a 1. Instances
    of dataclasses are equal if their classes have the same name, and their fields are
    equal.

    Args:
        got: the first value.
        want: the second value.
        agree: whether two arrays of numbers of the same shape agree. By default, all
            numbers must be equal.
        otherwise: whether two values agree that aren't plain data; by default, none do.

    >>> is_same(Fraction(1, 2), 0.5), is_same({1, 2}, [1, 2]), is_same(b"a", "a")
    (True, False, False)
    """
    if agree is None and type(got) is type(want) and type(want) in (int, float, str):
        return bool(got == want)
    if isinstance(want, _BOOLS) or isinstance(got, _BOOLS):
        both = isinstance(want, _BOOLS) and isinstance(got, _BOOLS)
        return both and bool(got) == bool(want)
    if isinstance(want, str) or want is None:
        return type(got) in (type(want), np.str_) and got == want
    if agree is not None and (numbers := as_array(want)) is not None:
        return _has_such_numbers(got, numbers, agree)
    same = functools.partial(is_same, agree=agree, otherwise=otherwise)
    if isinstance(want, (list, tuple)):
        # Compare lengths first: a list of everything in `got` may exceed the memory.
        return _has_items(got) and len(got) == len(want) and all(map(same, got, want))
    if isinstance(want, dict):
        has_keys = isinstance(got, dict) and set(got) == set(want)
        return has_keys and all(same(got[key], want[key]) for key in want)
    if isinstance(want, (set, frozenset)):
        return isinstance(got, (set, frozenset)) and got == want
    if isinstance(want, (bytes, bytearray)):
        return isinstance(got, bytes) and got == want
    if (record := as_record(want)) is not None:
        other, left_out = as_record(got), _left_out(want)
        if other is None or other.type_name != record.type_name:
            return False
        compared = [
            {k: x for k, x in one.fields.items() if k not in left_out}
            for one in (other, record)
        ]
        return same(*compared)
    if isinstance(want, np.ndarray) and want.dtype.kind in "US":
        is_array = isinstance(got, np.ndarray) and got.shape == want.shape
        is_like = is_array or not want.ndim or agree is not None
        return is_like and same(got, want.tolist())
    if isinstance(want, (np.ndarray, np.generic, *_SCALARS)):
        return _is_same_number(got, want)
    return otherwise is not None and otherwise(got, want)


def _has_items(value: Any) -> bool:
    is_array = isinstance(value, np.ndarray) and value.ndim > 0
    return is_array or isinstance(value, (list, tuple))


def _has_such_numbers(got: Any, want: Array, agree: Agree) -> bool:
    # An array of a long list takes milliseconds, and every mistake is compared.
    if isinstance(got, (list, tuple)) and want.shape[:1] != (len(got),):
        return False
    array = as_array(got)
    return array is not None and array.shape == want.shape and agree(array, want)


def _is_same_number(got: Any, want: Any) -> bool:
    a, b = _as_python(got), _as_python(want)
    if _is_exact(a) or _is_exact(b):
        return isinstance(a, _SCALARS) and isinstance(b, _SCALARS) and bool(a == b)
    array = as_array(got)
    shape = want.shape if isinstance(want, np.ndarray) else ()
    return array is not None and array.shape == shape and bool((array == want).all())


def has_same_numbers(got: Array, want: Array) -> bool:
    """Return whether two arrays differ only in their shapes, and both contain numbers.

    >>> has_same_numbers(np.array([[2, 5]]), np.array([2, 5]))
    True
    """
    is_kind = (got.dtype.kind == "b") == (want.dtype.kind == "b")
    is_other = got.shape != want.shape and want.ndim > 0
    return is_kind and is_other and np.array_equal(got.ravel(), want.ravel())


def _as_python(value: Any) -> Any:
    """Return a NumPy number as a Python number, and any other value unchanged."""
    is_one = isinstance(value, (np.ndarray, np.generic)) and value.shape == ()
    return value.item() if is_one else value


def _is_exact(value: Any) -> bool:
    """Return whether a number is exact in Python, but not in NumPy."""
    is_int = isinstance(value, int) and not -(2**63) <= value < 2**63
    return is_int or isinstance(value, _EXACT)


def as_record(value: Any) -> Record | None:
    """Return an instance of a dataclass as it arrives, or None for other values."""
    if isinstance(value, Record):
        return value
    if isinstance(value, type) or not dataclasses.is_dataclass(value):
        return None
    names = [field.name for field in dataclasses.fields(value)]
    return Record(type(value).__name__, {name: getattr(value, name) for name in names})


def _left_out(value: Any) -> set[str]:
    """Return the fields of a dataclass that Python leaves out of comparisons."""
    if isinstance(value, Record):
        return set()
    return {field.name for field in dataclasses.fields(value) if not field.compare}


def require_comparable(expected: Any) -> None:
    """Require an expected value that some answer can be equal to.

    Raises:
        TypeError: no answer can be; the sentence is for the author.
    """
    try:
        arrives = codec.decode(codec.encode(expected))
    except codec.CodecError as error:
        raise TypeError(f"No answer can equal this: {error}.") from None
    if not is_same(arrives, expected):
        shown = formatting.format_literal(expected)
        raise TypeError(f"No answer can equal {shown}: it isn't equal to itself.")


def as_expected(expected: Any) -> Array:
    """Return the numbers that an author expects, as an array.

    Raises:
        TypeError: they aren't numbers, or no answer can be close to them.
    """
    array = as_array(expected)
    if array is None and not codec.has_labels(expected):
        array = np.asarray(expected)  # it may be a tensor
    if array is None or array.dtype.kind not in "biufc":
        way = "" if array is not None else f" {codec.INSTEAD}"
        raise TypeError(f"Expect numbers; this is {describe_kind(expected)}.{way}")
    return array


def require_no_nan(expected: Array) -> None:
    """Require numbers that some answer can be close to.

    Raises:
        TypeError: one of them is nan.
    """
    if expected.dtype.kind in "fc" and np.isnan(expected).any():
        raise TypeError("No answer can be close to nan. Expect another number.")


def format_pair(expected: Any, got: Any) -> tuple[str, str]:
    """Return both values as text, with all their digits if six look the same."""
    expected_text, got_text = (
        formatting.format_literal(expected),
        formatting.format_literal(got),
    )
    if expected_text == got_text and isinstance(got, (float, np.floating)):
        return repr(float(expected)), repr(float(got))
    return expected_text, got_text


def format_facts(facts: Any) -> dict[str, str]:
    return {
        key: formatting.shorten(item, formatting.LONGEST_WORDS)
        if isinstance(item, str)
        else formatting.format_value(item)
        for key, item in facts.items()
    }


def describe_mismatch(got: Any, expected: Any, is_call: bool = True) -> str:
    """Return why a value isn't the expected one; its type may explain it already."""
    if got is None or got is ...:
        return f"This is {describe_kind(got, is_call)}."
    if isinstance(got, str) and not isinstance(expected, str):
        form = " Write a tuple, such as (2, 3)." if isinstance(expected, tuple) else ""
        return f"This is text, in quotes.{describe_quoted_number(got) or form}"
    if isinstance(got, RemoteObject) and isinstance(expected, str):
        kind = describe_kind(got, is_call)
        return f"This is {kind}" if kind.endswith("?") else f"This is {kind}, not text."
    return "This is not the expected value."


def describe_quoted_number(text: str) -> str:
    """Return what to write instead of a number, or several, in quotes, or "".

    >>> describe_quoted_number("0,75")
    ' Write 0.75, with a point and without the quotes.'
    >>> describe_quoted_number("(2, 5)"), describe_quoted_number("28x28")
    (' Leave the quotes out.', '')
    """
    text = text.strip()
    if re.fullmatch(r"-?\d{1,9},\d{1,9}", text):
        number = text.replace(",", ".")
        return f" Write {number}, with a point and without the quotes."
    return " Leave the quotes out." if _is_literal(text) else ""


def _is_literal(text: str) -> bool:
    try:
        value = ast.literal_eval(text) if len(text) < _LONGEST_LITERAL else text
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return False
    return not isinstance(value, str)


def has_decimal_comma(value: Any) -> bool:
    """Return whether a value looks like 1,185 for 1.185: a pair of integers."""
    whole = isinstance(value, tuple) and all(isinstance(part, int) for part in value)
    return whole and len(value) == 2


def describe_tiny_difference(got: Array, want: Array) -> str:
    """Return a remark on values that differ but look the same when shown, or ""."""
    if got.size > formatting.LONGEST_ARRAY or got.dtype.kind not in "fc":
        return ""
    if formatting.format_value(got) != formatting.format_value(want):
        return ""
    with np.errstate(all="ignore"):
        words = f" They are at most {np.max(np.abs(got - want)):.0e} apart."
    if got.dtype in (np.float32, np.float16):
        words += f" Yours are {got.dtype}; compute in float64."
    return words


def describe_kind(value: Any, is_call: bool = True) -> str:
    """Return a value's type in plain words; for a call's None, ask about a return."""
    if value is None:
        return "None (is there a return?)" if is_call else "None"
    if value is ...:
        return "..., a blank that hasn't been filled in yet"
    if isinstance(value, str):
        return "text, in quotes"
    if isinstance(value, RemoteObject) and value.type_name in FUNCTION_TYPES:
        return "a function that isn't called: are the parentheses () missing?"
    if isinstance(value, RemoteObject) and value.type_name == "type":
        return "a class"
    if isinstance(value, RemoteObject):
        return f"an object of type {formatting.shorten(value.type_name, 60)}"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


# A value this close to the right one was computed correctly, and then rounded.
NEAR_MISS = 1e-5
# Beyond this number of rows, only the first one that differs is shown.
MOST_ROWS = 4


def as_choice(value: Any) -> Any:
    """Return a choice without its spaces, bracket and capitals.

    >>> as_choice(" B) "), as_choice("Finite"), as_choice(3)
    ('b', 'finite', 3)
    """
    if not isinstance(value, (str, np.str_)) or len(value) > formatting.LONGEST_TEXT:
        return value
    return str(value).strip().strip("().").strip().casefold()


def has_split_decimals(got: Array, want: Array) -> bool:
    """Return whether decimals were written with commas: 0,125 is a 0 and a 125.

    >>> has_split_decimals(np.array([0, 125, 0, 75]), np.array([0.125, 0.75]))
    True
    """
    is_twice = got.shape == (2 * want.size,) and want.ndim == 1
    return is_twice and got.dtype.kind in "iu" and not np.any(got[::2] != want // 1)


def describe_near_miss(apart: float, got: Array) -> str:
    """Return a remark on a value that is nearly right and isn't a known mistake.

    Args:
        apart: the largest distance, as defined by `distances`.
        got: the learner's numbers, of any shape.

    Returns:
        "" if it isn't nearly right, or contains no decimals.
    """
    if not 0 < apart <= NEAR_MISS or got.dtype.kind not in "fc":
        return ""
    question = "Did you round, or add a small constant, or compute in float32?"
    return f"It agrees to about {int(-np.log10(apart))} digits. {question}"


def ask_about_entry(got: Array, want: Array, tolerance: float) -> str:
    """Return a question about a percentage or a sign in an answer on paper, or "".

    >>> ask_about_entry(np.array(30.0), np.array(0.3), 0.005)
    'Is that a percentage? Write it as a fraction of 1: divide it by 100.'
    """
    is_fraction = ((want >= 0) & (want <= 1)).all() and want.any()
    if is_fraction and (np.abs(got - 100 * want) <= 100 * tolerance).all():
        return "Is that a percentage? Write it as a fraction of 1: divide it by 100."
    if want.any() and (np.abs(got + want) <= tolerance).all():
        return "Is the sign right?"
    return ""


def describe_fractions(got: Array, want: Array) -> str:
    """Return a question about decimals where whole numbers are expected, or ""."""
    if want.dtype.kind not in "iu" or got.dtype.kind != "f":
        return ""
    if not np.isfinite(got).all() or np.allclose(got, np.round(got)):
        return ""
    return (
        "The expected numbers are whole, and yours aren't. Do you return values where "
        "their positions, or how many there are, should be?"
    )


def format_side_by_side(
    want: Array, got: Array, first: tuple[int, ...], is_list: bool
) -> tuple[str, str]:
    """Return two arrays in the learner's notation; of large ones, a part that differs.

    Args:
        want: the expected array.
        got: the learner's array, of the same shape.
        first: the first position where they differ.
        is_list: whether the learner's value is a list or a tuple.
    """
    if not first:
        return format_pair(want.item(), got.item())
    digits, of_row = count_decimals(want, got, first), ""
    if want.ndim > 1 and (
        len(want) > MOST_ROWS or want.size > formatting.LONGEST_ARRAY
    ):
        of_row = f"row {first[0]}: "
        want, got, first = want[first[0]], got[first[0]], first[1:]
    if want.size > formatting.LONGEST_ARRAY:
        return format_pair(want[first].item(), got[first].item())
    texts = (
        formatting.format_literal(x.tolist() if is_list else x, digits)
        for x in (want, got)
    )
    expected_text, got_text = (f"{of_row}{text}" for text in texts)
    return expected_text, got_text


def format_first(want: Array, got: Array, first: tuple[int, ...]) -> str:
    """Return the first two numbers that differ, for the end of a sentence.

    >>> format_first(np.array([1.0, 0.25]), np.array([1.0, 0.5]), (1,))
    ': expected 0.25, got 0.5'
    """
    digits = count_decimals(want, got, first)
    texts = (formatting.format_element(x[first].item(), digits) for x in (want, got))
    return ": expected {}, got {}".format(*texts)


def count_decimals(want: Array, got: Array, first: tuple[int, ...]) -> int:
    """Return how many decimals are needed to see that two arrays differ at `first`."""
    a, b = want[first], got[first]
    if got.dtype.kind != "f" or not np.isfinite([a, b]).all():
        return 6
    return next((n for n in range(6, 17) if f"{a:.{n}f}" != f"{b:.{n}f}"), 17)


def require_dtype(name: str) -> None:
    """Require the name of a dtype that an array can have.

    Raises:
        TypeError: it isn't one.
    """
    try:
        dtype_name = np.dtype(name).name
    except TypeError:
        dtype_name = ""
    if dtype_name != name:
        meant = f' Do you mean "{dtype_name}"?' if dtype_name else ""
        raise TypeError(
            f'Expect the name of a dtype, such as "int64"; this is {name!r}.{meant}'
        )
