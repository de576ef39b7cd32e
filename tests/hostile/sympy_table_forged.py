"""Sends tables of its own making in place of its expressions.

lesson: lesson4
score: 0
4c: wrong
"""

import grader.sandbox.sympy_serialization
import sympy as sp

TEXTS = ["[" * 30_000, '{"v":1,"nodes":[["Int",' + "9" * 5_000 + ']],"root":0}', "{}"]


def forged(expression):
    return TEXTS[len(str(expression)) % len(TEXTS)]


grader.sandbox.sympy_serialization.to_table = forged


def dL_dp(y, p):
    return list(p)
