"""Another derivation takes the place of the one that stands there.

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


def derive_bce(y, z):
    s = sigma(z)
    yield d(-y * log(s) - (1 - y) * log(1 - s), z)


def other(y, z):
    s = sp.Function("sigma")(z)
    a = sp.Derivative(-y * log(s) - (1 - y) * log(1 - s), z)
    yield a
    a = a.doit()
    yield a
    a = a.subs(sp.Derivative(s, z), s * (1 - s))
    yield a
    yield sp.simplify(a)


def put():
    global derive_bce
    derive_bce = other


put()
