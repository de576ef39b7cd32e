"""Locks single bytes of a file, each on its own, 20,000 times; each took memory.

lesson: lesson3
score: 0
3e: wrong
"""

import fcntl
import os
import struct


def cross_entropy(y, p):
    with open("locked", "w+b") as file:
        for at in range(20_000):
            lock = struct.pack("@hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 2 * at, 1, 0)
            fcntl.fcntl(file, 37, lock)  # F_OFD_SETLK
            fcntl.lockf(file, fcntl.LOCK_EX, 1, 2 * at)
    return 0.0
