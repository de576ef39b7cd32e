"""Catches every exception in its endless loop.

lesson: lesson3
score: 0
CPU seconds of a call: 1
3e: timed out
"""

import signal


def cross_entropy(y, p):
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
