"""Announces a reply of an exabyte.

common: forge
lesson: lesson3
score: 0
3e: raised, wrong, timed out
"""

FORGED = struct.pack('<Q', 2**60) + b'x' * 64
