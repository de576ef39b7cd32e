"""failing_part: the expression that raised, and what kind of value its names held.

Runs in the worker. What is told is a text of the attempt's own file and names of types:
nothing is called, and no value is looked into.
"""

from __future__ import annotations

import itertools
import re
import types

MOST_LETTERS = 400
MOST_NAMES = 16
LONGEST_NAME = 60
# A name, the name of the type of its value, and how many entries it has or None.
Names = tuple[tuple[str, str, int | None], ...]


def find_part(trace: types.TracebackType | None, lines: list[str]) -> str:
    """Return the expression at which a frame of the attempt's file stopped, or ""."""
    if trace is None:
        return ""
    positions = trace.tb_frame.f_code.co_positions()
    at = next(itertools.islice(positions, trace.tb_lasti // 2, None), (None,) * 4)
    first, last, start, end = at
    if first is None or last is None or start is None or end is None:
        return ""
    if not 0 < first <= last <= len(lines):
        return ""
    told = [line.encode() for line in lines[first - 1 : last]]  # columns count bytes
    told[-1] = told[-1][:end]
    told[0] = told[0][start:]
    return b"\n".join(told).decode(errors="replace")[:MOST_LETTERS]


def find_names(frame: types.FrameType, part: str) -> Names:
    """Return what the names of an expression held, then what the function's own ones
    did.
    """
    try:
        known = {**frame.f_globals, **frame.f_locals}
        names = [*re.findall(r"[^\W\d]\w*", part), *frame.f_locals]
    except Exception:  # the attempt may have put anything in these places
        return ()
    wanted = [name for name in dict.fromkeys(names) if type(name) is str]
    there = [name for name in wanted if name in known][:MOST_NAMES]
    return tuple(
        (name[:LONGEST_NAME], _name_of_type(known[name]), _size(known[name]))
        for name in there
    )


def _name_of_type(value: object) -> str:
    """Return the name of a type, whatever its metaclass says."""
    name: str = type.__dict__["__name__"].__get__(type(value))
    return name[:LONGEST_NAME]


def _size(value: object) -> int | None:
    """How many entries a plain tuple or list has; nothing else is asked."""
    return len(value) if type(value) in (tuple, list) else None  # type: ignore[arg-type]
