"""mutants: make wrong attempts from the solution.

Either a known mistake is put into it, or one small change is made in an exercise's
cell, or its function is changed in ways that no slip describes.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np

from grader.authoring.verify.function_source import function_source, names_defined_in
from grader.authoring.verify.in_process import Function
from grader.checks import Exercise
from grader.checks.exercises import KnownMistake, Symptom
from grader.checks.found_tests import find_named
from grader.checks.mutations.schemata import EditedForm, make_schema
from grader.checks.mutations.slip import pattern
from grader.common.errors import BrokenLesson
from grader.course.document.cells import Document
from grader.course.document.page_builder import given_cells, without_given
from grader.course.document.source import parse_once, parse_python
from grader.sandbox import codec

# `reference` is the solution, as it is in the checks, which define these functions.
PRELUDE = """

# The mistake below takes the place of the right answer.
import math
import numpy as np
from types import SimpleNamespace
reference = SimpleNamespace(**globals())

"""

# An answer that is obviously wrong, so no mistake has to be declared for it.
ANSWERS_NOTHING = """

def answered(value):
    if callable(value):
        return lambda *args, **kwargs: None
    if isinstance(value, dict):
        return {key: answered(item) for key, item in value.items()}
    return "x" if isinstance(value, str) else None

"""


# An answer of the right type with another value.
ANSWERS_MORE = """

