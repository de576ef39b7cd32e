"""exception_messages: an exception of the attempt, as plain data for the learner.

Runs in the worker. Only frames inside the attempt's own file are told; what the
libraries and the grader did in between is nobody's business.
"""

from __future__ import annotations

import io
import re
import sys
import traceback
import types
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from grader.sandbox.codec import messages
from grader.sandbox.worker.failing_part import ITS_OWN_FRAME, find_names, find_part

# The judge cuts at as many letters, but at the end alone.
MAX_MESSAGE = 2000
MAX_FRAMES = 12
_CUT = "\n…\n"
_WITHOUT_A_NAME = ITS_OWN_FRAME | {"<genexpr>", "<lambda>"}
# TensorFlow's own name for memory that could not be had.
_MEMORY_ERRORS = {"MemoryError", "_ArrayMemoryError", "ResourceExhaustedError"}


def describe(
    error: BaseException,
    number: int,
    filename: str,
    lines: list[str],
    is_loading: bool = False,
) -> messages.ExceptionRaised | messages.MemoryExhausted:
    """Return the message that tells the judge about `error`.

    Args:
        error: what the attempt raised.
        number: the question's.
        filename: the name its code was compiled under.
        lines: the lines of its file.
        is_loading: whether the file was being executed.
    """
    bases = tuple(base.__name__ for base in type(error).__mro__)
    places, inner = _line_numbers(error, filename), _innermost(error, filename)
    statement = places[0][0] if places and is_loading else None
    if not _MEMORY_ERRORS.isdisjoint(bases):
        return messages.MemoryExhausted(number, statement)
    if "AssertionError" in bases:  # it says itself what is not so
        inner = None
    part = find_part(inner, lines)
    line = places[-1][0] if places else None
    message, offset = _message(error) + _suggestion(error), None
    if isinstance(error, SyntaxError) and error.filename == filename:
        line, offset, message = error.lineno, error.offset, str(error.msg)
    shown = line_at(lines, line)
    tag = error.args[0] if type(error) is NotImplementedError and error.args else ""
    return messages.ExceptionRaised(
        number,
        type(error).__name__,
        bases,
        message,
        line,
        shown.rstrip() if offset else shown.strip(),  # a column counts the indent
        _trace(places, lines),
        tag if isinstance(tag, str) else "",
        offset,
        part,
        find_names(inner, part, lines) if inner else (),
        statement,
    )


def safe_text(convert: Callable[[Any], str], value: Any, size: int) -> str:
    """Return ``str`` or ``repr`` of what may refuse it, cut to `size` characters."""
    try:
        return str(convert(value))[:size]
    except Exception:
        return f"<{type(value).__name__}>"


def _message(error: BaseException) -> str:
    """Return what an exception says; of a very long one both ends, where the point
    is.
    """
    said = safe_text(str, error, sys.maxsize)
    half = (MAX_MESSAGE - len(_CUT)) // 2
    return said if len(said) <= MAX_MESSAGE else said[:half] + _CUT + said[-half:]


def _suggestion(error: BaseException) -> str:
    """Return Python's own "Did you mean", which it keeps for what nobody catches."""
    if not isinstance(error, (AttributeError, NameError)):
        return ""
    # By printing: in Python 3.11 `traceback` does not know it.
    before, sys.stderr = sys.stderr, io.StringIO()
    try:
        sys.__excepthook__(type(error), error, error.__traceback__)
        printed = sys.stderr.getvalue()[-MAX_MESSAGE:]
    except Exception:  # the attempt may have put anything in these places
        printed = ""
    finally:
        sys.stderr = before
    found = re.search(r"\. Did you [^?\n]{1,100}\?$", printed.rstrip())
    return found[0] if found else ""


def _line_numbers(error: BaseException, filename: str) -> list[tuple[int, str]]:
    """Return line and function of each frame in the attempt's file, innermost last."""
    return [
        (number, frame.f_code.co_name)
        for frame, number in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == filename
    ]


def _innermost(error: BaseException, filename: str) -> types.TracebackType | None:
    """Return the last of an exception's places that is in the attempt's file."""
    trace, found = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == filename:
            found = trace
        trace = trace.tb_next
    return found


def _trace(places: list[tuple[int, str]], lines: list[str]) -> str:
    # A comprehension has a frame of its own, which says its line a second time.
    places = [
        place
        for above, place in pairwise([(0, ""), *places])
        if place[0] != above[0] or place[1] not in _WITHOUT_A_NAME
    ]
    cut = ["  …"] if len(places) > MAX_FRAMES else []
    told = [
        f"  line {number}, in {name}\n    {line_at(lines, number).strip()}"
        for number, name in places[-MAX_FRAMES:]
    ]
    return "\n".join(cut + told)


def line_at(lines: list[str], number: int | None) -> str:
    """Return the text of a line of the attempt, if it has that many."""
    is_there = number is not None and 0 < number <= len(lines)
    return lines[number - 1][:400] if is_there and number is not None else ""
