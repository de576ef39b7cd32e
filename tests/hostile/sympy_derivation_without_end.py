"""A derivation that yields for ever.

lesson: lesson4
score: 0
4e: wrong
"""

import sympy as sp

k, K = sp.symbols("k K", integer=True)
log = sp.log
exp = sp.exp
delta = sp.KroneckerDelta
sigma = sp.Function("sigma")


def d(e, v):
    return sp.Derivative(e, v)


def total(e, k):
    return sp.Sum(e, (k, 0, K - 1))


def derive_dL_dz(y, p, z, i):
    while True:
        yield d(-total(y[k] * log(p[k]), k), z[i]), "the goal"
