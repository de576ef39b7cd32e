"""exception_messages: an exception of the attempt, as plain data for the learner.

Runs in the worker. It reports only frames inside the attempt's own file, not those of
the libraries and the grader in between.
"""

from __future__ import annotations

import ast
import functools
import io
import itertools
import re
import sys
import traceback
import types
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from grader.sandbox.replies import NamedValue, OutOfMemory, Raised

# All within the bounds of `Raised`, and shorter.
MOST_LETTERS = 400
MOST_NAMES = 16
LONGEST_NAME = 60
LONGEST_BASE = 200
# A dict entry as it is written in code: params["W1"].
_ENTRY = re.compile(r"""\b([^\W\d]\w*)\[(["'])(\w+)\2\]""")
# First line, first column, last line and last column of an expression.
Span = tuple[int, int, int, int]
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp)
# Before Python 3.12 each has its own frame, so no search is needed.
ARE_IN_THE_FRAME_AROUND = sys.version_info >= (3, 12)
# The code names of comprehensions that have their own frame all the same.
ITS_OWN_FRAME = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>"})


def find_part(trace: types.TracebackType | None, lines: list[str]) -> str:
    """Return the expression at which a frame of the attempt's file stopped, or ""."""
    span = _find_span(trace) if trace else None
    if span is None or not 0 < span[0] <= span[2] <= len(lines):
        return ""
    first, start, last, end = span
    part = [line.encode() for line in lines[first - 1 : last]]  # columns count bytes
    part[-1] = part[-1][:end]
    part[0] = part[0][start:]
    return b"\n".join(part).decode(errors="replace")[:MOST_LETTERS]


def find_names(
    trace: types.TracebackType, part: str, lines: list[str]
) -> tuple[NamedValue, ...]:
    """Describe the values of an expression's names, then those of other local names.

    Args:
        trace: the place in the attempt's file.
        part: the expression at that place.
        lines: the lines of the attempt's file.
    """
    frame = trace.tb_frame
    try:
        scope = {**frame.f_globals, **frame.f_locals}
        names = [*re.findall(r"[^\W\d]\w*", part), *frame.f_locals]
        gone = _find_names_gone(trace, "".join(lines))
    except Exception:  # the attempt may have replaced any of these
        return ()
    texts = [name for name in dict.fromkeys(names) if type(name) is str]
    there = [name for name in texts if name in scope and name not in gone]
    values = {name: scope[name] for name in there[:MOST_NAMES]}
    values |= _find_entries(part, {name: scope[name] for name in there})
    return tuple(
        NamedValue(
            name[:LONGEST_NAME], _name_of_type(value), _size(value), _shape(value)
        )
        for name, value in values.items()
    )


