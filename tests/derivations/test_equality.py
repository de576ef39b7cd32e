"""Equality is decided right, at points of the domain, and nothing hangs."""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp

from grader.derivations import Domain, Form, Problem, Verdict, Written, diagnose, read
from grader.derivations.equality import RightValues, judge, value_of
from grader.derivations.notation import (
    Expression,
    Row,
    d,
    delta,
    exp,
    lift,
    log,
    sigma,
    symbol,
    table,
    tanh,
    total,
)
from grader.derivations.reevaluation import changes_like, has_term
from grader.derivations.table import InvalidTable
from grader.sandbox.sympy_serialization import to_table
from lessons.lesson4_derivation.softmax import softmax_of
from lessons.lesson4_derivation.vocabulary import OTHER_LOSSES

GIVEN = {
    "z": "scores",
    "p": softmax_of("z"),
    "y": "distribution",
    "u": "number",
    "t": "unit",
    "x": "unit",
    "i": "index",
    "j": "index",
}
# CPU seconds that one pair may take; measured, the slowest takes 0.05.
PATIENCE_S = 2.0

Pair = tuple[Any, Any]


class Symbols:
    """The symbols of the pairs, for K classes: indexed, and written out."""

    def __init__(self, classes: int) -> None:
        self.K = classes
        self.n = range(classes)
        self.y, self.p, self.z = (sp.IndexedBase(name, real=True) for name in "ypz")
        self.i, self.j, self.k, self.m = sp.symbols("i j k m", integer=True)
        self.ys = sp.symbols(f"y0:{classes}", positive=True)
        self.ps = sp.symbols(f"p0:{classes}", positive=True)
        self.zs = sp.symbols(f"z0:{classes}", real=True)
        self.u = sp.Symbol("u", real=True)
        self.t, self.x = sp.symbols("t x", positive=True)
        self.S = sum(sp.exp(z) for z in self.zs)
        self.q = [sp.exp(z) / self.S for z in self.zs]
        self.loss = -sum(y * sp.log(q) for y, q in zip(self.ys, self.q, strict=True))
        self.sigma = 1 / (1 + sp.exp(-self.u))
        self.bce = -self.t * sp.log(self.sigma) - (1 - self.t) * sp.log(1 - self.sigma)
        self.top = sp.Max(*self.zs)
        self.delta = sp.KroneckerDelta

    def total(self, e: Any, index: Any = None) -> Any:
        """The sum over all classes."""
        return sp.Sum(e, (self.k if index is None else index, 0, self.K - 1))

    @property
    def indexed_loss(self) -> Any:
        """The loss with a sum that is not written out."""
        return -self.total(self.y[self.k] * sp.log(self.p[self.k]))


@functools.cache
def symbols_for(classes: int) -> Symbols:
    """The symbols, made once."""
    return Symbols(classes)


def _nested(s: Symbols) -> Any:
    a, b = sp.exp(s.zs[0]), sp.exp(s.zs[1])
    return -1 / ((s.S / a) / (1 / (s.S / b)))


def _four_levels(s: Symbols) -> Any:
    a, b = sp.exp(s.zs[0]), sp.exp(s.zs[1])
    return -1 / (1 / (1 / (1 / ((a / s.S) * (b / s.S)))))


def _max_shifted(s: Symbols) -> Any:
    return s.top + sp.log(sum(sp.exp(z - s.top) for z in s.zs))


def _by_sigma(s: Symbols, body: Any) -> Any:
    """A derivative by the value of sigma, times that of sigma."""
    sigma = sp.Function("sigma")(s.u)
    return sp.Derivative(body(sigma), sigma) * sp.Derivative(sigma, s.u)


def _stable_bce(s: Symbols) -> Any:
    return sp.Max(s.u, 0) - s.u * s.t + sp.log(1 + sp.exp(-sp.Abs(s.u)))


def _entropy(s: Symbols, over: Any) -> Any:
    return -sum(y * sp.log(q) for y, q in zip(s.ys, over, strict=True))


