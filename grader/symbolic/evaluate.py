"""evaluate: the value of a table at a point, and its derivatives, at 50 digits.

Numbers are decimals, so the arithmetic is exact in its rounding, quick, and cannot
grow without bound. A derivative is carried along with the value (forward mode), so
nothing is differentiated as a formula. The rules of differentiation are arguments: a
known mistake is the same evaluation with one rule replaced.
"""

from __future__ import annotations

import decimal
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from grader.symbolic.table import Node, Table

CONTEXT = decimal.Context(
    prec=50,
    Emax=99_999,
    Emin=-99_999,
    traps=[decimal.DivisionByZero, decimal.InvalidOperation, decimal.Overflow],
)
MAX_EXPONENT = 4_096
MAX_EXP_ARGUMENT = 900
MAX_INDEX = 1_000_000
MAX_TERMS = 64
MAX_STEPS = 200_000
SLOW_STEPS = 10

ZERO, ONE = Decimal(0), Decimal(1)
Dual = tuple[Decimal, Decimal]
Place = tuple[str, tuple[int, ...]]


class Undefined(Exception):
    """The expression has no value at this point."""


class CannotJudge(Exception):
    """The expression is beyond what is looked at. The message says why."""


@dataclass(slots=True)
class Budget:
    """How many steps may still be taken."""

    steps: int = MAX_STEPS

    def spend(self, steps: int = 1) -> None:
        """Take steps.

        Raises:
            CannotJudge: there are none left.
        """
        self.steps -= steps
        if self.steps < 0:
            raise CannotJudge("the expression takes too many steps to work out")


@dataclass(frozen=True, slots=True)
class Point:
    """Where an expression is looked at.

    Attributes:
        classes: the number K.
        photos: the number N of rows in a batch, 0 without one.
        scalars: the numbers by name.
        rows: the entries of each row by index; two indices in a batch.
        indices: the free indices.
        tied: rows that are the softmax of another row, by name.
    """

    classes: int
    photos: int
    scalars: Mapping[str, Decimal]
    rows: Mapping[str, Mapping[tuple[int, ...], Decimal]]
    indices: Mapping[str, int]
    tied: Mapping[str, str]

    def place(self, name: str) -> Place | None:
        """What a plain name stands for: a number, or an entry such as p0."""
        if name in self.scalars:
            return name, ()
        base = name.rstrip("0123456789")
        digits = name[len(base) :]
        index = (int(digits),) if digits else ()
        row = base.rstrip("_")
        return (row, index) if index in self.rows.get(row, {}) else None


def _softmax(p_k: Decimal, p_j: Decimal, is_same: bool) -> Decimal:
    return p_k * ((ONE if is_same else ZERO) - p_j)


def _product(values: Sequence[Decimal], tangents: Sequence[Decimal]) -> Decimal:
    whole, change = ONE, ZERO
    for value, tangent in zip(values, tangents, strict=True):
        whole, change = whole * value, change * value + whole * tangent
    return change


@dataclass(frozen=True, slots=True)
class Rules:
    """How a derivative is taken.

    Attributes:
        log: of (u, u').
        exp: of (e^u, u, u').
        power: of (u^n, u, n, u') for a fixed n.
        product: of the factors that vary and their derivatives.
        softmax: dp_k/dz_j of (p_k, p_j, whether k is j).
    """

    log: Callable[[Decimal, Decimal], Decimal] = lambda u, du: du / u
    exp: Callable[[Decimal, Decimal, Decimal], Decimal] = lambda v, u, du: v * du
    power: Callable[[Decimal, Decimal, Decimal, Decimal], Decimal] = (
        lambda v, u, n, du: n * v / u * du
    )
    product: Callable[[Sequence[Decimal], Sequence[Decimal]], Decimal] = _product
    softmax: Callable[[Decimal, Decimal, bool], Decimal] = _softmax


RIGHT = Rules()


def evaluate(
    table: Table, point: Point, rules: Rules = RIGHT, budget: Budget | None = None
) -> Decimal:
    """The value of a table at a point.

    Raises:
        Undefined: it has none there.
        CannotJudge: it is too large, or says something that has no meaning here.
    """
    with decimal.localcontext(CONTEXT):
        try:
            return _Evaluation(table, point, rules, budget or Budget()).run()
        except (decimal.DivisionByZero, decimal.InvalidOperation):
            raise Undefined from None
        except decimal.Overflow:
            raise CannotJudge("a number in it becomes too large") from None


