"""Returns an integer of a million digits.

lesson: lesson3
score: 0
3e: wrong, raised
"""

def cross_entropy(y, p):
    return 10**1_000_000
