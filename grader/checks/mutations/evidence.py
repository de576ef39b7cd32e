"""evidence: measure how informative answers are, by the wrong numbers in them.

A search tries hundreds of edits, and some agree by chance with answers that carry
little information: 0.5, or a row of bools. So their information is measured in bits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np

Numbers = np.ndarray[Any, np.dtype[np.float64]]

BITS_OF_A_FLOAT = 20.0
# A wrong shape is one of about 16: a number, an axis too few or too many, two axes
# swapped, a single row. It counts once, as other questions show the same again.
BITS_OF_A_SHAPE = 4.0
MOST_NUMBERS = 400


class Example(NamedTuple):
    """An input and its output: a value, or the name of an exception."""

    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    value: Any
    raised: str = ""


def count_bits(
    examples: Sequence[Example], right: FunctionType, chosen_from: str = ""
) -> float:
    """Return the information in answers, in bits, from the wrong numbers in them.

    An answer that is all zeros carries no information, because unfinished code gives
    it. Neither do answers that are all nan or inf, because many edits give them. And a
    fraction that is in several answers counts once, as a constant is in all of them.

    Args:
        examples: the questions and the answers to them.
        right: the right function.
        chosen_from: the argument with the candidates, if an answer is one of them or
            follows from one. A T out of 14 says only which it is, whatever its digits.
    """
    if not any(np.isfinite(_numbers(one.value)).any() for one in examples):
        return 0.0
    telling = [one for one in examples if _numbers(one.value).any()]
    bits = BITS_OF_A_SHAPE if _is_shaped_wrongly(telling, right) else 0.0
    counted: set[float] = set()
    return bits + sum(
        min(
            _bits(one.value, _answer(right, one), counted),
            _bits_of_a_choice(one, right, chosen_from),
        )
        for one in telling
    )


def _is_shaped_wrongly(examples: Sequence[Example], right: FunctionType) -> bool:
    """Return whether an answer has another shape than the right one."""
    return any(
        np.isfinite(_numbers(one.value)).any()
        and _shape(one.value) != _shape(_answer(right, one))
        for one in examples
    )


def _shape(value: Any) -> tuple[int, ...]:
    try:
        return np.shape(value)
    except ValueError:  # its rows have different lengths
        return (len(value),)


def _bits_of_a_choice(example: Example, right: FunctionType, chosen_from: str) -> float:
    """Return the most bits that a choice can carry; infinite if it isn't a choice."""
    if not chosen_from:
        return math.inf
    names = right.__code__.co_varnames[: len(example.args)]
    given = {**dict(zip(names, example.args, strict=True)), **example.kwargs}
    return math.log2(max(1, len(_distinct(_numbers(given.get(chosen_from, ()))))))


def _bits(value: Any, right: Any, counted: set[float]) -> float:
    """Return the information in the wrong numbers of an answer.

    Args:
        value: the answer.
        right: the right answer.
        counted: the fractions of earlier answers, to which its own are added.
    """
    wrong, instead = _wrong_numbers(value, right)
    different = _distinct(wrong)
    finite = different[np.isfinite(different)]
    floats = finite[finite != np.round(finite)]
    whole = finite[finite == np.round(finite)]
    # An integer counts its binary digits: 1135 says more than a bool.
    digits = float(np.minimum(np.log2(1.0 + np.abs(whole)), BITS_OF_A_FLOAT).sum())
    at_least = float(min(wrong.size, 4 * (different.size - floats.size)))
    is_whole = np.isin(wrong, whole)
    labels = _distinct(np.concatenate([_numbers(value), _numbers(right)]))
    placed = _bits_of_labels(wrong[is_whole], instead[is_whole], len(labels))
    new = {round(one, 6) for one in floats.tolist()} - counted
    counted |= new
    return sum(map(_bits_of_a_float, new), max(digits, at_least, placed))