def _find_entries(part: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of plain dicts that an expression uses, by their code."""
    return {
        f"{name}[{key!r}]": known[name][key]
        for name, _, key in _ENTRY.findall(part)[:MOST_NAMES]
        if type(known.get(name)) is dict
        # Check the types first: a learner's key may define any comparison.
        and any(type(one) is str and one == key for one in known[name])
    }


def _find_span(trace: types.TracebackType) -> Span | None:
    # There is one position for each code unit of two bytes.
    positions = trace.tb_frame.f_code.co_positions()
    at = next(itertools.islice(positions, trace.tb_lasti // 2, None), (None,) * 4)
    first, last, start, end = at
    if first is None or last is None or start is None or end is None:
        return None
    return first, start, last, end


def _find_names_gone(trace: types.TracebackType, source: str) -> frozenset[str]:
    """Return the names whose values at a place are no longer known.

    Since Python 3.12 a comprehension runs in the frame around it. If it raises, its
    names get back their earlier values, which they never had at this place.
    """
    if not ARE_IN_THE_FRAME_AROUND:
        return frozenset()
    span = _find_span(trace)
    if span is None or trace.tb_frame.f_code.co_name in ITS_OWN_FRAME:
        return frozenset()
    return frozenset(
        name
        for node, names in _find_comprehensions(source)
        if _is_in(span, node) and not _is_in(span, node.generators[0].iter)
        for name in names
    )


@functools.lru_cache(maxsize=1)
def _find_comprehensions(
    source: str,
) -> tuple[tuple[ast.ListComp | ast.SetComp | ast.DictComp, frozenset[str]], ...]:
    """Return the comprehensions of a file, each with the names that it binds.

    The result is cached: a grading may raise many times, always with the same file.
    """
    return tuple(
        (node, frozenset(_find_targets(node)))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, COMPREHENSIONS)
    )


def _find_targets(node: ast.ListComp | ast.SetComp | ast.DictComp) -> Iterator[str]:
    for generator in node.generators:
        for target in ast.walk(generator.target):
            if isinstance(target, ast.Name):
                yield target.id


def _is_in(span: Span, node: ast.expr) -> bool:
    first, start, last, end = span
    begins = (node.lineno, node.col_offset)
    ends = (node.end_lineno or 0, node.end_col_offset or 0)
    return begins <= (first, start) and (last, end) <= ends


def _name_of_type(value: object) -> str:
    """Return the name of a value's type, ignoring what a metaclass defines."""
    name: str = type.__dict__["__name__"].__get__(type(value))
    return name[:LONGEST_NAME]


def _shape(value: object) -> tuple[int, ...] | None:
    """Return the shape of a plain NumPy array, else None."""
    return value.shape if type(value) is np.ndarray else None


def _size(value: object) -> int | None:
    """Return the number of entries of a plain tuple or list, else None."""
    return len(value) if type(value) in (tuple, list) else None  # type: ignore[arg-type]


# The judge cuts at this length too, but only at the end of the text.
MAX_MESSAGE = 2000
MAX_FRAMES = 12
_CUT = "\n…\n"
_WITHOUT_A_NAME = ITS_OWN_FRAME | {"<genexpr>", "<lambda>"}
# The names of errors for memory that couldn't be allocated, including TensorFlow's.
_MEMORY_ERRORS = {"MemoryError", "_ArrayMemoryError", "ResourceExhaustedError"}


def exception_message(
    error: BaseException,
    filename: str,
    lines: list[str],
    is_loading: bool = False,
) -> Raised | OutOfMemory:
    """Return the message to the judge about an exception of the attempt.

    Args:
        error: the exception that the attempt raised.
        filename: the name its code was compiled under.
        lines: the lines of its file.
        is_loading: whether the file was being executed.
    """
    bases = tuple(base.__name__[:LONGEST_BASE] for base in type(error).__mro__)
    places, inner = _line_numbers(error, filename), _innermost(error, filename)
    statement = places[0][0] if places and is_loading else None
    if not _MEMORY_ERRORS.isdisjoint(bases):
        return OutOfMemory(statement=statement)
    if "AssertionError" in bases:  # an assertion explains itself
        inner = None
    part = find_part(inner, lines)
    line = places[-1][0] if places else None
    message, offset = _message(error) + _suggestion(error), None
    if isinstance(error, SyntaxError) and error.filename == filename:
        line, offset, message = error.lineno, error.offset, str(error.msg)
    shown = line_at(lines, line)
    tag = error.args[0] if type(error) is NotImplementedError and error.args else ""
    return Raised(
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
    """Return `str` or `repr` of a value, cut to `size` characters, even if it fails."""
    try:
        return str(convert(value))[:size]
    except Exception:
        return f"<{type(value).__name__}>"


def _message(error: BaseException) -> str:
    """Return an exception's message, or the beginning and end of a very long one."""
    text = safe_text(str, error, sys.maxsize)
    half = (MAX_MESSAGE - len(_CUT)) // 2
    return text if len(text) <= MAX_MESSAGE else text[:half] + _CUT + text[-half:]


def _suggestion(error: BaseException) -> str:
    """Return Python's "Did you mean", which it adds only to uncaught exceptions."""
    if not isinstance(error, (AttributeError, NameError)):
        return ""
    # Print the exception: in Python 3.11 `traceback` doesn't make the suggestion.
    before, sys.stderr = sys.stderr, io.StringIO()
    try:
        sys.__excepthook__(type(error), error, error.__traceback__)
        printed = sys.stderr.getvalue()[-MAX_MESSAGE:]
    except Exception:  # the attempt may have replaced any of these
        printed = ""
    finally:
        sys.stderr = before
    match = re.search(r"\. Did you [^?\n]{1,100}\?$", printed.rstrip())
    return match[0] if match else ""


def _line_numbers(error: BaseException, filename: str) -> list[tuple[int, str]]:
    """Return line and function of each frame in the attempt's file, innermost last."""
    return [
        (number, frame.f_code.co_name)
        for frame, number in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == filename
    ]


def _innermost(error: BaseException, filename: str) -> types.TracebackType | None:
    """Return the innermost place of an exception that is in the attempt's file."""
    trace, innermost = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == filename:
            innermost = trace
        trace = trace.tb_next
    return innermost


def _trace(places: list[tuple[int, str]], lines: list[str]) -> str:
    # A comprehension has its own frame, which would repeat its line.
    places = [
        place
        for above, place in pairwise([(0, ""), *places])
        if place[0] != above[0] or place[1] not in _WITHOUT_A_NAME
    ]
    cut = ["  …"] if len(places) > MAX_FRAMES else []
    entries = [
        f"  line {number}, in {name}\n    {line_at(lines, number).strip()}"
        for number, name in places[-MAX_FRAMES:]
    ]
    return "\n".join(cut + entries)


def line_at(lines: list[str], number: int | None) -> str:
    """Return the text of a line of the attempt, or "" if there is no such line."""
    exists = number is not None and 0 < number <= len(lines)
    return lines[number - 1][:400] if exists and number is not None else ""
