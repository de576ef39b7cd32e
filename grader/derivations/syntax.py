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
    functions = [n for n in module.body if defines(n, name)] if module else []
    # If a name is defined twice, Python uses the last definition.
    last = functions[-1] if functions else None
    if not isinstance(last, ast.FunctionDef):
        return []
    found = []
    for at, node in enumerate(last.body):
        if is_stub(node):
            rest = (inner for below in last.body[at:] for inner in ast.walk(below))
            hides = any(isinstance(inner, ast.Yield) for inner in rest)
            found.append(UnwrittenPlace(node.lineno, is_stub=True, hides=hides))
        elif any(is_blank(inner) for inner in ast.walk(node)):
            is_step = any(isinstance(inner, ast.Yield) for inner in ast.walk(node))
            found.append(UnwrittenPlace(node.lineno, is_step=is_step))
    return found


def is_stub(node: ast.AST) -> bool:
    """Return whether it is the raise of an exercise that is still to be written."""
    if not isinstance(node, ast.Raise) or node.cause is not None:
        return False
    error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return isinstance(error, ast.Name) and error.id == "NotImplementedError"


def is_blank(node: ast.AST) -> bool:
    """Return whether it is the ``...`` for what is still to be written."""
    return isinstance(node, ast.Constant) and node.value is ...


def find_return(source: str, name: str) -> tuple[int | None, str]:
    """Return the line number of a function's last return, and its text.

    Returns:
        None and "" if there is no such function, or no return in it.
    """
    module = parse(source)
    for function in [n for n in module.body if defines(n, name)][-1:] if module else []:
        found = [n for n in ast.walk(function) if isinstance(n, ast.Return)]
        if found:
            last = max(found, key=lambda node: node.lineno)
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


# These can change a module, or a name, without an assignment to that name.
REACHES = frozenset(
    {
        "exec",
        "eval",
        "globals",
        "locals",
        "vars",
        "getattr",
        "setattr",
        "delattr",
        "__import__",
        "__builtins__",
        "__dict__",
        "__globals__",
        "__setattr__",
        "__delattr__",
        "modules",
        "importlib",
        "_getframe",
    }
)
# The modules in the first line can find any object, or replace it. The last one is this
# program itself.
REACHING_MODULES = frozenset(
    {
        *("builtins", "ctypes", "gc", "importlib", "inspect", "unittest"),
        "grader",
    }
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


def find_reach(
    module: ast.Module, kept: set[str], opening: str = ""
) -> Objection | None:
    """Return the first thing in a file that could tamper with a derivation.

    It rules out the simple ways to make SymPy differentiate, or to run another
    derivation than the one in the file. The statements at the beginning of every page
    are exempt as long as they are unchanged.

    Args:
        module: the whole file.
        kept: the names that must not be rebound.
        opening: the statements that every page begins with, as source.
    """
    given = {ast.dump(statement) for statement in ast.parse(opening).body}
    for statement in find_executed(module):
        if ast.dump(statement) in given:
            continue
        for node in ast.walk(statement):
            name = ""
            if isinstance(node, ast.Global):
                name = next((f"global {n}" for n in node.names if n in kept), "")
            elif isinstance(node, ast.Name):
                is_new = node.id == "__name__" and not isinstance(node.ctx, ast.Load)
                name = node.id if node.id in REACHES or is_new else ""
            elif isinstance(node, ast.Attribute):
                is_set = not isinstance(node.ctx, ast.Load)
                name = ast.unparse(node) if node.attr in REACHES or is_set else ""
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                roots = {alias.name.split(".")[0] for alias in node.names}
                if isinstance(node, ast.ImportFrom):
                    imported = {alias.name for alias in node.names} & REACHES
                    roots = {(node.module or "").split(".")[0], *imported}
                name = min(roots & (REACHING_MODULES | REACHES), default="")
            if name:
                text = (
                    "A file with a derivation may not change SymPy or the lesson's own "
                    f"names. Leave this out: {name[:56]}"
                )
                return Objection(text, getattr(node, "lineno", None))
    return None
