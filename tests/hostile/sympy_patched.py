"""SymPy is changed, so that a derivative is carried out as soon as it is written.

promise: tampering, derivations
common: derive
lesson: lesson4
score: 0
4b: wrong
"""

old = sp.Derivative.__new__


def carried_out(cls, e, *v, **options):
    sp.Derivative.__new__ = old
    try:
        return old(cls, e, *v, evaluate=True)
    finally:
        sp.Derivative.__new__ = carried_out


sp.Derivative.__new__ = carried_out


def derive_bce(y, z):
    s = sigma(z)
    a = d(-y * log(s) - (1 - y) * log(1 - s), z)
    yield a, "log"
    yield -y * (1 - s) + (1 - y) * s, "sigma"
    yield s - y, ""
