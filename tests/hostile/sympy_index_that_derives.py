"""The lesson's k is an object that differentiates what it is added to.

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


class Tool:
    def __radd__(self, loss):
        z = sp.Symbol("z", real=True)
        s = sp.Function("sigma")(z)
        return sp.Derivative(loss, z)

    def __rsub__(self, line):
        return line.doit()

    def __rmul__(self, line):
        z = sp.Symbol("z", real=True)
        s = sp.Function("sigma")(z)
        return line.subs(sp.Derivative(s, z), s * (1 - s))

    def __rpow__(self, line):
        return sp.simplify(line)


k = Tool()


def derive_bce(y, z):
    loss = -y * log(sigma(z)) - (1 - y) * log(1 - sigma(z))
    a = loss + k
    yield a, "goal"
    b = a - k
    yield b, "rule"
    c = b * k
    yield c, "sigma"
    yield c**k, "simpler"
