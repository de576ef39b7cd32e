"""Writes 300 MB straight to the descriptor of stderr.

lesson: lesson3
score: 0
3e: wrong
"""

import os


def cross_entropy(y, p):
    block = b"x" * 2**20
    for _ in range(300):
        try:
            os.write(2, block)
        except OSError:
            break
    return 0.0
