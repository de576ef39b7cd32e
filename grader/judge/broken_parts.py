"""broken_parts: which parts of a file Python cannot read, or fail when they are run.

A part begins at the mark of a cell, such as ``# %% id="3d"`` of an exercise's, and ends
at the next one. A part is read by itself, so that a bracket or a text which it leaves
open ends with it. A statement is one at the top level of the file.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Collection, Iterator, Sequence

import msgspec
from msgspec.structs import replace

from grader.document.cells import MARK, Cell, Document
from grader.document.source import Unreadable, parse, parse_python
from grader.sandbox import Raised

# The longest page of the course has 30,000 letters and 50 cells.
_LONGEST = 100_000
_MOST_PARTS = 200
# A text is parsed up to twice for each of its parts that is not read by itself. A
# million letters may take three seconds.
_MOST_LETTERS = 600_000
_OWN_SCOPES = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
# What begins so continues no expression of the line above.
_BEGINS_ANEW = re.compile(rf"(?:def|class|import)\s|from\s+\S+\s+import\b|{MARK}")


class Statement(msgspec.Struct, frozen=True):
    """A statement at the top level; several where they share a line.

    Attributes:
        part: its lines, with the exercise in whose cell they are.
        binds: the names that it defines.
    """

    part: Cell
    binds: frozenset[str]


def parts_with_known_tags(document: Document, tags: Collection[str]) -> list[Cell]:
    """Return the parts of a file in order, each with its tag if that is one of these;
    first what is above the first mark.
    """
    return [
        part if part.tag in tags else replace(part, tag="") for part in document.parts
    ]


def find_unreadable(document: Document, parts: Sequence[Cell]) -> dict[Cell, Raised]:
    """Return the fewest parts without which Python's parser reads a file, each with
    what it says of it; none where it does not read the file without them either.
    """
    letters = len(document.text)
    if letters > _LONGEST or len(parts) > _MOST_PARTS:
        return {}
    errors = {part: error for part in parts if (error := _find_error(part))}
    if len(errors) * letters > _MOST_LETTERS:
        return {}
    fewest = _find_fewest(document, list(errors))
    return {part: errors[part] for part in fewest}


def _find_fewest(document: Document, broken: list[Cell]) -> list[Cell]:
    for part in broken:
        if is_readable(document.without([part]).text):
            return [part]
    if not is_readable(document.without(broken).text):
        return []
    # A part may be whole only with the next one: with a mark inside of a text.
    for part in tuple(broken):
        others = [other for other in broken if other is not part]
        if is_readable(document.without(others).text):
            broken = others
    return broken


def is_readable(text: str) -> bool:
    """Return whether Python's parser reads a text."""
    return _find_refusal(text) is None


def _find_refusal(text: str) -> Exception | None:
    """Return why Python's parser does not read a text; None where it does."""
    try:
        with warnings.catch_warnings(action="ignore"):
            parse_python(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return error
    return None


def _find_error(part: Cell) -> Raised | None:
    """Return what Python says of a part by itself, as a worker would; None where Python
    reads it, or names no line of it.
    """
    # Below as many empty lines as are above it in the file.
    error = _find_refusal("\n" * (part.line - 1) + part.source)
    if not isinstance(error, SyntaxError):
        return None
    line = error.lineno
    if line is None or not part.has_line(line):
        return None
    return Raised(
        type(error).__name__,
        tuple(base.__name__ for base in type(error).__mro__),
        str(error.msg),
        line,
        part.source.split("\n")[line - part.line].rstrip(),
        offset=error.offset,
    )


def find_statement(
    document: Document, line: int, parts: Sequence[Cell]
) -> Statement | None:
    """Return the statement with a line of a file; None where there is none, or the
    file cannot be looked into.
    """
    try:
        nodes = parse(document.text).body
    except Unreadable:
        return None
    for first, last, group in _group_by_line(nodes):
        if first <= line <= last:
            tag = next((part.tag for part in parts if part.has_line(first)), "")
            binds = frozenset(name for node in group for name in _find_bound(node))
            return Statement(document.excerpt(first, last, tag), binds)
    return None


def _group_by_line(
    nodes: Sequence[ast.stmt],
) -> Iterator[tuple[int, int, list[ast.stmt]]]:
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


def _find_bound(node: ast.AST) -> Iterator[str]:
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
            yield from _find_bound(below)


def narrow(part: Cell, line: int | None) -> Cell | None:
    """Return the one line of a part without which Python reads the part; None where
    other lines belong to it, so that what is left would not be what was written.
    """
    if line is None or not part.has_line(line):
        return None
    lines, at = part.source.split("\n"), line - part.line
    own, below = lines[at], lines[at + 1 :]
    if not own.strip() or own[0].isspace():
        return None
    following = next((one for one in below if one.strip()), "")
    is_open = bool(following) and not _BEGINS_ANEW.match(following)
    if is_open and not _is_closed(own):
        return None
    if not all(is_readable("\n".join(half)) for half in (lines[:at], below)):
        return None
    return Cell(own, tag=part.tag, line=line, first_line=line, last_line=line)


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
