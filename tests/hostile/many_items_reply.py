"""Returns a list of three million items.

lesson: lesson3
score: 0
3e: wrong, raised
"""

def cross_entropy(y, p):
    return [0.0] * 3_000_000
