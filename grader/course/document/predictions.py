"""predictions: find the unwritten parts of a page, and the outputs that answer them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from grader.course.document.source import parse_python

_PREDICT = "PREDICT"
_SHOWING = ("show", "figure")
# What every medium shows instead of the output; then it says where to write it.
HELD_BACK = "Hidden until you have written your prediction"


class CodeOfPage(Protocol):
    """What a cell says about itself; `Cell` explains it."""

    @property
    def source(self) -> str: ...
    @property
    def tag(self) -> str: ...
    @property
    def reveals(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def first_line(self) -> int: ...


def unwritten_exercises(cells: Iterable[CodeOfPage]) -> tuple[str, ...]:
    """Return the exercises with a value that is blank or a function that is a stub."""
    return tuple(dict.fromkeys(x.tag for x in cells if x.tag and _is_unwritten(x)))


def find_answers(
    cells: Sequence[CodeOfPage], codes: Sequence[str]
) -> list[tuple[int, ...]]:
    """Return the lines of the unwritten predictions that each cell's output answers.

    A cell's mark may name its predictions. A prediction that no mark names is answered
    by the next cell that shows something.

    Args:
        cells: the cells that run.
        codes: their code as it is in the page, from the first line that isn't empty.
    """
    revealed = {cell.reveals for cell in cells} - {""}
    answers: dict[int, list[int]] = {}
    for i, (cell, code) in enumerate(zip(cells, codes, strict=True)):
        unwritten = _find_unwritten(code, cell.tag in revealed)
        if unwritten is None:
            continue
        line, keys = unwritten[0] + cell.first_line - 1, unwritten[1]
        marks = revealed & {cell.tag, *keys}
        chosen = [j for j, other in enumerate(cells) if other.reveals in marks]
        for j in chosen or _find_next_shown(cells, i):
            answers.setdefault(j, []).append(line)
    return [tuple(answers.get(i, ())) for i in range(len(cells))]


def _is_unwritten(cell: CodeOfPage) -> bool:
    blanks = _find_unwritten(cell.source, is_named=True)
    if blanks is not None:
        return bool(blanks[1])
    return any(map(_is_stub, parse_python(cell.source).body))


def _is_stub(node: ast.stmt) -> bool:
    """Return whether a statement is a function that only raises, as in the page."""
    if not isinstance(node, ast.FunctionDef):
        return False
    *above, last = node.body
    words = ast.unparse(last)
    are_expressions = all(isinstance(one, ast.Expr) for one in above)
    return are_expressions and words.startswith("raise NotImplementedError(")


def _find_next_shown(cells: Sequence[CodeOfPage], place: int) -> list[int]:
    # It is marked, or below `if __name__ == "__main__"`: a grading skips it.
    after = range(place + 1, len(cells))
    return [
        i for i in after if cells[i].role in _SHOWING or "__main__" in cells[i].source
    ][:1]


def _find_unwritten(code: str, is_named: bool) -> tuple[int, set[str]] | None:
    """Return the line and the names of a cell's unwritten predictions.

    If some cell's mark names the exercise, all its predictions count as one.
    """
    if not is_named and _PREDICT not in code:
        return None
    try:
        tree = parse_python(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return 1, set()  # it isn't known what it predicts
    blanks = [
        (value.lineno, key)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for key, value in _iterate_entries(node, is_named)
        if isinstance(value, ast.Constant) and value.value is Ellipsis
    ]
    return (blanks[0][0], {key for _, key in blanks}) if blanks else None


def _iterate_entries(
    node: ast.Assign, is_named: bool
) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names and values that an assignment predicts."""
    for target in node.targets:
        name = target.value if isinstance(target, ast.Subscript) else target
        if not is_named and not (isinstance(name, ast.Name) and name.id == _PREDICT):
            continue
        if isinstance(target, ast.Subscript):
            yield _read_key(target.slice), node.value
        elif isinstance(node.value, ast.Dict):
            for key, value in zip(node.value.keys, node.value.values, strict=True):
                yield _read_key(key), value
        else:
            yield "", node.value


def _read_key(node: ast.expr | None) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""
