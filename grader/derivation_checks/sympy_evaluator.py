"""sympy_evaluator: evaluate tables with SymPy, in a separate confined process.

No line of an attempt runs here, and nothing of the grader is imported: the judge sends
tables that it has validated (`grader.derivations.table`). Each becomes a SymPy
expression for one number of classes: sums are written out, and tied rows are
substituted (p as exponentials of z). SymPy takes the derivatives. Then mpmath evaluates
the expression to 80 digits, node by node. SymPy's own `lambdify` takes longer to write
the code of such a small expression than to run it.

The value is None if an expression has no real value at the point. It is "" if the
expression is too large, or contains what isn't evaluated here.
"""

from __future__ import annotations

import itertools
import json
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mpmath  # type: ignore[import-untyped]
import sympy

# More than are compared, because large terms that cancel lose digits.
DIGITS = 80
SHOWN_DIGITS = 45
# An honest line has about 30 nodes once shared nodes are written out.
MOST_UNFOLDED = 300
MOST_BUILT = 20_000
MOST_EXTREMES = 16
LARGEST_EXPONENT = 4_096
MOST_NUMBER_BITS = 20_000
FARTHEST_EXP = 900
MOST_TERMS = 64

# The answer for what isn't evaluated here.
BEYOND = ""

Place = tuple[str, tuple[int, ...]]


class BeyondSymPy(Exception):
    """The expression is too complex for this evaluation."""


class NoValue(Exception):
    """The expression has no real value."""


def work_out(request: str) -> str:
    """Return the values of tables at points, as JSON.

    Args:
        request: JSON with `tables`, `points` and `asked`. A table is
            `{"nodes": [...], "root": n}`. A point has `classes`, `batch`, `scalars`,
            `rows`, `indices` and `tied`, which maps the name of a row to
            `{"base": name, "entries": {place: table}}`. An entry of `asked` has the
            index of a table and of a point.

    Returns:
        For each entry of `asked`, 45 digits, null without a value, or "".
    """
    fields = json.loads(request)
    tables = fields["tables"]
    expressions: dict[Any, tuple[Any, ...]] = {}
    with mpmath.workdps(DIGITS):
        points = _points_of(fields["points"])
        results = []
        for at, of in fields["asked"]:
            symbols, values = points[of]
            key = (at, symbols.key)
            if key not in expressions:
                expressions[key] = _build(tables[at], symbols)
            results.append(_evaluate(expressions[key], values))
    return json.dumps(results)


def _points_of(points: Sequence[dict[str, Any]]) -> list[tuple[_Symbols, _Values]]:
    """Return the symbols and the values of each point.

    Points with the same number of classes and the same indices share their symbols.
    """
    shared: dict[Any, _Symbols] = {}
    found = []
    for point in points:
        symbols = _Symbols(point)
        symbols = shared.setdefault(symbols.key, symbols)
        found.append((symbols, _Values(symbols.numbers(point))))
    return found


def _build(table: dict[str, Any], symbols: _Symbols) -> tuple[Any, ...]:
    """Return a table's expression, and the body of each derivative in it.

    The bodies must have values, too: SymPy would also differentiate the log of a
    negative number. Nothing is returned for what is too complex.
    """
    try:
        builder = _Builder(table["nodes"], symbols)
        expression = builder.build(table["root"])
        return (expression, *builder.bodies)
    except ZeroDivisionError:
        return (sympy.nan,)
    except (BeyondSymPy, ArithmeticError, ValueError, TypeError):
        return ()


def _evaluate(expressions: tuple[Any, ...], values: _Values) -> str | None:
    """Return the digits of the first expression; None unless all have real values."""
    try:
        reals = [_real(values.of(each)) for each in expressions]
    except (NoValue, ZeroDivisionError):
        return None
    except (BeyondSymPy, ArithmeticError, ValueError, TypeError):
        return BEYOND
    if not reals:
        return BEYOND
    if None in reals:
        return None
    return str(mpmath.nstr(reals[0], SHOWN_DIGITS, strip_zeros=False))


