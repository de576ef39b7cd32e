"""Returns an object whose __array__ says something else every time.

lesson: lesson3
score: 0
3e: wrong
"""

import numpy as np


class Shifty:
    calls = 0

    def __array__(self, dtype=None, copy=None):
        Shifty.calls += 1
        return np.array(float(Shifty.calls))


def cross_entropy(y, p):
    return Shifty()
