"""d gets another meaning, from the pattern of a match.

promise: derivations
lesson: lesson4
score: 0
4b: wrong
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


match sp.diff:
    case d:
        pass


def derive_bce(y, z):
    s = sigma(z)
    yield d(-y * log(s) - (1 - y) * log(1 - s), z), "the two logarithms, by SymPy"
    yield -y * (1 - s) + (1 - y) * s, "sigma"
    yield s - y, "y s cancels"
