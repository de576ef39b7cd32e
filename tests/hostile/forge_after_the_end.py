"""A thread goes on writing replies after the answer.

lesson: lesson3
score: 0
3e: raised, wrong
"""

import os
import stat
import struct


def sockets():
    for fd in range(3, 64):
        try:
            mode = os.fstat(fd).st_mode
        except OSError:
            continue
        if stat.S_ISSOCK(mode) or stat.S_ISFIFO(mode):
            yield fd


import threading
import time


def shout():
    for _ in range(200):
        for fd in sockets():
            try:
                os.write(fd, struct.pack("<Q", 1) + b"\x00")
            except OSError:
                pass
        time.sleep(0.01)


def cross_entropy(y, p):
    threading.Thread(target=shout, daemon=True).start()
    return 0.0
