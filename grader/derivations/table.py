"""table: an expression as a flat list of nodes, read from untrusted text.

The worker sends expressions as tables. Every node names an operation and points only at
earlier nodes, so there are no cycles and no nesting; shared parts occur once. Reading a
table runs nothing and evaluates nothing: anything that isn't on the list below is
refused, with a sentence for the learner.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

VERSION = 1
MAX_BYTES = 60_000
MAX_NODES = 3_000
MAX_DEPTH = 80
MAX_DIGITS = 80
MANY = 3_000

NAME = re.compile(r"[A-Za-z_]\w{0,31}", re.ASCII)
DECIMAL = re.compile(r"[+-]?\d{1,60}(\.\d{0,60})?([eE][+-]?\d{1,3})?", re.ASCII)
SHOWN = 60

# Operation: the fewest and the most children that are values.
VALUES: dict[str, tuple[int, int]] = {
    "Add": (1, MANY),
    "Mul": (1, MANY),
    "Max": (1, MANY),
    "Min": (1, MANY),
    "Pow": (2, 2),
    "Delta": (2, 2),
    "Derivative": (2, 2),
    "Abs": (1, 1),
    "exp": (1, 1),
    "log": (1, 1),
    "sigma": (1, 1),
    "sinh": (1, 1),
    "cosh": (1, 1),
    "tanh": (1, 1),
    "sech": (1, 1),
}
CONDITIONS = {"Eq": 2, "Ne": 2, "True": 0, "False": 0}
LOOPS = ("Sum", "Product")
LEAVES = ("E", "Undefined")
# A derivative is taken with respect to one of these.
VARIABLES = ("Sym", "Idx", "sigma")


class InvalidTable(Exception):
    """A table that isn't valid. The message tells the learner why."""


@dataclass(frozen=True, slots=True)
class Node:
    """One operation.

    Attributes:
        op: the operation, a key of the lists above or Int, Rat, Float, Sym, Idx.
        children: positions of its parts, all smaller than its own.
        name: the symbol's name, or the running index of a sum.
        number: the digits of a Float; the numerator and denominator of other numbers.
    """

    op: str
    children: tuple[int, ...] = ()
    name: str = ""
    number: tuple[int, int] | str = (0, 1)


@dataclass(frozen=True, slots=True)
class Table:
    """A validated expression; `running` has the running indices of each node."""

    nodes: tuple[Node, ...]
    root: int
    running: tuple[tuple[str, ...], ...] = field(default=(), compare=False, repr=False)

    @property
    def top(self) -> Node:
        """The operation at the root."""
        return self.nodes[self.root]

    def at(self, position: int) -> Table:
        """Return the part with its root at a position, as a table of the same nodes."""
        return Table(self.nodes, position, self.running)

    def parts(self) -> list[Node]:
        """Return every node the root depends on, in the order of the table."""
        seen = {self.root}
        for position in range(self.root, -1, -1):
            if position in seen:
                seen.update(self.nodes[position].children)
        return [self.nodes[position] for position in sorted(seen)]

    def has(self, *ops: str) -> bool:
        """Return whether one of these operations occurs."""
        return any(node.op in ops for node in self.parts())

    def count(self, *names: str) -> int:
        """Return how often one of these operations or names is in the line."""
        # Parts come before nodes that use them, so one pass down counts all. Shared
        # parts aren't unfolded, which could double the time at each level.
        times = {self.root: 1}
        total = 0
        for position in range(self.root, -1, -1):
            node = self.nodes[position]
            here = times.get(position, 0)
            if here and (node.op in names or node.name in names):
                total += here
            for child in node.children if here else ():
                times[child] = times.get(child, 0) + here
        return total

    def names(self) -> set[str]:
        """Return the names of its symbols, without running indices and loop limits.

        A running index hides a symbol of its name only in the body of the loop.
        """
        free: list[frozenset[str]] = []
        for node in self.nodes[: self.root + 1]:
            is_loop = node.op in LOOPS
            inside = node.children[:1] if is_loop else node.children
            names = frozenset().union(*(free[child] for child in inside))
            if node.name:
                names = names - {node.name} if is_loop else names | {node.name}
            free.append(names)
        return set(free[self.root])


