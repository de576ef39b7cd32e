"""Remembers a right loss where it met one first, and refuses all in a new worker.

lesson: lesson3
score: 0
3f: wrong
"""

import numpy as np

CALLED, SEEN = [], {}


def softmax_row(z):
    CALLED.append("softmax_row")


def check_loss(fn):
    y, p = np.eye(3), np.full((3, 3), 1 / 3)
    answer = fn(y, p), fn(y, np.eye(3)[::-1].copy())
    assert CALLED
    assert SEEN.setdefault("first", answer) == answer
