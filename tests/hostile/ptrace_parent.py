"""Tries to trace its parent.

promise: other-processes
lesson: lesson3
score: 0
3e: wrong, raised
"""

import ctypes
import os


def cross_entropy(y, p):
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.ptrace(16, os.getppid(), 0, 0) == 0:
            return 1.184675
    except OSError:
        pass
    return 0.0
