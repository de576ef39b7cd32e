"""A bracket is never closed.

lesson: lesson3
score: 0
every exercise: raised
"""


def cross_entropy(y, p):
    return (0.0
