"""Another derivation takes the place of the one that stands there.

promise: derivations
common: derive
lesson: lesson4
score: 0
4b: wrong
"""

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
