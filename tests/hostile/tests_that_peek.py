"""Tests that look into the function they were given.

lesson: lesson3
score: 0
3f: wrong, raised
"""

def check_loss(fn):
    name = getattr(fn, "__name__", "") + repr(fn) + str(getattr(fn, "__closure__", ""))
    assert "wrong" not in name
    assert "mutant" not in name
