"""9**9**9, worked out in the attempt itself.

lesson: lesson4
score: 0
CPU seconds of a call: 1
4c: timed out
"""

import sympy as sp


def dL_dp(y, p):
    return [sp.Integer(9) ** 9**9 * b for b in p]
