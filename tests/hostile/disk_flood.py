"""Writes files until it may not, at most 2 GB.

lesson: lesson3
score: 0
3e: wrong, raised
"""

def cross_entropy(y, p):
    block = b"x" * 2**20
    for number in range(20):
        try:
            with open(f"flood{number}", "wb") as file:
                for _ in range(100):
                    file.write(block)
        except OSError:
            break
    return 0.0
