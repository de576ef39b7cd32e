"""Answers with an object whose class has a name of three million letters.

lesson: lesson3
score: 0
3e: wrong
"""


def cross_entropy(y, p):
    return type("A" * 3_000_000, (), {})()