def _chained(s: Symbols) -> Any:
    i, m = s.i, s.m
    body = -s.y[m] / s.p[m] * s.p[m] * (s.delta(m, i) - s.p[i])
    return s.total(body, m)


def _unfactored(s: Symbols) -> Any:
    return sum(y * s.q[0] for y in s.ys) - sum(
        y * s.delta(0, at) for at, y in enumerate(s.ys)
    )


EQUAL: dict[str, Callable[[Symbols], Pair]] = {
    "01": lambda s: (sp.Derivative(-s.t * sp.log(s.x), s.x), -s.t / s.x),
    "02": lambda s: (
        (sp.exp(s.zs[0]) * s.S - sp.exp(2 * s.zs[0])) / s.S**2,
        s.ps[0] * (1 - s.ps[0]),
    ),
    "03": lambda s: (_nested(s), -s.ps[0] * s.ps[1]),
    "04": lambda s: (sp.diff(s.loss, s.zs[0]), s.ps[0] * sum(s.ys) - s.ys[0]),
    "05": lambda s: (sp.diff(s.loss, s.zs[0]), s.ps[0] - s.ys[0]),
    "06": lambda s: (s.indexed_loss, s.loss),
    "07": lambda s: (
        s.p[s.i] * (s.delta(s.i, s.j) - s.p[s.j]),
        sp.Piecewise(
            (s.p[s.i] * (1 - s.p[s.i]), sp.Eq(s.i, s.j)),
            (-s.p[s.i] * s.p[s.j], True),
        ),
    ),
    "08": lambda s: (
        s.loss,
        sp.log(s.S) - sum(y * z for y, z in zip(s.ys, s.zs, strict=True)),
    ),
    "09": lambda s: (sp.log(s.S), _max_shifted(s)),
    "10": lambda s: (sp.diff(s.bce, s.u), s.sigma - s.t),
    "11": lambda s: ((1 + sp.tanh(s.u / 2)) / 2, s.sigma),
    "12": lambda s: (
        _entropy(s, s.ps),
        _entropy(s, s.ys)
        + sum(y * sp.log(y / p) for y, p in zip(s.ys, s.ps, strict=True)),
    ),
    "13": lambda s: (
        sp.Derivative(s.indexed_loss, s.p[s.j]),
        -s.y[s.j] / s.p[s.j],
    ),
    "14": lambda s: (_chained(s), s.p[s.i] - s.y[s.i]),
    "15": lambda s: (_chained(s), s.p[s.i] * s.total(s.y[s.k]) - s.y[s.i]),
    "16": lambda s: (sp.exp(s.zs[0] - sp.log(s.S)), sp.exp(s.zs[0]) / s.S),
    "17": lambda s: (s.p[s.i], sp.exp(s.z[s.i]) / s.total(sp.exp(s.z[s.k]))),
    "18": lambda s: (sp.log(s.x, 2), sp.log(s.x) / sp.log(2)),
    "19": lambda s: (
        sp.log(sp.Symbol("x") / sp.Symbol("t")),
        sp.log(sp.Symbol("x")) - sp.log(s.t),
    ),
    "20": lambda s: (
        sum(-s.ys[m] / s.ps[m] * sp.diff(s.q[m], s.zs[0]) for m in s.n),
        s.ps[0] - s.ys[0],
    ),
    "21": lambda s: (
        sp.exp(s.zs[0] - s.top) / sum(sp.exp(z - s.top) for z in s.zs),
        s.q[0],
    ),
    "22": lambda s: (
        s.zs[0] - s.top - sp.log(sum(sp.exp(z - s.top) for z in s.zs)),
        sp.log(s.q[0]),
    ),
    "23": lambda s: (_stable_bce(s), s.bce),
    "24": lambda s: (
        -sp.log(sp.prod([p**y for p, y in zip(s.ps, s.ys, strict=True)])),
        s.loss,
    ),
    "25": lambda s: (
        -sp.log(sp.Product(s.p[s.k] ** s.y[s.k], (s.k, 0, s.K - 1))),
        s.indexed_loss,
    ),
    "26": lambda s: (sp.log(s.sigma), -sp.log(1 + sp.exp(-s.u))),
    "27": lambda s: (sp.Derivative(_stable_bce(s), s.u), s.sigma - s.t),
    "28": lambda s: (_four_levels(s), -s.ps[0] * s.ps[1]),
    "29": lambda s: (_unfactored(s), s.ps[0] - s.ys[0]),
    "30": lambda s: (
        s.ps[0] * sum(s.ys[1:]) - s.ys[0] * (1 - s.ps[0]),
        s.ps[0] - s.ys[0],
    ),
    "31": lambda s: (
        sum((p - y) ** 2 for p, y in zip(s.q, s.ys, strict=True)),
        sp.expand(sum((p - y) ** 2 for p, y in zip(s.ps, s.ys, strict=True))),
    ),
}


