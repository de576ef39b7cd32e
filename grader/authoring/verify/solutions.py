"""solutions: what stands in a lesson's solution, by name."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

from grader.document.catalog import Lesson
from grader.errors import BrokenLesson
from grader.judge.loading import describe_error


def tree_of(lesson: Lesson) -> ast.Module:
    """Return the solution as Python's parser sees it.

    Raises:
        BrokenLesson: it is not Python.
    """
    return _parse(lesson.solution, lesson.solution.read_text(encoding="utf-8"))


# Each mistake is held against the same text.
@functools.lru_cache(maxsize=1)
def _parse(path: Path, source: str) -> ast.Module:
    try:
        return ast.parse(source, str(path))
    except SyntaxError as error:
        raise BrokenLesson(describe_error(error, path)) from None


def names_of(lesson: Lesson) -> set[str]:
    """Return the names that the solution defines, at whatever depth, and the entries
    that it gives a dict: `PREDICT["loss"]`.
    """
    tree = tree_of(lesson)
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {(a.asname or a.name).split(".")[0] for a in node.names}
        elif isinstance(node, ast.Assign):
            found |= set(_entries_in(node))
    return found


def _entries_in(node: ast.Assign) -> Iterator[str]:
    """Yield the entries that a statement gives a dict, as an author writes them."""
    for target in node.targets:
        match target, node.value:
            case ast.Subscript(ast.Name(name), key), _:
                keys: list[ast.expr | None] = [key]
            case ast.Name(name), ast.Dict(keys=keys):
                pass
            case _:
                continue
        for one in keys:
            if isinstance(one, ast.Constant):
                yield f'{name}["{one.value!s}"]'
