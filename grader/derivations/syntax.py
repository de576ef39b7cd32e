"""syntax: parse a file with a derivation, and find code that could tamper with it."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass

LARGEST_SOURCE = 400_000


@dataclass(frozen=True, slots=True)
class UnwrittenPlace:
    """A place in a derivation that is still to be written.

    Attributes:
        line: its line.
        is_stub: whether it is a raise, which ends the derivation.
        is_step: whether it is a line, `yield ...`, rather than a value.
        hides: whether there are lines below the raise, which are never reached.
    """

    line: int
    is_stub: bool = False
    is_step: bool = False
    hides: bool = False


def find_unwritten(source: str, name: str) -> list[UnwrittenPlace]:
    """Return the places of a derivation that are still to be written, from the top."""
    module = parse(source)
    function = find_definition(module, name) if module else None
    if function is None:
        return []
    places = []
    for at, node in enumerate(function.body):
        if is_stub(node):
            rest = (inner for below in function.body[at:] for inner in ast.walk(below))
            hides = any(isinstance(inner, ast.Yield) for inner in rest)
            places.append(UnwrittenPlace(node.lineno, is_stub=True, hides=hides))
        elif any(is_blank(inner) for inner in ast.walk(node)):
            is_step = any(isinstance(inner, ast.Yield) for inner in ast.walk(node))
            places.append(UnwrittenPlace(node.lineno, is_step=is_step))
    return places


def is_stub(node: ast.AST) -> bool:
    """Return whether a node is the raise of an exercise that isn't written yet."""
    if not isinstance(node, ast.Raise) or node.cause is not None:
        return False
    error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return isinstance(error, ast.Name) and error.id == "NotImplementedError"


def is_blank(node: ast.AST) -> bool:
    """Return whether a node is a ``...`` that is still to be replaced."""
    return isinstance(node, ast.Constant) and node.value is ...


def find_return(source: str, name: str) -> tuple[int | None, str]:
    """Return the line number of a function's last return, and its text.

    Returns:
        None and "" if there is no such function, or no return in it.
    """
    module = parse(source)
    for function in [n for n in module.body if defines(n, name)][-1:] if module else []:
        returns = [n for n in ast.walk(function) if isinstance(n, ast.Return)]
        if returns:
            last = max(returns, key=lambda node: node.lineno)
            segment = ast.get_source_segment(source, last) or ""
            return last.lineno, " ".join(segment.split())
    return None, ""


def source_line(source: str, name: str, line: int | None) -> str:
    """Return the yield statement that contains a line, on one line; "" if none does."""
    module = parse(source)
    if module is None or line is None:
        return ""
    inside = [n for n in module.body if defines(n, name)]
    for node in (inner for function in inside for inner in ast.walk(function)):
        if isinstance(node, ast.Expr) and node.lineno <= line <= (node.end_lineno or 0):
            segment = ast.get_source_segment(source, node) or ""
            return " ".join(segment.split())
    return ""


@functools.lru_cache(maxsize=4)
def parse(source: str) -> ast.Module | None:
    """Return the syntax tree of a file; None if it isn't valid Python, or too large.

    It is cached, because each check needs the same file. The tree must not be modified.
    """
    if len(source) > LARGEST_SOURCE:
        return None
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def find_definition(module: ast.Module, name: str) -> ast.FunctionDef | None:
    """Return the function that a file defines last under a name at its left margin.

    Returns:
        None if the name is bound to anything else, or not at all.
    """
    binding = [node for node in module.body if defines(node, name)]
    # If a name is defined twice, Python uses the last definition.
    last = binding[-1] if binding else None
    return last if isinstance(last, ast.FunctionDef) else None


def defines(node: ast.stmt, name: str) -> bool:
    """Return whether a top-level statement binds a name."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
        return node.name == name
    return name in bound_names(node)


# Called for each statement of a file; the cache covers a few files.
@functools.lru_cache(maxsize=1_000)
def bound_names(node: ast.AST) -> frozenset[str]:
    """Return the names that a statement binds, except those inside its functions."""
    return frozenset(_bound_names(node))


def _bound_names(node: ast.AST) -> set[str]:
    if isinstance(
        node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    ):
        return {node.name} if not isinstance(node, ast.Lambda) else set()
    names: set[str] = set()
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        names.add(node.id)
    if isinstance(node, ast.alias):
        names.add(node.asname or node.name.split(".")[0])
    if isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
        names.add(node.name or "")
    if isinstance(node, ast.MatchMapping):
        names.add(node.rest or "")
    for child in ast.iter_child_nodes(node):
        # The variable of a comprehension is local, and binds nothing outside.
        if not isinstance(node, ast.comprehension) or child is not node.target:
            names |= _bound_names(child)
    return names


def find_executed(module: ast.Module) -> list[ast.stmt]:
    """Return the statements that run when the file is graded."""
    return [node for node in module.body if not _is_main(node)]


def _is_main(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.If)
        and not node.orelse
        and ast.unparse(node.test) == "__name__ == '__main__'"
    )


@dataclass(frozen=True, slots=True)
class Objection:
    """Something that isn't allowed in a derivation.

    Attributes:
        sentence: the text for the learner.
        line: its line, or None.
        is_tool: whether it is a tool that differentiates.
    """

    sentence: str
    line: int | None = None
    is_tool: bool = False