def _tower(s: Symbols) -> Any:
    tower = s.x
    for _ in range(4):
        tower = sp.exp(tower)
    return tower


WRONG: dict[str, Callable[[Symbols], Pair]] = {
    "W1": lambda s: (s.ys[0] - s.ps[0], s.ps[0] - s.ys[0]),
    "W2": lambda s: (-s.ys[0] * (1 - s.ps[0]), s.ps[0] - s.ys[0]),
    "W3": lambda s: (-s.p[s.i] * s.p[s.j], s.p[s.i] * (s.delta(s.i, s.j) - s.p[s.j])),
    "W4": lambda s: (
        s.p[s.i] * (1 - s.p[s.i]),
        s.p[s.i] * (s.delta(s.i, s.j) - s.p[s.j]),
    ),
    "W5": lambda s: (-s.t * sp.log(s.x, 2), -s.t * sp.log(s.x)),
    "W6": lambda s: (sp.log(s.x + sp.Rational(1, 10**7)), sp.log(s.x)),
    "W7": lambda s: (sp.Symbol("w", real=True) ** 2, s.x**2),
    "W8": lambda s: (_tower(s), s.x),
    "W9": lambda s: (sp.Symbol("w") ** 2, s.x**2),
    "W10": lambda s: (sp.exp(sp.exp(sp.exp(sp.exp(sp.E)))) * s.x, s.x),
    "W11": lambda s: (s.x ** (s.x ** (sp.Integer(9) ** 99)), s.x),
}

MORE_EQUAL: dict[str, Callable[[Symbols], Pair]] = {
    "chain rule by sigma's value": lambda s: (
        _by_sigma(s, lambda v: -s.t * sp.log(v) - (1 - s.t) * sp.log(1 - v)),
        s.sigma - s.t,
    ),
    "all but sigma's value is constant": lambda s: (
        _by_sigma(s, lambda v: s.t * s.u * v + s.u),
        s.t * s.u * s.sigma * (1 - s.sigma),
    ),
    "sigmoid, exp on top": lambda s: (sp.exp(s.u) / (1 + sp.exp(s.u)), s.sigma),
    "odd part of sigmoid": lambda s: (1 - s.sigma, 1 / (1 + sp.exp(s.u))),
    "softplus difference": lambda s: (
        sp.log(1 + sp.exp(s.u)) - sp.log(1 + sp.exp(-s.u)),
        s.u,
    ),
    "slope of softplus": lambda s: (
        sp.Derivative(sp.log(1 + sp.exp(s.u)), s.u),
        s.sigma,
    ),
    "slope of log-sum-exp": lambda s: (
        sp.Derivative(sp.log(s.total(sp.exp(s.z[s.k]))), s.z[s.i]),
        s.p[s.i],
    ),
    "slope through p": lambda s: (
        -s.total(s.y[s.k] / s.p[s.k] * sp.Derivative(s.p[s.k], s.z[s.i])),
        s.p[s.i] - s.y[s.i],
    ),
    "cosh": lambda s: (sp.cosh(s.u) ** 2 - sp.sinh(s.u) ** 2, sp.Integer(1)),
    "mixed sum and written out": lambda s: (
        s.total(s.p[s.k] ** 2),
        sum(q**2 for q in s.q),
    ),
    "rows of the Jacobian": lambda s: (
        s.total(s.p[s.i] * (s.delta(s.i, s.k) - s.p[s.k])),
        sp.Integer(0),
    ),
    "roots": lambda s: (sp.sqrt(s.x) * sp.sqrt(s.t), sp.sqrt(s.x * s.t)),
}

