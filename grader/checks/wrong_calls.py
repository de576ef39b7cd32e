"""wrong_calls: find out how a learner's tests call a function wrongly.

The tests run again on a right function with one change: the order of its
arguments, or its value. If they accept that, it shows what is wrong with them.
"""

from __future__ import annotations

import inspect
import itertools
import operator
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec
import numpy as np

Judged = Callable[..., Any]
# Far more than the tolerance of a test, and far less than most values.
SHIFT = 0.05
SHIFTS = (SHIFT, -SHIFT)
# Four arguments have 23 other orders, and the tests run again for each.
MOST_ARGUMENTS = 4


class JudgedCall(msgspec.Struct):
    """A call of the function under test.

    Attributes:
        args: its arguments, in the function's order.
        value: what the function returned; None if it raised.
        has_raised: whether the function raised.
        has_names: whether an argument was passed by its name.
    """

    args: tuple[Any, ...] = ()
    value: Any = None
    has_raised: bool = True
    has_names: bool = False


Calls = list[JudgedCall]


def with_noted_calls(judged: Judged, calls: Calls, name: str) -> Judged:
    """Return the same function, which also records every call.

    A call with other arguments than the function takes raises a TypeError that says so,
    and calls the function by this name.
    """
    signature = inspect.signature(judged)

    def noting(*args: Any, **kwargs: Any) -> Any:
        calls.append(call := JudgedCall(has_names=bool(kwargs)))
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError:
            raise TypeError(
                f"{name} takes {join(list(signature.parameters))}, in this order. "
                f"This call passes {_describe_misfit(name, signature, args, kwargs)}"
            ) from None
        call.args = bound.args
        call.value = plain(judged(*bound.args, **bound.kwargs))
        call.has_raised = False
        return call.value

    return noting


def _describe_misfit(
    function: str,
    signature: inspect.Signature,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> str:
    names = list(signature.parameters)
    if strange := [name for name in kwargs if name not in names]:
        return f"{strange[0]}=, which {function} doesn't have"
    if len(args) > len(names):
        return f"{len(args)} arguments"
    if twice := [name for name in names[: len(args)] if name in kwargs]:
        return f"{twice[0]} twice"
    missing = [name for name in names[len(args) :] if name not in kwargs]
    return f"nothing for {join(missing)}"


def join(words: list[str]) -> str:
    """Return words as an enumeration in a sentence.

    >>> join(["y", "p", "gamma"])
    'y, p and gamma'
    """
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def plain(value: Any) -> Any:
    """Return a NumPy scalar as a Python number, and anything else unchanged."""
    return value.item() if isinstance(value, np.generic) else value


def shift(value: Any, by: float) -> Any:
    """Return a value with a number added to each number in it."""
    if isinstance(value, (list, tuple)):
        return type(value)(shift(part, by) for part in value)
    is_number = isinstance(value, (int, float, np.ndarray, np.generic))
    return plain(value + by) if is_number and not isinstance(value, bool) else value


def with_shift(judged: Judged, by: float) -> Judged:
    """Return the same function with a number added to each number in its values."""
    return _with_signature_of(judged, lambda *args: shift(judged(*args), by))


class OtherOrder(NamedTuple):
    """Another order of a function's arguments.

    Attributes:
        names: the arguments in this order.
        moved: how many of them have another place in it.
        judged: the function, which takes them in this order.
    """

    names: list[str]
    moved: int
    judged: Judged


def other_orders(judged: Judged) -> Iterator[OtherOrder]:
    """Yield a function with its arguments in every other order, if they are few."""
    names = list(inspect.signature(judged).parameters)
    if len(names) > MOST_ARGUMENTS:
        return
    identity, *orders = itertools.permutations(range(len(names)))
    for order in orders:

        def ordered(*args: Any, order: tuple[int, ...] = order) -> Any:
            places = sorted(range(len(order)), key=order.__getitem__)
            return judged(*(args[place] for place in places))

        moved = sum(map(operator.ne, order, identity))
        shown = [names[place] for place in order]
        yield OtherOrder(shown, moved, _with_signature_of(judged, ordered))


def with_change_in(call_number: int | None, judged: Judged, changed: Judged) -> Judged:
    """Return a function that is the changed one in one of its calls, or in all.

    Args:
        call_number: the number of that call, counted from 0; None for all.
        judged: the function.
        changed: the changed function.
    """
    numbers = itertools.count()
    return _with_signature_of(
        judged,
        lambda *args: (changed if call_number in (None, next(numbers)) else judged)(
            *args
        ),
    )


def _with_signature_of(judged: Judged, other: Judged) -> Judged:
    """Return the other function with the signature of the first one."""
    other.__signature__ = inspect.signature(judged)  # type: ignore[attr-defined]
    return other
