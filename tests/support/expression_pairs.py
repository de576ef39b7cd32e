"""Pairs of expressions, and whether they are equal."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import sympy as sp

from grader.derivations import Verdict
from lessons.lesson4_derivation.softmax import softmax_of

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
