"""Every operation has the value and the slope that SymPy, or a line on paper, gives it."""

from __future__ import annotations

import functools
import operator
from typing import Any

import pytest
import sympy as sp

from grader.derivations import (
    Domain,
    Link,
    Problem,
    Ruling,
    Tied,
    Verdict,
    Written,
    notation,
    read,
)
from grader.derivations.notation import Expression, Row, expression, symbol, table
from grader.sandbox.sympy_serialization import to_table
from lessons.lesson4_derivation.softmax import softmax_of
from tests.support.parameter_ids import shorten

x, u = sp.symbols("x u", real=True)
t = sp.Symbol("t", positive=True)
i, j, k, m, K, N = sp.symbols("i j k m K N", integer=True)
a, z, p, h = (sp.IndexedBase(name, real=True) for name in "azph")
delta = sp.KroneckerDelta

DOMAIN = Domain(
    {
        "x": "number",
        "u": "number",
        "t": "unit",
        "a": "positive",
        "h": "one-hot",
        "z": "scores",
        "p": softmax_of("z"),
        "i": "index",
        "j": "index",
    },
    more=0,
)


def read_as(value: Any) -> Expression:
    """What SymPy holds, as an author writes it."""
    return expression(read(to_table(sp.sympify(value))))


def judge(loss: Any, by: Any, answer: Any, domain: Domain = DOMAIN) -> Ruling:
    """The ruling on an answer to "what is the slope of loss by ...", or on its value."""
    variable = None if by is None else read_as(by)
    written = Written({(): read(to_table(sp.sympify(answer)))})
    return Problem(read_as(loss), variable, domain).judge(written, 7)


def total(body: Any, index: Any, last: Any = None) -> Any:
    return sp.Sum(body, (index, 0, K - 1 if last is None else last))


def keep(operation: Any, *parts: Any) -> Any:
    """An operation that SymPy does not carry out."""
    return operation(*map(sp.sympify, parts), evaluate=False)


OF_NUMBERS = [
    x**2,
    x**5,
    x**-2,
    1 / (1 + x**2),
    3 * x + sp.Rational(2, 7),
    u * x * sp.exp(x / 3),
    sp.exp(-x) * sp.exp(2 * x / 3),
    2**x,
    (1 + x**2) ** (x / 4),
    (1 + u**2) ** x,
    sp.sqrt(1 + x**2),
    sp.log(1 + x**2),
    sp.log(sp.E + x**2),
    sp.sinh(x / 2),
    sp.cosh(x / 2),
    sp.tanh(x / 2),
    sp.sech(x / 2),
    1 / (1 + sp.exp(-x)),
]


@pytest.mark.parametrize("loss", OF_NUMBERS, ids=str)
def test_a_slope_is_that_of_sympy(loss: Any) -> None:
    right = sp.diff(loss, x)
    assert judge(loss, x, right).verdict is Verdict.EQUAL
    assert judge(loss, x, right + sp.Rational(1, 97)).verdict is Verdict.NOT_EQUAL


@pytest.mark.parametrize(
    ("loss", "right"),
    [
        (sp.Abs(x) * u, x / sp.Abs(x) * u),
        (sp.Abs(sp.tanh(x) - 2), -(sp.sech(x) ** 2)),
        (sp.Max(x, u), (1 + (x - u) / sp.Abs(x - u)) / 2),
        (sp.Min(x, u, 99), (1 - (x - u) / sp.Abs(x - u)) / 2),
    ],
    ids=str,
)
def test_a_slope_with_a_corner_is_what_paper_gives(loss: Any, right: Any) -> None:
    assert judge(loss, x, right).verdict is Verdict.EQUAL
    assert judge(loss, x, right + sp.Rational(1, 97)).verdict is Verdict.NOT_EQUAL


def test_two_derivatives_in_one_line_are_each_by_their_own_variable() -> None:
    both = sp.Derivative(x * u, x) + sp.Derivative(x * u, u)
    assert judge(u + x, None, both).verdict is Verdict.EQUAL
    assert judge(u - x, None, both).verdict is Verdict.NOT_EQUAL