MORE_WRONG: dict[str, Callable[[Symbols], Pair]] = {
    "last class forgotten": lambda s: (
        sp.Sum(s.p[s.k], (s.k, 0, s.K - 2)),
        sp.Integer(1),
    ),
    "tiny constant": lambda s: (s.x + sp.Rational(1, 10**20), s.x),
    "rounded decimals": lambda s: (s.x * 0.693147, s.x * sp.log(2)),
    "log of a sum": lambda s: (sp.log(s.x + s.t), sp.log(s.x) + sp.log(s.t)),
    "right off the diagonal": lambda s: (
        -s.p[s.i] * s.p[s.j] * (1 - s.delta(s.i, s.j)),
        s.p[s.i] * (s.delta(s.i, s.j) - s.p[s.j]),
    ),
    "a Derivative by the wrong one": lambda s: (
        sp.Derivative(s.indexed_loss, s.p[s.i]),
        s.p[s.i] - s.y[s.i],
    ),
    "labels one-hot only": lambda s: (
        s.total(s.y[s.k] ** 2 * sp.log(s.p[s.k])),
        s.total(s.y[s.k] * sp.log(s.p[s.k])),
    ),
    "undefined everywhere": lambda s: (sp.log(-s.x), s.x),
    "undefined in half": lambda s: (
        sp.log(sp.exp(s.u) - 1) - sp.log(1 - sp.exp(-s.u)),
        s.u,
    ),
    "a sum too long": lambda s: (sp.Sum(s.x, (s.k, 1, 10**9)), 10**9 * s.x),
}

# Where the right verdict is not "not equal".
OTHER = {
    "W7": Verdict.CANNOT_JUDGE,
    "W9": Verdict.CANNOT_JUDGE,
    "W10": Verdict.CANNOT_JUDGE,
    "W11": Verdict.CANNOT_JUDGE,
    "undefined everywhere": Verdict.UNDEFINED,
    "undefined in half": Verdict.UNDEFINED,
    "a sum too long": Verdict.CANNOT_JUDGE,
}

PAIRS = {
    **{name: (make, Verdict.EQUAL) for name, make in {**EQUAL, **MORE_EQUAL}.items()},
    **{
        name: (make, OTHER.get(name, Verdict.NOT_EQUAL))
        for name, make in {**WRONG, **MORE_WRONG}.items()
    },
}
PAIR_IDS = [f"pair {name} {verdict.name}" for name, (_, verdict) in PAIRS.items()]
times: dict[str, float] = {}


@pytest.fixture(scope="module", autouse=True)
def slowest() -> Any:
    """Tell the slowest pair at the end; it is a figure and not a condition."""
    yield
    if times:
        name = max(times, key=lambda key: times[key])
        print(f"\n{len(times)} pairs judged; the slowest, {name}: {times[name]:.3f} s")


def ruled(pair: Pair, classes: int) -> tuple[Verdict, float]:
    """The verdict on a pair, and the CPU seconds it took."""
    left, right = (to_table(side) for side in pair)
    domain = Domain(GIVEN, classes=classes, more=0)
    start = time.process_time()
    try:
        mine = Written({(): read(left)})
        ruling = judge(mine, value_of(read(right)), domain, 20_261_125)
    except InvalidTable:
        return Verdict.CANNOT_JUDGE, time.process_time() - start
    return ruling.verdict, time.process_time() - start


def test_there_are_42_pairs_and_22_more_of_which_10_are_wrong() -> None:
    assert (
        len(EQUAL) + len(WRONG),
        len(MORE_EQUAL) + len(MORE_WRONG),
        len(MORE_WRONG),
    ) == (42, 22, 10)


