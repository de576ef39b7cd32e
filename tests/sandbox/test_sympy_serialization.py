"""SymPy objects become tables, exactly those that are meant to."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import sympy as sp

from grader.derivations import InvalidTable, read
from grader.derivations.table import format_expression
from grader.sandbox.sympy_serialization import (
    drain,
    entries,
    from_table,
    is_shaped,
    to_table,
)

x, w = sp.symbols("x w", real=True)
k, i, K = sp.symbols("k i K", integer=True)
p, y, z = (sp.IndexedBase(name, real=True) for name in "pyz")

SHOWN = [
    (x, "x"),
    (p[k], "p[k]"),
    (x / w, "x/w"),
    (sp.Rational(1, 3), "1/3"),
    (sp.sqrt(x), "x**(1/2)"),
    (0.25 * x, "0.25*x"),
    (sp.E, "E"),
    (sp.log(x, 2), "log(x)/log(2)"),
    (sp.KroneckerDelta(i, k), "delta(i, k)"),
    (sp.Derivative(sp.log(p[k]), z[i]), "d(log(p[k]), z[i])"),
    (sp.Function("sigma")(x), "sigma(x)"),
    (sp.Function("d")(x, x), "d(x, x)"),
    (-sp.Sum(y[k], (k, 0, K - 1)), "-total(y[k], k)"),
    (sp.Piecewise((x, sp.Eq(i, k)), (w, True)), "Piecewise(x, Eq(i, k), w, True)"),
    (sp.log(0), "(no number)"),
    (1 / (x - x), "(no number)"),
    (sp.UnevaluatedExpr(x / w), "x/w"),
    (sp.UnevaluatedExpr(sp.UnevaluatedExpr(p[k])), "p[k]"),
    (sp.sech(x), "sech(x)"),
]


@pytest.mark.parametrize(("expression", "expected"), SHOWN)
def test_expressions_arrive_as_they_were(expression: Any, expected: str) -> None:
    assert format_expression(read(to_table(expression))) == expected


COLUMN, SQUARE = sp.Matrix([x, w]), sp.diag(x, w)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (COLUMN, [[x], [w]]),
        (np.array([x, w]), [x, w]),
        (
            np.diag([x, w]) - np.outer([x, w], [x, w]),
            [[x - x * x, -x * w], [-x * w, w - w * w]],
        ),
        (sp.Array([x, w]), [x, w]),
        (sp.MutableDenseNDimArray([[x, w]]), [[x, w]]),
        (sp.Tuple(x, w), [x, w]),
        (sp.MatAdd(SQUARE, SQUARE), [[2 * x, 0], [0, 2 * w]]),
        (sp.MatMul(SQUARE, COLUMN), [[x * x], [w * w]]),
    ],
)
def test_rows_and_matrices_are_lists_of_their_entries(
    value: Any, expected: Any
) -> None:
    assert is_shaped(value)
    assert entries(value) == expected


@pytest.mark.parametrize("value", [np.arange(3), np.array(["a", None]), x, [x], None])
def test_what_holds_no_expressions_is_left_as_it_is(value: Any) -> None:
    assert not is_shaped(value)


class Sneak(sp.Symbol):
    """A symbol that is equal to everything."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = sp.Symbol.__hash__


def nested(times: int) -> Any:
    """exp of exp of exp."""
    e = x
    for _ in range(times):
        e = sp.exp(e, evaluate=False)
    return e


REFUSED = [
    (Sneak("q"), "Sneak"),
    (x + Sneak("q"), "Sneak"),
    (sp.Function("f")(x), "f"),
    (sp.Integral(x, x), "Integral"),
    (sp.factorial(x), "factorial"),
    (sp.I * x, "not real"),
    (p, "which entry"),
    (sp.Integer(2) ** 400, "very large"),
    (sp.Derivative(x**2, x, x), "higher order"),
    (sp.Sum(x, (k, 0, 1), (i, 0, 1)), "several indices"),
    (nested(300), "nested"),
    (sp.Symbol('__import__("os")'), "a name that cannot be used"),
    ("x", "str"),
    (None, "NoneType"),
]


@pytest.mark.parametrize(("expression", "why"), REFUSED)
def test_what_has_no_place_is_refused_by_name(expression: Any, why: str) -> None:
    with pytest.raises(InvalidTable, match=why):
        read(to_table(expression))


def test_shared_parts_stand_once() -> None:
    big = x
    for _ in range(40):
        big = sp.Mul(big, big, evaluate=False)
    assert len(read(to_table(big)).nodes) == 41


def test_an_unfolded_expression_without_end_is_too_large() -> None:
    terms = [sp.Symbol(f"x{n}") for n in range(4_000)]
    with pytest.raises(InvalidTable, match="too large"):
        read(to_table(sp.Add(*terms)))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("Sym", sp.Symbol("p", real=True)), ("Base", p)],
)
def test_symbols_are_rebuilt(kind: str, expected: Any) -> None:
    text = json.dumps({"v": 1, "nodes": [[kind, "p"]], "root": 0})
    assert from_table(text) == expected


def test_an_index_is_a_whole_number() -> None:
    assert from_table('{"v":1,"nodes":[["Index","i"]],"root":0}') == i


def _derivation(steps: list[Any], error: Exception | None) -> Iterator[Any]:
    yield from steps
    if error is not None:
        raise error


def drained(*steps: Any, error: Exception | None = None) -> dict[str, Any]:
    """What becomes of a derivation with these steps."""
    generator = _derivation(list(steps), error)
    assert isinstance(generator, types.GeneratorType)
    return drain(generator)


def test_steps_keep_their_reasons_and_lines() -> None:
    steps = drained((x, "first"), (w, "second"), x)["steps"]
    assert [step[1:] for step in steps] == [(x, "first"), (w, "second"), (x, "")]
    assert all(step[0] > 0 for step in steps)


def test_an_exception_keeps_the_steps_before_it() -> None:
    result = drained((x, "a"), (w, "b"), error=ValueError("no"))
    assert len(result["steps"]) == 2
    assert result["raised"][:2] == ("ValueError", "no")


def test_a_stub_is_passed_on() -> None:
    with pytest.raises(NotImplementedError):
        drained(error=NotImplementedError("4e"))


def test_a_stub_after_some_steps_is_an_unfinished_derivation() -> None:
    result = drained((x, "a"), error=NotImplementedError("4e"))
    assert (len(result["steps"]), result["raised"]) == (1, None)


def test_a_derivation_without_end_is_cut() -> None:
    def endless() -> Iterator[Any]:
        while True:
            yield x, "again"

    generator = endless()
    assert isinstance(generator, types.GeneratorType)
    assert len(drain(generator)["steps"]) == 100
