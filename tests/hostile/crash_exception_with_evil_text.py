"""Raises an exception whose text cannot be made.

lesson: lesson3
score: 0
3e: raised
"""

class Evil(Exception):
    def __str__(self):
        raise RuntimeError("no text either")

    __repr__ = __str__


def cross_entropy(y, p):
    raise Evil
