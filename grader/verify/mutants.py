"""mutants: put a known mistake into the solution, as an attempt that has just it."""

from __future__ import annotations

import ast
import inspect
import textwrap
from pathlib import Path

from grader.checks import Known

PRELUDE = """

# The mistake below takes the place of the right answer.
import math
import numpy as np
from types import SimpleNamespace
reference = SimpleNamespace(**globals())

"""


def mutant(solution: Path, known: Known, imports: tuple[str, ...]) -> str:
    """The source of the solution with one known mistake in it.

    An executable mistake replaces the learner's function (or value) by its own source;
    a symptom's example is appended as it is.
    """
    source = solution.read_text(encoding="utf-8")
    if not known.is_executable:
        return source + "\n\n" + textwrap.dedent(known.example)
    tail = PRELUDE
    if "sympy" in imports:
        tail += "import sympy as sp\n"
    tail += plain_source(known) + "\n\n"
    name = known.function.__name__
    is_value = (
        known.of.endswith("]") or not inspect.signature(known.function).parameters
    )
    return source + tail + f"{known.of} = {name}{'()' if is_value else ''}\n"


def plain_source(known: Known) -> str:
    """The mistake's own function, without its decorators."""
    source = textwrap.dedent(inspect.getsource(known.function))
    function = ast.parse(source).body[0]
    if isinstance(function, ast.FunctionDef):
        function.decorator_list = []
    return ast.unparse(function)
