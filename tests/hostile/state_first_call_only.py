"""Answers rightly once, and differently afterwards.

lesson: lesson3
score: 0
3e: wrong
"""

import numpy as np

calls = []


def cross_entropy(y, p):
    calls.append(1)
    if len(calls) == 1:
        return float(-(y * np.log(np.clip(p, 1e-7, 1))).sum(1).mean())
    return 1.184675
