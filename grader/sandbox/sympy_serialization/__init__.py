"""sympy_serialization: SymPy objects to flat tables of text and back, in the worker.

A convenience for attempts that mean well: the process it runs in belongs to the
attempt, so the judge believes nothing of it and reads every table as if a stranger had
sent it. A type is looked up exactly. What is not on the list, a subclass too, becomes a
table that says what was refused.
"""

from __future__ import annotations

import json
import types
from typing import Any

import numpy as np

from grader.sandbox.sympy_serialization.expression_rows import (
    MOST_NODES,
    Refusal,
    Serializer,
    kinds,
)

# A generator may yield for ever.
MOST_STEPS = 100
LONGEST_REASON = 200


def to_table(expression: Any) -> str:
    """Return the text of an expression's table; of its refusal when it has none.

    Args:
        expression: a SymPy object, of any kind.
    """
    try:
        rows, root = Serializer(*kinds()).write(expression)
    except Refusal as refusal:
        return json.dumps({"v": 1, "refused": str(refusal)})
    return json.dumps({"v": 1, "nodes": rows, "root": root}, separators=(",", ":"))


def is_symbolic(value: Any) -> bool:
    """Return whether a value is SymPy's."""
    import sympy

    return isinstance(value, sympy.Basic)


def is_shaped(value: Any) -> bool:
    """Return whether a value holds expressions in rows: matrix, array or tuple."""
    import sympy

    kinds = (sympy.MatrixBase, sympy.MatrixExpr, sympy.NDimArray, sympy.Tuple)
    if isinstance(value, kinds):
        return True
    is_mixed = isinstance(value, np.ndarray) and value.dtype.kind == "O"
    if not is_mixed or not 0 < value.size <= MOST_NODES:
        return False
    return any(isinstance(entry, sympy.Basic) for entry in value.flat)


def entries(value: Any) -> Any:
    """Return the entries of something shaped, as lists; a matrix is worked out first.

    Raises:
        Refusal: it has too many.
    """
    import sympy

    if isinstance(value, sympy.Tuple):
        return list(value.args)
    if isinstance(value, sympy.MatrixExpr):
        rows, columns = (int(size) for size in value.shape)
        # Asked before: a MatrixSymbol of any size is small until it is worked out.
        if rows * columns > MOST_NODES:
            raise Refusal("a matrix that is too large")
        value = value.as_explicit()
    return value.tolist()


def from_table(text: str) -> Any:
    """Return the SymPy symbol that the judge speaks of.

    ``Sym`` is a real number with a name, ``Base`` a row of them to be indexed,
    ``Index`` a whole number that counts classes.
    """
    import sympy

    kind, name = json.loads(text)["nodes"][0]
    if kind == "Base":
        # Real, as the lesson's numbers are: log(exp(z)) is z to SymPy only then.
        return sympy.IndexedBase(name, real=True)
    if kind == "Index":
        return sympy.Symbol(name, integer=True)
    return sympy.Symbol(name, real=True)


def drain(generator: types.GeneratorType[Any, Any, Any]) -> dict[str, Any]:
    """Return the steps of a derivation; an exception keeps those before it.

    A stub is passed on as the NotImplementedError that it raises.

    Args:
        generator: yields an expression, or an expression and a reason.

    Returns:
        "steps": a list of (line, expression, reason); "raised": None, or the type, the
        message and the line of the exception that ended it.
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
        # The derivation's own line, not that of a function which it called.
        if trace.tb_frame.f_code is code:
            return trace.tb_lineno
        trace = trace.tb_next
    return 0
