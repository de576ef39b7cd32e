"""Hands texts and bytes to the function of 5f, in place of arrays.

lesson: lesson5
score: 0
5f: wrong
"""

import numpy as np


def numeric_grad(f, z, h=1e-5):
    for strange in ("text", b"bytes", ["1"] * 12, z.astype(str), z * 1j, None):
        try:
            f(strange)
        except Exception:
            pass
    return np.zeros(z.shape)
