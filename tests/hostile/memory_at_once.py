"""Asks for 10 GB at once.

lesson: lesson3
score: 0
3e: out of memory
"""

import numpy as np


def cross_entropy(y, p):
    return float(np.ones(10 * 2**30 // 8).sum())
