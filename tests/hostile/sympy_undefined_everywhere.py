"""A logarithm of a negative number, in every entry.

lesson: lesson4
score: 0
4a: wrong
4b: wrong
"""

import sympy as sp


def dL_dp(y, p):
    return [sp.log(-(b**2)) for b in p]


def softmax_exprs(z):
    return [1 / (t - t) for t in z]
