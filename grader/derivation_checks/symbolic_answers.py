"""symbolic_answers: the worker's answers, as expressions that can be judged.

A column, a row, a list or a tuple is a row; a plain number is an expression, too. A
value that can't be read is refused with an explanation.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.checks.attempt import Answer, RemoteObject
from grader.derivations import InvalidTable, Step, read
from grader.derivations.table import format_expression
from grader.report import formatting
from grader.sandbox.codec import ExpressionText

MOST_DIMENSIONS = 3
MOST_ENTRIES = 1_000


def as_text(value: Any) -> str:
    """Return an expression or a plain number as the text of a table."""
    if isinstance(value, ExpressionText):
        return value.text
    plain = value.item() if isinstance(value, np.generic) else value
    # Not isinstance: True and False are ints in Python, but not expressions.
    if type(plain) is int:
        return json.dumps({"v": 1, "nodes": [["Int", plain]], "root": 0})
    if type(plain) is float and np.isfinite(plain):
        # repr has every digit of a float, so 1/3 differs from a rounded 0.3333.
        return json.dumps({"v": 1, "nodes": [["Float", repr(plain)]], "root": 0})
    return json.dumps({"v": 1, "refused": _kind_of(value)})


def entries_of(value: Any, shape: tuple[int, ...]) -> dict[tuple[int, ...], Any] | None:
    """Return the entries of a value by their position, or None for another shape.

    A column counts as a row; a table with one row is another shape.
    """
    if not shape:
        inner = value
        while isinstance(inner, (list, tuple)) and len(inner) == 1:
            inner = inner[0]
        return None if isinstance(inner, (list, tuple, dict)) else {(): inner}
    if isinstance(value, np.ndarray):
        # Check before converting to a list: an array may be of any size.
        if value.ndim > MOST_DIMENSIONS or not 0 < value.size <= MOST_ENTRIES:
            return None
        value = value.tolist()
    if not isinstance(value, (list, tuple)):
        return None
    if len(shape) == 1:
        return _row_entries(value, shape[0])
    rows = [
        _row_entries(inner, shape[1])
        for inner in value
        if isinstance(inner, (list, tuple))
    ]
    if len(value) != shape[0] or len(rows) != shape[0] or not all(rows):
        return None
    return {
        (i, *j): item
        for i, found in enumerate(rows)
        if found
        for j, item in found.items()
    }


def _row_entries(value: Sequence[Any], count: int) -> dict[tuple[int, ...], Any] | None:
    items = [
        item[0] if isinstance(item, (list, tuple)) and len(item) == 1 else item
        for item in value
    ]
    if len(items) != count or any(isinstance(i, (list, tuple, dict)) for i in items):
        return None
    return {(at,): item for at, item in enumerate(items)}


def shape_of(answer: Answer, shape: tuple[int, ...]) -> str:
    """Return the kind of an answer: one, row, lying, flat, table or other.

    A row has as many entries as a row or column of the required shape. It is lying if
    it is the only row of a table, but a column is required. It is flat if it has as
    many entries as the required table.
    """
    value = answer.value
    if isinstance(value, ExpressionText):
        return "one" if _is_readable(value) else "other"
    if isinstance(value, (int, float)):
        return "one"
    if not isinstance(value, (list, tuple)):
        return "other"
    rows = [len(item) for item in value if isinstance(item, (list, tuple))]
    if len(shape) == len(value) == 1 and rows == [*shape]:
        return "lying"
    if rows and set(rows) != {1}:
        return "table"
    if len(shape) == 2 and len(value) == shape[0] * shape[1]:
        return "flat"
    return "row" if len(value) in shape else "other"


def describe_shape(shape: tuple[int, ...]) -> str:
    """Return the required shape in words."""
    if not shape:
        return "one expression"
    if len(shape) == 1:
        return f"a column of {shape[0]} expressions"
    return f"a matrix with {shape[0]} rows and {shape[1]} columns"


def kind_of(answer: Answer) -> str:
    """Return the kind of an answer's value in words."""
    value = answer.value
    if value is None:
        return "None (is there a return?)"
    if isinstance(value, (list, tuple)):
        rows = [item for item in value if isinstance(item, (list, tuple))]
        if rows and len(rows) == len(value):
            return f"a matrix with {len(rows)} rows and {len(rows[0])} columns"
        return f"a row of {len(value)}"
    if isinstance(value, ExpressionText):
        readable = "one expression, " if _is_readable(value) else ""
        return f"{readable}{_format(value)}"
    if steps_of(answer) is not None:
        return "a generator, made by yield or (... for ...)"
    return _kind_of(value)


def _kind_of(value: Any) -> str:
    if isinstance(value, str):
        return f"text, {formatting.format_value(value)}"
    if isinstance(value, RemoteObject):
        return f"an object of type {value.type_name}"
    return f"{type(value).__name__} {formatting.format_value(value)}"


def _is_readable(value: ExpressionText) -> bool:
    try:
        read(value.text)
    except InvalidTable:
        return False
    return True


def _format(value: ExpressionText) -> str:
    try:
        return format_expression(read(value.text))
    except InvalidTable as error:
        return str(error)


def steps_of(answer: Answer) -> list[Step] | None:
    """Return the lines of a derivation, or None if it isn't one."""
    value = answer.value
    is_derivation = isinstance(value, dict) and value.keys() == {"steps", "raised"}
    rows = value["steps"] if is_derivation else None
    if not isinstance(rows, (list, tuple)):
        return None
    return [_step(row) for row in rows if isinstance(row, tuple) and len(row) == 3]


def _step(row: tuple[Any, Any, Any]) -> Step:
    line, value, reason = row
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        reason, value = value  # the reason was written first
    return Step(
        as_text(value),
        reason if isinstance(reason, str) else "",
        # It comes from the worker, so it may be anything.
        line if type(line) is int and line > 0 else None,
    )


def find_exception(answer: Answer) -> tuple[str, str, int] | None:
    """Return type, message and line of the exception that ended a derivation.

    Returns:
        None if there was none; the line is 0 if it is unknown.
    """
    raised = answer.value.get("raised") if isinstance(answer.value, dict) else None
    if not isinstance(raised, tuple) or len(raised) != 3:
        return None
    return str(raised[0]), str(raised[1]), raised[2] if type(raised[2]) is int else 0


class Symbolic(ExpressionText, frozen=True):
    """A symbol on its way to the worker; it is shown as its name."""

    name: str = ""

    def __str__(self) -> str:
        return self.name


def _symbolic(kind: str, name: str) -> Symbolic:
    text = json.dumps({"v": 1, "nodes": [[kind, name]], "root": 0})
    return Symbolic(text, name)


def number(name: str) -> Symbolic:
    """Return a real number with a name."""
    return _symbolic("Sym", name)


def numbers(name: str, count: int) -> tuple[Symbolic, ...]:
    """Return real numbers with the names p0, p1, and so on.

    Args:
        name: the name without its number.
        count: how many.
    """
    return tuple(number(f"{name}{at}") for at in range(count))


def row(name: str) -> Symbolic:
    """Return a row of any length, to be indexed: p[k]."""
    return _symbolic("Base", name)


def index(name: str) -> Symbolic:
    """Return an index that counts classes."""
    return _symbolic("Index", name)
