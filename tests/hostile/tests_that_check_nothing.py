"""Tests that accept every loss.

lesson: lesson3
score: 0
3f: wrong
"""

def check_loss(fn):
    return None