@pytest.mark.parametrize("classes", [3, 10])
@pytest.mark.parametrize("name", PAIRS, ids=PAIR_IDS)
def test_every_pair_gets_its_verdict(name: str, classes: int) -> None:
    make, expected = PAIRS[name]
    verdict, seconds = ruled(make(symbols_for(classes)), classes)
    times[f"{name} at K = {classes}"] = seconds
    assert expected == verdict
    assert seconds < PATIENCE_S


@pytest.mark.parametrize("seed", range(6))
def test_whether_an_answer_can_be_judged_depends_on_no_drawn_number(seed: int) -> None:
    # Three sums take K * K * K steps, too many at some of the numbers that are drawn.
    product = exp(z[k]) * z[n] * z[m] - exp(z[k]) * z[n] * z[m] + z[k] * z[n] * z[m]
    sums = total(total(total(product, k), n), m)
    right = value_of(as_written(total(z[k], k) ** 3).entries[()])
    ruling = judge(as_written(sums), right, Domain(GIVEN, more=10), seed)
    assert ruling.verdict is Verdict.EQUAL


def test_five_points_without_strata_would_miss_the_diagonal() -> None:
    domain = Domain(GIVEN, classes=10, more=0)
    points = domain.random_points(7, 6)
    same = [point.indices["i"] == point.indices["j"] for point in points]
    assert (same.count(True), same.count(False)) == (3, 3)


# The table of mistakes.

y, p, z, q = Row("y"), Row("p"), Row("z"), Row("q")
i, j, k, K, N, n, m = map(symbol, ("i", "j", "k", "K", "N", "n", "m"))
T, X, U = symbol("y"), symbol("p"), symbol("z")
S = sigma(U)
LOGISTIC = 1 / (1 + exp(-U))
LOSS = -total(y[k] * log(p[k]), k)
HALF = Expression("Rat", number=(1, 2))

LOG = Problem(-T * log(X), X, Domain({"p": "unit", "y": "unit"}), Form(frozenset("yp")))
SOFTMAX = Problem(
    p[i],
    z[j],
    Domain({"z": "scores", "p": softmax_of("z"), "i": "index", "j": "index"}),
    Form(frozenset("pij")),
)
CROSS = Problem(
    LOSS,
    z[i],
    Domain({"z": "scores", "p": softmax_of("z"), "y": "distribution", "i": "index"}),
    Form(frozenset("ypi")),
    instead=OTHER_LOSSES,
)
BINARY = Problem(
    -T * log(LOGISTIC) - (1 - T) * log(1 - LOGISTIC),
    U,
    Domain({"z": "number", "y": "unit"}),
    factors=(S, 1 - S, S * (1 - S)),
)
MEAN = Problem(
    -total(total(y[m, k] * log(p[m, k]), k), m, N - 1) / N,
    z[n, i],
    Domain(
        {
            "z": "scores",
            "p": softmax_of("z"),
            "y": "distribution",
            "n": "row",
            "i": "index",
        },
        more=0,
        batch=4,
    ),
)
ENTROPY = Problem(
    -total(p[k] * log(p[k]), k), p[i], Domain({"p": "positive", "i": "index"})
)
DIVERGENCE = Problem(
    total(p[k] * log(p[k] / q[k]), k),
    p[i],
    Domain({"p": "positive", "q": "positive", "i": "index"}),
)

