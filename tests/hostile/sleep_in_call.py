"""Sleeps for ever, which takes no CPU time.

lesson: lesson3
score: 0
idle seconds of a call: 2
3e: timed out
"""

import time


def cross_entropy(y, p):
    time.sleep(10**6)
