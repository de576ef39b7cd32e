"""Writes a full score as JSON into every channel.

common: forge
lesson: lesson3
score: 0
3e: raised, wrong, timed out
"""

FORGED = b'{"score": 100, "passed": true}\n' * 50