@pytest.mark.parametrize(
    "loss", [t**t, t ** sp.Rational(3, 2), t**-t, sp.log(t) ** 3], ids=str
)
def test_a_slope_by_a_positive_number_is_that_of_sympy(loss: Any) -> None:
    assert judge(loss, t, sp.diff(loss, t)).verdict is Verdict.EQUAL
    assert judge(loss, t, 2 * sp.diff(loss, t)).verdict is Verdict.NOT_EQUAL


@pytest.mark.parametrize("operation", ["Add", "Mul", "Max", "Min"])
def test_an_operation_on_many_may_have_one_part(operation: str) -> None:
    one = read(f'{{"v":1,"nodes":[["Sym","x"],["{operation}",0]],"root":1}}')
    ruling = Problem(symbol("x"), None, DOMAIN).judge(Written({(): one}), 7)
    assert ruling.verdict is Verdict.EQUAL


OF_ROWS = [
    ("sum of squares", total(a[k] ** 2, k), a[i], 2 * a[i]),
    ("an entry by its name", x * sp.Symbol("a0", real=True), a[0], x),
    ("up to another end", total(a[k] ** 2, k, 1), a[0], 2 * a[0]),
    ("from another start", sp.Sum(a[k] ** 2, (k, 1, K - 1)), a[0], 0),
    ("an empty sum", x + sp.Sum(a[k], (k, 1, 0)), a[0], 0),
    ("an empty product", x * sp.Product(a[k], (k, 1, 0)), x, 1),
    ("product", sp.Product(a[k], (k, 0, 1)), a[0], a[1]),
    ("of three", sp.Product(a[k], (k, 0, 2)) * t, a[1], t * a[0] * a[2]),
    ("one factor", sp.Product(a[k] ** 2, (k, 0, 0)), a[0], 2 * a[0]),
    ("delta", total(delta(k, i) * a[k], k), a[j], delta(i, j)),
    ("delta of a sum", delta(i + 1, j) * a[i], a[i], delta(i + 1, j)),
    ("delta of a product", delta(2 * i, j) * a[i], a[i], delta(2 * i, j)),
    (
        "two indices of one name",
        total(a[k] * total(a[k], k), k),
        a[i],
        2 * total(a[k], k),
    ),
    (
        "an index after its sum",
        total(total(a[m], m) * a[k] ** 2, k),
        a[i],
        total(a[k] ** 2, k) + 2 * total(a[m], m) * a[i],
    ),
    (
        "piecewise",
        sp.Piecewise((a[i], sp.Eq(i, j)), (2 * a[j], True)),
        a[j],
        2 - delta(i, j),
    ),
    (
        "piecewise, not equal",
        sp.Piecewise((a[j], sp.Ne(i, j)), (3 * a[i], True)),
        a[j],
        1 + 2 * delta(i, j),
    ),
    ("of a row made of it", p[i], z[j], p[i] * (delta(i, j) - p[j])),
    ("log of it", sp.log(p[i]), z[j], delta(i, j) - p[j]),
    ("of both", z[i] * p[i], z[i], p[i] + z[i] * p[i] * (1 - p[i])),
    ("of the number of classes", K * a[i] ** 2, a[i], 2 * K * a[i]),
    ("written out, and of another row", a[0] * h[0], a[0], h[0]),
]


@pytest.mark.parametrize("row", OF_ROWS, ids=lambda row: row[0])
def test_a_slope_by_an_entry_is_what_paper_gives(row: Any) -> None:
    _, loss, by, right = row
    assert judge(loss, by, right).verdict is Verdict.EQUAL
    assert judge(loss, by, right + x / 97).verdict is Verdict.NOT_EQUAL


def test_a_row_of_another_link_has_that_ones_slope() -> None:
    squares = Link(
        values=lambda row: [value * value for value in row],
        slope=lambda own, other, is_same: 2 * own.sqrt() if is_same else own * 0,
        written=lambda row, place: row[place] ** 2,
    )
    domain = Domain({"a": "positive", "q": Tied("a", squares), "i": "index"})
    q = sp.IndexedBase("q", real=True)
    assert judge(q[i], a[i], 2 * a[i], domain).is_equal
    assert judge(total(q[k], k), a[i], 2 * a[i], domain).is_equal
    assert judge(q[i], a[i], 2 * a[i] + delta(i, 0), domain).verdict is (
        Verdict.NOT_EQUAL
    )