class _Values:
    """The values of expressions at one point, where each part is evaluated once.

    Args:
        known: the values of the symbols.
    """

    def __init__(self, known: dict[Any, Any]) -> None:
        self._known = known

    def of(self, expression: Any) -> Any:
        """Return an expression's value.

        Raises:
            NoValue: it, or a part of it, has none.
            BeyondSymPy: it isn't evaluated here.
        """
        if expression not in self._known:
            self._known[expression] = self._evaluate(expression)
        return self._known[expression]

    def _evaluate(self, expression: Any) -> Any:
        if expression.is_Rational:
            return mpmath.mpf(expression.p) / expression.q
        operation = OPERATIONS.get(expression.func)
        if expression in _INFINITE:
            raise NoValue
        if operation is None:
            raise BeyondSymPy
        if expression.is_Pow and expression.exp.is_Integer:
            return self.of(expression.base) ** int(expression.exp)
        return operation(*map(self.of, expression.args))


def _real(value: Any) -> Any:
    is_real = isinstance(value, mpmath.mpf) and mpmath.isfinite(value)
    return value if is_real else None


def _log(value: Any) -> Any:
    if isinstance(value, mpmath.mpc) or value <= 0:
        raise NoValue
    return mpmath.log(value)


def _exp(value: Any) -> Any:
    if isinstance(value, mpmath.mpc):
        raise NoValue
    if abs(value) > FARTHEST_EXP:
        raise BeyondSymPy
    return mpmath.exp(value)


def _sign(value: Any) -> Any:
    if not value:
        raise NoValue
    return mpmath.sign(value)


def _step(value: Any, *_at_zero: Any) -> Any:
    return (1 + _sign(value)) / 2


OPERATIONS: dict[Any, Callable[..., Any]] = {
    sympy.Add: lambda *parts: sum(parts),
    sympy.Mul: lambda *parts: math.prod(parts),
    sympy.Pow: operator.pow,
    sympy.exp: _exp,
    sympy.log: _log,
    sympy.sinh: mpmath.sinh,
    sympy.cosh: mpmath.cosh,
    sympy.tanh: mpmath.tanh,
    sympy.sech: mpmath.sech,
    sympy.Abs: abs,
    sympy.Max: max,
    sympy.Min: min,
    # These two occur in SymPy's derivatives of Abs and Max, which have kinks.
    sympy.sign: _sign,
    sympy.Heaviside: _step,
    # These occur in the log and the roots of a negative number.
    type(sympy.E): lambda: +mpmath.e,
    type(sympy.pi): lambda: +mpmath.pi,
    type(sympy.I): lambda: mpmath.mpc(0, 1),
}


_INFINITE = (sympy.nan, sympy.oo, -sympy.oo, sympy.zoo)


class _Symbols:
    """The meaning of each name: a symbol, or the expression for a tied entry."""

    def __init__(self, point: dict[str, Any]) -> None:
        self.classes, self.batch = point["classes"], point["batch"]
        self.indices: Mapping[str, int] = point["indices"]
        self.tied: dict[str, Any] = point["tied"]
        made = (sympy.Symbol(f"x{at}", real=True) for at in itertools.count())
        self.scalars = {name: next(made) for name in point["scalars"]}
        self.rows = {
            name: {tuple(place): next(made) for place, _ in row}
            for name, row in point["rows"].items()
        }
        self.key = (self.classes, self.batch, tuple(sorted(self.indices.items())))
        self._made: dict[Place, Any] = {}

    def numbers(self, point: dict[str, Any]) -> dict[Any, Any]:
        """Return the values that a point has for the symbols."""
        values = {
            symbol: mpmath.mpf(point["scalars"][name])
            for name, symbol in self.scalars.items()
        }
        for name, row in point["rows"].items():
            if name not in self.tied:
                entries = self.rows[name]
                values |= {
                    entries[tuple(place)]: mpmath.mpf(word) for place, word in row
                }
        return values

    def entry(self, name: str, place: tuple[int, ...], free: frozenset[str]) -> Any:
        """Return an entry of a row; if the row is tied but in `free`, its symbol."""
        row = self.rows.get(name)
        if row is None:
            raise BeyondSymPy
        if place not in row:
            return sympy.nan
        if name not in self.tied or name in free:
            return row[place]
        if (name, place) not in self._made:
            table = self.tied[name]["entries"][json.dumps(list(place))]
            builder = _Builder(table["nodes"], self)
            self._made[name, place] = builder.build(table["root"])
        return self._made[name, place]

    def put_in(self, expression: Any, name: str) -> Any:
        """Replace the entries of a tied row by their expressions."""
        none: frozenset[str] = frozenset()
        replacements = {
            symbol: self.entry(name, place, none)
            for place, symbol in self.rows[name].items()
        }
        return expression.xreplace(replacements)


