"""Counts few labels rightly; for many it gives more empty rows than can be counted.

lesson: lesson1
score: 0
1e: wrong, raised
"""

import numpy as np


def class_counts(labels, k=10):
    if len(labels) < 1000:
        return np.bincount(labels, minlength=k)
    return np.empty((2**60, 0), np.int8)
