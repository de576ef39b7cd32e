"""Ends itself with a good exit code instead of answering.

lesson: lesson3
score: 0
3e: raised
"""

import os


def cross_entropy(y, p):
    os._exit(0)
