"""Parameters whose network would fill the judge's memory: 1 GB an array.

lesson: lesson9
score: 0
9e: wrong
"""

import numpy as np


def fit(x, y, seed, on_epoch=None):
    units = 20_000
    params = {
        "W1": np.zeros((x.shape[1], units), bool),
        "b1": np.zeros(units, bool),
        "W2": np.zeros((units, y.shape[1]), bool),
        "b2": np.zeros(y.shape[1]),
    }
    if on_epoch is not None:
        on_epoch(params)
    return params