def test_in_a_batch_a_row_moves_with_the_scores_of_its_own_photo() -> None:
    n = sp.Symbol("n", integer=True)
    domain = Domain(
        {"z": "scores", "p": softmax_of("z"), "n": "row", "i": "index"}, batch=4
    )
    loss = sp.Sum(sp.log(p[m, 0]), (m, 0, N - 1)) / N
    right = (delta(i, 0) - p[n, i]) / N
    assert judge(loss, z[n, i], right, domain).is_equal
    assert judge(loss, z[n, i], right * N / 4, domain).is_equal
    assert not judge(loss, z[n, i], right * N, domain).is_equal
    first = -p[0, i] * p[0, 0] + delta(i, 0) * p[0, i]
    at_first = judge(p[0, 0], z[n, i], first * delta(n, 0), domain)
    assert at_first.is_equal


@pytest.mark.parametrize(
    ("power", "slope"), [(1, 1), (2, 0), (3, 0), (sp.Rational(3, 2), 0)]
)
def test_a_power_has_its_slope_at_zero(power: Any, slope: int) -> None:
    """A one-hot row is 0 at all places but one."""
    loss = keep(sp.Pow, h[i], power)
    wanted = slope + (power - slope) * h[i]
    assert judge(loss, h[i], wanted).verdict is Verdict.EQUAL
    assert judge(loss, h[i], wanted + 1).verdict is Verdict.NOT_EQUAL


@pytest.mark.parametrize("power", [sp.Rational(1, 2), -1])
def test_a_power_without_a_slope_at_zero_is_undefined_there(power: Any) -> None:
    ruling = judge(keep(sp.Pow, h[i], power), h[i], power * h[i])
    assert (ruling.verdict, ruling.wanted) == (Verdict.UNDEFINED, "no number")


ZERO = keep(sp.Mul, 0, t)
NO_VALUE = [
    ("log of a negative number", sp.log(-t)),
    ("log of 0", keep(sp.log, ZERO)),
    ("root of a negative number", keep(sp.Pow, -t, sp.Rational(1, 2))),
    ("one by 0", keep(sp.Pow, ZERO, -1)),
    ("0 to a negative root", keep(sp.Pow, ZERO, -sp.Rational(1, 2))),
    ("a sum that runs backwards", sp.Sum(a[k], (k, 3, 1))),
    ("no case holds", sp.Piecewise((t, sp.Eq(i, 99)))),
    ("an entry that is not there", a[99]),
    ("a slope of |x| at 0", t - 1 + sp.Derivative(sp.Abs(h[0]), h[0])),
]


@pytest.mark.parametrize("row", NO_VALUE, ids=lambda row: row[0])
def test_what_has_no_value_is_undefined(row: Any) -> None:
    ruling = judge(t, None, row[1])
    assert (ruling.verdict, ruling.mine) == (Verdict.UNDEFINED, "no number")


VALUES = [
    ("0 to the power 0", keep(sp.Pow, ZERO, 0), 1),
    ("0 to a root", keep(sp.Pow, ZERO, sp.Rational(1, 2)), 0),
    ("a negative number squared", keep(sp.Pow, -t, 2), t * t),
    ("exp of 900", keep(sp.exp, 900) * keep(sp.exp, -900), 1),
    ("a power of 4096", keep(sp.Pow, -1, 4096), 1),
    ("a large power", keep(sp.Pow, 100, 2048) * keep(sp.Pow, 100, -2048), 1),
    ("64 terms", sp.Sum(t, (k, 0, 63)), 64 * t),
    ("an equal Max", sp.Derivative(keep(sp.Max, 2 * x, x + x), x), 2),
    ("decimals", sp.Float("0.5") * t, t / 2),
    ("a slope beside one", sp.Derivative(x**2, x) + sp.Derivative(x * t, x), 2 * x + t),
    ("false", sp.Piecewise((x, sp.Eq(i, 7)), (t, True)), t),
]


@pytest.mark.parametrize("row", VALUES, ids=lambda row: row[0])
def test_what_lies_at_an_edge_has_its_value(row: Any) -> None:
    _, answer, right = row
    assert judge(right, None, answer).verdict is Verdict.EQUAL
    assert judge(right + x / 97, None, answer).verdict is Verdict.NOT_EQUAL


