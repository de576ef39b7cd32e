"""A product that doubles two hundred times; small to send, endless to write out.

lesson: lesson4
score: 0
4c: wrong
"""

import sympy as sp


def dL_dp(y, p):
    e = p[0]
    for _ in range(200):
        e = sp.Add(e, e, evaluate=False)
    return [e for _ in p]
