"""Returns a list nested ten thousand deep.

lesson: lesson3
score: 0
3e: wrong, raised
"""

def cross_entropy(y, p):
    nest = []
    for _ in range(10_000):
        nest = [nest]
    return nest