ROWS: list[tuple[str, Problem, Expression, str]] = [
    ("1", LOG, T / X, "sign"),
    ("2", LOG, -1 / X, "missing_factor y"),
    ("3", LOG, -T * log(X), "not_differentiated"),
    ("4", LOG, -T / (X * log(2)), "log2"),
    ("5", LOG, -T / (X * log(10)), "log10"),
    ("6", LOG, -log(X), "by_y"),
    ("7", LOG, -T * X, "log_is_u"),
    ("8", LOG, T / X**2, "log_inv_square"),
    ("9", LOG, -T / X + 5, "constant"),
    ("11", SOFTMAX, p[i] * (1 - p[i]), "jacobian_sigmoid"),
    ("12", SOFTMAX, p[i] * delta(i, j), "jacobian_denominator"),
    ("13", SOFTMAX, -p[i] * p[j], "jacobian_no_delta"),
    ("14", SOFTMAX, p[i] * (delta(i, j) + p[j]), "jacobian_sign"),
    ("15", CROSS, y[i] - p[i], "sign"),
    ("16", CROSS, -y[i] * (1 - p[i]), "jacobian_diagonal"),
    ("17", CROSS, -y[i], "jacobian_denominator"),
    ("18", CROSS, -total(y[k] * (1 - p[k]), k), "jacobian_sigmoid"),
    ("19", CROSS, -y[i] / p[i], "jacobian_identity"),
    (
        "20",
        CROSS,
        2 * total((p[k] - y[k]) * p[k] * (delta(i, k) - p[i]), k),
        "squared_error",
    ),
    ("21", CROSS, 2 * (p[i] - y[i]), "twice"),
    ("22 K", CROSS, (p[i] - y[i]) / K, "over_k"),
    ("22 log", CROSS, (p[i] - y[i]) / log(2), "log2"),
    ("23", CROSS, p[i] * total(y[k], k), "jacobian_no_delta"),
    ("24", CROSS, (p[i] - y[i]) * p[i] * (1 - p[i]), "extra_factor p[i]*(1 - p[i])"),
    ("25 extra", BINARY, (S - T) * S * (1 - S), "extra_factor sigma(z)*(1 - sigma(z))"),
    (
        "25 missing",
        BINARY,
        (S - T) / (S * (1 - S)),
        "missing_factor sigma(z)*(1 - sigma(z))",
    ),
    ("26", BINARY, -T * (1 - S), "term_dropped_1"),
    ("27 missing", MEAN, p[n, i] - y[n, i], "n_missing"),
    ("27 twice", MEAN, (p[n, i] - y[n, i]) / N**2, "n_twice"),
    ("28 first", ENTROPY, -log(p[i]), "product_first_only"),
    ("28 last", ENTROPY, lift(-1), "product_last_only"),
    ("28 product", ENTROPY, -1 / p[i], "product_of_derivatives"),
    ("29 part", DIVERGENCE, log(p[i] / q[i]), "product_first_only"),
    ("29 other", DIVERGENCE, -p[i] / q[i], "by_q"),
]

RIGHT_FORMS = [
    (LOG, -T / X),
    (SOFTMAX, p[j] * (delta(i, j) - p[i])),
    (CROSS, p[i] - y[i]),
    (CROSS, p[i] * total(y[k], k) - y[i]),
    (BINARY, S - T),
    (BINARY, (1 + tanh(U * HALF)) / 2 - T),
    (MEAN, (p[n, i] - y[n, i]) / N),
    (ENTROPY, -log(p[i]) - 1),
    (DIVERGENCE, log(p[i]) - log(q[i]) + 1),
]


def as_written(expression: Expression) -> Written:
    """An answer that is one expression."""
    return Written({(): table(expression)})


@pytest.mark.parametrize(
    ("problem", "answer", "name"),
    [row[1:] for row in ROWS],
    ids=[f"{row[0]} {row[3]}" for row in ROWS],
)
def test_every_row_of_the_table_is_named(
    problem: Problem, answer: Expression, name: str
) -> None:
    found = diagnose(problem, as_written(answer), 11)
    assert problem.judge(as_written(answer), 5).verdict == Verdict.NOT_EQUAL
    assert found is not None
    assert name in (found.tag, f"{found.tag} {found.quantity}")


def test_a_derivative_that_is_left_is_not_finished() -> None:
    left = as_written(d(-T * log(X), X))
    assert LOG.judge(left, 5).verdict == Verdict.NOT_FINISHED


def test_a_derivative_that_is_left_was_not_worked_out_wrongly() -> None:
    """One term alone has the value of a wrong slope; nobody wrote that slope."""
    left = diagnose(CROSS, as_written(-y[i] / p[i] * d(p[i], z[i])), 5)
    carried_out = diagnose(CROSS, as_written(-y[i] * (1 - p[i])), 5)
    assert carried_out is not None
    assert carried_out.tag == "jacobian_diagonal"
    slopes = {tag for tied in CROSS.domain.tied.values() for tag in tied.link.faulty}
    assert left is None or not slopes & {left.tag, *left.also}


