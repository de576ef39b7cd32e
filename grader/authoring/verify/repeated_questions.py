"""repeated_questions: test that checks ask the same when they get the same seed.

A verdict can be repeated, cached and compared within a class only if the seed
determines every question. A check that gets random numbers elsewhere asks something
else the second time.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from grader.checks.attempt import Answer, Callback, RemoteObject
from grader.checks.comparing import is_same

# The answers that the checks of an exercise got, by the check's name and in order.
AnswersByCheck = Mapping[str, Sequence[Answer]]
# Two trainings of the same network may differ by rounding.
_CLOSE = 1e-3


def find_differing_questions(
    first: AnswersByCheck, again: AnswersByCheck
) -> Iterator[tuple[str, str, str]]:
    """Yield the checks of an exercise whose questions differed the second time.

    If the solution itself answers a question in two ways (with the weights of a new
    network, for example), later questions may depend on that answer, so they are
    skipped.

    Yields:
        The name of a check, and the question that differs, the first and the second
        time.
    """
    for name in again:
        pairs = itertools.zip_longest(first.get(name, ()), again[name])
        for question, repeated in pairs:
            if not _is_same_question(question, repeated):
                yield name, _describe(question), _describe(repeated)
                break
            if not _is_same(question.value, repeated.value):
                return


def _describe(question: Answer | None) -> str:
    return question.typed() if question else "nothing"


def _is_same_question(one: Answer | None, other: Answer | None) -> bool:
    if one is None or other is None:
        return False
    question = (one.target, one.args, dict(one.kwargs))
    return _is_same(question, (other.target, other.args, dict(other.kwargs)))


def _is_same(one: Any, other: Any) -> bool:
    return is_same(one, other, _are_close, _is_same_object)


def _is_same_object(one: Any, other: Any) -> bool:
    # What belongs to the worker or the lesson isn't compared.
    is_foreign = isinstance(one, (RemoteObject, Callback)) or callable(one)
    return type(one) is type(other) and (is_foreign or bool(one == other))


def _are_close(one: np.ndarray, other: np.ndarray) -> bool:
    if one.dtype.kind not in "fc":
        return bool(np.array_equal(one, other))
    return bool(np.allclose(one, other, rtol=_CLOSE, atol=_CLOSE, equal_nan=True))
