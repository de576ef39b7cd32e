"""Prints 300 MB.

lesson: lesson3
score: 0
3e: wrong
"""

def cross_entropy(y, p):
    line = "x" * 2**20
    for _ in range(300):
        print(line)
    return 0.0