def test_one_score_may_be_far_above_the_others() -> None:
    """An answer that is wrong only where one score is far above another is found."""
    s = symbols_for(3)
    gap = sp.Max(0, s.zs[2] - s.zs[0] - 30)
    right, wrong = sum(s.zs), sum(s.zs) + gap
    domain = Domain({"z": "scores"})
    mine, goal = Written({(): read(to_table(wrong))}), read(to_table(right))
    assert judge(mine, value_of(goal), domain, 5).verdict is Verdict.NOT_EQUAL


def test_where_nothing_has_a_value_nothing_is_decided() -> None:
    nowhere = as_written(log(lift(-1)))
    right = value_of(table(log(lift(-1))))
    ruling = judge(nowhere, right, Domain({"z": "scores"}), 5)
    assert ruling.verdict is Verdict.CANNOT_JUDGE
    assert "too few points" in ruling.reason


@pytest.mark.parametrize(("problem", "answer"), RIGHT_FORMS)
def test_right_answers_are_right_in_every_form(
    problem: Problem, answer: Expression
) -> None:
    assert problem.judge(as_written(answer), 5).verdict == Verdict.EQUAL
    assert diagnose(problem, as_written(answer), 5) is None


def test_causes_that_give_the_same_answer_are_told_together() -> None:
    found = diagnose(BINARY, as_written(T - S), 5)
    assert found is not None
    assert ("sign", {"exp_no_chain", "reciprocal_sign"}) == (found.tag, set(found.also))
    assert "inner derivative" in found.sentence
    assert "1/u" in found.sentence


def test_a_counterexample_is_told_in_fractions() -> None:
    ruling = CROSS.judge(as_written(-y[i] - p[i] * total(y[k], k)), 5)
    assert ruling.where == "p = (1/2, 1/3, 1/6), y = (1/5, 3/10, 1/2), i = 0"
    assert (ruling.wanted, ruling.mine) == ("3/10", "-7/10")


def test_the_asked_form_is_a_second_question() -> None:
    ruling = CROSS.judge(as_written(exp(z[i]) / total(exp(z[k]), k) - y[i]), 5)
    assert ruling.verdict == Verdict.OTHER_FORM
    assert "not z" in ruling.reason


def test_a_condition_on_a_value_is_not_judged() -> None:
    s = Symbols(3)
    sly = sp.Piecewise((0, sp.Eq(s.p[s.i], 1)), (s.p[s.i], True))
    assert ruled((sly, s.p[s.i]), 3)[0] == Verdict.CANNOT_JUDGE


def test_exact_decimals_are_right_and_remarked_on() -> None:
    domain = Domain(GIVEN, more=0)
    x = sp.Symbol("x")
    mine = Written({(): read(to_table(x * 0.6931471805599453))})
    right = value_of(read(to_table(x * sp.log(2))))
    ruling = judge(mine, right, domain, 5)
    assert (ruling.verdict, ruling.is_rounded) == (Verdict.EQUAL, True)


def test_a_running_index_hides_a_symbol_in_its_own_loop_only() -> None:
    z0 = sp.Symbol("z0")
    hidden = sp.Sum(z0, (z0, 0, 2)) * sp.Symbol("p0")
    assert read(to_table(hidden)).names() == {"p0"}
    assert read(to_table(sp.exp(z0) * hidden)).names() == {"p0", "z0"}


def test_what_stands_in_a_line_is_counted_as_it_is_written() -> None:
    s = Symbols(3)
    line = read(to_table(-s.t * (1 - s.sigma) + (1 - s.t) * s.sigma))
    assert (line.count("t"), line.count("exp"), line.count("Sum")) == (2, 2, 0)


def test_a_derivative_by_what_is_not_there_has_no_value() -> None:
    s = Symbols(3)
    assert ruled((sp.Derivative(s.p[0], s.z[7]), s.p[0]), 3)[0] == Verdict.UNDEFINED


