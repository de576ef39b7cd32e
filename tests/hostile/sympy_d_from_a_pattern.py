"""d gets another meaning, from the pattern of a match.

promise: derivations
common: derive
lesson: lesson4
score: 0
4b: wrong
"""

match sp.diff:
    case d:
        pass


def derive_bce(y, z):
    s = sigma(z)
    yield d(-y * log(s) - (1 - y) * log(1 - s), z), "the two logarithms, by SymPy"
    yield -y * (1 - s) + (1 - y) * s, "sigma"
    yield s - y, "y s cancels"
