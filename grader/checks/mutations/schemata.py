"""schemata: all edits of some functions in one compilation, each behind a switch.

These are mutant schemata (Untch, Offutt and Harrold, 1993). Every place with a possible
edit becomes a choice between the right code and its edited forms, and a candidate is a
setting of the choices. The code in a hole is written once, as a function without
arguments that all forms share. With a copy in each form, nested places would multiply.
"""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any, TypeVar

from grader.checks.mutations.slip import Holes, Pattern, is_hole, match, variadic_hole


@dataclass(slots=True)
class Schema:
    """A function with its switches.

    Attributes:
        function: the function; its result depends on the switches.
        switches: one integer for each place, all 0 for the right code.
        forms: all edited forms.
    """

    function: Callable[..., Any]
    switches: list[int]
    forms: tuple[EditedForm, ...]

    def run(
        self, forms: Sequence[EditedForm], args: Any, kwargs: Mapping[str, Any]
    ) -> Any:
        """Return the function's result with these edits.

        Args:
            forms: one form for each place that is edited; none for the right code.
            args: the arguments; an edited function may change them.
            kwargs: the same, by name.

        Raises:
            Exception: of any kind, because edited code may fail in any way.
        """
        for form in forms:
            self.switches[form.place] = form.choice
        try:
            return self.function(*args, **kwargs)
        # Even if it raised: the next candidate starts from the right code.
        finally:
            for form in forms:
                self.switches[form.place] = 0


def make_schema(
    function: FunctionType, edits: Sequence[tuple[int, Pattern]]
) -> Schema | None:
    """Return a function, and those it calls, with each edit as an option.

    Args:
        function: a plain function whose source file can be read.
        edits: patterns, each with the number of its slip.

    Returns:
        None if its code can't be read.
    """
    family = _family(function)
    if family is None:
        return None
    codes, places, forms = _compile(_Same(tuple(family)), tuple(edits))
    switches = [0] * places
    # A copy, so that the lesson's own functions stay without switches.
    namespace = {**function.__globals__, SWITCHES: switches}
    for each, definition in family.items():
        # A function may have another name by now; its code has the name of its def.
        name = definition.name
        (code,) = (c for c in codes if getattr(c, "co_name", "") == name)
        new = FunctionType(code, namespace, name, each.__defaults__)
        new.__kwdefaults__ = each.__kwdefaults__
        namespace[name] = new
    return Schema(namespace[family[function].name], switches, forms)


@functools.lru_cache(maxsize=256)
def _compile(
    family: _Same, edits: tuple[tuple[int, Pattern], ...]
) -> tuple[tuple[Any, ...], int, tuple[EditedForm, ...]]:
    """Return the code with its choices, the number of places, and all edited forms."""
    by_kind: dict[type, list[tuple[int, Pattern]]] = {}
    for number, edit in edits:
        # By the type of node, so that most patterns needn't be tried at most places.
        by_kind.setdefault(type(edit.find), []).append((number, edit))
    writer = Writer(by_kind)
    definitions = [_definition(each) for each in family.functions]
    body: list[ast.stmt] = [writer.define(one) for one in definitions if one]
    module = ast.fix_missing_locations(ast.Module(body=body, type_ignores=[]))
    # Nothing is executed: each function's code object is extracted, for other globals.
    codes = compile(module, "<slips>", "exec").co_consts
    return codes, writer.places, tuple(writer.forms)


