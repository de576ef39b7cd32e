"""Raises GeneratorExit, which is not an Exception.

lesson: lesson3
score: 0
3e: raised
"""

def cross_entropy(y, p):
    raise GeneratorExit