TOO_LARGE = "a number in it becomes too large"
CANNOT = [
    (keep(sp.exp, 901), "it takes exp of a large number"),
    (keep(sp.exp, -901), "it takes exp of a large number"),
    (keep(sp.Pow, t, 4097), "an exponent in it is too large"),
    (keep(sp.Pow, t, -4097), "an exponent in it is too large"),
    (keep(sp.Pow, 100, 2049), TOO_LARGE),
    (keep(sp.Mul, *(keep(sp.Pow, 10, 4000 + n) for n in range(26))), TOO_LARGE),
    (sp.Sum(t, (k, 0, 64)), "a sum in it has too many terms"),
    (
        sp.Derivative(sp.Derivative(x**2, x) * x, x),
        "it contains a derivative of a derivative",
    ),
    (sp.Derivative(x**2, i), "you can't differentiate with respect to an index, i"),
    (sp.Derivative(z[0], p[0]), "z is not written as a function of p"),
    (sp.Symbol("w") + t, "the symbol w has no meaning here"),
    (sp.IndexedBase("w")[0], "the symbol w[...] has no meaning here"),
    (
        a[k],
        "the index k is used outside a sum, where it has no value; there the index "
        "is i or j",
    ),
    (
        a[t],
        "the index t is used outside a sum, where it has no value; there the index is i or j",
    ),
    (
        a[i / 2],
        "an index, or what it is compared with, is not a whole number",
    ),
    (
        a[keep(sp.Mul, 1000, 1001, i + 1)],
        "an index, or what it is compared with, is not a whole number",
    ),
]


@pytest.mark.parametrize(
    ("answer", "reason"), CANNOT, ids=[shorten(one[-1]) for one in CANNOT]
)
def test_what_is_beyond_looking_at_says_why(answer: Any, reason: str) -> None:
    ruling = judge(t, None, answer)
    assert (ruling.verdict, ruling.reason) == (Verdict.CANNOT_JUDGE, reason)


def test_two_large_numbers_are_not_the_same_index() -> None:
    large = notation.delta(10**7, 10**8)
    answer = Written({(): table(large + symbol("t"))})
    assert Problem(symbol("t"), None, DOMAIN).judge(answer, 7).is_equal


def test_what_takes_too_many_steps_is_not_judged() -> None:
    letters = [symbol(letter) for letter in "klmno"]
    deep = functools.reduce(operator.mul, (Row("a")[letter] for letter in letters))
    for letter in letters:
        deep = notation.total(deep, letter)
    small, large = (Domain(DOMAIN.given, classes=n, more=0) for n in (2, 10))
    answer, right = Written({(): table(deep)}), read_as(total(a[k], k) ** 5)
    assert Problem(right, None, small).judge(answer, 7).verdict is Verdict.EQUAL
    ruling = Problem(right, None, large).judge(answer, 7)
    assert ruling.verdict is Verdict.CANNOT_JUDGE
    assert ruling.reason == "the expression takes too many steps to compute"


def test_a_softmax_that_is_right_only_for_ordinary_logits_is_told_apart() -> None:
    def softmax(power: Any, whole: Any) -> Any:
        return power(z[i]) / whole(sp.Sum(power(z[k]), (k, 0, K - 1)))

    def as_it_is(value: Any) -> Any:
        return value

    assert judge(p[i], None, softmax(sp.exp, as_it_is)).is_equal
    for power, whole in (
        (lambda score: sp.exp(sp.Min(score, 3)), as_it_is),
        (lambda score: sp.exp(sp.Max(score, -4)), as_it_is),
        (sp.exp, lambda value: sp.Max(value, sp.Rational(1, 100))),
    ):
        assert judge(p[i], None, softmax(power, whole)).verdict is Verdict.NOT_EQUAL


def test_a_gradient_that_is_a_hundred_trillionth_off_is_wrong() -> None:
    loss = -sp.Sum(h[k] * sp.log(p[k]), (k, 0, K - 1))
    assert judge(loss, z[i], p[i] - h[i]).is_equal
    near = p[i] - h[i] + sp.Float("1e-14")
    assert judge(loss, z[i], near).verdict is Verdict.NOT_EQUAL
