"""nearly: answers that are rounded, or are written in a slightly different way."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.checks.comparing import Array, format_pair
from grader.report import wording

# A value this close to the right one was computed in the right way, and then rounded.
NEARLY = 1e-5
# More rows than these are not taken in; the first one that differs is shown.
MOST_ROWS = 4


def as_choice(value: Any) -> Any:
    """Return a choice as it is meant: without spaces, its bracket and its capitals.

    >>> as_choice(" B) "), as_choice("Finite"), as_choice(3)
    ('b', 'finite', 3)
    """
    if not isinstance(value, (str, np.str_)) or len(value) > wording.LONGEST_TEXT:
        return value
    return str(value).strip().strip("().").strip().casefold()


def has_commas(got: Array, want: Array) -> bool:
    """Return whether decimals were written with commas: 0,125 is a 0 and a 125.

    >>> has_commas(np.array([0, 125, 0, 75]), np.array([0.125, 0.75]))
    True
    """
    is_twice = got.shape == (2 * want.size,) and want.ndim == 1
    return is_twice and got.dtype.kind in "iu" and not np.any(got[::2] != want // 1)


def how_nearly(apart: float, got: Array) -> str:
    """Return what is said of a value that is nearly right, and of no known mistake.

    Args:
        apart: the largest distance, as `distances` has it.
        got: what came, numbers of any shape.

    Returns:
        "" where it is not nearly right, or holds no decimals.
    """
    if not 0 < apart <= NEARLY or got.dtype.kind not in "fc":
        return ""
    question = "Did you round, or add a small constant, or compute in float32?"
    return f"It agrees to about {int(-np.log10(apart))} digits. {question}"


def format_side_by_side(
    want: Array, got: Array, first: tuple[int, ...], is_list: bool
) -> tuple[str, str]:
    """Return two arrays as what came would be typed; of a large one, what differs.

    Args:
        want: what is expected.
        got: what came, of the same shape.
        first: where they differ first.
        is_list: whether a list or a tuple came.
    """
    if not first:
        return format_pair(want.item(), got.item())
    digits, of_row = with_digits(want, got, first), ""
    if want.ndim > 1 and (len(want) > MOST_ROWS or want.size > wording.LONGEST_ARRAY):
        of_row = f"row {first[0]}: "
        want, got, first = want[first[0]], got[first[0]], first[1:]
    if want.size > wording.LONGEST_ARRAY:
        return format_pair(want[first].item(), got[first].item())
    texts = (wording.typed(x.tolist() if is_list else x, digits) for x in (want, got))
    expected_text, got_text = (f"{of_row}{text}" for text in texts)
    return expected_text, got_text


def format_first(want: Array, got: Array, first: tuple[int, ...]) -> str:
    """Return the two numbers at which arrays differ first, as the end of a sentence.

    >>> format_first(np.array([1.0, 0.25]), np.array([1.0, 0.5]), (1,))
    ': 0.25 is expected, 0.5 came'
    """
    digits = with_digits(want, got, first)
    texts = (wording.typed_item(x[first].item(), digits) for x in (want, got))
    return ": {} is expected, {} came".format(*texts)


def with_digits(want: Array, got: Array, first: tuple[int, ...]) -> int:
    """Return how many decimals it takes to see two arrays differ at `first`."""
    a, b = want[first], got[first]
    if got.dtype.kind != "f" or not np.isfinite([a, b]).all():
        return 6
    return next((n for n in range(6, 17) if f"{a:.{n}f}" != f"{b:.{n}f}"), 17)
