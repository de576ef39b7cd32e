"""An exponent that nobody can work out, and that is never worked out.

lesson: lesson4
score: 0
4c: wrong
"""

import sympy as sp


def dL_dp(y, p):
    tower = sp.Pow(9, sp.Pow(9, 9, evaluate=False), evaluate=False)
    return [tower * b for b in p]
