"""Tests that send arrays which broadcast to 80 GB.

lesson: lesson3
score: 0
3f: wrong, raised
"""

import numpy as np


def check_loss(fn):
    try:
        fn(np.ones((100_000, 1)), np.ones((1, 100_000)))
    except Exception:
        pass
