"""differences: say where a list, a dict or a text differs from the expected one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from grader.checks.comparing import is_same
from grader.report import formatting

# Looking for each item among all others takes the square of their number of steps.
_MOST_ITEMS = 300


class Difference(msgspec.Struct, frozen=True):
    """Where two values differ: a sentence, and the position if there is one."""

    sentence: str
    place: str = ""


def first_difference(got: Any, want: Any) -> Difference | None:
    """Return the first difference between a value and the expected one.

    It is None unless both are lists or tuples, dicts, or texts.

    >>> first_difference([1, 5, 3], [1, 2, 3]).sentence
    '1 of 3 items differs, first at [1]: expected 2, got 5.'
    >>> first_difference({"a": 1}, {"a": 1, "b": 2}).sentence
    "The key 'b' is missing."
    >>> first_difference("Ada ", "Ada").sentence
    'Only spaces differ.'
    """
    if isinstance(want, str) and isinstance(got, str):
        return _compare_texts(str(got), want)
    if isinstance(want, Mapping) and isinstance(got, Mapping):
        return _compare_dicts(got, want)
    if isinstance(want, (list, tuple)) and isinstance(got, (list, tuple, np.ndarray)):
        is_number = isinstance(got, np.ndarray) and got.ndim == 0
        return None if is_number else _compare_items(list(got), list(want))
    return None


def _compare_items(got: Sequence[Any], want: Sequence[Any]) -> Difference:
    is_table = all(isinstance(row, (list, tuple, Mapping)) for row in want)
    noun = "row" if is_table and want else "item"
    if len(got) != len(want):
        apart = abs(len(got) - len(want))
        what = f"{apart} {noun}{'s' if apart > 1 else ''}"
        many = "too many" if len(got) > len(want) else "missing"
        return Difference(
            f"{what} {'are' if apart > 1 else 'is'} {many}: expected {len(want)}, got "
            f"{len(got)}."
        )
    far = [
        i for i, (a, b) in enumerate(zip(got, want, strict=True)) if not is_same(a, b)
    ]
    if len(far) > 1 and _is_reordered([got[i] for i in far], [want[i] for i in far]):
        words = f"These are the right {noun}s in a different order."
        return Difference(words, f"[{far[0]}]")
    first = far[0]
    texts = (formatting.format_literal(x[first]) for x in (want, got))
    verb = "differs" if len(far) == 1 else "differ"
    return Difference(
        f"{len(far)} of {len(want)} {noun}s {verb}, first at [{first}]: "
        "expected {}, got {}.".format(*texts),
        f"[{first}]",
    )


def _is_reordered(got: Sequence[Any], want: Sequence[Any]) -> bool:
    """Return whether two rows of the same length have the same items."""
    if len(got) > _MOST_ITEMS:
        return False
    left = list(want)
    for item in got:
        place = next((i for i, one in enumerate(left) if is_same(item, one)), None)
        if place is None:
            return False
        del left[place]
    return True


def _compare_dicts(got: Mapping[Any, Any], want: Mapping[Any, Any]) -> Difference:
    for what, keys in (
        ("is missing", [key for key in want if key not in got]),
        ("isn't expected", [key for key in got if key not in want]),
    ):
        if keys:
            key = formatting.format_literal(keys[0])
            more = f", and {len(keys) - 1} more" if keys[1:] else ""
            return Difference(f"The key {key} {what}{more}.")
    far = [key for key in want if not is_same(got[key], want[key])]
    key, texts = far[0], (formatting.format_literal(x[far[0]]) for x in (want, got))
    place = f"[{formatting.format_literal(key)}]"
    verb = "differs" if len(far) == 1 else "differ"
    return Difference(
        f"{len(far)} of {len(want)} values {verb}, first at {place}: "
        "expected {}, got {}.".format(*texts),
        place,
    )


def _compare_texts(got: str, want: str) -> Difference | None:
    if "".join(got.split()) == "".join(want.split()):
        return Difference("Only spaces differ.")
    if got.casefold() == want.casefold():
        return Difference("Only capitals differ.")
    pairs = zip(got, want, strict=False)
    least = min(len(got), len(want))
    first = next((i for i, (a, b) in enumerate(pairs) if a != b), least)
    if not first:
        return None
    return Difference(
        f"The first {first} characters are right, and the next isn't.", f"[{first}]"
    )
