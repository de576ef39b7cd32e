"""A sum of a thousand million terms.

lesson: lesson4
score: 0
4c: wrong
"""

import sympy as sp


def dL_dp(y, p):
    k = sp.Symbol("k")
    return [sp.Sum(b, (k, 1, 10**9)) for b in p]
