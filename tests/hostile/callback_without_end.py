"""Calls the function of 5f for ever, and catches what it says.

lesson: lesson5
score: 0
5f: timed out
"""


def numeric_grad(f, z, h=1e-5):
    while True:
        try:
            f(z)
        except BaseException:
            pass
