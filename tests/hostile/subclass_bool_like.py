"""Returns a true numpy bool instead of a number.

lesson: lesson3
score: 0
3e: wrong
"""

import numpy as np


def cross_entropy(y, p):
    return np.True_
