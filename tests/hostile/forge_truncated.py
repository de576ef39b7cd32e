"""Announces a reply and sends half of it.

common: forge
lesson: lesson3
score: 0
idle seconds of a call: 2
3e: raised, wrong, timed out
"""

FORGED = struct.pack('<Q', 4096) + b'x' * 100