@dataclass(slots=True)
class _Evaluation:
    table: Table
    point: Point
    rules: Rules
    budget: Budget
    seed: Place | None = None
    bound: dict[str, int] = field(default_factory=dict)
    memo: dict[object, Dual] = field(default_factory=dict)
    varying: dict[int, bool] = field(default_factory=dict)

    def run(self) -> Decimal:
        return self.dual(self.table.root)[0]

    def dual(self, at: int) -> Dual:
        """Value and derivative of the node at a position."""
        names = self.table.running[at]
        key = (at, self.seed, *(self.bound.get(name) for name in names))
        if key not in self.memo:
            node = self.table.nodes[at]
            self.budget.spend(1 + len(node.children))
            self.memo[key] = self.compute(node)
        return self.memo[key]

    def compute(self, node: Node) -> Dual:
        if node.op in FUNCTIONS:
            self.budget.spend(SLOW_STEPS)
            return FUNCTIONS[node.op](self.rules, *self.dual(node.children[0]))
        match node.op:
            case "Int" | "Rat" | "Float":
                return self.number(node), ZERO
            case "Sym" | "Idx":
                return self.leaf(node)
            case "Add":
                return self.add([self.dual(child) for child in node.children])
            case "Mul":
                return self.multiply(node)
            case "Pow":
                self.budget.spend(SLOW_STEPS)
                return self.power(*node.children)
            case "Sum" | "Product":
                return self.loop(node)
            case "Delta":
                first, second = (self.whole(child) for child in node.children)
                return (ONE if first == second else ZERO), ZERO
            case "Derivative":
                return self.derivative(*node.children), ZERO
            case "Piecewise":
                return self.piecewise(node)
            case "Max" | "Min":
                return self.extreme(node)
            case "E":
                return ONE.exp(), ZERO
            case _:
                raise Undefined

    def number(self, node: Node) -> Decimal:
        if isinstance(node.number, str):
            return Decimal(node.number)
        return Decimal(node.number[0]) / Decimal(node.number[1])

    def leaf(self, node: Node) -> Dual:
        if node.op == "Sym" and self.index_named(node.name) is not None:
            return Decimal(self.index_named(node.name) or 0), ZERO
        name, index = self.place(node)
        if name in self.point.scalars:
            return self.point.scalars[name], self.tangent(name, index)
        row = self.point.rows[name]
        if index not in row:
            raise Undefined
        return row[index], self.tangent(name, index)

    def place(self, node: Node) -> Place:
        """Which number a symbol or an indexed symbol stands for."""
        if node.op == "Sym":
            found = self.point.place(node.name)
            if found is None:
                raise CannotJudge(f"{node.name} has no meaning here")
            return found
        if node.name not in self.point.rows:
            raise CannotJudge(f"{node.name}[...] has no meaning here")
        return node.name, tuple(self.whole(child) for child in node.children)

    def tangent(self, name: str, index: tuple[int, ...]) -> Decimal:
        """The derivative of one number with respect to the seed."""
        if self.seed is None:
            return ZERO
        base, seeded = self.seed
        if name == base:
            return ONE if index == seeded else ZERO
        tied = self.point.tied
        if tied.get(base) == name:
            raise CannotJudge(f"{name} is not written as a function of {base}")
        if tied.get(name) != base or index[:-1] != seeded[:-1]:
            return ZERO
        row = self.point.rows[name]
        return self.rules.softmax(row[index], row[seeded], index == seeded)

    def index_named(self, name: str) -> int | None:
        if name in self.bound:
            return self.bound[name]
        if name in self.point.indices:
            return self.point.indices[name]
        return {"K": self.point.classes, "N": self.point.photos or None}.get(name)

    def whole(self, at: int) -> int:
        """The value of an index."""
        self.budget.spend()
        node = self.table.nodes[at]
        if node.op == "Int" and isinstance(node.number, tuple):
            return node.number[0] if abs(node.number[0]) <= MAX_INDEX else MAX_INDEX + 1
        if node.op == "Sym" and (known := self.index_named(node.name)) is not None:
            return known
        if node.op in ("Add", "Mul"):
            parts = [self.whole(child) for child in node.children]
            value = sum(parts) if node.op == "Add" else math.prod(parts)
            if abs(value) <= MAX_INDEX:
                return value
        raise CannotJudge(
            "an index, or what it is compared with, is not a whole number"
        )

    def add(self, parts: list[Dual]) -> Dual:
        return (
            sum((value for value, _ in parts), ZERO),
            sum((change for _, change in parts), ZERO),
        )

    def multiply(self, node: Node) -> Dual:
        fixed, values, tangents = ONE, [], []
        for child in node.children:
            value, tangent = self.dual(child)
            if self.seed is None or not self.varies(child):
                fixed *= value
            else:
                values.append(value)
                tangents.append(tangent)
        whole = fixed
        for value in values:
            whole *= value
        return whole, fixed * self.rules.product(values, tangents) if values else ZERO

    def varies(self, at: int) -> bool:
        """Whether the seed's row, or one tied to it, occurs in a part."""
        if at not in self.varying:
            base = self.seed[0] if self.seed else ""
            node = self.table.nodes[at]
            self.varying[at] = self.is_of(node, base) or any(
                self.varies(child) for child in node.children
            )
        return self.varying[at]

    def is_of(self, node: Node, base: str) -> bool:
        if node.op not in ("Sym", "Idx"):
            return False
        place = self.point.place(node.name) if node.op == "Sym" else None
        name = place[0] if place else node.name
        return name == base or self.point.tied.get(name) == base

    def power(self, base: int, exponent: int) -> Dual:
        u, du = self.dual(base)
        n, dn = self.dual(exponent)
        value = raise_to(u, n)
        if not du and not dn:
            return value, ZERO
        change = value * u.ln() * dn if dn else ZERO
        if not du:
            return value, change
        if not u:
            return value, self.power_at_zero(n, du)
        return value, change + self.rules.power(value, u, n, du)

    def power_at_zero(self, n: Decimal, du: Decimal) -> Decimal:
        if n < 1 and n:
            raise Undefined
        return du if n == 1 else ZERO

    def loop(self, node: Node) -> Dual:
        body, first, last = node.children
        low, high = self.whole(first), self.whole(last)
        if high < low - 1:
            raise Undefined
        if high - low >= MAX_TERMS:
            raise CannotJudge("a sum in it has too many terms")
        before = self.bound.get(node.name)
        parts = []
        for value in range(low, high + 1):
            self.bound[node.name] = value
            parts.append(self.dual(body))
        self.bound.pop(node.name, None)
        if before is not None:
            self.bound[node.name] = before
        return self.add(parts) if node.op == "Sum" else self.times(parts)

    def times(self, parts: list[Dual]) -> Dual:
        value = ONE
        for part, _ in parts:
            value *= part
        values, tangents = [v for v, _ in parts], [t for _, t in parts]
        return value, self.rules.product(values, tangents) if parts else ZERO

    def derivative(self, body: int, variable: int) -> Decimal:
        if self.seed is not None:
            raise CannotJudge("it holds a derivative of a derivative")
        node = self.table.nodes[variable]
        if node.op == "Sym" and self.index_named(node.name) is not None:
            raise CannotJudge(f"{node.name} is an index: no derivative by it")
        self.seed, self.varying = self.place(node), {}
        try:
            return self.dual(body)[1]
        finally:
            self.seed = None

    def piecewise(self, node: Node) -> Dual:
        for value, condition in zip(
            node.children[::2], node.children[1::2], strict=True
        ):
            if self.is_true(self.table.nodes[condition]):
                return self.dual(value)
        raise Undefined

    def is_true(self, node: Node) -> bool:
        if node.op in ("True", "False"):
            return node.op == "True"
        first, second = (self.whole(child) for child in node.children)
        return (first == second) == (node.op == "Eq")

    def extreme(self, node: Node) -> Dual:
        parts = [self.dual(child) for child in node.children]
        best = (max if node.op == "Max" else min)(value for value, _ in parts)
        changes = {change for value, change in parts if value == best}
        if len(changes) > 1:
            raise Undefined
        return best, changes.pop()


