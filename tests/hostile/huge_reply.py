"""Returns 200 MB where a number was asked for.

lesson: lesson3
score: 0
3e: wrong, raised, out of memory
"""

import numpy as np


def cross_entropy(y, p):
    return np.zeros(25_000_000)