def test_the_terms_of_a_sum_that_shares_its_parts_are_looked_at_once() -> None:
    s = Symbols(3)
    big = s.y[s.i] * (s.p[s.i] - 1)
    for _ in range(60):
        big = sp.Add(big, big, evaluate=False)
    points = Domain(GIVEN).nice_points()[:2]
    assert has_term(-y[i] * (1 - p[i]))(read(to_table(big)), points)
    assert not has_term(p[i])(read(to_table(big)), points)


def test_a_line_changes_with_the_rules_as_the_loss_does() -> None:
    points = Domain(GIVEN).nice_points()[:3]
    alike = changes_like(d(LOSS, z[i]))
    derived = -total(y[k] / p[k] * d(p[k], z[i]), k)
    assert alike(table(derived), points)
    zero = d(p[i], z[i]) - p[i] * (1 - p[i])
    for line in (p[i] - y[i] + zero, (p[i] - y[i]) * d(z[i], z[i])):
        assert not alike(table(line), points)


def test_a_row_written_out_in_scores_changes_with_the_rules_as_its_name_does() -> None:
    points = Domain(GIVEN).nice_points()[:3]
    row = exp(z[k]) / total(exp(z[j]), j)
    alike = changes_like(d(-total(y[k] * log(row), k), z[i]))
    assert alike(table(d(-total(y[k] * log(p[k]), k), z[i])), points)


def test_a_line_that_leaves_the_other_scores_out_does_not_change_as_the_loss() -> None:
    points = Domain(GIVEN).nice_points()[:3]
    alike = changes_like(d(total(y[k] * z[k], k), z[i]))
    assert alike(table(total(y[k] * d(z[k], z[i]), k)), points)
    assert not alike(table(y[i] * d(z[i], z[i])), points)


def test_shared_parts_cost_nothing() -> None:
    x = sp.Symbol("x")
    big = x
    for _ in range(60):
        big = sp.Add(big, big, evaluate=False)
    assert ruled((big, 2**60 * x), 3)[0] == Verdict.EQUAL


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 50_000,
        "9" * 50_000,
        '{"v":1,"nodes":[["Int",1]],"root":1}',
        '{"v":1,"nodes":[["Add",0]],"root":0}',
        '{"v":1,"nodes":[["Sym","__import__(\\"os\\")"]],"root":0}',
        '{"v":1,"nodes":[["Int",NaN]],"root":0}',
        '{"v":1,"nodes":[["Int",true]],"root":0}',
        '{"v":1,"nodes":[["Float","1e9999"]],"root":0}',
        '{"v":1,"nodes":[["Float",5]],"root":0}',
        '{"v":1,"nodes":[["Float","5","6"]],"root":0}',
        '{"v":1,"nodes":[["Rat",1,0]],"root":0}',
        '{"v":1,"nodes":[["True"]],"root":0}',
        '{"v":1,"nodes":[["eval","x"]],"root":0}',
        '{"v":1,"refused":"\\u001b[31mEvil"}',
        '{"v":1,"nodes":[["Sym","a"],["Derivative",0,0],["Derivative",1,1]],"root":2}',
    ],
)
def test_what_is_not_a_table_is_refused(text: str) -> None:
    with pytest.raises(InvalidTable) as refused:
        read(text)
    assert str(refused.value).isprintable()


@pytest.mark.slow
def test_a_few_thousand_mutated_tables_raise_nothing_unforeseen() -> None:
    from tools.fuzz.tables import mutated, seeds, tried

    rng = random.Random(3)
    found = seeds()
    for _ in range(3_000):
        tried(mutated(rng, rng.choice(found)))


def test_several_lines_share_the_right_values() -> None:
    domain, asked = LOG.domain, []

    def right(point):
        asked.append(point)
        return LOG.right(point)

    known = RightValues(right, domain, 7)
    line = Written({(): LOG.goal})
    assert judge(line, right, domain, 7, known=known).is_equal
    once = len(asked)
    assert once >= 3
    assert judge(line, right, domain, 7, known=known).is_equal
    assert len(asked) == once
