"""writer: functions written again, with a choice at every place of an edit.

What stands for a hole is written once, as a function without arguments, and shared by
all forms; copied into each, nested places would multiply.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from grader.mutations.patterns import Holes, Pattern, is_hole, match, variadic_hole

SWITCHES = "_slip_switches_"
# The number of a slip, its edit, and what stands for the holes.
_Match = tuple[int, Pattern, Holes]
_Code = TypeVar("_Code", bound=ast.AST)


@dataclass(frozen=True, slots=True)
class EditedForm:
    """One edited form: switch number `place` at position `choice`.

    Attributes:
        place: which switch.
        choice: its position, from 1; 0 is the right code.
        slip: the number of the slip whose pattern gave it.
    """

    place: int
    choice: int
    slip: int


@dataclass(slots=True)
class Writer:
    """Writes definitions again, with a choice at every place of an edit."""

    by_kind: Mapping[type, Sequence[tuple[int, Pattern]]]
    forms: list[EditedForm] = field(default_factory=list)
    places: int = 0
    thunks: int = 0

    def define(self, definition: ast.FunctionDef) -> ast.FunctionDef:
        # A copy of each node on the way to a change; what stays as it is is shared.
        new = copy.copy(definition)
        # They are never run: only the function's code is taken from what is compiled.
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

    def expression(self, code: ast.expr, known: Mapping[int, str]) -> ast.expr:
        """Return the expression with its choices; `known` pieces are called by name."""
        # By identity: the same text in two places is two pieces of code.
        if id(code) in known:
            return _call(known[id(code)])
        # What is assigned to cannot be a choice: no IfExp may stand left of a =.
        if not isinstance(getattr(code, "ctx", ast.Load()), ast.Load):
            return code
        choices = list(self.matching(code, is_statement=False))
        return (
            self.choice(code, choices, known) if choices else self.copied(code, known)
        )

    def choice(
        self, code: ast.expr, choices: Sequence[_Match], known: Mapping[int, str]
    ) -> ast.expr:
        """Return a switch between the expression and its edited forms."""
        wanted = _hole_codes(code, [holes for _, _, holes in choices], known)
        names = dict(known)
        layers: list[tuple[str, ast.expr]] = []
        for part in wanted:  # what lies inside comes first
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

    def copied(self, code: _Code, known: Mapping[int, str]) -> _Code:
        """Return a copy of the node, with choices inside of it."""
        new = copy.copy(code)
        for name, value in ast.iter_fields(code):
            if isinstance(value, list):
                value = [
                    self.expression(v, known)
                    if isinstance(v, ast.expr)
                    else self.copied(v, known)
                    if isinstance(v, ast.AST)
                    else v
                    for v in value
                ]
            elif isinstance(value, ast.expr):
                value = self.expression(value, known)
            elif isinstance(value, (ast.comprehension, ast.keyword)):
                value = self.copied(value, known)
            setattr(new, name, value)
        return new

    def matching(self, code: ast.AST, is_statement: bool) -> Iterator[_Match]:
        """Yield the edits that fit here, each form once."""
        edits = self.by_kind.get(type(code), ())
        found = [(n, e, h) for n, e in edits if (h := match(e.find, code)) is not None]
        seen: set[str] = set()
        for slip, edit, holes in found:
            if edit.is_statement is not is_statement:
                continue
            # Two edits that give the same code are one. What is kept has a number here.
            text = ast.dump(_fill(edit.put, _named(holes), {})) if edit.put else ""
            if text not in seen:
                seen.add(text)
                yield slip, edit, holes

    def new_place(self) -> int:
        self.places += 1
        return self.places - 1


def _hole_codes(
    code: ast.expr, matches: Sequence[Mapping[str, Any]], known: Mapping[int, str]
) -> list[ast.expr]:
    """Return what stands for holes and is worth sharing, inner pieces first."""
    wanted = {
        id(part): part
        for holes in matches
        for filled in holes.values()
        for part in (filled if isinstance(filled, list) else [filled])
        if isinstance(part, ast.expr)
        # A name or a number costs less than a call of what would hold it.
        and not isinstance(part, (ast.Name, ast.Constant))
        and id(part) not in known
    }
    order = [id(node) for node in ast.walk(code)]  # outer before inner
    return sorted(wanted.values(), key=lambda part: -order.index(id(part)))


def _named(holes: Holes) -> Holes:
    """Return the holes with a short name for each piece of code that stands for one."""
    return {
        name: [ast.Constant(id(part)) for part in filled]
        if isinstance(filled, list)
        else ast.Constant(id(filled))
        for name, filled in holes.items()
    }


def _fill(put: Any, holes: Mapping[str, Any], names: Mapping[int, str]) -> Any:
    """Return the edited code, with what stands for its holes put in."""
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
