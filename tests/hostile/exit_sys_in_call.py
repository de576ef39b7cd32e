"""Raises SystemExit(0) instead of answering.

lesson: lesson3
score: 0
3e: raised
"""

import sys


def cross_entropy(y, p):
    sys.exit(0)
