"""statements: the statements at the top level of a file, and the names they define."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Sequence

import msgspec

from grader.document.source import Unreadable, parse, split_bare_lines
from grader.judge.readable_cells import MarkedPart, is_readable

_OWN_SCOPES = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
# What begins so continues no expression of the line above.
_BEGINS_ANEW = re.compile(r"(?:def|class|import)\s|from\s+\S+\s+import\b|# %%")


class Statement(msgspec.Struct, frozen=True):
    """A statement at the top level; several where they share a line.

    Attributes:
        part: its lines, with the exercise in whose cell they are.
        binds: the names that it defines.
    """

    part: MarkedPart
    binds: frozenset[str]


def find_statement(
    text: str, line: int, cells: Sequence[MarkedPart]
) -> Statement | None:
    """Return the statement with a line of a file; None where there is none, or the
    file cannot be looked into.
    """
    try:
        nodes = parse(text).body
    except Unreadable:
        return None
    for first, last, group in _groups(nodes):
        if first <= line <= last:
            lines = tuple(split_bare_lines(text)[first - 1 : last])
            tag = next((cell.tag for cell in cells if cell.holds(first)), "")
            binds = frozenset(name for node in group for name in _bound(node))
            return Statement(MarkedPart(tag, first, lines), binds)
    return None


def _groups(nodes: Sequence[ast.stmt]) -> Iterator[tuple[int, int, list[ast.stmt]]]:
    """Yield first line, last line and statements; together those that share a line."""
    group: list[ast.stmt] = []
    first = last = 0
    for node in nodes:
        decorators = getattr(node, "decorator_list", ())
        begins = min([node.lineno, *(one.lineno for one in decorators)])
        if group and begins > last:
            yield first, last, group
            group = []
        first = first if group else begins
        group.append(node)
        last = node.end_lineno or node.lineno
    if group:
        yield first, last, group


def _bound(node: ast.AST) -> Iterator[str]:
    """Yield the names that code defines in the scope in which it runs."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name
        case ast.ClassDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.alias(name=name, asname=asname):
            yield (asname or name).partition(".")[0]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            yield name
    if not isinstance(node, _OWN_SCOPES):
        for below in ast.iter_child_nodes(node):
            yield from _bound(below)


def narrow(cell: MarkedPart, line: int | None) -> MarkedPart | None:
    """Return the one line of a cell without which Python reads the cell; None where
    the line does not stand alone, so that what is left would not be what was written.
    """
    if line is None or not cell.holds(line):
        return None
    at = line - cell.first
    own, below = cell.lines[at], cell.lines[at + 1 :]
    if not own.strip() or own[0].isspace():
        return None
    following = next((one for one in below if one.strip()), "")
    is_open = bool(following) and not _BEGINS_ANEW.match(following)
    if is_open and not _is_closed(own):
        return None
    if not all(is_readable("\n".join(half)) for half in (cell.lines[:at], below)):
        return None
    return MarkedPart(cell.tag, line, (own,))


def _is_closed(line: str) -> bool:
    """Return whether a line leaves no bracket and no text open for the next one."""
    depth = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(f"{line}\n").readline):
            if token.type == tokenize.OP:
                depth += (token.string in "([{") - (token.string in ")]}")
    except tokenize.TokenError as error:
        if re.search("multi-line string|triple-quoted", str(error)):
            return False
    except SyntaxError:  # brackets that do not match, which no further line makes good
        return True
    return depth <= 0 and not line.endswith("\\")
