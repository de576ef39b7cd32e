"""Right answers as long doubles, which take the judge a hundred times as long.

lesson: lesson3
score: 15
3b: wrong
3c: wrong
3d: wrong
3e: passed
"""

import numpy as np


def softmax_row(z):
    return list(softmax(np.array(z)))


def softmax(z):
    e = np.exp(np.asarray(z, dtype=np.longdouble))
    return e / e.sum(axis=-1, keepdims=True)


def losses(y, p):
    return -(y * np.log(np.clip(p, 1e-7, 1))).sum(axis=1).astype(np.longdouble)


def cross_entropy(y, p):
    if np.shape(y) != np.shape(p) or len(p) == 0:
        raise ValueError("shapes")
    return losses(y, p).mean()