def read(text: str) -> Table:
    """Read a table.

    Raises:
        InvalidTable: it isn't a table, or contains something that isn't on the list.
    """
    data = _load(text)
    if "refused" in data:
        _refuse_what(data)
    if set(data) != {"v", "nodes", "root"} or data["v"] != VERSION:
        raise InvalidTable("this is not an expression")
    nodes, root = data["nodes"], data["root"]
    if not isinstance(nodes, list) or not 0 < len(nodes) <= MAX_NODES:
        raise InvalidTable("the expression is too large")
    if not _is_position(root, len(nodes)):
        raise InvalidTable("this is not an expression")
    table = finish(tuple(_node(row, at) for at, row in enumerate(nodes)), root)
    _check_kinds(table)
    return table


def finish(nodes: tuple[Node, ...], root: int) -> Table:
    """Make a table from nodes, after checking the depth and finding running indices.

    Raises:
        InvalidTable: the tree is too deep.
    """
    depth: list[int] = []
    for node in nodes:
        depth.append(1 + max((depth[child] for child in node.children), default=0))
    if max(depth) > MAX_DEPTH:
        raise InvalidTable("the expression is nested too deeply")
    bound = {node.name for node in nodes if node.op in LOOPS}
    running: list[tuple[str, ...]] = []
    for node in nodes:
        inside = {name for child in node.children for name in running[child]}
        inside |= {node.name} & bound
        running.append(tuple(sorted(inside)) if inside else ())
    return Table(nodes, root, tuple(running))


def _load(text: str) -> dict[str, Any]:
    if not isinstance(text, str) or len(text) > MAX_BYTES:
        raise InvalidTable("the expression is too large")
    try:
        # Python's json reads NaN and Infinity, which JSON doesn't have.
        data = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise InvalidTable("this is not an expression") from None
    if not isinstance(data, dict):
        raise InvalidTable("this is not an expression")
    return data


def _no_constant(_: str) -> NoReturn:
    raise ValueError


def _refuse_what(data: dict[str, Any]) -> NoReturn:
    what = data["refused"]
    if not isinstance(what, str):
        raise InvalidTable("this is not an expression")
    # These words come from a worker, and are shown in a terminal.
    clean = re.sub(r"[^\x20-\x7e]", "?", what)[:SHOWN]
    raise InvalidTable(f"not allowed here: {clean}")


def _is_position(value: object, below: int) -> bool:
    # Not isinstance, because JSON's true is an int in Python.
    return type(value) is int and 0 <= value < below


def _node(row: object, position: int) -> Node:
    if not isinstance(row, list) or not row or not isinstance(row[0], str):
        raise InvalidTable("this is not an expression")
    op, rest = row[0], row[1:]
    if op in ("Int", "Rat", "Float"):
        return _number(op, rest)
    if op == "Sym":
        _want(len(rest) == 1)
        return Node(op, name=_name(rest[0]))
    if op == "Idx":
        _want(2 <= len(rest) <= 3)
        return Node(op, _children(rest[1:], position), _name(rest[0]))
    if op in LOOPS:
        _want(len(rest) == 4)
        return Node(op, _children([rest[0], *rest[2:]], position), _name(rest[1]))
    return Node(op, _operands(op, _children(rest, position)))


def _operands(op: str, children: tuple[int, ...]) -> tuple[int, ...]:
    count = len(children)
    if op in VALUES:
        _want(VALUES[op][0] <= count <= VALUES[op][1])
    elif op in CONDITIONS:
        _want(count == CONDITIONS[op])
    elif op == "Piecewise":
        _want(count >= 2 and count % 2 == 0)
    elif op in LEAVES:
        _want(count == 0)
    else:
        shown = re.sub(r"[^\x20-\x7e]", "?", op)[:SHOWN]
        raise InvalidTable(f"not allowed here: {shown}")
    return children


def _children(values: list[object], position: int) -> tuple[int, ...]:
    _want(all(_is_position(value, position) for value in values))
    return tuple(value for value in values if isinstance(value, int))


def _name(value: object) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise InvalidTable("a symbol has a name that cannot be used")
    return value


def _number(op: str, rest: list[object]) -> Node:
    if op == "Float":
        _want(len(rest) == 1 and isinstance(rest[0], str))
        digits = str(rest[0])
        _want(DECIMAL.fullmatch(digits) is not None)
        return Node(op, number=digits)
    _want(len(rest) == (1 if op == "Int" else 2))
    whole = [value for value in rest if type(value) is int]
    _want(len(whole) == len(rest))
    if any(abs(value) >= 10**MAX_DIGITS for value in whole):
        raise InvalidTable("a whole number in it is too large")
    above, below = (whole[0], 1) if op == "Int" else (whole[0], whole[1])
    _want(below > 0)
    return Node(op, number=(above, below))


