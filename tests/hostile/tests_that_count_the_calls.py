"""Tests that know which calls come first, and let another four through by chance.

promise: tampering
lesson: lesson3
score: 0
3f: wrong
"""

asked = []


def check_loss(fn):
    asked.append(fn)
    assert len(asked) <= 6