class _Same:
    """A cache key that is equal for equal code, because gradings reload a lesson."""

    def __init__(self, functions: tuple[FunctionType, ...]) -> None:
        self.functions = functions
        self.codes = tuple(each.__code__ for each in functions)

    def __hash__(self) -> int:
        return hash(self.codes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.codes == other.codes


def _family(function: FunctionType) -> dict[FunctionType, ast.FunctionDef] | None:
    """Return the definitions of a function and of those that it calls in its file.

    It is None if one of them has no source.
    """
    definitions: dict[FunctionType, ast.FunctionDef] = {}
    waiting = [function]
    while waiting:
        current = waiting.pop()
        if current in definitions:
            continue
        definition = _definition(current)
        if definition is None:
            return None
        definitions[current] = definition
        names = {n.id for n in ast.walk(definition) if isinstance(n, ast.Name)}
        for name in sorted(names):  # the order of a set differs between processes
            called = current.__globals__.get(name)
            # Functions of other modules are taken to be right.
            if inspect.isfunction(called) and called.__globals__ is current.__globals__:
                waiting.append(called)
    return definitions


@functools.cache
def _definition(function: FunctionType) -> ast.FunctionDef | None:
    try:
        source = textwrap.dedent(inspect.getsource(function))
        node = ast.parse(source).body[0]
    except (OSError, TypeError, SyntaxError, IndexError):
        return None
    # The source doesn't include the variables of a closure.
    if not isinstance(node, ast.FunctionDef) or function.__closure__:
        return None
    # For a lambda in a decorator, the source is that of the function below it.
    return node if node.name == function.__code__.co_name else None


SWITCHES = "_slip_switches_"
# The number of a slip, its edit, and the code in its holes.
_Match = tuple[int, Pattern, Holes]
_Code = TypeVar("_Code", bound=ast.AST)


@dataclass(frozen=True, slots=True)
class EditedForm:
    """One edited form: switch number `place` in position `choice`.

    Attributes:
        place: the index of the switch.
        choice: its position, from 1; 0 is the right code.
        slip: the number of the slip whose pattern made it.
    """

    place: int
    choice: int
    slip: int


@dataclass(slots=True)
class Writer:
    """Rewrites definitions, with a choice at every place of an edit."""

    by_kind: Mapping[type, Sequence[tuple[int, Pattern]]]
    forms: list[EditedForm] = field(default_factory=list)
    places: int = 0
    thunks: int = 0

    def define(self, definition: ast.FunctionDef) -> ast.FunctionDef:
        # Copy each node on the way to a change; unchanged nodes are shared.
        new = copy.copy(definition)
        # Decorators never run: only the function's code object is used.
        new.decorator_list, new.returns = [], None
        new.args = copy.copy(new.args)
        new.args.args = [ast.arg(each.arg) for each in new.args.args]
        new.args.kwonlyargs = [ast.arg(each.arg) for each in new.args.kwonlyargs]
        new.body = self.statements(new.body)
        return new

    # Statements

    def statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        return [new for statement in body for new in self.statement(statement)]

    def statement(self, code: ast.stmt) -> Iterator[ast.stmt]:
        choices = [(n, p, h) for n, p, h in self.matching(code, is_statement=True)]
        if not choices:
            yield self.inside(code)
            return
        place = self.new_place()
        chosen: list[ast.stmt] = [self.inside(code)]
        for choice, (slip, edit, holes) in enumerate(choices, start=1):
            put = _fill(edit.put, holes, {}) if edit.put else ast.Pass()
            self.forms.append(EditedForm(place, choice, slip))
            chosen = [ast.If(_is_set(place, choice), [put], chosen)]
        yield from chosen

    def inside(self, code: ast.stmt) -> ast.stmt:
        new = copy.copy(code)
        for name, value in ast.iter_fields(code):
            is_stored = name in ("targets", "target")
            setattr(new, name, self.part(value, is_stored))
        return new

    def part(self, value: Any, is_stored: bool) -> Any:
        if isinstance(value, list):
            if value and isinstance(value[0], ast.stmt):
                return self.statements(value)
            return [self.part(item, is_stored) for item in value]
        if isinstance(value, ast.expr) and not is_stored:
            return self.expression(value, {})
        if isinstance(value, (ast.comprehension, ast.keyword, ast.withitem)):
            return self.copied(value, {})
        return value

    # Expressions

    def expression(self, code: ast.expr, called_by_name: Mapping[int, str]) -> ast.expr:
        """Return the expression with its choices; some pieces are called by name."""
        # By identity: the same text in two places is two pieces of code.
        if id(code) in called_by_name:
            return _call(called_by_name[id(code)])
        # The target of an assignment can't be a choice: an IfExp isn't allowed there.
        if not isinstance(getattr(code, "ctx", ast.Load()), ast.Load):
            return code
        choices = list(self.matching(code, is_statement=False))
        return (
            self.choice(code, choices, called_by_name)
            if choices
            else self.copied(code, called_by_name)
        )

    def choice(
        self,
        code: ast.expr,
        choices: Sequence[_Match],
        called_by_name: Mapping[int, str],
    ) -> ast.expr:
        """Return a switch between the expression and its edited forms."""
        hole_codes = _hole_codes(
            code, [holes for _, _, holes in choices], called_by_name
        )
        names = dict(called_by_name)
        layers: list[tuple[str, ast.expr]] = []
        for part in hole_codes:  # inner pieces come first
            written = self.expression(part, names)
            name = f"_slip_{self.thunks}_"
            self.thunks += 1
            names[id(part)] = name
            layers.append((name, written))
        place = self.new_place()
        chosen = self.copied(code, names)
        for choice, (slip, edit, holes) in enumerate(choices, start=1):
            assert isinstance(edit.put, ast.expr)
            self.forms.append(EditedForm(place, choice, slip))
            put = _fill(edit.put, holes, names)
            chosen = ast.IfExp(_is_set(place, choice), put, chosen)
        for name, written in reversed(layers):
            chosen = _with_thunk(name, written, chosen)
        return chosen

    def copied(self, code: _Code, called_by_name: Mapping[int, str]) -> _Code:
        """Return a copy of the node in which each edit is a choice."""
        new = copy.copy(code)
        for name, value in ast.iter_fields(code):
            if isinstance(value, list):
                value = [
                    self.expression(v, called_by_name)
                    if isinstance(v, ast.expr)
                    else self.copied(v, called_by_name)
                    if isinstance(v, ast.AST)
                    else v
                    for v in value
                ]
            elif isinstance(value, ast.expr):
                value = self.expression(value, called_by_name)
            elif isinstance(value, (ast.comprehension, ast.keyword)):
                value = self.copied(value, called_by_name)
            setattr(new, name, value)
        return new

    def matching(self, code: ast.AST, is_statement: bool) -> Iterator[_Match]:
        """Yield the edits that fit here, each form once."""
        edits = self.by_kind.get(type(code), ())
        matches = [
            (n, e, h) for n, e in edits if (h := match(e.find, code)) is not None
        ]
        seen: set[str] = set()
        for slip, edit, holes in matches:
            if edit.is_statement is not is_statement or _is_idle(edit, holes):
                continue
            # Of two edits that give the same code, the first counts: the author's.
            text = ast.dump(_fill(edit.put, holes, {})) if edit.put else ""
            if text not in seen:
                seen.add(text)
                yield slip, edit, holes

    def new_place(self) -> int:
        self.places += 1
        return self.places - 1


# Operations that leave a number as it is: the other operand, and where it is.
_IDLE: dict[type[ast.operator], tuple[int, tuple[str, ...]]] = {
    ast.Add: (0, ("left", "right")),
    ast.Sub: (0, ("right",)),
    ast.Mult: (1, ("left", "right")),
    ast.Div: (1, ("right",)),
    ast.Pow: (1, ("right",)),
}


def _is_idle(edit: Pattern, holes: Holes) -> bool:
    """Return whether the operation that an edit puts in does nothing here.

    Nobody sees a division in ``n / 1``, so no answer shows that ``n - 1`` became one.
    """
    find, put = edit.find, edit.put
    if not isinstance(put, ast.BinOp) or type(put.op) not in _IDLE:
        return False
    if isinstance(find, ast.BinOp) and type(find.op) is type(put.op):
        return False  # only the operands change places
    neutral, sides = _IDLE[type(put.op)]
    operands = (holes.get(is_hole(getattr(put, side))) for side in sides)
    return any(
        isinstance(one, ast.Constant)
        and type(one.value) in (int, float)
        and one.value == neutral
        for one in operands
    )


def _hole_codes(
    code: ast.expr,
    matches: Sequence[Mapping[str, Any]],
    called_by_name: Mapping[int, str],
) -> list[ast.expr]:
    """Return the code of holes that is worth sharing, inner pieces first."""
    holes_by_id = {
        id(part): part
        for holes in matches
        for filled in holes.values()
        for part in (filled if isinstance(filled, list) else [filled])
        if isinstance(part, ast.expr)
        # A name or a number is cheaper than a call of a function that returns it.
        and not isinstance(part, (ast.Name, ast.Constant))
        and id(part) not in called_by_name
    }
    order = [id(node) for node in ast.walk(code)]  # outer before inner
    return sorted(holes_by_id.values(), key=lambda part: -order.index(id(part)))


def _fill(put: Any, holes: Mapping[str, Any], names: Mapping[int, str]) -> Any:
    """Return the edited code, with the code for its holes filled in."""
    if isinstance(put, list):
        out = []
        for item in put:
            if name := variadic_hole(item):
                out += [_call_or_keep(part, names) for part in holes[name]]
            else:
                out.append(_fill(item, holes, names))
        return out
    if name := is_hole(put):
        return _call_or_keep(holes[name], names)
    if not isinstance(put, ast.AST):
        return put
    return type(put)(**{f: _fill(v, holes, names) for f, v in ast.iter_fields(put)})


def _call_or_keep(part: Any, names: Mapping[int, str]) -> Any:
    if id(part) in names:
        return _call(names[id(part)])
    return part


def _call(name: str) -> ast.expr:
    return ast.Call(ast.Name(name, ast.Load()), [], [])


def _is_set(place: int, choice: int) -> ast.expr:
    switch = ast.Subscript(
        ast.Name(SWITCHES, ast.Load()), ast.Constant(place), ast.Load()
    )
    return ast.Compare(switch, [ast.Eq()], [ast.Constant(choice)])


def _with_thunk(name: str, written: ast.expr, code: ast.expr) -> ast.expr:
    """Return ``(lambda name: code)(lambda: written)``."""
    return ast.Call(_lambda([name], code), [_lambda([], written)], [])


def _lambda(names: list[str], code: ast.expr) -> ast.expr:
    args = [ast.arg(name) for name in names]
    return ast.Lambda(ast.arguments([], args, None, [], [], None, defaults=[]), code)
