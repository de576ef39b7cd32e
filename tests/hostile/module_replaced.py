"""Replaces itself in sys.modules by an object.

lesson: lesson3
score: 0
3e: wrong, not attempted, raised
"""

import sys


class Fake:
    def __getattr__(self, name):
        return lambda *args, **kwargs: 0.0


for name in list(sys.modules):
    if getattr(sys.modules[name], "__file__", None) == globals().get("__file__"):
        sys.modules[name] = Fake()


def cross_entropy(y, p):
    return 0.0
