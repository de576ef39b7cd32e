"""Spends its time in C code, which no Python signal interrupts.

lesson: lesson3
score: 0
CPU seconds of a call: 1
3e: timed out, raised
"""

def cross_entropy(y, p):
    return len(str(7 ** (3**17))) if False else pow(7, 3**20, 10**200_000)
