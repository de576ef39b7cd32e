"""early_return: recognise a loop that ends in its first iteration.

Its answers are derived from the right function's: their first item, or the answer for
the first row only. So the sentence states what every answer shows, and asks whether
return is inside the loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from grader.attempt import Answer
from grader.checks import Exercise
from grader.diagnosis.mutation_search import examples_of, right_function
from grader.mutations.evidence import Example, count_bits
from grader.mutations.search import BITS_WANTED
from grader.report import Mistake

Function = Callable[..., Any]

IN_A_LOOP = "Is return inside a loop? Then the function ends in the first iteration."
CURE = "Put return after the loop, indented like the for."


class EarlyReturn(NamedTuple):
    """One way in which only the first item or row counts.

    Attributes:
        name: the same in all lessons, like a slip's.
        sentence: the text for the learner.
        of: makes the wrong function from the right one.
    """

    name: str
    sentence: str
    of: Callable[[Function], Function]


def _first_item(right: Function) -> Function:
    return lambda *args, **kwargs: _items(right(*args, **kwargs))[0]


def _list_of_the_first(right: Function) -> Function:
    return lambda *args, **kwargs: _items(right(*args, **kwargs))[:1]


def _others_0(right: Function) -> Function:
    def wrong(*args: Any, **kwargs: Any) -> Any:
        value = np.array(_items(right(*args, **kwargs)))
        value[1:] = 0
        return value

    return wrong


def _first_row(right: Function) -> Function:
    def wrong(*args: Any, **kwargs: Any) -> Any:
        rows = _rows(args)
        first = [a[:1] if _is_of(rows, a) else a for a in args]
        return right(*first, **kwargs)

    return wrong


def _share_of_the_first_row(right: Function) -> Function:
    alone = _first_row(right)
    return lambda *args, **kwargs: np.divide(alone(*args, **kwargs), _rows(args))


# Mistakes in a class are counted by these names.
EARLY_RETURNS = (
    EarlyReturn(
        "first item alone",
        "Your answer is only the first of all the values to return.",
        _first_item,
    ),
    EarlyReturn(
        "first item alone",
        "Your answer contains only the first of all the values to return.",
        _list_of_the_first,
    ),
    EarlyReturn(
        "first item filled",
        "The first value is right, and all others are 0.",
        _others_0,
    ),
    EarlyReturn(
        "first row alone",
        "Your answer uses only the first row of the arguments.",
        _first_row,
    ),
    EarlyReturn(
        "share of the first row",
        "Your mean uses only the first row of the arguments.",
        _share_of_the_first_row,
    ),
)


def find_early_return(
    exercise: Exercise,
    right: Callable[[], object],
    failing: Answer,
    others: Sequence[Answer],
    is_alike: Callable[[Any, Any], bool],
) -> list[Mistake]:
    """Return the mistake of a loop that ends too early, if all answers show it.

    Args:
        exercise: the exercise; it must be one that is searched for slips.
        right: returns the solution's function when it is needed.
        failing: the answer that is known to be wrong.
        others: every answer of the same function.
        is_alike: whether two values are the same answer.
    """
    function = right_function(exercise, right, failing)
    if function is None:
        return []
    # Keep the number of axes: in a single row, a loop over rows runs over its numbers.
    same = [one for one in others if _axes(one) == _axes(failing)]
    asked = examples_of(failing, same)
    if count_bits(asked, function) < BITS_WANTED[1]:
        return []
    for way in EARLY_RETURNS:
        wrong = way.of(function)
        if all(_gives(wrong, one, is_alike) for one in asked):
            words = way.sentence
            if _axes(failing) == 1:  # it has entries, not rows
                words = words.replace("first row", "first entry")
            sentence = f"{words} {IN_A_LOOP}"
            tag = f"{exercise.tag}.{way.name}"
            return [Mistake(tag, sentence, (way.name,), cure=CURE)]
    return []


def _gives(wrong: Function, one: Example, is_alike: Callable[[Any, Any], bool]) -> bool:
    try:
        with np.errstate(all="ignore"):
            return not one.raised and is_alike(
                one.value, wrong(*one.args, **one.kwargs)
            )
    except Exception:  # there are no rows, or no items
        return False


def _items(value: Any) -> Any:
    """Return a value that has items: an array or a list, but not a tuple."""
    if not isinstance(value, (np.ndarray, list)):
        raise TypeError("this has no items")
    return value


def _rows(args: Sequence[Any]) -> int:
    """Return the number of rows of the first array."""
    return next(len(a) for a in args if _is_array(a))


def _is_of(rows: int, value: Any) -> bool:
    return _is_array(value) and len(value) == rows


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim > 0


def _axes(answer: Answer) -> int:
    """Return the number of axes of the first array argument; 0 without one."""
    return next((a.ndim for a in answer.args if _is_array(a)), 0)
