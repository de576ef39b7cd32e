"""signature_mismatch: say that the grader made a call that a definition refuses.

So the definition is what has to change, and the solution's says to what.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType

from grader.attempt import Answer
from grader.attempt.failing import parse_file
from grader.attempt.failure_messages import describe_in_one_line
from grader.attempt.value_advice import WRONG_COUNT, head_of


def describe_signature_mismatch(
    answer: Answer, right: Callable[[], object], source: bytes
) -> str:
    """Return what is said of a function that the grader cannot call as it does, or "".

    Args:
        answer: how the call ended.
        right: gives the solution's function of this name.
        source: the attempt's file.
    """
    raised = answer.raised
    if raised is None or raised.line is not None or not answer.is_call:
        return ""
    found = WRONG_COUNT.match(raised.message)
    head = head_of(found[1], parse_file(source)) if found else ""
    function = right() if head else None
    if not isinstance(function, FunctionType):
        return ""
    signature = inspect.signature(function)
    names = [*list(signature.parameters)[: len(answer.args)], *answer.kwargs]
    called = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    plain = ", ".join(map(str, signature.parameters.values()))
    return (
        f"{describe_in_one_line(raised)}. The grader calls it with {called}, and it is "
        f"defined as {head}. Define it as {answer.target}({plain})."
    )
