"""A logarithm of a negative number, in every entry.

lesson: lesson4
score: 0
4c: wrong
"""

import sympy as sp


def dL_dp(y, p):
    return [sp.log(-(b**2)) for b in p]