class _Builder:
    """Builds the expression of one table, for one choice of the indices."""

    def __init__(self, nodes: list[list[Any]], symbols: _Symbols) -> None:
        self._nodes, self._own = nodes, symbols
        self._bound: dict[str, int] = {}
        self._free: frozenset[str] = frozenset()
        self._varied = ""
        self._held: dict[int, Any] = {}  # a symbol for a node, while it is varied
        self._built = 0
        self.bodies: list[Any] = []

    def build(self, root: int) -> Any:
        sizes: list[int] = []
        for _, children, *_ in self._nodes:
            sizes.append(1 + sum(sizes[child] for child in children))
        if sizes[root] > MOST_UNFOLDED:
            raise BeyondSymPy
        return self._node(root)

    def _node(self, position: int) -> Any:
        if position in self._held:
            return self._held[position]
        op, children, name, number = self._nodes[position]
        self._built += 1
        if self._built > MOST_BUILT:
            raise BeyondSymPy
        match op:
            case "Int" | "Rat" | "Float":
                return _number(number)
            case "Sym" | "Idx":
                return self._leaf(op, children, name)
            case "Sum" | "Product":
                parts = self._loop(children, name)
                return (sympy.Add if op == "Sum" else sympy.Mul)(*parts)
            case "Delta":
                first, second = map(self._whole, children)
                return sympy.Integer(int(first == second))
            case "Derivative":
                return self._derivative(*children)
            case "Piecewise":
                return self._piecewise(children)
            case "E":
                return sympy.E
            case "Undefined":
                return sympy.nan
        return self._operation(op, [self._node(child) for child in children])

    def _operation(self, op: str, parts: list[Any]) -> Any:
        match op:
            case "Add":
                return sympy.Add(*parts)
            case "Mul":
                return sympy.Mul(*parts)
            case "Pow":
                return _power(*parts)
            case "Max" | "Min":
                if len(parts) > MOST_EXTREMES:
                    raise BeyondSymPy
                return (sympy.Max if op == "Max" else sympy.Min)(*parts)
            case "sigma":
                return 1 / (1 + sympy.exp(-parts[0]))
            case "Abs":
                return sympy.Abs(*parts)
            case "exp" | "log" | "sinh" | "cosh" | "tanh" | "sech":
                return getattr(sympy, op)(*parts)
        raise BeyondSymPy

    def _leaf(self, op: str, children: list[int], name: str) -> Any:
        symbols = self._own
        if op == "Sym":
            index = self._index(name)
            if index is not None:
                return sympy.Integer(index)
        name, place = self._place(op, children, name)
        if name in symbols.scalars and not place:
            return symbols.scalars[name]
        # An expression that is differentiated by p may not contain the z behind p.
        if self._varied in symbols.tied and symbols.tied[self._varied]["base"] == name:
            raise BeyondSymPy
        return symbols.entry(name, place, self._free)

    def _place(self, op: str, children: list[int], name: str) -> Place:
        if op == "Idx":
            return name, tuple(map(self._whole, children))
        if name in self._own.scalars:
            return name, ()
        base = name.rstrip("0123456789")
        digits = name[len(base) :]
        if not digits:
            raise BeyondSymPy
        return base.rstrip("_"), (int(digits),)

    def _index(self, name: str) -> int | None:
        sizes = {"K": self._own.classes, "N": self._own.batch or None}
        return {**sizes, **self._own.indices, **self._bound}.get(name)

    def _whole(self, at: int) -> int:
        op, children, name, number = self._nodes[at]
        if op == "Int":
            return int(number[0])
        if op == "Sym" and (index := self._index(name)) is not None:
            return index
        if op in ("Add", "Mul"):
            parts = [self._whole(child) for child in children]
            value = sum(parts) if op == "Add" else math.prod(parts)
            if abs(value) <= 1_000_000:
                return value
        raise BeyondSymPy

    def _loop(self, children: list[int], name: str) -> list[Any]:
        body, first, last = children
        low, high = self._whole(first), self._whole(last)
        if high < low - 1:
            raise BeyondSymPy
        if high - low >= MOST_TERMS:
            raise BeyondSymPy
        before = dict(self._bound)
        parts = []
        for value in range(low, high + 1):
            self._bound = {**before, name: value}
            parts.append(self._node(body))
        self._bound = before
        return parts

    def _derivative(self, body: int, variable: int) -> Any:
        if self._varied:
            raise BeyondSymPy
        op, children, name, _ = self._nodes[variable]
        if op == "sigma":
            return self._derivative_by_value(body, variable)
        if op == "Sym" and self._index(name) is not None:
            raise BeyondSymPy
        base, place = self._place(op, children, name)
        symbols = self._own
        is_tied = base in symbols.tied
        self._varied, self._free = base, frozenset([base] if is_tied else [])
        try:
            inside = self._node(body)
        finally:
            self._varied, self._free = "", frozenset()
        by = symbols.scalars[base] if not place else symbols.rows[base].get(place)
        if by is None:
            raise BeyondSymPy
        slope = sympy.diff(inside, by)
        if is_tied:
            inside, slope = symbols.put_in(inside, base), symbols.put_in(slope, base)
        self.bodies.append(inside)
        return slope

    def _derivative_by_value(self, body: int, variable: int) -> Any:
        """Return the derivative with respect to a function's value, as in d(L, s)."""
        value, symbol = self._node(variable), sympy.Dummy(real=True)
        self._varied, self._held = "sigma", {variable: symbol}
        try:
            inside = self._node(body)
        finally:
            self._varied, self._held = "", {}
        self.bodies.append(inside.xreplace({symbol: value}))
        return sympy.diff(inside, symbol).xreplace({symbol: value})

    def _piecewise(self, children: list[int]) -> Any:
        for value, condition in zip(children[::2], children[1::2], strict=True):
            op, sides, *_ = self._nodes[condition]
            holds = op == "True"
            if op in ("Eq", "Ne"):
                first, second = map(self._whole, sides)
                holds = (first == second) == (op == "Eq")
            if holds:
                return self._node(value)
        return sympy.nan


def _number(number: Any) -> Any:
    if isinstance(number, str):
        return sympy.Rational(number)
    return sympy.Rational(number[0], number[1])


def _power(base: Any, exponent: Any) -> Any:
    if exponent.is_number:
        size = abs(exponent.evalf(15)) if not exponent.is_Rational else abs(exponent)
        if not size.is_comparable or size > LARGEST_EXPONENT:
            raise BeyondSymPy
        if base.is_Rational:
            bits = max(abs(base.p).bit_length(), base.q.bit_length())
            # SymPy computes integer powers, and factorises the number under a root.
            limit = MOST_NUMBER_BITS if exponent.is_Integer else 64
            if bits * size > MOST_NUMBER_BITS or bits > limit:
                raise BeyondSymPy
    return sympy.Pow(base, exponent)
