"""rules: how functions are evaluated, and how they are differentiated.

The rules of differentiation are arguments, so that a known mistake is the same
evaluation with one rule replaced.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from grader.derivations.point import CannotJudge, Slope, Undefined

MAX_EXPONENT = 4_096
MAX_EXP_ARGUMENT = 900

ZERO, ONE = Decimal(0), Decimal(1)
Dual = tuple[Decimal, Decimal]


def _product(values: Sequence[Decimal], tangents: Sequence[Decimal]) -> Decimal:
    whole, change = ONE, ZERO
    for value, tangent in zip(values, tangents, strict=True):
        whole, change = whole * value, change * value + whole * tangent
    return change


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules for taking a derivative.

    Attributes:
        log: the derivative of ln u, from (u, u').
        exp: the derivative of e^u, from (e^u, u, u').
        power: the derivative of u^n for a fixed n, from (u^n, u, n, u').
        product: the derivative of a product, from its varying factors and theirs.
        slope: the derivative of tied rows; None if each row has its usual one.
        growth: how much faster exp, and all that depends on it, grows than it should.
        tilt: how much the other logits of a row move along with the one that varies.
    """

    log: Callable[[Decimal, Decimal], Decimal] = lambda u, du: du / u
    exp: Callable[[Decimal, Decimal, Decimal], Decimal] = lambda v, u, du: v * du
    power: Callable[[Decimal, Decimal, Decimal, Decimal], Decimal] = (
        lambda v, u, n, du: n * v / u * du
    )
    product: Callable[[Sequence[Decimal], Sequence[Decimal]], Decimal] = _product
    slope: Slope | None = None
    growth: Decimal = ONE
    tilt: Decimal = ZERO


RIGHT = Rules()


def add(parts: Sequence[Dual]) -> Dual:
    """Return the sum of values, each with its derivative."""
    return (
        sum((value for value, _ in parts), ZERO),
        sum((change for _, change in parts), ZERO),
    )


def raise_to(u: Decimal, n: Decimal) -> Decimal:
    """Return a number u to the power n, over the real numbers.

    Raises:
        Undefined: there is no such real number.
        CannotJudge: the exponent or the result is too large.
    """
    if abs(n) > MAX_EXPONENT:
        raise CannotJudge("an exponent in it is too large")
    if n == n.to_integral_value():
        if not u and n <= 0:
            # 0 ** 0 is 1, as in Python and SymPy.
            return ONE if not n else _raise_undefined()
        # Estimate how many digits the power has before computing it.
        if abs(n) * abs(u.adjusted() if u else 0) > MAX_EXPONENT:
            raise CannotJudge("a number in it becomes too large")
        return u ** int(n)
    if u < 0 or (not u and n < 0):
        raise Undefined
    return _exp(n * ln(u)) if u else ZERO


def _raise_undefined() -> Decimal:
    raise Undefined


# The lines of a derivation are evaluated at the same points, again and again. The
# precision is always that of `point.CONTEXT`.
@functools.lru_cache(maxsize=1024)
def ln(u: Decimal) -> Decimal:
    """Return the natural logarithm of a positive number."""
    return u.ln()


@functools.lru_cache(maxsize=1024)
def _exp(u: Decimal) -> Decimal:
    if abs(u) > MAX_EXP_ARGUMENT:
        raise CannotJudge("it takes exp of a large number")
    return u.exp()


def _log(rules: Rules, u: Decimal, du: Decimal) -> Dual:
    if u <= 0:
        raise Undefined
    return ln(u), rules.log(u, du) if du else ZERO


def _exponential(rules: Rules, u: Decimal, du: Decimal) -> Dual:
    value = _exp(u)
    return value, rules.exp(value, u, rules.growth * du) if du else ZERO


def _sigma(rules: Rules, u: Decimal, du: Decimal) -> Dual:
    value = ONE / (ONE + _exp(-u))
    return value, value * (ONE - value) * rules.growth * du


def _sinh(rules: Rules, u: Decimal, du: Decimal) -> Dual:
    up, down = _exp(u), _exp(-u)
    return (up - down) / 2, (up + down) / 2 * rules.growth * du


def _cosh(rules: Rules, u: Decimal, du: Decimal) -> Dual:
    up, down = _exp(u), _exp(-u)
    return (up + down) / 2, (up - down) / 2 * rules.growth * du


def _tanh(rules: Rules, u: Decimal, du: Decimal) -> Dual:
    value = 1 - 2 / (_exp(2 * u) + 1)
    return value, (ONE - value * value) * rules.growth * du


def _sech(rules: Rules, u: Decimal, du: Decimal) -> Dual:
    up, down = _exp(u), _exp(-u)
    value = 2 / (up + down)
    return value, -value * (up - down) / (up + down) * rules.growth * du


def _absolute(rules: Rules, u: Decimal, du: Decimal) -> Dual:
    if not u and du:
        raise Undefined
    return abs(u), (du if u > 0 else -du)


FUNCTIONS: dict[str, Callable[[Rules, Decimal, Decimal], Dual]] = {
    "log": _log,
    "exp": _exponential,
    "sigma": _sigma,
    "sinh": _sinh,
    "cosh": _cosh,
    "tanh": _tanh,
    "sech": _sech,
    "Abs": _absolute,
}
