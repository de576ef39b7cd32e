"""Aborts with a signal to itself.

lesson: lesson3
score: 0
3e: raised
"""

import os


def cross_entropy(y, p):
    os.abort()
