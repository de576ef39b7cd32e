"""bindings: find where a file binds a name, and where it binds it again.

Everything is read from the file's text, so the learner can see it on the line.
"""

from __future__ import annotations

import ast
import builtins
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

PlaceOf = Callable[[int], str]

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = (*_DEFINITIONS, ast.Lambda, *_COMPREHENSIONS)


class Binding(NamedTuple):
    """A statement that binds a name.

    Attributes:
        line: its line.
        kind: "def", "import" or "value".
        text: its first line, as code.
    """

    line: int
    kind: str
    text: str


def is_main(statement: ast.stmt) -> bool:
    """Return whether a statement is ``if __name__ == "__main__":``."""
    return isinstance(statement, ast.If) and any(
        isinstance(part, ast.Constant) and part.value == "__main__"
        for part in ast.walk(statement.test)
    )


def bindings_of(name: str, body: list[ast.stmt]) -> list[Binding]:
    """Return each statement that binds the name, in a file or a function.

    Code under ``if __name__ == "__main__"`` or in an inner function is left out.
    """
    return [
        _binding(name, one) for one in statements_of(body) if name in bound_names(one)
    ]


def statements_of(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a file or a function, and those in its compound ones."""
    for statement in body:
        if is_main(statement):
            continue
        yield statement
        if isinstance(statement, _DEFINITIONS):
            continue
        for field in ("body", "orelse", "finalbody"):
            yield from statements_of(getattr(statement, field, []))
        for handler in getattr(statement, "handlers", []):
            yield from statements_of(handler.body)


def bound_names(statement: ast.stmt) -> set[str]:
    """Return the names that a statement binds, except by x += 1, which updates x."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return {name}
        case ast.ClassDef(name=name):
            return {name}
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {one.asname or one.name.partition(".")[0] for one in names}
        case ast.Assign(targets=targets):
            return _names_in(*targets)
        case ast.AnnAssign(target=target, value=value) if value is not None:
            return _names_in(target)
        case ast.For(target=target):
            return _names_in(target)
        case ast.With(items=items):
            return _names_in(*(i.optional_vars for i in items if i.optional_vars))
    return set()


def entry_target(name: str, key: object) -> str:
    """Return what a dict entry is called in findings: ``PREDICT["loss"]``."""
    return f'{name}["{key}"]'


def assigned_entries(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """Yield the dict entries that a statement assigns: their targets and values."""
    match statement:
        case ast.Assign(targets=targets):
            places = targets
        case ast.AugAssign(target=ast.Name() as place, op=ast.BitOr()):
            places = [place]
        case _:
            return
    for target in places:
        match target, statement.value:
            case ast.Subscript(ast.Name(name), ast.Constant(key)), value:
                yield entry_target(name, key), value
            case ast.Name(name), ast.Dict(keys=keys, values=values):
                for key_node, value in zip(keys, values, strict=True):
                    if isinstance(key_node, ast.Constant):
                        yield entry_target(name, key_node.value), value


def _names_in(*targets: ast.expr) -> set[str]:
    inside = (part for target in targets for part in ast.walk(target))
    return {
        part.id
        for part in inside
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    }


def _binding(name: str, statement: ast.stmt) -> Binding:
    if isinstance(statement, _DEFINITIONS):
        return Binding(statement.lineno, "def", f"def {name}")
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return Binding(statement.lineno, "import", ast.unparse(statement))
    first = ast.unparse(statement).partition("\n")[0]
    text = first if len(first) <= 50 else f"{name} = ..."
    return Binding(statement.lineno, "value", text.rstrip(":"))


def describe_overwritten(name: str, file: ast.Module, place_of: PlaceOf) -> str:
    """Return the advice about a name that the file binds more than once, or ""."""
    bindings = bindings_of(name, file.body)
    values = [one for one in bindings if one.kind == "value"]
    if not values:
        defined = [one for one in bindings if one.kind == "def"]
        return _describe_definitions(name, defined, place_of)
    where, text = place_of(values[-1].line), values[-1].text
    if others := [one for one in bindings if one.kind != "value"]:
        first = others[0]
        does = "defines" if first.kind == "def" else "imports"
        if values[-1].line < others[-1].line:  # the definition comes last, so it counts
            return ""
        return (
            f"{_capitalise(place_of(first.line))} {does} {name}, but {where} gives the "
            f"name another value ({text}). Use another name there."
        )
    if len(values) > 1:
        return (
            f"{name} gets its value on {place_of(values[0].line)}, but {where} gives "
            f"it another one ({text}). Use another name there."
        )
    if hasattr(builtins, name):
        return (
            f"{_capitalise(where)} gives the name {name} another value ({text}), so it "
            f"no longer means Python's own {name}. Use another name there."
        )
    return ""


def _describe_definitions(name: str, bindings: list[Binding], place_of: PlaceOf) -> str:
    if len(bindings) < 2:
        return ""
    count = "twice" if len(bindings) == 2 else f"{len(bindings)} times"
    places = [place_of(one.line) for one in bindings]
    where = f"{', '.join(places[:-1])} and {places[-1]}"
    return f"{name} is defined {count}, on {where}: only the last definition counts."


def describe_overwritten_in(
    function: ast.FunctionDef, name: str, file: ast.Module, place_of: PlaceOf
) -> str:
    """Return the advice about a function that rebinds a name from Python or the file.

    It is "" if the function doesn't.
    """
    bindings = bindings_of(name, function.body)
    if not bindings:
        return ""
    is_known = hasattr(builtins, name) or any(
        one.kind != "value" for one in bindings_of(name, file.body)
    )
    if not is_known:
        return ""
    first = bindings[0]
    return (
        f"{_capitalise(place_of(first.line))} gives the name {name} another value in "
        f"this function ({first.text}), so Python looks for no other {name} there. Use "
        "another name for that value."
    )


def global_names_of(name: str, file: ast.Module) -> list[str]:
    """Return a function's name, and the global names that it and its callees use.

    The names that the function itself uses come first.
    """
    functions = {n.name: n for n in file.body if isinstance(n, ast.FunctionDef)}

    def used_by(name: str) -> Iterator[str]:
        return _free_names(functions[name]) if name in functions else iter(())

    return reach([name], used_by)


def _free_names(function: ast.FunctionDef) -> Iterator[str]:
    """Yield the names that a function reads and doesn't bind where it reads them."""
    scopes: deque[tuple[ast.AST, frozenset[str]]] = deque([(function, frozenset())])
    while scopes:
        scope, outer = scopes.popleft()
        inner, names_read, bound = list[ast.AST](), list[str](), set[str]()
        waiting = deque(ast.iter_child_nodes(scope))
        while waiting:
            node = waiting.popleft()
            if isinstance(node, _SCOPES):
                inner.append(node)
                continue
            waiting += ast.iter_child_nodes(node)
            if isinstance(node, ast.arg):
                bound.add(node.arg)
            elif isinstance(node, ast.Name):
                is_read = isinstance(node.ctx, ast.Load)
                names_read.append(node.id) if is_read else bound.add(node.id)
        visible = outer | bound
        yield from (name for name in names_read if name not in visible)
        # A method doesn't see the names of its class.
        seen = outer if isinstance(scope, ast.ClassDef) else visible
        scopes += ((one, seen) for one in inner)


def reach(names: Iterable[str], used_by: Callable[[str], Iterable[str]]) -> list[str]:
    """Return names and all that they use, also through others; the nearest come first.

    >>> reach("a", {"a": "bc", "b": "d", "c": "a", "d": ""}.__getitem__)
    ['a', 'b', 'c', 'd']
    """
    reached = dict.fromkeys(names)
    waiting = deque(reached)
    while waiting:
        new = dict.fromkeys(
            one for one in used_by(waiting.popleft()) if one not in reached
        )
        reached |= new
        waiting += new
    return [*reached]


def _capitalise(place: str) -> str:
    return place[:1].upper() + place[1:]
