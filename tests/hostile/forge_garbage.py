"""Writes garbage into the channel.

common: forge
lesson: lesson3
score: 0
3e: raised, wrong, timed out
"""

FORGED = b'\xff' * 4096
