"""Answers to every question that are large, each allowed and all together not.

lesson: lesson3
score: 0
3c: wrong, out of memory
3d: wrong, out of memory
3e: out of memory
"""

import numpy as np



def softmax(z):
    return [np.zeros(1_000_000), *z] * 3


def losses(y, p):
    return np.zeros(5_000_000)


def cross_entropy(y, p):
    return np.zeros(5_000_000)
