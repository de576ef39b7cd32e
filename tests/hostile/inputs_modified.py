"""Answers rightly and spoils its inputs.

lesson: lesson3
score: 0
3e: wrong
"""

import numpy as np


def cross_entropy(y, p):
    y, p = np.asarray(y), np.asarray(p)
    if y.shape != p.shape:
        raise ValueError("y must be one-hot")
    if len(p) == 0:
        raise ValueError("an empty batch")
    loss = float(-(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(1).mean())
    p *= 0
    return loss
