"""readable_cells: the cells of a file, and which of them Python cannot read.

A part begins at the mark of a cell, such as ``# %% id="3d"`` of an exercise's, and ends
at the next one. A part is read by itself, so that a bracket or a text which it leaves
open ends with it.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Sequence

import msgspec

from grader.document.build import extents_of, tag_of
from grader.document.source import parse_alone, split_bare_lines
from grader.sandbox import Raised

# The longest page of the course has 30,000 letters and 50 cells.
_LONGEST = 100_000
_MOST_PARTS = 200
# A text is parsed up to twice for each of its parts that is not read by itself. A
# million letters may take three seconds.
_MOST_LETTERS = 600_000


class MarkedPart(msgspec.Struct, frozen=True):
    """The lines of one cell in a file.

    Attributes:
        tag: its exercise, or "".
        first: the number of its first line, counted from 1.
        lines: what stands in them, without their ends.
    """

    tag: str
    first: int
    lines: tuple[str, ...]

    def holds(self, line: int) -> bool:
        """Return whether a line of the file is one of its own."""
        return self.first <= line < self.first + len(self.lines)


def marked_parts(text: str, tags: Collection[str]) -> Iterator[MarkedPart]:
    """Yield the parts of a text in order, each with its tag if that is one of these;
    first what is above the first mark.
    """
    lines = split_bare_lines(text)
    extents = list(extents_of(lines))
    if above := lines[: extents[0][1] - 1 if extents else len(lines)]:
        yield MarkedPart("", 1, tuple(above))
    for head, first, last in extents:
        tag = found if (found := tag_of(head)) in tags else ""
        yield MarkedPart(tag, first, tuple(lines[first - 1 : last]))


def without(text: str, parts: Collection[MarkedPart]) -> str:
    """Return a text with these parts blank, so that each other line keeps its
    number.
    """
    return "\n".join(
        "" if any(part.holds(number) for part in parts) else line
        for number, line in enumerate(split_bare_lines(text), 1)
    )


def find_unreadable(text: str, parts: Sequence[MarkedPart]) -> dict[MarkedPart, Raised]:
    """Return the fewest parts without which Python's parser reads a text, each with
    what it says of it; none where it does not read the text without them either.
    """
    if len(text) > _LONGEST or len(parts) > _MOST_PARTS:
        return {}
    errors = {part: error for part in parts if (error := _error_in(part))}
    if len(errors) * len(text) > _MOST_LETTERS:
        return {}
    fewest = _fewest(text, list(errors))
    return {part: errors[part] for part in fewest}


def _fewest(text: str, broken: list[MarkedPart]) -> list[MarkedPart]:
    for part in broken:
        if is_readable(without(text, [part])):
            return [part]
    if not is_readable(without(text, broken)):
        return []
    # A part may be whole only with the next one: with a mark inside of a text.
    for part in tuple(broken):
        others = [other for other in broken if other is not part]
        if is_readable(without(text, others)):
            broken = others
    return broken


def is_readable(text: str) -> bool:
    """Return whether Python's parser reads a text."""
    return _refusal_of(text) is None


def _refusal_of(text: str) -> Exception | None:
    """Return why Python's parser does not read a text; None where it does."""
    try:
        with warnings.catch_warnings(action="ignore"):
            parse_alone(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return error
    return None


def _error_in(part: MarkedPart) -> Raised | None:
    """Return what Python says of a part by itself; None where it reads it."""
    # Below as many empty lines as stand above it in the file.
    text = "\n" * (part.first - 1) + "\n".join(part.lines)
    error = _refusal_of(text)
    return _told(error, part) if isinstance(error, SyntaxError) else None


def _told(error: SyntaxError, part: MarkedPart) -> Raised | None:
    """Return a syntax error as a worker tells it; None where it names no line."""
    line = error.lineno
    if line is None or not part.holds(line):
        return None
    return Raised(
        type(error).__name__,
        tuple(base.__name__ for base in type(error).__mro__),
        str(error.msg),
        line,
        part.lines[line - part.first].rstrip(),
        offset=error.offset,
    )
