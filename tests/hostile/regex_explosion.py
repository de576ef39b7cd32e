"""Runs a regular expression that never ends.

lesson: lesson3
score: 0
CPU seconds of a call: 1
3e: timed out
"""

import re


def cross_entropy(y, p):
    return re.match(r"(a+)+$", "a" * 60 + "b")
