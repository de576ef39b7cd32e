"""Answers with a dict whose keys all have the same hash; two hundred of them.

lesson: lesson3
score: 0
3e: wrong, raised
"""


def cross_entropy(y, p):
    return {(1, i * (2**61 - 1)): 0.0 for i in range(200)}
