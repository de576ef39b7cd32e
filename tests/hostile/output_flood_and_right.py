"""Prints 100 MB at every call and answers right; that costs nothing.

lesson: lesson3
score: 10
3b: passed
"""

import numpy as np


def softmax_row(z):
    line = "x" * 2**20
    for _ in range(100):
        print(line)
    e = np.exp(z)
    return e / e.sum()
