"""diff is called under a name that stands nowhere in the file.

promise: derivations
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
    yield -total(y[k] * d(log(p[k]), z[i]), k), "sum"
    yield -total(y[k] * getattr(log(p[k]), "di" + "ff")(p[k]) * d(p[k], z[i]), k), ""
    yield -total(y[k] * (delta(k, i) - p[i]), k), "softmax"
    yield p[i] - y[i], "sum"
