"""Right five times, and nothing at all from then on.

lesson: lesson9
score: 0
9a: wrong
"""

import numpy as np

calls = []


def init(sizes, seed):
    calls.append(seed)
    if len(calls) > 5:
        return None
    rng = np.random.default_rng(seed)
    n_in, n_hidden, n_out = sizes
    return {
        "W1": rng.normal(size=(n_in, n_hidden)) * np.sqrt(2 / n_in),
        "b1": np.zeros(n_hidden),
        "W2": rng.normal(size=(n_hidden, n_out)) * np.sqrt(2 / n_hidden),
        "b2": np.zeros(n_out),
    }
