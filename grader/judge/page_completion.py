"""page_completion: add the page to a file that has only functions.

Somebody may hand in just a function, without the page's cells, imports and helpers. It
is graded as it would be on the page.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from msgspec.structs import replace

from grader.course.document.bindings import bound_names
from grader.course.document.cells import MARK, Cell, Document, read_text
from grader.course.document.source import Unreadable, parse, parse_python

_DEFINITION = re.compile(r"(?m)^(?:def|class)\s+(\w+)")
NOTE = (
    "This file has no cells of the lesson. It was graded together with what the "
    "lesson's page gives, such as imports and helpers."
)


def complete(document: Document, page: Path) -> Document:
    """Return a file below the rest of the lesson's page.

    In findings, its lines keep their numbers. A file that answers no exercise, or that
    Python can't read, is returned unchanged.

    Args:
        document: the file; it has no cell of an exercise.
        page: the lesson's page.
    """
    try:
        parse(document.text)
    except Unreadable:
        return document
    defined, whole = names_bound_in(document.text), Document(read_text(page).encode())
    names_needed = {
        name
        for cell in whole.cells
        if cell.tag and not cell.is_text
        for name in names_bound_in(cell.source)
    }
    if not defined & names_needed:
        return document
    above = Document(_without(whole, defined).encode())
    count = len(above.lines)
    # A mark is the line above a cell's first one.
    only = Cell(document.text, last_line=len(document.lines))
    begun, shift = ([], count) if document.notebook else ([MARK], count + 1)
    own_cells = [_move_down(one, shift) for one in document.notebook or [only]]
    return Document(
        "\n".join([*above.lines, *begun, *document.lines, ""]).encode(),
        (*above.cells, *own_cells),
        (*document.notes, NOTE),
    )


def _move_down(cell: Cell, count: int) -> Cell:
    """Return a cell that is further down."""
    return replace(
        cell,
        line=cell.line + count,
        first_line=cell.first_line + count,
        last_line=cell.last_line + count,
    )


def names_bound_in(code: str) -> set[str]:
    """Return the names that code binds; of unreadable code, its definitions."""
    try:
        return {name for node in parse(code).body for name in bound_names(node)}
    except Unreadable:
        return set(_DEFINITION.findall(code))


def _without(page: Document, names: set[str]) -> str:
    """Return the page without the answers that bind some of these names."""
    lines = list(page.lines)
    answers = [cell for cell in page.cells if cell.tag and not cell.is_text]
    for node in parse_python(page.text).body:
        is_answer = any(cell.has_line(node.lineno) for cell in answers)
        if is_answer and names & bound_names(node):
            first = min([node.lineno, *(one.lineno for one in _decorators(node))])
            last = node.end_lineno or first
            lines[first - 1 : last] = [""] * (last - first + 1)
    return "\n".join(lines)


def _decorators(node: ast.stmt) -> list[ast.expr]:
    return getattr(node, "decorator_list", [])
