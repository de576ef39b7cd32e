"""derived_answers: recognise answers that follow from the right ones.

For example, they are the right answers in reverse order, or too large by 1, or only the
first of them because a loop ended in its first iteration. Authors don't have to foresee
that. Each sentence states what every answer shows, and asks about the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from grader.checks import Exercise
from grader.checks.attempt import Answer
from grader.checks.mutations.evidence import Example, count_bits
from grader.checks.mutations.search import BITS_OF_DECLARED, BITS_WANTED
from grader.judge.diagnosis.mutation_search import examples_of, right_function
from grader.report import Mistake

Function = Callable[..., Any]

IN_A_LOOP = "Is return inside a loop? Then the function ends in the first iteration."
AFTER_THE_LOOP = "Put return after the loop, indented like the for."


class DerivedAnswer(NamedTuple):
    """One way in which wrong answers follow from the right ones.

    Attributes:
        name: the same in all lessons, like a slip's.
        sentence: the text for the learner.
        cure: what to change.
        of: makes the wrong function from the right one.
        is_by_rows: whether it depends on what the rows of the arguments are. In a
            single row, a loop over rows runs over its numbers.
        bits: how much information the answers need. A sentence about what they
            show is true even by chance; one about their cause isn't.
    """

    name: str
    sentence: str
    cure: str
    of: Callable[[Function], Function]
    is_by_rows: bool = False
    bits: float = BITS_OF_DECLARED[1]


def _first_item(right: Function) -> Function:
    return lambda *args, **kwargs: _items(right(*args, **kwargs))[0]


def _list_of_the_first(right: Function) -> Function:
    return lambda *args, **kwargs: _items(right(*args, **kwargs))[:1]


def _wrong_with_others_zero(right: Function) -> Function:
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
    first_row = _first_row(right)
    return lambda *args, **kwargs: np.divide(first_row(*args, **kwargs), _rows(args))


def _make_changer(change: Callable[[Any], Any]) -> Callable[[Function], Function]:
    """Return a wrapper of a function that changes each of its answers in this way."""
    return lambda right: lambda *args, **kwargs: change(right(*args, **kwargs))


def _whole(value: Any) -> Any:
    """Return a whole number, or an array of them."""
    if np.asarray(value).dtype.kind not in "iu":
        raise TypeError("expected whole numbers")
    return np.asarray(value, dtype=np.int64)


def _table(value: Any) -> Any:
    if np.ndim(value) != 2:
        raise TypeError("expected a table")
    return np.asarray(value)


def _times_the_rows(right: Function) -> Function:
    return lambda *args, **kwargs: np.multiply(right(*args, **kwargs), _rows(args))


# Mistakes in a class are counted by these names.
DERIVED_ANSWERS = (
    DerivedAnswer(
        "first item alone",
        f"Your answer is only the first of all the values to return. {IN_A_LOOP}",
        AFTER_THE_LOOP,
        _first_item,
        is_by_rows=True,
    ),
    DerivedAnswer(
        "first item alone",
        f"Your answer contains only the first of all the values to return. {IN_A_LOOP}",
        AFTER_THE_LOOP,
        _list_of_the_first,
        is_by_rows=True,
    ),
    DerivedAnswer(
        "first item filled",
        f"The first value is right, and all others are 0. {IN_A_LOOP}",
        AFTER_THE_LOOP,
        _wrong_with_others_zero,
        is_by_rows=True,
    ),
    DerivedAnswer(
        "first row alone",
        f"Your answer uses only the first row of the arguments. {IN_A_LOOP}",
        AFTER_THE_LOOP,
        _first_row,
        is_by_rows=True,
        bits=BITS_WANTED[1],
    ),
    DerivedAnswer(
        "share of the first row",
        f"Your mean uses only the first row of the arguments. {IN_A_LOOP}",
        AFTER_THE_LOOP,
        _share_of_the_first_row,
        is_by_rows=True,
        bits=BITS_WANTED[1],
    ),
    DerivedAnswer(
        "too large by 1",
        "Every number that you return is too large by 1. Do you count from 1?",
        "In Python the first position is 0.",
        _make_changer(lambda value: _whole(value) + 1),
    ),
    DerivedAnswer(
        "too small by 1",
        "Every number that you return is too small by 1. Do you start or "
        "stop one too early?",
        "Try the smallest case by hand.",
        _make_changer(lambda value: _whole(value) - 1),
    ),
    DerivedAnswer(
        "reverse order",
        "You return the right values in reverse order: the last one comes first.",
        "Return them in the order that the exercise gives.",
        _make_changer(lambda value: value[::-1]),
    ),
    DerivedAnswer(
        "transposed",
        "Your answer is the right one with rows and columns swapped.",
        ".T swaps the rows and columns of an array.",
        _make_changer(lambda value: _table(value).T),
    ),
    DerivedAnswer(
        "opposite sign",
        "Every number that you return has the opposite sign.",
        "Look for a minus that is missing, or for a difference in the wrong order.",
        _make_changer(np.negative),
    ),
    DerivedAnswer(
        "percent",
        "Every number that you return is 100 times too large. Is it a percentage?",
        "Return a fraction, from 0 to 1.",
        _make_changer(lambda value: np.multiply(value, 100)),
    ),
    DerivedAnswer(
        "times the rows",
        "Every number that you return is as many times too large as the first array "
        "has rows. Is a division missing?",
        "Take a mean instead of a sum, or divide by the number of rows.",
        _times_the_rows,
        is_by_rows=True,
    ),
)


def find_derived_answer(
    exercise: Exercise,
    right: Callable[[], object],
    failing: Answer,
    others: Sequence[Answer],
    is_alike: Callable[[Any, Any], bool],
) -> list[Mistake]:
    """Return the way in which all answers follow from the right ones, if there is one.

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
    chosen_from = exercise.slip_set.chosen_from if exercise.slip_set else ""
    every = examples_of(failing, others)
    by_rows = examples_of(failing, [o for o in others if _axes(o) == _axes(failing)])
    for way in DERIVED_ANSWERS:
        examples = by_rows if way.is_by_rows else every
        wrong = way.of(function)
        if not all(_gives(wrong, one, is_alike) for one in examples):
            continue
        if count_bits(examples, function, chosen_from) < way.bits:
            continue
        seen, cure = way.sentence, way.cure
        if _axes(failing) == 1:  # it has entries, not rows
            for row, entry in (("rows", "entries"), ("row", "entry")):
                seen, cure = seen.replace(row, entry), cure.replace(row, entry)
        return [Mistake(f"{exercise.tag}.{way.name}", seen, (way.name,), cure=cure)]
    return []


def _gives(
    wrong: Function, example: Example, is_alike: Callable[[Any, Any], bool]
) -> bool:
    try:
        with np.errstate(all="ignore"):
            return not example.raised and is_alike(
                example.value, wrong(*example.args, **example.kwargs)
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
    """Return the number of axes of the first array argument; 0 if there is none."""
    return next((a.ndim for a in answer.args if _is_array(a)), 0)
