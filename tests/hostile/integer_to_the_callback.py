"""Hands a whole number that no float can hold to the function it was given.

lesson: lesson5
score: 0
5f: raised
"""


def numeric_grad(f, z, h=1e-5):
    return f(10**1200)
