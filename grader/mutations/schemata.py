"""schemata: all edits of some functions in one compilation, each behind a switch.

Mutant schemata (Untch, Offutt and Harrold, 1993): every place where an edit is possible
becomes a choice between the right code and its edited forms, and a candidate is a
setting of the choices. What stands for a hole is written once, as a function without
arguments, and shared by all forms; copied into each, nested places would multiply.
"""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from grader.mutations.patterns import Pattern
from grader.mutations.writer import SWITCHES, EditedForm, Writer


@dataclass(slots=True)
class Schema:
    """A function with its switches.

    Attributes:
        function: the function; what it gives depends on the switches.
        switches: one whole number a place, all 0 for the right code.
        forms: every edited form there is.
    """

    function: Callable[..., Any]
    switches: list[int]
    forms: tuple[EditedForm, ...]

    def run(
        self, forms: Sequence[EditedForm], args: Any, kwargs: Mapping[str, Any]
    ) -> Any:
        """Return what the function gives with these edits in it.

        Args:
            forms: one form for each place that is edited; none for the right code.
            args: what it is given; an edited function may change it.
            kwargs: the same, by name.

        Raises:
            Exception: of any kind, for edited code may fail in any way.
        """
        for form in forms:
            self.switches[form.place] = form.choice
        try:
            return self.function(*args, **kwargs)
        # Also when it raised: the next candidate begins with the right code.
        finally:
            for form in forms:
                self.switches[form.place] = 0


def schema_of(
    function: FunctionType, edits: Sequence[tuple[int, Pattern]]
) -> Schema | None:
    """Return a function and those of its file that it calls, with each edit a choice.

    Args:
        function: a plain function, written in a file that can be read.
        edits: patterns, each with the number of its slip.

    Returns:
        None when its code cannot be read.
    """
    found = _family(function)
    if found is None:
        return None
    codes, places, forms = _compile(_Same(tuple(found)), tuple(edits))
    switches = [0] * places
    # A copy: the functions of the lesson itself stay without switches.
    namespace = {**function.__globals__, SWITCHES: switches}
    for each, definition in found.items():
        # A function may have another name by now; its code keeps that of its def.
        name = definition.name
        (code,) = (c for c in codes if getattr(c, "co_name", "") == name)
        new = FunctionType(code, namespace, name, each.__defaults__)
        new.__kwdefaults__ = each.__kwdefaults__
        namespace[name] = new
    return Schema(namespace[found[function].name], switches, forms)


@functools.lru_cache(maxsize=256)
def _compile(
    family: _Same, edits: tuple[tuple[int, Pattern], ...]
) -> tuple[tuple[Any, ...], int, tuple[EditedForm, ...]]:
    """Return the code with its choices, how many they are, and every edited form."""
    by_kind: dict[type, list[tuple[int, Pattern]]] = {}
    for number, edit in edits:
        # By the kind of node: most patterns are not asked at most places.
        by_kind.setdefault(type(edit.find), []).append((number, edit))
    writer = Writer(by_kind)
    definitions = [_definition(each) for each in family.functions]
    body: list[ast.stmt] = [writer.define(one) for one in definitions if one]
    module = ast.fix_missing_locations(ast.Module(body=body, type_ignores=[]))
    # Nothing is executed: each function's code is taken out, for globals of our own.
    codes = compile(module, "<slips>", "exec").co_consts
    return codes, writer.places, tuple(writer.forms)


class _Same:
    """Functions of the same code are one key: a lesson is loaded for every grading."""

    def __init__(self, functions: tuple[FunctionType, ...]) -> None:
        self.functions = functions
        self.codes = tuple(each.__code__ for each in functions)

    def __hash__(self) -> int:
        return hash(self.codes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.codes == other.codes


def _family(function: FunctionType) -> dict[FunctionType, ast.FunctionDef] | None:
    """Return a function and what it calls in its file; None where one has no source."""
    found: dict[FunctionType, ast.FunctionDef] = {}
    waiting = [function]
    while waiting:
        current = waiting.pop()
        if current in found:
            continue
        definition = _definition(current)
        if definition is None:
            return None
        found[current] = definition
        names = {n.id for n in ast.walk(definition) if isinstance(n, ast.Name)}
        for name in sorted(names):  # the order of a set differs between processes
            called = current.__globals__.get(name)
            # What another module gives is right as it is.
            if inspect.isfunction(called) and called.__globals__ is current.__globals__:
                waiting.append(called)
    return found


@functools.cache
def _definition(function: FunctionType) -> ast.FunctionDef | None:
    try:
        source = textwrap.dedent(inspect.getsource(function))
        node = ast.parse(source).body[0]
    except (OSError, TypeError, SyntaxError, IndexError):
        return None
    # What it closes over is not in its source, and would be missing.
    if not isinstance(node, ast.FunctionDef) or function.__closure__:
        return None
    # Of a lambda in a decorator the source is that of the function below it.
    return node if node.name == function.__code__.co_name else None
