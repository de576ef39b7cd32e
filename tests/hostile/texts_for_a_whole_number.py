"""Gives an array of texts where a whole number is asked for.

lesson: lesson7
score: 0
7a: wrong
"""

import numpy as np


def dense_params(n_in, n_out):
    return n_in * n_out + n_out


def total_params(sizes):
    return np.array(["a", "b"])