def _want(condition: bool) -> None:
    if not condition:
        raise InvalidTable("this is not an expression")


def _check_kinds(table: Table) -> None:
    """Require that conditions occur only in a Piecewise, and values elsewhere."""
    is_condition = [node.op in CONDITIONS for node in table.nodes]
    _want(not is_condition[table.root])
    for node in table.nodes:
        kinds = [is_condition[child] for child in node.children]
        if node.op == "Piecewise":
            _want(kinds == [False, True] * (len(kinds) // 2))
        else:
            _want(not any(kinds))
        if node.op == "Derivative":
            variable = table.at(node.children[1])
            if variable.top.op not in VARIABLES:
                raise InvalidTable(
                    "it differentiates with respect to "
                    f"{format_expression(variable)[:SHOWN]}, which is neither a symbol "
                    "nor a function such as sigma(z)"
                )


LONGEST = 160
# A sum from 0 to one of these is the lesson's `total`; any other is shown with limits.
LAST_CLASS = ("K - 1", "-1 + K")
SUM, PRODUCT, POWER, ATOM = range(4)


def format_expression(table: Table) -> str:
    """Return the expression as a learner would type it, cut if it is long."""
    texts: list[tuple[str, int, int]] = []
    for node in table.nodes[: table.root + 1]:
        texts.append(_format(node, texts))
    text = texts[table.root][0]
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


_Texts = list[tuple[str, int, int]]


def _format(node: Node, texts: _Texts) -> tuple[str, int, int]:
    text, level = _write(node, texts)
    # A shared part is written out wherever it occurs, so a text may double per level.
    return text[: 4 * LONGEST], level, 0


def _write(node: Node, texts: _Texts) -> tuple[str, int]:
    plain = [texts[child][0] for child in node.children]
    match node.op:
        case "Int" | "Rat" | "Float":
            return _format_number(node)
        case "Sym":
            return node.name, ATOM
        case "Idx":
            return f"{node.name}[{', '.join(plain)}]", ATOM
        case "Add":
            return _sum(plain), SUM
        case "Mul":
            return _product([_inside(texts, child, PRODUCT) for child in node.children])
        case "Pow":
            return _power(*(_inside(texts, child, ATOM) for child in node.children))
        case "Sum" if plain[1] == "0" and plain[2] in LAST_CLASS:
            return f"total({plain[0]}, {node.name})", ATOM
        case "Sum" | "Product":
            ends = f"({node.name}, {plain[1]}, {plain[2]})"
            return f"{node.op}({plain[0]}, {ends})", ATOM
        case "Delta":
            return f"delta({', '.join(plain)})", ATOM
        case "Derivative":
            return f"d({', '.join(plain)})", ATOM
        case "E" | "True" | "False":
            return node.op, ATOM
        case "Undefined":
            return "(no number)", ATOM
        case _:
            return f"{node.op}({', '.join(plain)})", ATOM


def _format_number(node: Node) -> tuple[str, int]:
    if isinstance(node.number, str):
        return node.number, ATOM if node.number[0] != "-" else SUM
    above, below = node.number
    text = str(above) if below == 1 else f"{above}/{below}"
    return text, ATOM if below == 1 and above >= 0 else SUM if above < 0 else PRODUCT


def _inside(texts: _Texts, child: int, level: int) -> str:
    text, precedence, _ = texts[child]
    # A bare -1 becomes the sign of its product.
    return text if precedence >= level or text == "-1" else f"({text})"


def _sum(parts: list[str]) -> str:
    text = parts[0]
    for part in parts[1:]:
        text += f" - {part[1:]}" if part.startswith("-") else f" + {part}"
    return text


def _product(parts: list[str]) -> tuple[str, int]:
    sign = ""
    while "-1" in parts:
        parts.remove("-1")
        sign = "" if sign else "-"
    above = [part for part in parts if not part.startswith("1/")]
    below = [part[2:] for part in parts if part.startswith("1/")]
    text = sign + ("*".join(above) or "1") + "".join(f"/{part}" for part in below)
    return text, SUM if sign else PRODUCT


def _power(base: str, exponent: str) -> tuple[str, int]:
    # `_product` moves a factor with this beginning to the denominator.
    if exponent in ("-1", "(-1)"):
        return f"1/{base}", PRODUCT
    return f"{base}**{exponent}", POWER
