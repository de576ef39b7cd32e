"""Starts threads until it may not, at most 2,000.

lesson: lesson3
score: 0
3e: wrong, raised, timed out, out of memory
"""

import threading
import time


def cross_entropy(y, p):
    for _ in range(2_000):
        try:
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        except RuntimeError:
            break
    return 0.0
