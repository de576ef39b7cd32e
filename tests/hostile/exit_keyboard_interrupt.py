"""Raises KeyboardInterrupt, as if a person had pressed Ctrl-C.

lesson: lesson3
score: 0
3e: raised
"""

def cross_entropy(y, p):
    raise KeyboardInterrupt
