"""Returns objects that have to stay in the worker, a hundred thousand of them.

lesson: lesson3
score: 0
3e: wrong, raised
"""

def cross_entropy(y, p):
    return [object() for _ in range(100_000)]
