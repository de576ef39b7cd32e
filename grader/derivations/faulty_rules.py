"""faulty_rules: rules of differentiation as they are often mistaken.

Each has its name, what was done (to follow "you"), and the rules as they then are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from grader.derivations.rules import ONE, RIGHT, Rules


def _first_only(values: Sequence[Decimal], tangents: Sequence[Decimal]) -> Decimal:
    change = tangents[0]
    for value in values[1:]:
        change *= value
    return change


def _last_only(values: Sequence[Decimal], tangents: Sequence[Decimal]) -> Decimal:
    return _first_only(values[::-1], tangents[::-1])


def _of_derivatives(values: Sequence[Decimal], tangents: Sequence[Decimal]) -> Decimal:
    change = ONE
    for tangent in tangents:
        change *= tangent
    return change


def _power(sign: int) -> Rules:
    def rule(value: Decimal, u: Decimal, n: Decimal, du: Decimal) -> Decimal:
        right = n * value / u * du
        # A quotient is a product with a power of -1: tables know no division.
        return right * sign if n < 0 else right

    return replace(RIGHT, power=rule)


RULES: dict[str, tuple[str, Rules]] = {
    "log_stays_log": (
        "kept the log: the derivative of log u is u'/u",
        replace(RIGHT, log=lambda u, du: u.ln() * du),
    ),
    "log_no_chain": (
        "left out the chain rule: the derivative of log u is u'/u, not 1/u",
        replace(RIGHT, log=lambda u, du: ONE / u),
    ),
    "log_arg_only": (
        "differentiated only what is inside the log: the factor 1/u is missing",
        replace(RIGHT, log=lambda u, du: du),
    ),
    "log_is_u": (
        "turned 1/u upside down: the derivative of log u is u'/u, not u u'",
        replace(RIGHT, log=lambda u, du: u * du),
    ),
    "log_inv_square": (
        "differentiated 1/u instead of log u",
        replace(RIGHT, log=lambda u, du: -du / (u * u)),
    ),
    "exp_power_rule": (
        "used the power rule on exp: the derivative of exp(u) is exp(u) u'",
        replace(RIGHT, exp=lambda v, u, du: u * v / ONE.exp() * du),
    ),
    "exp_no_chain": (
        "left out the inner derivative of exp(u): it is exp(u) u'",
        replace(RIGHT, exp=lambda v, u, du: v),
    ),
    "product_of_derivatives": (
        "multiplied the derivatives of the factors: the product rule is u'v + u v'",
        replace(RIGHT, product=_of_derivatives),
    ),
    "product_first_only": (
        "differentiated only the first factor: the product rule is u'v + u v'",
        replace(RIGHT, product=_first_only),
    ),
    "product_last_only": (
        "differentiated only the last factor: the product rule is u'v + u v'",
        replace(RIGHT, product=_last_only),
    ),
    "reciprocal_sign": (
        "lost the minus in the derivative of 1/u, which is -u'/u^2",
        _power(-1),
    ),
    "denominator_const": (
        "treated the denominator as a constant",
        _power(0),
    ),
}
