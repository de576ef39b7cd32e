"""A derivation that yields for ever.

common: derive
lesson: lesson4
score: 0
4e: wrong
"""

def derive_dL_dz(y, p, z, i):
    while True:
        yield d(-total(y[k] * log(p[k]), k), z[i]), "the goal"
