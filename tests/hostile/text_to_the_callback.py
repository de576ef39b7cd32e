"""Hands text, bytes and nothing to the function whose gradient it takes.

lesson: lesson5
score: 0
5f: raised
"""


def numeric_grad(f, z, h=1e-5):
    for strange in ("text", b"bytes", None, {}, []):
        try:
            f(strange)
        except Exception:
            pass
    return f("text")