def _bits_of_labels(wrong: Numbers, right: Numbers, many: int) -> float:
    """Return the information in whole numbers that recur, such as labels.

    A label says little, and where it is says more: how many other answers have the same
    labels, each as often? They are counted among the entries with the same right label,
    because a wrong function may only give the labels other names; then only the
    names is information. If all entries together say less, as those of a constant
    answer do, that counts.

    Args:
        wrong: the wrong labels.
        right: the right label for each; nan if there is none.
        many: how many different labels there are.
    """
    if not wrong.size:
        return 0.0
    bits_per_label = math.log2(many)
    groups = [wrong[np.isclose(right, one, 0, 0, True)] for one in _distinct(right)]
    by_group = sum(bits_per_label + _bits_of_an_order(group) for group in groups)
    together = bits_per_label * len(_distinct(wrong)) + _bits_of_an_order(wrong)
    return min(by_group, together)


def _bits_of_an_order(numbers: Numbers) -> float:
    """Return the binary logarithm of how many orders these numbers have.

    >>> round(2 ** _bits_of_an_order(np.array([1.0, 1.0, 2.0])))
    3
    """
    counts = [np.count_nonzero(numbers == one) for one in _distinct(numbers)]
    ways = math.lgamma(len(numbers) + 1) - sum(math.lgamma(n + 1) for n in counts)
    return ways / math.log(2)


def _distinct(numbers: Numbers) -> Numbers:
    """Return each number once, in order; all nan count as one.

    `np.unique` isn't used: its import of masked arrays takes 7 to 10 ms, a search 15.

    >>> _distinct(np.array([2.0, np.nan, 1.0, 2.0, np.nan])).tolist()
    [1.0, 2.0, nan]
    """
    ordered = np.sort(numbers)
    is_new = np.ones(len(ordered), dtype=bool)
    is_new[1:] = ordered[1:] != ordered[:-1]
    # Keep only the first nan; they are sorted after all numbers.
    is_new[np.count_nonzero(~np.isnan(ordered)) + 1 :] = False
    return np.asarray(ordered[is_new])


def _answer(right: FunctionType, example: Example) -> Any:
    try:
        with np.errstate(all="ignore"):
            return right(*example.args, **example.kwargs)
    except Exception:  # the right function refuses some questions
        return None


def _wrong_numbers(value: Any, right: Any) -> tuple[Numbers, Numbers]:
    """Return the wrong numbers of an answer, and the right ones in their places."""
    given, expected = _numbers(value), _numbers(right)
    is_shaped = getattr(value, "shape", ()) == getattr(right, "shape", ())
    if len(given) != len(expected) or not is_shaped:
        # With another shape, no number has a right counterpart, so all of them count.
        expected = np.full(len(given), np.nan)
    with np.errstate(all="ignore"):
        far = ~(np.abs(given - expected) <= 1e-9 * np.maximum(1.0, np.abs(expected)))
    return given[far], expected[far]


def _bits_of_a_float(number: float) -> float:
    """Return the bits in a number's first six digits: few in 0.1, many in 0.394892.

    Two answers that differ by less than 1e-6 count as the same, so digits after the
    sixth decimal carry no information: 3e-07 is the same as 0.

    >>> round(_bits_of_a_float(0.394892), 1), round(_bits_of_a_float(0.1), 1)
    (19.9, 3.3)
    >>> _bits_of_a_float(3e-07)
    0.0
    """
    digits = (
        f"{abs(round(number, 6)):.5e}".partition("e")[0].replace(".", "").rstrip("0")
    )
    return min(math.log2(10) * len(digits), BITS_OF_A_FLOAT)


def _numbers(value: Any) -> Numbers:
    """Return the numbers of a plain value in one row, shape (n,), float64.

    It is empty if the value contains anything else, and has at most MOST_NUMBERS items.
    """
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        parts = [_numbers(part) for part in value[:MOST_NUMBERS]]
        return np.concatenate(parts)[:MOST_NUMBERS] if parts else np.empty(0)
    try:
        return np.asarray(value, dtype=np.float64).reshape(-1)[:MOST_NUMBERS]
    except (TypeError, ValueError, OverflowError):
        return np.empty(0)
