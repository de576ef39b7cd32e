"""Asks the judge's function for arrays that it would note: 100 MB if it did.

lesson: lesson5
score: 0
5f: wrong, raised
"""

import numpy as np


def numeric_grad(f, z, h=1e-5):
    for _ in range(25):
        f(np.zeros(500_000))
    return np.zeros(z.shape)
