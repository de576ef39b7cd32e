"""nearly: answers that are rounded, or are written in a slightly different way."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader import wording
from grader.checks.comparing import Array, told_apart

# A value this close to the right one was computed in the right way, and then rounded.
NEARLY = 1e-5


def as_choice(value: Any) -> Any:
    """A choice as it is meant: without spaces around it, its bracket and its capitals.

    >>> as_choice(" B) "), as_choice("Finite"), as_choice(3)
    ('b', 'finite', 3)
    """
    if not isinstance(value, (str, np.str_)) or len(value) > wording.LONGEST_TEXT:
        return value
    return str(value).strip().strip("().").strip().casefold()


def has_commas(got: Array, want: Array) -> bool:
    """Whether decimals were written with commas: 0,125 is a 0 and a 125.

    >>> has_commas(np.array([0, 125, 0, 75]), np.array([0.125, 0.75]))
    True
    """
    is_twice = got.shape == (2 * want.size,) and want.ndim == 1
    return is_twice and got.dtype.kind in "iu" and not np.any(got[::2] != want // 1)


def how_far(got: Array, want: Array) -> float:
    """The largest distance, relative to what is expected when that is above 1.

    >>> how_far(np.array([3.0, 50.0]), np.array([2.0, 100.0]))
    0.5
    """
    with np.errstate(all="ignore"):
        apart = np.abs(got * 1.0 - want * 1.0) / np.maximum(1.0, np.abs(want))
    apart = np.where(got == want, 0.0, apart)
    return float(np.max(np.where(np.isfinite(apart), apart, np.inf)))


def how_nearly(apart: float, got: Array) -> str:
    """What is said of a value that is nearly right, and of no known mistake."""
    if not 0 < apart <= NEARLY or got.dtype.kind not in "fc":
        return ""
    question = "Did you round, or add a small constant, or compute in float32?"
    return f"It agrees to about {int(-np.log10(apart))} digits. {question}"


def with_digits(want: Array, got: Array, first: tuple[int, ...]) -> tuple[str, str]:
    """Two arrays as text, with so many digits that they differ at `first`."""
    if want.ndim == 0:
        return told_apart(want.item(), got.item())
    texts = told_apart(want, got)
    a, b = want[first], got[first]
    if got.dtype.kind != "f" or not np.isfinite([a, b]).all():
        return texts
    for digits in range(6, 18):
        if f"{a:.{digits}f}" != f"{b:.{digits}f}":
            break
    return texts if digits == 6 else (_shown(want, digits), _shown(got, digits))


def _shown(array: Array, digits: int) -> str:
    return np.array2string(
        array, precision=digits, separator=", ", suppress_small=True, max_line_width=72
    )
