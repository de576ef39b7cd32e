"""function_source: write a mistake's function as code that runs in an attempt.

It may use helpers of the same file: other functions, constants and modules.
They are written above it.
"""

from __future__ import annotations

import ast
import builtins
import dis
import inspect
import linecache
import textwrap
from collections.abc import Callable, Iterator, Set
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from grader.common.errors import BrokenLesson
from grader.course.document.source import parse_once, parse_python
from grader.judge.loading import display_path, is_lesson_file

_BUILTIN = frozenset(vars(builtins))


def function_source(function: Callable[..., Any], name: str, present: Set[str]) -> str:
    """Return code that defines a function under a name, below the helpers it needs.

    Args:
        function: a function of a lesson's checks; it may be a lambda.
        name: the name that it gets.
        present: the names that the attempt defines; they aren't written again.

    Raises:
        BrokenLesson: it uses something else that can't be written as code.
    """
    helpers = dict(_helpers(function, present))
    return "\n\n".join([*helpers.values(), _definition(function, name)])


def names_used_by(function: Callable[..., Any]) -> set[str]:
    """Return the global names that a function reads, and the functions inside it."""
    # The bytecode distinguishes global names from local ones.
    found, codes = set[str](), [function.__code__]
    while codes:
        code = codes.pop()
        codes += [inner for inner in code.co_consts if isinstance(inner, CodeType)]
        for step in dis.get_instructions(code):
            if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                found.add(step.argval)
    return found


def names_defined_in(source: str) -> set[str]:
    """Return the names that a file's statements bind at its top level."""
    bound = set()
    for node in parse_once(source).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            bound.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            bound |= {(a.asname or a.name).partition(".")[0] for a in node.names}
        else:
            names = (n for n in ast.walk(node) if isinstance(n, ast.Name))
            bound |= {n.id for n in names if isinstance(n.ctx, ast.Store)}
    return bound


def _helpers(function: Any, present: Set[str]) -> Iterator[tuple[str, str]]:
    """Yield the helpers that a function uses, by name, each as code."""
    waiting, seen = [function], set(present) | _BUILTIN
    while waiting:
        current = waiting.pop()
        has = current.__globals__
        for name in sorted(names_used_by(current) - seen):
            if name not in has:
                file = display_path(Path(current.__code__.co_filename))
                raise BrokenLesson(f"it uses {name}, which is not in {file}")
            seen.add(name)
            value = has[name]
            if isinstance(value, FunctionType) and is_lesson_file(
                value.__code__.co_filename
            ):
                waiting.append(value)
            yield name, _written(name, value)


def _written(name: str, value: Any) -> str:
    """Return a statement that gives a helper its name."""
    if isinstance(value, ModuleType):
        return f"import {value.__name__} as {name}"
    if isinstance(value, FunctionType) and is_lesson_file(value.__code__.co_filename):
        return _definition(value, name)
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return f"{name} = np.array({value.tolist()!r}, dtype={value.dtype.name!r})"
    try:
        is_plain = ast.literal_eval(repr(value)) == value
    except (ValueError, SyntaxError):
        is_plain = False
    if not is_plain:
        raise BrokenLesson(f"it uses {name}, which is not in the solution")
    return f"{name} = {value!r}"


def _definition(function: Callable[..., Any], name: str) -> str:
    """Return a function's own code, without its decorators, under a name."""
    if function.__name__ == "<lambda>":
        return f"{name} = {ast.unparse(_find_lambda(function))}"
    node = parse_python(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(node, ast.FunctionDef)
    # They register the mistake with the exercise, which the solution doesn't have.
    node.decorator_list, node.name = [], name
    return ast.unparse(node)


def _find_lambda(function: Callable[..., Any]) -> ast.Lambda:
    """Return the lambda that a function was made from, by the place of its code."""
    code = function.__code__
    places = [  # the first instruction belongs to no code
        (line, column)
        for line, end, column, end_column in code.co_positions()
        if line is not None
        and column is not None
        and (line, column) != (end, end_column)
    ]
    linecache.checkcache(code.co_filename)
    tree = parse_python("".join(linecache.getlines(code.co_filename)))
    return min(
        (
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Lambda)
            and _start(node) <= min(places)
            and max(places) <= _end(node)
        ),
        key=lambda node: (_end(node)[0] - node.lineno, _end(node)[1]),
    )


def _start(node: ast.Lambda) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: ast.Lambda) -> tuple[int, int]:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return node.end_lineno, node.end_col_offset
