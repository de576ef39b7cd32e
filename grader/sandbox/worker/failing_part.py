"""failing_part: the expression that raised, and what kind of value its names held.

Runs in the worker. It sends a text of the attempt's own file, names of types and the
shapes of arrays: nothing is called, and no other value is looked into.
"""

from __future__ import annotations

import ast
import functools
import itertools
import re
import sys
import types
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

# All within what the judge keeps of them: `sandbox.exchange` cuts them again.
MOST_LETTERS = 400
MOST_NAMES = 16
LONGEST_NAME = 60
# A name or an entry of a dict, the name of the type of its value, how many entries a
# tuple or list has or None, and the shape of an array or None.
Names = tuple[tuple[str, str, int | None, tuple[int, ...] | None], ...]
# As one writes an entry of a dict: params["W1"].
_ENTRY = re.compile(r"""\b([^\W\d]\w*)\[(["'])(\w+)\2\]""")
# Line and column where an expression begins, and where it ends.
Span = tuple[int, int, int, int]
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp)
# Before Python 3.12 each has a frame of its own: nothing has to be looked for.
ARE_IN_THE_FRAME_AROUND = sys.version_info >= (3, 12)
# The code of one that has a frame of its own all the same.
ITS_OWN_FRAME = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>"})


def find_part(trace: types.TracebackType | None, lines: list[str]) -> str:
    """Return the expression at which a frame of the attempt's file stopped, or ""."""
    span = _find_span(trace) if trace else None
    if span is None or not 0 < span[0] <= span[2] <= len(lines):
        return ""
    first, start, last, end = span
    told = [line.encode() for line in lines[first - 1 : last]]  # columns count bytes
    told[-1] = told[-1][:end]
    told[0] = told[0][start:]
    return b"\n".join(told).decode(errors="replace")[:MOST_LETTERS]


def find_names(trace: types.TracebackType, part: str, lines: list[str]) -> Names:
    """Return what the names of an expression held, then what the function's own ones
    did.

    Args:
        trace: the place in the attempt's file.
        part: the expression that stands there.
        lines: the lines of the attempt's file.
    """
    frame = trace.tb_frame
    try:
        known = {**frame.f_globals, **frame.f_locals}
        names = [*re.findall(r"[^\W\d]\w*", part), *frame.f_locals]
        gone = _find_names_gone(trace, "".join(lines))
    except Exception:  # the attempt may have put anything in these places
        return ()
    wanted = [name for name in dict.fromkeys(names) if type(name) is str]
    there = [name for name in wanted if name in known and name not in gone]
    found = {name: known[name] for name in there[:MOST_NAMES]}
    found |= _find_entries(part, {name: known[name] for name in there})
    return tuple(
        (name[:LONGEST_NAME], _name_of_type(value), _size(value), _shape(value))
        for name, value in found.items()
    )


def _find_entries(part: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of plain dicts that an expression names, as Python writes
    them.
    """
    return {
        f"{name}[{key!r}]": known[name][key]
        for name, _, key in _ENTRY.findall(part)[:MOST_NAMES]
        if type(known.get(name)) is dict
        # By their types first: a key of the attempt's own may compare in any way.
        and any(type(one) is str and one == key for one in known[name])
    }


def _find_span(trace: types.TracebackType) -> Span | None:
    # One position for each unit of the code, which has two bytes.
    positions = trace.tb_frame.f_code.co_positions()
    at = next(itertools.islice(positions, trace.tb_lasti // 2, None), (None,) * 4)
    first, last, start, end = at
    if first is None or last is None or start is None or end is None:
        return None
    return first, start, last, end


def _find_names_gone(trace: types.TracebackType, source: str) -> frozenset[str]:
    """Return the names whose values at a place cannot be told any more.

    Since Python 3.12 a comprehension runs in the frame around it. When it raises, its
    names hold again what they held before it, and that was never at this place.
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

    A grading may raise many times, always with the same file.
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
    """Return the name of a type, whatever its metaclass says."""
    name: str = type.__dict__["__name__"].__get__(type(value))
    return name[:LONGEST_NAME]


def _shape(value: object) -> tuple[int, ...] | None:
    """Return the shape of a plain array."""
    return value.shape if type(value) is np.ndarray else None


def _size(value: object) -> int | None:
    """Count the entries of a plain tuple or list; nothing else is asked."""
    return len(value) if type(value) in (tuple, list) else None  # type: ignore[arg-type]
