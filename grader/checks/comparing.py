"""comparing: a learner's value beside the expected one, whatever it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.attempt import RemoteObject
from grader.report import wording

Array = npt.NDArray[Any]
FUNCTIONS = ("function", "method", "builtin_function_or_method")


def as_array(value: Any) -> Array | None:
    """Return a numeric array, or None for anything that is not plainly numbers."""
    if isinstance(value, (str, bytes, dict)) or value is None or value is ...:
        return None
    numbers = (np.ndarray, np.generic, bool, int, float, complex)
    if not isinstance(value, (*numbers, list, tuple)):
        return None
    if isinstance(value, (list, tuple)) and not holds_numbers(value):
        return None
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return array if array.dtype.kind in "biufc" else None


def holds_numbers(items: Sequence[Any]) -> bool:
    numbers = (np.ndarray, np.generic, bool, int, float, complex)
    return all(
        holds_numbers(item)
        if isinstance(item, (list, tuple))
        else isinstance(item, numbers)
        for item in items
    )


def distances(got: Array, want: Array, nan_is_alike: bool = False) -> Array:
    """Return how far numbers are from others: all comparing with a tolerance is this.

    A distance is relative to what is wanted where that is above 1, and absolute below.

    Args:
        got: numbers.
        want: numbers of the same shape, or of one that broadcasts to it.
        nan_is_alike: whether a nan is as good as another. What is expected is never a
            nan; a known mistake may give one, where the learner's code does.

    Returns:
        One number each: 0.0 where both are equal, also both the same inf; inf where one
        alone is not finite, or is nan. Truth values count as 0 and 1, and small whole
        numbers do not wrap: of two uint8, 3 and 5 are 2 apart.

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
    """Return whether each number is as near as `tolerance`; just as far is near.

    Args:
        got: numbers.
        want: numbers of the same shape, or of one that broadcasts to it.
        tolerance: the largest distance, as `distances` has it.

    Returns:
        One truth value each, in the shape of both.
    """
    return np.asarray(distances(got, want) <= tolerance)


def how_far(got: Array, want: Array) -> float:
    """Return the largest distance, relative to what is expected when that is above 1.

    >>> how_far(np.array([3.0, 50.0]), np.array([2.5, 100.0]))
    0.5
    """
    return float(np.max(distances(got, want), initial=0.0))


def is_same(got: Any, want: Any) -> bool:
    """Return whether two values are equal as plain data.

    3 is np.int64(3), and (1, 2) is [1, 2]; True is not 1, nor "1" a 1.
    """
    if isinstance(want, (bool, np.bool)) or isinstance(got, (bool, np.bool)):
        both = isinstance(got, (bool, np.bool)) and isinstance(want, (bool, np.bool))
        return both and bool(got) == bool(want)
    if isinstance(want, (list, tuple)):
        is_long = isinstance(got, (list, tuple)) or (
            isinstance(got, np.ndarray) and got.ndim > 0
        )
        # The length first: a list of all that came may not fit into memory.
        if not is_long or len(got) != len(want):
            return False
        return all(is_same(g, w) for g, w in zip(got, want, strict=True))
    if isinstance(want, dict):
        if not isinstance(got, dict) or set(got) != set(want):
            return False
        return all(is_same(got[key], want[key]) for key in want)
    if isinstance(want, np.ndarray):
        array = as_array(got)
        if array is None or array.shape != want.shape:
            return False
        return bool((array == want).all())
    if isinstance(want, str) or want is None:
        return type(got) in (type(want), np.str_) and got == want
    number = as_array(got)
    return number is not None and number.shape == () and bool(number == want)


def format_pair(expected: Any, got: Any) -> tuple[str, str]:
    """Return both values as text, with all their digits where six look the same."""
    expected_text, got_text = wording.typed(expected), wording.typed(got)
    if expected_text == got_text and isinstance(got, (float, np.floating)):
        return repr(float(expected)), repr(float(got))
    return expected_text, got_text


def put_into_words(facts: Any) -> dict[str, str]:
    return {
        key: wording.shorten(item, wording.LONGEST_WORDS)
        if isinstance(item, str)
        else wording.format_value(item)
        for key, item in facts.items()
    }


def not_asked_for(got: Any, expected: Any, is_call: bool = True) -> str:
    """Return why a value is not the expected one; its kind may say so already."""
    if got is None or got is ...:
        return f"This is {kind(got, is_call)}."
    if isinstance(got, str) and not isinstance(expected, str):
        return "This is text. Leave the quotes out."
    return "This is not the expected value."


def has_decimal_comma(value: Any) -> bool:
    """Return whether it looks like 1,185 for 1.185: a pair of whole numbers."""
    whole = isinstance(value, tuple) and all(isinstance(part, int) for part in value)
    return whole and len(value) == 2


def how_little(got: Array, want: Array) -> str:
    """Return what to say of values that differ and look the same when shown, or ""."""
    if got.size > wording.LONGEST_ARRAY or got.dtype.kind not in "fc":
        return ""
    if wording.format_value(got) != wording.format_value(want):
        return ""
    with np.errstate(all="ignore"):
        words = f" They are at most {np.max(np.abs(got - want)):.0e} apart."
    if got.dtype in (np.float32, np.float16):
        words += f" Yours are {got.dtype}; compute in float64."
    return words


def kind(value: Any, is_call: bool = True) -> str:
    """Return what a value is, in plain words; None of a call may lack a return."""
    if value is None:
        return "None (is there a return?)" if is_call else "None"
    if value is ...:
        return "..., a blank that is still to be filled in"
    if isinstance(value, str):
        return "text, in quotes"
    if isinstance(value, RemoteObject) and value.type_name in FUNCTIONS:
        return "a function that is not called: are the brackets () missing?"
    if isinstance(value, RemoteObject):
        return f"an object of type {wording.shorten(value.type_name, 60)}"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
