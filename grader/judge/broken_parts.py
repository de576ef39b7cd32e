"""broken_parts: find the parts of a file that Python can't read, or that fail to run.

A part begins at a cell marker, such as ``# %% id="3d"`` for an exercise, and ends at
the next one. Each part is parsed by itself, so a bracket or string that it leaves open
ends with it. A statement is a top-level statement of the file.
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

from grader.course.document.cells import MARK, Cell, Document
from grader.course.document.source import Unreadable, parse, parse_python
from grader.sandbox import Raised

# The longest page of the course has 30,000 characters and 50 cells.
_LONGEST = 100_000
_MOST_PARTS = 200
# The text is parsed up to twice for each part that can't be parsed by itself. A million
# characters may take three seconds.
_MOST_LETTERS = 600_000
_OWN_SCOPES = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
# A line that begins like this doesn't continue the expression above it.
_BEGINS_ANEW = re.compile(rf"(?:def|class|import)\s|from\s+\S+\s+import\b|{MARK}")


class Statement(msgspec.Struct, frozen=True):
    """A top-level statement; several if they share a line.

    Attributes:
        part: its lines, with the tag of the exercise whose cell they are in.
        binds: the names that it defines.
    """

    part: Cell
    binds: frozenset[str]


def parts_with_known_tags(document: Document, tags: Collection[str]) -> list[Cell]:
    """Return the parts of a file in order, the text above the first marker included.

    Only these tags are kept; other parts have no tag.
    """
    return [
        part if part.tag in tags else replace(part, tag="") for part in document.parts
    ]


def find_unreadable(document: Document, parts: Sequence[Cell]) -> dict[Cell, Raised]:
    """Return the fewest parts to leave out so that Python can parse the file.

    Returns:
        Each part with Python's error for it; {} if leaving parts out doesn't help.
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
    # A part may be fine together with the next one: a string may contain a marker.
    for part in tuple(broken):
        others = [other for other in broken if other is not part]
        if is_readable(document.without(others).text):
            broken = others
    return broken


def is_readable(text: str) -> bool:
    """Return whether Python can parse a text."""
    return _find_refusal(text) is None


def _find_refusal(text: str) -> Exception | None:
    """Return the exception of Python's parser for a text, or None."""
    try:
        with warnings.catch_warnings(action="ignore"):
            parse_python(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return error
    return None


def _find_error(part: Cell) -> Raised | None:
    """Return Python's error for a part by itself, as a worker would report it.

    It is None if Python can parse the part, or names no line of it.
    """
    # Prepend an empty line for each line above the part, to keep the line numbers.
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
    """Return the statement that contains a line of a file.

    It is None if there is none, or the file can't be parsed.
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
    """Yield first line, last line and statements, grouped if on the same line."""
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
    """Yield the names that code defines in its own scope."""
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
    """Return the only line of a part that keeps Python from parsing the part.

    It is None if other lines belong to that line, so that the rest wouldn't be what the
    learner wrote.
    """
    if line is None or not part.has_line(line):
        return None
    lines, at = part.source.split("\n"), line - part.line
    first, below = lines[at], lines[at + 1 :]
    if not first.strip() or first[0].isspace():
        return None
    following = next((one for one in below if one.strip()), "")
    is_open = bool(following) and not _BEGINS_ANEW.match(following)
    if is_open and not _is_closed(first):
        return None
    if not all(is_readable("\n".join(half)) for half in (lines[:at], below)):
        return None
    return Cell(first, tag=part.tag, line=line, first_line=line, last_line=line)


def _is_closed(line: str) -> bool:
    """Return whether a line leaves no bracket and no string open for the next one."""
    depth = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(f"{line}\n").readline):
            if token.type == tokenize.OP:
                depth += (token.string in "([{") - (token.string in ")]}")
    except tokenize.TokenError as error:
        if re.search("multi-line string|triple-quoted", str(error)):
            return False
    except SyntaxError:  # mismatched brackets, which no further line can fix
        return True
    return depth <= 0 and not line.endswith("\\")
