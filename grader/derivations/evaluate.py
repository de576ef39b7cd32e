"""evaluate: compute the value of a table at a point, and its derivatives, to 50 digits.

Numbers are decimals, so rounding is well-defined, the arithmetic is fast, and numbers
can't grow without bound. Derivatives are computed along with values (forward mode), so
no formula is ever differentiated.
"""

from __future__ import annotations

import decimal
import math
from dataclasses import dataclass, field
from decimal import Decimal

from grader.derivations.point import (
    CONTEXT,
    CannotJudge,
    Place,
    Point,
    StepBudget,
    Undefined,
)
from grader.derivations.rules import (
    FUNCTIONS,
    ONE,
    RIGHT,
    ZERO,
    Dual,
    Rules,
    add,
    ln,
    raise_to,
)
from grader.derivations.table import Node, Table

MAX_INDEX = 1_000_000
MAX_TERMS = 64
# A logarithm or a power takes about as long as this many other steps.
SLOW_STEPS = 25


def evaluate(
    table: Table, point: Point, rules: Rules = RIGHT, budget: StepBudget | None = None
) -> Decimal:
    """Return the value of a table at a point.

    Raises:
        Undefined: it has none there.
        CannotJudge: it is too large, or contains something without a meaning here.
    """
    with decimal.localcontext(CONTEXT):
        try:
            return _Evaluation(table, point, rules, budget or StepBudget()).run()
        except (decimal.DivisionByZero, decimal.InvalidOperation):
            raise Undefined from None
        except decimal.Overflow:
            raise CannotJudge("a number in it becomes too large") from None


