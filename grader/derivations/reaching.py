"""reaching: the short ways to change what a derivation is made of."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from grader.derivations.syntax import find_executed

# What changes a module, or a name, without an assignment to that name.
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
# Through the first line's any object can be found, or another put in its place. The
# last is the program itself.
REACHING_MODULES = frozenset(
    {
        *("builtins", "ctypes", "gc", "importlib", "inspect", "unittest"),
        "grader",
    }
)


@dataclass(frozen=True, slots=True)
class Objection:
    """What is not allowed in a derivation, and where it stands.

    Attributes:
        sentence: what is said of it.
        line: where it stands, or None.
        is_tool: whether it is a tool that differentiates.
    """

    sentence: str
    line: int | None = None
    is_tool: bool = False


def find_reach(
    module: ast.Module, kept: set[str], opening: str = ""
) -> Objection | None:
    """Return the first thing in a file that could change what a derivation is made of.

    It closes the short ways to a SymPy that differentiates on its own, or to a
    derivation that is another than the one that stands there. The statements with which
    every page begins are no such way, as long as they stand there as they were given.

    Args:
        module: the whole file.
        kept: the names that have to stay what they are.
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
                    "In a file with a derivation nothing may change SymPy, or what the "
                    f"lesson gives. Leave this out: {name[:56]}"
                )
                return Objection(text, getattr(node, "lineno", None))
    return None
