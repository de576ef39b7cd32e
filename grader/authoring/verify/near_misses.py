"""near_misses: the solution with one small change in an exercise's cell."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from grader.document import build

_OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
# A text that is longer is a sentence, which no check compares.
_SHORT = 12


def near_misses(
    solution: Path, tag: str, rng: np.random.Generator, many: int
) -> Iterator[tuple[str, str]]:
    """Yield whole files that are wrong in one place, each with what was changed.

    Args:
        solution: the solution.
        tag: the exercise whose cell is changed.
        rng: random numbers, which choose among the places.
        many: how many at most.
    """
    source = solution.read_text(encoding="utf-8")
    lines = source.encode().splitlines(keepends=True)
    starts = [sum(map(len, lines[:at])) for at in range(len(lines))]
    inside = [
        range(cell.line, cell.last_line + 1)
        for cell in build.cells(source)
        if cell.tag == tag and not cell.is_text
    ]
    found = []
    for node in ast.parse(source).body:
        if any(node.lineno in lines_of for lines_of in inside):
            found += list(_changes(node, _names_in(node)))
    for at in sorted(rng.permutation(len(found))[:many]):
        node, new = found[at]
        begin = starts[node.lineno - 1] + node.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset
        text = source.encode()
        old = " ".join(text[begin:end].decode().split())
        changed = text[:begin] + new.encode() + text[end:]
        yield f"{old} -> {new} in line {node.lineno}", changed.decode()


def _names_in(node: ast.AST) -> list[str]:
    """Return the arguments of a function, which may stand in for one another."""
    if not isinstance(node, ast.FunctionDef):
        return []
    return [each.arg for each in (*node.args.posonlyargs, *node.args.args)]


def _changes(node: ast.AST, names: list[str]) -> Iterator[tuple[ast.expr, str]]:
    """Yield the parts of a statement, each with what may be there instead."""
    for child in ast.iter_child_nodes(node):
        is_text = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        # A loop whose condition is changed may never end.
        if not is_text and not isinstance(child, (ast.arguments, ast.While)):
            yield from _changes(child, names)
    match node:
        case ast.BinOp(left, op, right) if type(op) in _OPERATORS:
            other = ast.BinOp(left, _OPERATORS[type(op)](), right)  # type: ignore[arg-type]
            yield node, f"({ast.unparse(other)})"
        case ast.Compare(left, [op], [right]) if type(op) in _OPERATORS:
            turned = ast.Compare(left, [_OPERATORS[type(op)]()], [right])  # type: ignore[list-item]
            yield node, f"({ast.unparse(turned)})"
        case ast.UnaryOp(ast.USub(), operand):
            yield node, f"({ast.unparse(operand)})"
        case ast.Constant(bool(value)):
            yield node, str(not value)
        case ast.Constant(int(value) | float(value)):
            yield node, str(value + 1)
        case ast.Constant(str(value)) if 0 < len(value) <= _SHORT:
            yield node, repr(chr(ord(value[0]) + 1) + value[1:])
        case ast.Name(name, ast.Load()) if name in names:
            yield from ((node, other) for other in names if other != name)
