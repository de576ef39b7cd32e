"""Forks again and again, at most 200 times.

lesson: lesson3
score: 0
3e: wrong, raised, timed out
"""

import os
import time


def cross_entropy(y, p):
    for _ in range(200):
        try:
            if os.fork() == 0:
                time.sleep(60)
                os._exit(0)
        except OSError:
            break
    return 0.0
