"""failure: an exception with the expression that raised it, for further inspection."""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Iterable, Iterator

import msgspec

from grader.course.document.cells import Cell, Document
from grader.course.document.source import (
    Unreadable,
    decode_source,
    parse,
    parse_file,
)
from grader.sandbox import NamedValue, Raised

_MOST_SHOWN = 200  # cells that are parsed to find a name in them
ROWS = ("tuple", "list")


class Failure(msgspec.Struct, frozen=True):
    """An exception, and the expression that raised it.

    Attributes:
        raised: the exception.
        part: the expression; None if unknown.
        held: the values of names, in the expression and in the function, by name.
        file: the syntax tree of the attempt; None if it can't be parsed.
        document: the attempt, which converts line numbers for its writer.
    """

    raised: Raised
    part: ast.expr | None
    held: dict[str, NamedValue]
    file: ast.Module | None
    document: Document

    @property
    def message(self) -> str:
        """The text of the exception."""
        return self.raised.message

    @property
    def functions(self) -> list[ast.FunctionDef]:
        """The functions around the line that raised, outermost first."""
        line = self.raised.line or 0
        return [
            node
            for node in (ast.walk(self.file) if self.file else ())
            if isinstance(node, ast.FunctionDef)
            and node.lineno <= line <= (node.end_lineno or 0)
        ]

    def type_of(self, node: ast.AST | None) -> str:
        """Return the type of a name's value, or of a list or tuple display, or ""."""
        if isinstance(node, ast.Name) and node.id in self.held:
            return self.held[node.id].type_name
        if isinstance(node, (ast.List, ast.ListComp)):
            return "list"
        return "tuple" if isinstance(node, ast.Tuple) else ""

    def shape_of(self, node: ast.AST | None) -> tuple[int, ...] | None:
        """Return the shape of the array in a name, a dict entry or their .T.

        It is None if unknown.
        """
        if isinstance(node, ast.Attribute) and node.attr == "T":
            shape = self.shape_of(node.value)
            return shape[::-1] if shape is not None else None
        if not isinstance(node, (ast.Name, ast.Subscript)):
            return None
        value = self.held.get(ast.unparse(node))
        return value.shape if value else None

    def is_row(self, node: ast.AST | None) -> bool:
        """Return whether a node is a name whose value was a tuple or a list."""
        return isinstance(node, ast.Name) and self.type_of(node) in ROWS

    def find_row(self) -> str:
        """Return a name whose value was a tuple or a list, or ""."""
        return next((n.name for n in self.held.values() if n.size is not None), "")

    def find_symbol(self, node: ast.AST | None) -> str:
        """Return a name in an expression whose value was a symbol, or ""."""
        inside = ast.walk(node) if node else ()
        names = (n for n in inside if isinstance(n, ast.Name))
        return next((n.id for n in names if self.type_of(n) == "Symbol"), "")

    def find_value(self, name: str) -> ast.expr | None:
        """Return the value that the function assigns to a name in its only assignment.

        It is None if the name may have another value.
        """
        inside = [n for one in self.functions[-1:] for n in ast.walk(one)]
        bound: list[ast.AST] = [node for node in inside if _is_bound(node, name)]
        assigned = (n for n in inside if isinstance(n, ast.Assign))
        return next((n.value for n in assigned if n.targets == bound), None)

    def find_module(self, module: str) -> str:
        """Return the name under which the file imports a module, or ""."""
        for node in ast.walk(self.file) if self.file else ():
            for alias in node.names if isinstance(node, ast.Import) else ():
                if alias.name == module:
                    return alias.asname or alias.name
        return ""


def _is_bound(node: ast.AST, name: str) -> bool:
    """Return whether a node binds a name, or declares it global or nonlocal."""
    match node:
        case ast.Name(id=found, ctx=ast.Store()) | ast.arg(arg=found):
            return found == name
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return name in names
    return False


def find_advice(rows: Iterable[tuple[str, str, str, str]], raised: Raised) -> str:
    """Return the sentence of the first row that fits an exception, or "".

    Args:
        rows: the type of the exception; a pattern for its message; a pattern for the
            line, whose groups go into the sentence; the sentence.
        raised: the exception.
    """
    for type_name, message, line, sentence in rows:
        if raised.type_name != type_name or not re.search(message, raised.message):
            continue
        match = re.search(line, raised.source_line)
        if match:
            return sentence.format(*match.groups())
    return ""


def analyse_failure(raised: Raised, document: Document) -> Failure:
    """Return an exception of an attempt, with the syntax tree and values around it."""
    held = {named.name: named for named in raised.names}
    file = parse_or_none(document.content)
    return Failure(raised, _expression(raised.part), held, file, document)


def parse_or_none(source: bytes) -> ast.Module | None:
    """Return the syntax tree of the attempt's file, or None."""
    try:
        return parse_file(decode_source(source))
    except Unreadable:
        return None


def shown_with(name: str, document: Document) -> Iterator[tuple[Cell, ast.Module]]:
    """Yield the cells that no grading runs and that have a name, with their trees."""
    for cell in document.shown[:_MOST_SHOWN]:
        if name in cell.source:
            with contextlib.suppress(Unreadable):
                yield cell, parse(cell.source)


def _expression(part: str) -> ast.expr | None:
    try:
        # In parentheses, because it may span several lines.
        return ast.parse(f"({part}\n)", mode="eval").body if part else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
