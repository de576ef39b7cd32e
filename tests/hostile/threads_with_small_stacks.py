"""Starts 3,000 threads whose stacks are small, and keeps them.

promise: threads
lesson: lesson3
score: 0
3e: raised, wrong
"""

import threading
import time


def cross_entropy(y, p):
    threading.stack_size(1 << 16)
    for _ in range(3_000):
        try:
            threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
        except RuntimeError:
            break
    time.sleep(1)
    return 0.0
