"""Right answers as complex numbers without an imaginary part.

lesson: lesson3
score: 0
3c: wrong
3d: wrong
"""

import numpy as np


def softmax(z):
    e = np.exp(np.asarray(z))
    return (e / e.sum(axis=-1, keepdims=True)).astype(complex)


def losses(y, p):
    return -(y * np.log(np.clip(p, 1e-7, 1))).sum(axis=1).astype(complex)