def answered(value):
    if isinstance(value, dict):
        return {key: answered(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)([answered(item) for item in value])
    if isinstance(value, str):
        return value + "x"
    if isinstance(value, bool):
        return not value
    if callable(value):
        return lambda *args, **kwargs: answered(value(*args, **kwargs))
    try:
        return ~value if value.dtype == bool else value + 1
    except AttributeError:
        return value + 1 if isinstance(value, (int, float, complex)) else None

"""
PLAINLY_WRONG = (ANSWERS_NOTHING, ANSWERS_MORE)


def read_solution(path: Path) -> str:
    """Return a solution as a grading runs it, with room for more code at its end.

    Nothing below its last mark is in a cell that only shows something.
    """
    text = Document.read(path).graded().text
    return re.sub(r"(?m)^# %%.* \[(?:show|figure)\].*$", "# %%", f"{text}\n")


def plainly_wrong(solution: Path, tag: str, how: str = ANSWERS_NOTHING) -> str:
    """Return the solution's source with an obviously wrong answer in one exercise.

    Args:
        solution: the path of the solution.
        tag: the tag of the exercise whose answer becomes wrong.
        how: code that defines `answered`, which turns a right answer into a wrong one.
    """
    source = read_solution(solution)
    names = []
    for cell in Document.from_python(source).cells:
        if cell.tag == tag and not cell.is_text:
            names += _find_defined(cell.source)
    return source + how + "".join(f"{name} = answered({name})\n" for name in names)


def _find_defined(code: str) -> list[str]:
    """Return the functions and values that a cell defines at its top level."""
    names = []
    for node in parse_python(code).body:
        if isinstance(node, ast.FunctionDef):
            names.append(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            single = (ast.Name, ast.Subscript)
            names += [ast.unparse(x) for x in targets if isinstance(x, single)]
    return list(dict.fromkeys(names))


def make_mutant(solution: Path, mistake: KnownMistake, imports: tuple[str, ...]) -> str:
    """Return the source of the solution with one known mistake in it.

    An executable mistake replaces the learner's function (or value) by its own source.
    A symptom's example replaces the functions that it defines, and a symptom's edit is
    made where it matches.

    Raises:
        BrokenLesson: if the code to be edited doesn't occur exactly once, or the
            mistake uses something that can't be written into an attempt.
    """
    source = read_solution(solution)
    if isinstance(mistake, Symptom):
        if mistake.edit[0]:
            tag = mistake.tag.partition(".")[0]
            return _apply_edit(source, mistake) + define_given_again(source, tag)
        example = textwrap.dedent(mistake.example)
        return f"{without_functions(source, example)}\n\n{example}"
    tail = PRELUDE
    if mistake.function.__module__ == Exercise.__module__:  # declared as a plain value
        return f"{source}{tail}{mistake.target} = {mistake.function()!r}\n"
    if "sympy" in imports:
        tail += "import sympy as sp\n"
    name = mistake.tag.partition(".")[2]
    present = names_defined_in(source + tail)
    tail += function_source(mistake.function, name, present) + "\n\n"
    is_value = (
        mistake.target.endswith("]")
        or not inspect.signature(mistake.function).parameters
    )
    return source + tail + f"{mistake.target} = {name}{'()' if is_value else ''}\n"


def define_given_again(source: str, tag: str) -> str:
    """Return lines that make the code which the page gives count as changed.

    Unchanged code isn't judged, but an author wants to see that it is wrong.

    Args:
        source: the solution's text.
        tag: the exercise.
    """
    names = _find_defined(given_cells(source).get(tag, ""))
    return "".join(f"\n{name} = {name}\n" for name in names)


def without_functions(source: str, code: str) -> str:
    """Return the source without the functions that the following code redefines.

    Tests, or a function `check_...` that does what they do, replace all tests. Every
    other line keeps its number. A function that the code itself calls stays.
    """
    try:
        body = parse_python(code).body
    except (SyntaxError, ValueError):
        return source
    new = {node.name for node in body if isinstance(node, ast.FunctionDef)}
    # Inside a function, names refer to the new definitions; only defaults are evaluated
    # before.
    others = [n.args if isinstance(n, ast.FunctionDef) else n for n in body]
    used = {p.id for n in others for p in ast.walk(n) if isinstance(p, ast.Name)}
    new -= used
    whole, lines = parse_once(source), source.splitlines()
    if any(name.startswith(("test_", "check_")) for name in new):
        new |= {one.name for one in find_named(whole.body)} - used
    for node in whole.body:
        if isinstance(node, ast.FunctionDef) and node.name in new:
            count = (node.end_lineno or 0) - node.lineno + 1
            lines[node.lineno - 1 : node.end_lineno] = [""] * count
    return "\n".join(lines) + "\n"


def _apply_edit(source: str, symptom: Symptom) -> str:
    """Return the solution with the edit, in the exercise's cell or where it matches."""
    before, after = symptom.edit
    tag = symptom.tag.partition(".")[0]
    cells = [cell for cell in Document.from_python(source).cells if not cell.is_text]
    exercise_cells = [
        cell for cell in cells if cell.tag == tag and before in cell.source
    ]
    places = exercise_cells or [cell for cell in cells if before in cell.source]
    # The wrong code that a page gives is below the right code.
    many = sum(without_given(cell.source).count(before) for cell in places)
    if many != 1:
        raise BrokenLesson(
            f"{symptom.tag}: {before!r} appears {many} times in the solution; edit= "
            "needs code that appears there once"
        )
    lines = source.splitlines(keepends=True)
    # The same code may also be in a text above the cell.
    start = len("".join(lines[: places[0].line - 1]))
    return source[:start] + source[start:].replace(before, after, 1)


_OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
# Longer texts are sentences, which no check compares.
_SHORT = 12


def near_misses(
    solution: Path, tag: str, rng: np.random.Generator, many: int
) -> Iterator[tuple[str, str]]:
    """Yield whole files that are wrong in one place, each with a description.

    Args:
        solution: the path of the solution.
        tag: the exercise whose cell is changed.
        rng: chooses among the places.
        many: the maximum number of files.
    """
    source = read_solution(solution)
    lines = source.encode().splitlines(keepends=True)
    starts = [sum(map(len, lines[:at])) for at in range(len(lines))]
    inside = [
        range(cell.line, cell.last_line + 1)
        for cell in Document.from_python(source).cells
        if cell.tag == tag and not cell.is_text
    ]
    changes = []
    for node in parse_python(source).body:
        if any(node.lineno in lines_of for lines_of in inside):
            changes += list(_changes(node, _names_in(node)))
    for at in sorted(rng.permutation(len(changes))[:many]):
        node, new = changes[at]
        begin = starts[node.lineno - 1] + node.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset
        text = source.encode()
        old = " ".join(text[begin:end].decode().split())
        changed = text[:begin] + new.encode() + text[end:]
        yield f"{old} -> {new} in line {node.lineno}", changed.decode()


def _names_in(node: ast.AST) -> list[str]:
    """Return the arguments of a function, any of which may replace another."""
    if not isinstance(node, ast.FunctionDef):
        return []
    return [each.arg for each in (*node.args.posonlyargs, *node.args.args)]


def _changes(node: ast.AST, names: list[str]) -> Iterator[tuple[ast.expr, str]]:
    """Yield the parts of a statement, each with a possible replacement."""
    for child in ast.iter_child_nodes(node):
        is_text = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        # A loop whose condition is changed may never end.
        if not is_text and not isinstance(child, (ast.arguments, ast.While)):
            yield from _changes(child, names)
    match node:
        case ast.BinOp(left, op, right) if type(op) in _OPERATORS:
            other = ast.BinOp(left, _OPERATORS[type(op)](), right)  # type: ignore[arg-type]
            yield node, f"({ast.unparse(other)})"
        case ast.Compare(left, [op], [right]) if type(op) in _OPERATORS:
            turned = ast.Compare(left, [_OPERATORS[type(op)]()], [right])  # type: ignore[list-item]
            yield node, f"({ast.unparse(turned)})"
        case ast.UnaryOp(ast.USub(), operand):
            yield node, f"({ast.unparse(operand)})"
        case ast.Constant(bool(value)):
            yield node, str(not value)
        case ast.Constant(int(value) | float(value)):
            yield node, str(value + 1)
        case ast.Constant(str(value)) if 0 < len(value) <= _SHORT:
            yield node, repr(chr(ord(value[0]) + 1) + value[1:])
        case ast.Name(name, ast.Load()) if name in names:
            yield from ((node, other) for other in names if other != name)


# Edits that nobody makes by mistake.
_UNLIKELY_EDITS = (
    ("_a + _b", "_a + 3.7 * _b"),
    ("_a - _b", "_a - 0.61 * _b"),
    ("_a * _b", "1.37 * _a * _b"),
    ("_a / _b", "0.83 * _a / _b + 0.011"),
    ("_a @ _b", "_a @ (1.21 * _b)"),
    ("np.log(_)", "np.cbrt(_)"),
    ("np.exp(_)", "np.cosh(_)"),
    ("_a.sum(*_r, **_k)", "_a.sum(*_r, **_k) ** 1.3"),
    ("_a.mean(*_r, **_k)", "_a.mean(*_r, **_k) * 1.19"),
    ("_a.max(*_r, **_k)", "_a.max(*_r, **_k) * 0.93"),
    ("_a.argmax(*_r, **_k)", "(_a * _a - _a).argmax(*_r, **_k)"),
    ("len(_)", "len(_) + 5"),
    ("_a[_b]", "_a[_b] * 3"),
    ("range(_)", "range(_ // 2)"),
    ("np.arange(_)", "np.arange(_) * 2"),
    ("_a == _b", "_a == _b + 2"),
    ("_a ** _b", "_a ** (_b + 0.5)"),
    ("int(_)", "int(_) * 2 + 3"),
    ("float(_)", "float(_) * 1.71"),
)


def unrelated_functions(
    right: FunctionType, rng: np.random.Generator, many: int
) -> Iterator[tuple[str, Function]]:
    """Yield wrong functions, each with a description.

    Args:
        right: the right function.
        rng: random numbers.
        many: how many. At most half of them are edits of the function; the rest give
            random answers.
    """
    edits = [(at, pattern(*edit)) for at, edit in enumerate(_UNLIKELY_EDITS)]
    schema = make_schema(right, edits)
    forms = list(schema.forms) if schema else []
    sets: list[tuple[EditedForm, ...]] = [(form,) for form in forms]
    sets += [(a, b) for a in forms for b in forms if a.place < b.place]
    half = [sets[at] for at in rng.permutation(len(sets))[: many // 2]]
    for chosen in half:
        changes = " and ".join(
            " -> ".join(_UNLIKELY_EDITS[form.slip]) for form in chosen
        )

        def edited(*args: Any, chosen: Any = chosen, **kwargs: Any) -> Any:
            assert schema is not None
            return schema.run(chosen, args, kwargs)

        yield changes, edited
    for number in range(many - len(half)):
        yield f"random answers {number}", _guess(right, int(rng.integers(2**32)))


def _guess(right: FunctionType, seed: int) -> Function:
    """Return a function whose answers are random, with the right shape and type."""

    def guessed(*args: Any, **kwargs: Any) -> Any:
        value = right(*args, **kwargs)
        # The same question gets the same answer in every process. The built-in hash()
        # is salted, so it wouldn't.
        digest = zlib.crc32(codec.encode([list(args), kwargs]))
        return _random_like(value, np.random.default_rng([seed, digest]))

    return guessed


def _random_like(value: Any, rng: np.random.Generator) -> Any:
    if isinstance(value, dict):
        return {key: _random_like(part, rng) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_random_like(part, rng) for part in value)
    if isinstance(value, (bool, np.bool_)):
        return bool(rng.integers(2))
    if isinstance(value, (int, np.integer)):
        return int(rng.integers(2 * abs(int(value)) + 10))
    if isinstance(value, (float, np.floating)):
        return float(rng.random() * 2 * abs(float(value) or 1.0))
    if isinstance(value, np.ndarray):
        return _random_array(value, rng)
    return value


def _random_array(value: Any, rng: np.random.Generator) -> Any:
    if value.dtype.kind == "b":
        return rng.integers(2, size=value.shape).astype(bool)
    top = float(np.max(np.abs(value), initial=1))
    if value.dtype.kind in "iu":
        return rng.integers(int(top) + 1, size=value.shape).astype(value.dtype)
    return (rng.random(value.shape) * top).astype(value.dtype)
