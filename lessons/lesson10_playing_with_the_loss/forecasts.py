"""The forecasts for which each loss is least: what the text says, by SymPy."""

import numpy as np
from sympy import Rational, diff, log, simplify, solve, symbols

Y, P, W = symbols("y p w", positive=True)


def cheapest(weight):
    """Return the p with the least expected cross-entropy, where y is true."""
    cost = -weight * Y * log(P) - (1 - Y) * log(1 - P)
    (least,) = solve(diff(cost, P), P)
    return least


def exaggerates(said):
    """The text's line for a weight w, if SymPy agrees; else what SymPy finds."""
    is_so = simplify(cheapest(W) - W * Y / (W * Y + 1 - Y)) == 0
    return said if is_so else str(cheapest(W))


def moves_the_threshold(said):
    """The text's words for where the forecast is 1/2, if SymPy agrees; else its own."""
    (edge,) = solve(cheapest(W) - Rational(1, 2), Y)
    return said if simplify(edge - 1 / (1 + W)) == 0 else str(edge)


def cheapest_focal(y):
    """Return the p with the least focal loss, gamma 2, of two classes, where y is true."""
    p = np.linspace(0.01, 0.99, 981)
    costs = -y * (1 - p) ** 2 * np.log(p) - (1 - y) * p**2 * np.log(1 - p)
    return float(p[costs.argmin()])
