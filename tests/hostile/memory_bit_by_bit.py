"""Asks for memory until there is none, at most 10 GB.

Where new pages are slow to come, as on a virtual machine that has just begun, its CPU
seconds end before its memory does.

lesson: lesson3
score: 0
3e: out of memory, timed out
"""

def cross_entropy(y, p):
    held = []
    for _ in range(1_000):
        held.append(bytearray(10 * 2**20))
    return 0.0