def raise_to(u: Decimal, n: Decimal) -> Decimal:
    """A number u to the power n, over the real numbers.

    Raises:
        Undefined: there is no such real number.
        CannotJudge: the exponent or the result is too large.
    """
    if abs(n) > MAX_EXPONENT:
        raise CannotJudge("an exponent in it is too large")
    if n == n.to_integral_value():
        if not u and n <= 0:
            return ONE if not n else _undefined()
        if abs(n) * abs(u.adjusted() if u else 0) > MAX_EXPONENT:
            raise CannotJudge("a number in it becomes too large")
        return u ** int(n)
    if u < 0 or (not u and n < 0):
        raise Undefined
    return _exp(n * u.ln()) if u else ZERO


def _undefined() -> Decimal:
    raise Undefined


def _exp(u: Decimal) -> Decimal:
    if abs(u) > MAX_EXP_ARGUMENT:
        raise CannotJudge("it takes exp of a large number")
    return u.exp()


def _log(rules: Rules, u: Decimal, du: Decimal) -> Dual:
    if u <= 0:
        raise Undefined
    return u.ln(), rules.log(u, du) if du else ZERO


def _exponential(rules: Rules, u: Decimal, du: Decimal) -> Dual:
    value = _exp(u)
    return value, rules.exp(value, u, du) if du else ZERO


def _sigma(rules: Rules, u: Decimal, du: Decimal) -> Dual:
    value = ONE / (ONE + _exp(-u))
    return value, value * (ONE - value) * du


def _sinh(rules: Rules, u: Decimal, du: Decimal) -> Dual:
    up, down = _exp(u), _exp(-u)
    return (up - down) / 2, (up + down) / 2 * du


def _cosh(rules: Rules, u: Decimal, du: Decimal) -> Dual:
    up, down = _exp(u), _exp(-u)
    return (up + down) / 2, (up - down) / 2 * du


def _tanh(rules: Rules, u: Decimal, du: Decimal) -> Dual:
    value = 1 - 2 / (_exp(2 * u) + 1)
    return value, (ONE - value * value) * du


def _absolute(rules: Rules, u: Decimal, du: Decimal) -> Dual:
    if not u and du:
        raise Undefined
    return abs(u), (du if u > 0 else -du)


FUNCTIONS: dict[str, Callable[[Rules, Decimal, Decimal], Dual]] = {
    "log": _log,
    "exp": _exponential,
    "sigma": _sigma,
    "sinh": _sinh,
    "cosh": _cosh,
    "tanh": _tanh,
    "Abs": _absolute,
}
