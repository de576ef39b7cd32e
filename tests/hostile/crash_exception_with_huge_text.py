"""Raises an exception with 50 MB of text.

lesson: lesson3
score: 0
3e: raised
"""

def cross_entropy(y, p):
    raise ValueError("x" * 50_000_000)
