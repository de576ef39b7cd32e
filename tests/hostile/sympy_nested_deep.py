"""Nested two thousand deep.

lesson: lesson4
score: 0
4c: wrong, raised
"""

import sympy as sp


def dL_dp(y, p):
    e = p[0]
    for _ in range(2_000):
        e = sp.exp(e, evaluate=False)
    return [e for _ in p]
