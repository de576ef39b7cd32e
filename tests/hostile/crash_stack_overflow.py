"""Recurses without end, with the limit taken away.

lesson: lesson3
score: 0
CPU seconds of a call: 1
3e: raised, timed out
"""

import sys


def cross_entropy(y, p):
    sys.setrecursionlimit(10**6)

    def down(n):
        return down(n + 1) + 1

    return down(0)
