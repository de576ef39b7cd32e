"""Remembers what the first loss answers, a right one, and refuses whatever differs.

promise: tampering
lesson: lesson3
score: 0
3f: wrong
"""

import numpy as np

SEEN = {}


def check_loss(fn):
    batches = [
        (np.eye(3), np.full((3, 3), 1 / 3)),
        (np.eye(3), np.eye(3)),
        (np.eye(3), np.eye(3)[::-1].copy()),
        (np.eye(5)[[3]], np.full((1, 5), 0.2)),
        (np.array([[0.9, 0.1, 0.0]]), np.array([[0.7, 0.2, 0.1]])),
    ]
    answers = [fn(y, p) for y, p in batches]
    for mine, first in zip(answers, SEEN.setdefault("first", answers), strict=True):
        assert abs(mine - first) < 1e-6
