"""Starts a process that would go on for a minute after the end.

promise: everything-ends
lesson: lesson3
score: 0
3e: wrong, raised
"""

import os
import time


def cross_entropy(y, p):
    try:
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(60)
            os._exit(0)
    except OSError:
        pass
    return 0.0
