"""The lesson's k is an object that differentiates what it is added to.

promise: derivations
common: derive
lesson: lesson4
score: 0
4b: wrong
"""

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
