"""Tests that refuse every loss.

lesson: lesson3
score: 0
3f: wrong
"""

def check_loss(fn):
    raise AssertionError("no")
