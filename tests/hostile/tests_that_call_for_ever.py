"""Tests that call the loss without end.

lesson: lesson3
score: 0
CPU seconds of a call: 1
3f: timed out, raised, wrong
"""

import numpy as np


def check_loss(fn):
    while True:
        fn(np.eye(2), np.full((2, 2), 0.5))
