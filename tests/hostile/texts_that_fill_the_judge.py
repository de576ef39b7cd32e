"""Hands texts of a megabyte to the function whose gradient it takes, without end.

lesson: lesson5
score: 0
5f: out of memory, timed out, raised
"""


def numeric_grad(f, z, h=1e-5):
    for number in range(15_000):
        try:
            f(f"{number}" + "x" * 1_000_000)
        except Exception:
            pass
    return z
