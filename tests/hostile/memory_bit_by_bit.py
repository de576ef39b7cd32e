"""Asks for memory until there is none, at most 10 GB.

lesson: lesson3
score: 0
3e: out of memory
"""

def cross_entropy(y, p):
    held = []
    for _ in range(1_000):
        held.append(bytearray(10 * 2**20))
    return 0.0
