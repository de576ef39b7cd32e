"""Answers with an array that has no data and more rows than can be counted.

lesson: lesson3
score: 0
3e: wrong, raised
"""

import numpy as np


def cross_entropy(y, p):
    return np.empty((2**60, 0), np.int8)
