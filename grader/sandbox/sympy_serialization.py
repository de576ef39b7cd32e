"""sympy_serialization: SymPy objects to flat tables of text and back, in the worker.

It is a convenience for honest attempts: its process belongs to the attempt, so the
judge doesn't trust it and validates every table. A type is looked up exactly. Any
other type, even a subclass, becomes a table that says what was refused.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable
from typing import Any

import numpy as np

MOST_VISITS = 20_000
# The bounds up to which the judge reads (`grader.derivations.table`).
MOST_NODES = 3_000
DEEPEST = 80
LARGEST_BITS = 256  # 78 digits; the judge reads up to 80

Children = tuple[Any, ...]
_Opened = Callable[[Any], tuple[list[Any], Children]]


class Refusal(Exception):
    """An object that can't be part of a table; the message names it."""


class Serializer:
    """Writes an expression as rows, without recursion, as it may be nested deeply."""

    def __init__(self, kinds: dict[type, _Opened], applied: type, wrapper: Any) -> None:
        self.kinds = kinds
        self.applied = applied
        self.wrapper = wrapper
        self.rows: list[list[Any]] = []
        self.depths: list[int] = []
        self.by_row: dict[str, int] = {}
        self.by_object: dict[int, int] = {}
        self.alive: list[Any] = []

    def write(self, expression: Any) -> tuple[list[list[Any]], int]:
        """Return all rows, and the position of the root.

        Raises:
            Refusal: it is too large or too deep, or contains what a table can't.
        """
        waiting: list[tuple[Any, bool]] = [(expression, False)]
        visits = 0
        while waiting:
            part, is_ready = waiting.pop()
            if id(part) in self.by_object:
                continue
            visits += 1
            if visits > MOST_VISITS:
                raise Refusal("an expression that is too large")
            # Each part is visited twice: before its children, and after they have rows.
            start, children = self.opened(part)
            if is_ready or not children:
                self.place(part, start, children)
            else:
                waiting.append((part, True))
                waiting.extend((child, False) for child in reversed(children))
        return self.rows, self.by_object[id(expression)]

    def opened(self, part: Any) -> tuple[list[Any], Children]:
        """Return the start of a part's row, and its children."""
        # The wrapper only keeps SymPy from simplifying; wrappers may be nested.
        while type(part) is self.wrapper:
            part = part.args[0]
        kind = type(part)
        if kind not in self.kinds:
            # sympy.Function("d") is a class of this type; a learner's subclass isn't.
            if type(kind) is self.applied and kind.__name__ in FUNCTIONS:
                return [FUNCTIONS[kind.__name__]], part.args
            raise Refusal(REFUSED.get(kind.__name__, kind.__name__))
        return self.kinds[kind](part)

    def place(self, part: Any, start: list[Any], children: Children) -> None:
        places = [self.by_object[id(child)] for child in children]
        depth = 1 + max((self.depths[place] for place in places), default=0)
        if depth > DEEPEST:
            raise Refusal("an expression nested too deeply")
        # A sum's running index comes between its body and its limits.
        row = (
            [start[0], places[0], *start[1:], *places[1:]]
            if start[0] in LOOPS
            else start + places
        )
        key = json.dumps(row)
        if key not in self.by_row:
            if len(self.rows) == MOST_NODES:
                raise Refusal("an expression that is too large")
            self.by_row[key] = len(self.rows)
            self.rows.append(row)
            self.depths.append(depth)
        self.by_object[id(part)] = self.by_row[key]
        self.alive.append(part)  # keep it, so that no other object gets its id


LOOPS = ("Sum", "Product")
# Undefined functions with a meaning here: sympy.Function("sigma") and so on.
FUNCTIONS = {"sigma": "sigma", "d": "Derivative", "delta": "Delta"}
REFUSED = {
    "IndexedBase": "a whole row; write which entry, as in p[k]",
    "ImaginaryUnit": "a number that is not real",
}


def kinds() -> tuple[dict[type, _Opened], type, type]:
    """Return how to open each exact type, and two special types.

    These are the type of all undefined functions, and UnevaluatedExpr, which keeps
    SymPy from simplifying its content.
    """
    import sympy as sp
    from sympy.core import numbers
    from sympy.core.function import UndefinedFunction
    from sympy.logic.boolalg import BooleanFalse, BooleanTrue

    def plain(op: str) -> _Opened:
        return lambda e: ([op], e.args)

    integers = (sp.Integer, numbers.Zero, numbers.One, numbers.NegativeOne)
    undefined = (
        numbers.ComplexInfinity,
        numbers.NaN,
        numbers.Infinity,
        numbers.NegativeInfinity,
    )
    named = {
        sp.Add: "Add",
        sp.Mul: "Mul",
        sp.Pow: "Pow",
        sp.exp: "exp",
        sp.log: "log",
        sp.sinh: "sinh",
        sp.cosh: "cosh",
        sp.tanh: "tanh",
        sp.sech: "sech",
        sp.Abs: "Abs",
        sp.Max: "Max",
        sp.Min: "Min",
        sp.KroneckerDelta: "Delta",
        sp.Eq: "Eq",
        sp.Ne: "Ne",
        BooleanTrue: "True",
        BooleanFalse: "False",
        numbers.Exp1: "E",
    }
    return (
        {
            **{kind: plain(op) for kind, op in named.items()},
            **dict.fromkeys(integers, _integer),
            **dict.fromkeys(undefined, lambda e: (["Undefined"], ())),
            sp.Rational: _rational,
            numbers.Half: _rational,
            sp.Float: lambda e: (["Float", _digits(e)], ()),
            sp.Symbol: lambda e: (["Sym", str(e.name)], ()),
            sp.Indexed: lambda e: (["Idx", _row_name(e)], tuple(e.indices)),
            sp.Sum: lambda e: _loop("Sum", e),
            sp.Product: lambda e: _loop("Product", e),
            sp.Derivative: _derivative,
            sp.Piecewise: lambda e: (
                ["Piecewise"],
                tuple(a for pair in e.args for a in pair.args),
            ),
        },
        UndefinedFunction,
        sp.UnevaluatedExpr,
    )


