"""Writes a reply of its own making into the channel.

common: forge
lesson: lesson3
score: 0
3e: raised, wrong, timed out
"""

FORGED = struct.pack('<Q', 9) + b'\x00' * 9
