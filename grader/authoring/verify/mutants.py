"""mutants: put a mistake into the solution, as an attempt that has just it."""

from __future__ import annotations

import ast
import inspect
import textwrap
from pathlib import Path

from grader.checks import Exercise
from grader.checks.mistakes import KnownMistake, Symptom
from grader.document import build
from grader.errors import BrokenLesson

# `reference` is the solution, as it is in the checks that hold these functions.
PRELUDE = """

# The mistake below takes the place of the right answer.
import math
import numpy as np
from types import SimpleNamespace
reference = SimpleNamespace(**globals())

"""


# What a mistake finds beside the solution's own names.
GIVEN = frozenset({"math", "np", "SimpleNamespace", "reference", "sp", "__name__"})

# Wrong in a way that needs no declaring.
ANSWERS_NOTHING = """

def answered(value):
    if callable(value):
        return lambda *args, **kwargs: None
    if isinstance(value, dict):
        return {key: answered(item) for key, item in value.items()}
    return "x" if isinstance(value, str) else None

"""


def plainly_wrong(solution: Path, tag: str, how: str = ANSWERS_NOTHING) -> str:
    """Return the source of the solution in which one exercise answers nothing.

    Args:
        solution: the solution.
        tag: the exercise.
        how: what defines `answered`, which takes a right answer to a wrong one.
    """
    source = solution.read_text(encoding="utf-8")
    names = []
    for cell in build.cells(source):
        if cell.tag == tag and not cell.is_text:
            names += _find_defined(cell.source)
    return source + how + "".join(f"{name} = answered({name})\n" for name in names)


def _find_defined(code: str) -> list[str]:
    """Return the functions and values that a cell defines at its top level."""
    found = []
    for node in ast.parse(code).body:
        if isinstance(node, ast.FunctionDef):
            found.append(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            single = (ast.Name, ast.Subscript)
            found += [ast.unparse(x) for x in targets if isinstance(x, single)]
    return list(dict.fromkeys(found))


def mutant(solution: Path, known: KnownMistake, imports: tuple[str, ...]) -> str:
    """Return the source of the solution with one known mistake in it.

    An executable mistake replaces the learner's function (or value) by its own source;
    a symptom's example replaces the functions that it defines, and its edit is made
    where it fits.

    Raises:
        BrokenLesson: the code to be edited does not stand there once.
    """
    source = solution.read_text(encoding="utf-8")
    if isinstance(known, Symptom):
        if known.edit[0]:
            return _edited(source, known)
        example = textwrap.dedent(known.example)
        return f"{without_functions(source, example)}\n\n{example}"
    tail = PRELUDE
    if known.function.__module__ == Exercise.__module__:  # declared as a plain value
        return f"{source}{tail}{known.target} = {known.function()!r}\n"
    if "sympy" in imports:
        tail += "import sympy as sp\n"
    tail += plain_source(known) + "\n\n"
    name = known.function.__name__
    is_value = (
        known.target.endswith("]") or not inspect.signature(known.function).parameters
    )
    return source + tail + f"{known.target} = {name}{'()' if is_value else ''}\n"


def without_functions(source: str, code: str) -> str:
    """Return the source without the functions that some code below it defines anew.

    Every other line keeps its number. A function that the code itself calls stays.
    """
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError):
        return source
    new = {node.name for node in body if isinstance(node, ast.FunctionDef)}
    # Names inside a function mean the new ones; only its defaults are read before.
    others = [n.args if isinstance(n, ast.FunctionDef) else n for n in body]
    new -= {p.id for n in others for p in ast.walk(n) if isinstance(p, ast.Name)}
    lines = source.splitlines()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name in new:
            count = (node.end_lineno or 0) - node.lineno + 1
            lines[node.lineno - 1 : node.end_lineno] = [""] * count
    return "\n".join(lines) + "\n"


def _edited(source: str, known: Symptom) -> str:
    """Return the solution with the edit, in the exercise's cell or where it fits."""
    before, after = known.edit
    tag = known.tag.partition(".")[0]
    cells = [cell for cell in build.cells(source) if not cell.is_text]
    own = [cell for cell in cells if cell.tag == tag and before in cell.source]
    places = own or [cell for cell in cells if before in cell.source]
    many = sum(cell.source.count(before) for cell in places)
    if many != 1:
        raise BrokenLesson(
            f"{known.tag}: {before!r} stands {many} times in the solution; "
            "edit= needs code that stands there once"
        )
    lines = source.splitlines(keepends=True)
    # The same code may stand in a text above the cell.
    start = len("".join(lines[: places[0].line - 1]))
    return source[:start] + source[start:].replace(before, after, 1)


def plain_source(known: KnownMistake) -> str:
    """Return the mistake's own function, without its decorators."""
    source = textwrap.dedent(inspect.getsource(known.function))
    function = ast.parse(source).body[0]
    if isinstance(function, ast.FunctionDef):
        # They declare the mistake to the exercise, which the solution does not have.
        function.decorator_list = []
    return ast.unparse(function)
