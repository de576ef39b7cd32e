"""Has a byte order mark and Windows line ends, which is fine.

lesson: lesson3
score: 0
3e: wrong
"""


def cross_entropy(y, p):
    return 0.0