@dataclass(slots=True)
class _Evaluation:
    table: Table
    point: Point
    rules: Rules
    budget: StepBudget
    seed: Place | None = None
    bound: dict[str, int] = field(default_factory=dict)
    memo: dict[object, Dual] = field(default_factory=dict)
    varying: dict[int, bool] = field(default_factory=dict)

    def run(self) -> Decimal:
        return self.dual(self.table.root)[0]

    def dual(self, position: int) -> Dual:
        """Return the value and the derivative of the node at a position."""
        key = self.key(position)
        if key not in self.memo:
            node = self.table.nodes[position]
            self.budget.spend(1 + len(node.children))
            self.memo[key] = self.compute(node)
        return self.memo[key]

    def key(self, position: int) -> object:
        """Return what the value and the derivative of a node depend on."""
        names = self.table.running[position]
        return (position, self.seed, *(self.bound.get(name) for name in names))

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
                return add([self.dual(child) for child in node.children])
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
        """Return the number that a symbol or an indexed symbol refers to."""
        if node.op == "Sym":
            place_of_name = self.point.place(node.name)
            if place_of_name is None:
                raise CannotJudge(f"the symbol {node.name} has no meaning here")
            return place_of_name
        if node.name not in self.point.rows:
            raise CannotJudge(f"the symbol {node.name}[...] has no meaning here")
        return node.name, tuple(self.whole(child) for child in node.children)

    def tangent(self, name: str, index: tuple[int, ...]) -> Decimal:
        """Return the derivative of one number with respect to the seed."""
        if self.seed is None:
            return ZERO
        base, seeded = self.seed
        if name == base:
            return self.moves(index, seeded, base)
        if self.point.is_made_of(base, name):
            raise CannotJudge(f"{name} is not written as a function of {base}")
        if not self.point.is_made_of(name, base) or index[:-1] != seeded[:-1]:
            return ZERO
        row = self.point.rows[name]
        slope = self.rules.slope or self.point.tied[name].link.slope
        movers = [seeded] if not self.rules.tilt else list(row)
        changes = (
            self.moves(mover, seeded, base)
            * slope(row[index], row[mover], index == mover)
            for mover in movers
        )
        return self.rules.growth * sum(changes, ZERO)

    def moves(
        self, index: tuple[int, ...], seeded: tuple[int, ...], base: str
    ) -> Decimal:
        """Return the derivative of an entry in the seed's own row."""
        if index == seeded:
            return ONE
        has_tied = any(tied.base == base for tied in self.point.tied.values())
        is_tilted = has_tied and index[:-1] == seeded[:-1]
        return self.rules.tilt * (1 + index[-1]) if is_tilted else ZERO

    def index_named(self, name: str) -> int | None:
        if name in self.bound:
            return self.bound[name]
        if name in self.point.indices:
            return self.point.indices[name]
        return {"K": self.point.classes, "N": self.point.batch or None}.get(name)

    def whole(self, position: int) -> int:
        """Return the value of an index."""
        self.budget.spend()
        node = self.table.nodes[position]
        if node.op == "Int" and isinstance(node.number, tuple):
            return node.number[0]
        if node.op == "Sym" and (index := self.index_named(node.name)) is not None:
            return index
        if node.op in ("Add", "Mul"):
            parts = [self.whole(child) for child in node.children]
            value = sum(parts) if node.op == "Add" else math.prod(parts)
            if abs(value) <= MAX_INDEX:
                return value
        if node.op == "Sym" and self.point.indices:
            indices = " or ".join(sorted(self.point.indices))
            raise CannotJudge(
                f"the index {node.name} is used outside a sum, where it has no value; "
                f"there the index is {indices}"
            )
        raise CannotJudge(
            "an index, or what it is compared with, is not a whole number"
        )

    def multiply(self, node: Node) -> Dual:
        # Constant factors stay out of the product rule. A faulty product rule is a
        # mistake about factors that vary, and would turn a line with a number into 0.
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

    def varies(self, position: int) -> bool:
        """Return whether a part contains the seed's row, or one tied to it."""
        if position not in self.varying:
            base = self.seed[0] if self.seed else ""
            node = self.table.nodes[position]
            self.varying[position] = self.is_of(node, base) or any(
                self.varies(child) for child in node.children
            )
        return self.varying[position]

    def is_of(self, node: Node, base: str) -> bool:
        if node.op not in ("Sym", "Idx"):
            return False
        place = self.point.place(node.name) if node.op == "Sym" else None
        name = place[0] if place else node.name
        return name == base or self.point.is_made_of(name, base)

    def power(self, base: int, exponent: int) -> Dual:
        u, du = self.dual(base)
        n, dn = self.dual(exponent)
        value = raise_to(u, n)
        if not du and not dn:
            return value, ZERO
        # Only if the exponent varies, because a negative u has no ln.
        change = value * ln(u) * dn if dn else ZERO
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
        # A sum inside a sum may run over the same name.
        before = self.bound.get(node.name)
        parts = []
        for value in range(low, high + 1):
            self.bound[node.name] = value
            parts.append(self.dual(body))
        self.bound.pop(node.name, None)
        if before is not None:
            self.bound[node.name] = before
        return add(parts) if node.op == "Sum" else self.times(parts)

    def times(self, parts: list[Dual]) -> Dual:
        value = ONE
        for part, _ in parts:
            value *= part
        values, tangents = [v for v, _ in parts], [t for _, t in parts]
        return value, self.rules.product(values, tangents) if parts else ZERO

    def derivative(self, body: int, variable: int) -> Decimal:
        if self.seed is not None:
            raise CannotJudge("it contains a derivative of a derivative")
        node = self.table.nodes[variable]
        if node.op in FUNCTIONS:
            return self.derivative_by_value(body, variable)
        if node.op == "Sym" and self.index_named(node.name) is not None:
            raise CannotJudge(
                f"you can't differentiate with respect to an index, {node.name}"
            )
        name, index = self.place(node)
        if index and index not in self.point.rows[name]:
            raise Undefined
        # `varying` is valid for one seed only.
        self.seed, self.varying = (name, index), {}
        try:
            return self.dual(body)[1]
        finally:
            self.seed = None

    def derivative_by_value(self, body: int, variable: int) -> Decimal:
        """Return the derivative with respect to a function's value, as in d(L, s).

        As for SymPy, this value changes, and everything else keeps its value.
        """
        value, _ = self.dual(variable)
        self.seed, self.varying = ("", (variable,)), {variable: True}
        self.memo[self.key(variable)] = value, ONE
        try:
            return self.dual(body)[1]
        finally:
            self.seed = None

    def piecewise(self, node: Node) -> Dual:
        values, conditions = node.children[::2], node.children[1::2]
        for value, condition in zip(values, conditions, strict=True):
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
