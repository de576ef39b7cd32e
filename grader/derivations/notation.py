"""notation: write an expression in the judge as a learner writes it, without SymPy.

An author states a loss in the words of the lesson, ``-total(y[k] * log(p[k]), k)``.
Nothing is simplified: the tree contains exactly what is written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from grader.derivations.table import Node, Table, finish

USE = (
    "A Problem is written with grader.derivations.notation: its log, exp, total and "
    "others, and not with SymPy's."
)


@dataclass(frozen=True, slots=True)
class Expression:
    """A tree over the operations of a table."""

    op: str
    parts: tuple[Expression, ...] = ()
    name: str = ""
    number: tuple[int, int] | str = (0, 1)

    def __add__(self, other: Operand) -> Expression:
        return Expression("Add", (self, lift(other)))

    def __radd__(self, other: Operand) -> Expression:
        return Expression("Add", (lift(other), self))

    def __sub__(self, other: Operand) -> Expression:
        return Expression("Add", (self, -lift(other)))

    def __rsub__(self, other: Operand) -> Expression:
        return Expression("Add", (lift(other), -self))

    def __mul__(self, other: Operand) -> Expression:
        return Expression("Mul", (self, lift(other)))

    def __rmul__(self, other: Operand) -> Expression:
        return Expression("Mul", (lift(other), self))

    def __truediv__(self, other: Operand) -> Expression:
        return Expression("Mul", (self, lift(other) ** -1))

    def __rtruediv__(self, other: Operand) -> Expression:
        return Expression("Mul", (lift(other), self**-1))

    def __pow__(self, other: Operand) -> Expression:
        return Expression("Pow", (self, lift(other)))

    def __neg__(self) -> Expression:
        return Expression("Mul", (lift(-1), self))

    def _sympy_(self) -> None:
        # SymPy calls this for an argument of one of its functions.
        raise TypeError(USE)


Operand = Expression | int


@dataclass(frozen=True, slots=True)
class Row:
    """The name of a row of numbers; ``p[k]`` is one of them, ``p[n, k]`` in a batch."""

    name: str

    def __getitem__(self, index: Operand | tuple[Operand, ...]) -> Expression:
        places = index if isinstance(index, tuple) else (index,)
        return Expression("Idx", tuple(lift(place) for place in places), self.name)


def lift(value: Operand) -> Expression:
    """Return an integer as an expression; return an expression unchanged."""
    if isinstance(value, Expression):
        return value
    return Expression("Int", number=(int(value), 1))


def symbol(name: str) -> Expression:
    """Return a number, or an index, that has a name."""
    return Expression("Sym", name=name)


def log(value: Operand) -> Expression:
    """Return the natural logarithm."""
    return Expression("log", (lift(value),))


def exp(value: Operand) -> Expression:
    """Return the number e to a power."""
    return Expression("exp", (lift(value),))


def sigma(value: Operand) -> Expression:
    """Return the sigmoid, 1 / (1 + exp(-z))."""
    return Expression("sigma", (lift(value),))


def tanh(value: Operand) -> Expression:
    """Return the hyperbolic tangent."""
    return Expression("tanh", (lift(value),))


def delta(first: Operand, second: Operand) -> Expression:
    """Return the Kronecker delta: 1 if both indices are equal, else 0."""
    return Expression("Delta", (lift(first), lift(second)))


def d(value: Operand, variable: Expression) -> Expression:
    """Return a derivative that isn't carried out."""
    return Expression("Derivative", (lift(value), variable))


def total(value: Operand, index: Expression, last: Operand | None = None) -> Expression:
    """Return the sum over all classes, or up to and including another last index."""
    end = symbol("K") + lift(-1) if last is None else lift(last)
    return Expression("Sum", (lift(value), lift(0), end), index.name)


def table(expression: Expression) -> Table:
    """Convert an expression to a table, in which equal parts occur once."""
    nodes: list[Node] = []
    places: dict[Expression, int] = {}

    def place(part: Expression) -> int:
        if part not in places:
            children = tuple(place(child) for child in part.parts)
            nodes.append(Node(part.op, children, part.name, part.number))
            places[part] = len(nodes) - 1
        return places[part]

    root = place(expression)
    return finish(tuple(nodes), root)


def expression(table: Table) -> Expression:
    """Convert a table back to a tree."""
    expressions: list[Expression] = []
    for node in table.nodes[: table.root + 1]:
        parts = tuple(expressions[child] for child in node.children)
        expressions.append(Expression(node.op, parts, node.name, node.number))
    return expressions[table.root]


def size(table: Table) -> int:
    """Return the number of parts of the tree if nothing is shared."""
    sizes: list[int] = []
    for node in table.nodes[: table.root + 1]:
        sizes.append(1 + sum(sizes[child] for child in node.children))
    return sizes[table.root]


LARGEST_TREE = 2_000


def is_same(a: Table, b: Table) -> bool:
    """Return whether two tables are the same, up to the order of terms and factors."""
    # Shared parts unfold in a tree, at worst doubling its size at each level.
    if max(size(a), size(b)) > LARGEST_TREE:
        return a == b
    return _normalise(expression(a)) == _normalise(expression(b))


def _normalise(tree: Expression) -> Expression:
    parts = [_normalise(part) for part in tree.parts]
    if tree.op in ("Add", "Mul"):
        parts = [
            p for part in parts for p in (part.parts if part.op == tree.op else (part,))
        ]
        # SymPy orders terms in its own way, so a new order isn't a new line.
        parts.sort(key=repr)
    return replace(tree, parts=tuple(parts))


def rewrite(
    tree: Expression, change: Callable[[Expression], Expression | None]
) -> Expression:
    """Return the tree with parts replaced.

    Args:
        tree: the tree, which isn't modified.
        change: returns the replacement of a part; None to continue inside it.
    """
    new = change(tree)
    if new is not None:
        return new
    return replace(tree, parts=tuple(rewrite(part, change) for part in tree.parts))


def rename(tree: Expression, names: dict[str, str]) -> Expression:
    """Return the tree with symbols and rows renamed, all at once."""

    def change(part: Expression) -> Expression | None:
        if part.op not in ("Sym", "Idx") or part.name not in names:
            return None
        # All at once: a part that already has its new name isn't renamed again.
        inner = tuple(rewrite(index, change) for index in part.parts)
        return replace(part, name=names[part.name], parts=inner)

    return rewrite(tree, change)
