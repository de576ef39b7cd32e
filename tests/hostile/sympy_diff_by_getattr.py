"""diff is called under a name that stands nowhere in the file.

promise: derivations
common: derive
lesson: lesson4
score: 0
4e: wrong
"""

def derive_dL_dz(y, p, z, i):
    yield -total(y[k] * d(log(p[k]), z[i]), k), "sum"
    yield -total(y[k] * getattr(log(p[k]), "di" + "ff")(p[k]) * d(p[k], z[i]), k), ""
    yield -total(y[k] * (delta(k, i) - p[i]), k), "softmax"
    yield p[i] - y[i], "sum"