def _integer(e: Any) -> tuple[list[Any], Children]:
    if e.p.bit_length() > LARGEST_BITS:
        raise Refusal("a very large whole number")
    return ["Int", int(e.p)], ()


def _rational(e: Any) -> tuple[list[Any], Children]:
    if max(e.p.bit_length(), e.q.bit_length()) > LARGEST_BITS:
        raise Refusal("a very large whole number")
    return ["Rat", int(e.p), int(e.q)], ()


def _digits(e: Any) -> str:
    """Return a decimal with the digits it has; SymPy would write 0.1 with 15 digits."""
    return repr(float(e)) if e._prec <= 53 else str(e)


def _row_name(e: Any) -> str:
    return str(e.base.label)


def _loop(op: str, e: Any) -> tuple[list[Any], Children]:
    if len(e.limits) != 1 or len(e.limits[0]) != 3:
        raise Refusal(f"a {op} over several indices, or without ends")
    index, first, last = e.limits[0]
    return [op, str(index.name)], (e.function, first, last)


def _derivative(e: Any) -> tuple[list[Any], Children]:
    if len(e.variable_count) != 1 or e.variable_count[0][1] != 1:
        raise Refusal("a derivative of higher order")
    return ["Derivative"], (e.expr, e.variable_count[0][0])


# A generator may never end.
MOST_STEPS = 100
LONGEST_REASON = 200


def to_table(expression: Any) -> str:
    """Return the text of an expression's table; if it has none, of its refusal.

    Args:
        expression: a SymPy object, of any kind.
    """
    try:
        rows, root = Serializer(*kinds()).write(expression)
    except Refusal as refusal:
        return json.dumps({"v": 1, "refused": str(refusal)})
    return json.dumps({"v": 1, "nodes": rows, "root": root}, separators=(",", ":"))


def is_symbolic(value: Any) -> bool:
    """Return whether a value is a SymPy object."""
    import sympy

    return isinstance(value, sympy.Basic)


def is_shaped(value: Any) -> bool:
    """Return whether a value is a matrix, array or tuple of expressions."""
    import sympy

    kinds = (sympy.MatrixBase, sympy.MatrixExpr, sympy.NDimArray, sympy.Tuple)
    if isinstance(value, kinds):
        return True
    is_mixed = isinstance(value, np.ndarray) and value.dtype.kind == "O"
    if not is_mixed or not 0 < value.size <= MOST_NODES:
        return False
    return any(isinstance(entry, sympy.Basic) for entry in value.flat)


def entries(value: Any) -> Any:
    """Return the entries of a matrix, array or tuple as lists; evaluate a matrix first.

    Raises:
        Refusal: it has too many.
    """
    import sympy

    if isinstance(value, sympy.Tuple):
        return list(value.args)
    if isinstance(value, sympy.MatrixExpr):
        rows, columns = (int(size) for size in value.shape)
        # Check first: a MatrixSymbol of any size takes little memory until evaluated.
        if rows * columns > MOST_NODES:
            raise Refusal("a matrix that is too large")
        value = value.as_explicit()
    return value.tolist()


def from_table(text: str) -> Any:
    """Return the SymPy symbol that the judge has sent.

    ``Sym`` is a real number with a name, ``Base`` an indexed sequence of them, and
    ``Index`` an integer that counts classes.
    """
    import sympy

    kind, name = json.loads(text)["nodes"][0]
    if kind == "Base":
        # Real, as the lesson's numbers are: only then is log(exp(z)) equal to z.
        return sympy.IndexedBase(name, real=True)
    if kind == "Index":
        return sympy.Symbol(name, integer=True)
    return sympy.Symbol(name, real=True)


def drain(generator: types.GeneratorType[Any, Any, Any]) -> dict[str, Any]:
    """Return the steps of a derivation; if it raises, those before the exception.

    The NotImplementedError of a stub isn't caught.

    Args:
        generator: yields an expression, or an expression and a reason.

    Returns:
        "steps": a list of (line, expression, reason); "raised": None, or the type,
        message and line of the exception that ended it.
    """
    steps: list[tuple[int, Any, str]] = []
    frame_code = generator.gi_code
    try:
        for value in generator:
            frame = generator.gi_frame
            line = frame.f_lineno if frame is not None else 0
            steps.append((line, *_expression_and_reason(value)))
            if len(steps) == MOST_STEPS:
                break
    except NotImplementedError:
        if not steps:
            raise
        return {"steps": steps, "raised": None}
    except Exception as error:
        message = str(error)[:LONGEST_REASON]
        line = _line_in(error, frame_code)
        return {"steps": steps, "raised": (type(error).__name__, message, line)}
    return {"steps": steps, "raised": None}


def _expression_and_reason(value: Any) -> tuple[Any, str]:
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], str):
        return value[0], value[1][:LONGEST_REASON]
    if isinstance(value, tuple) and len(value) == 1:
        return value[0], ""
    return value, ""


def _line_in(error: BaseException, code: types.CodeType) -> int:
    trace = error.__traceback__
    while trace is not None:
        # The line of the derivation itself, not of a function that it called.
        if trace.tb_frame.f_code is code:
            return trace.tb_lineno
        trace = trace.tb_next
    return 0
