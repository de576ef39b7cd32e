"""Takes space for files, keeps them in memory and deletes them; at most 1 GB.

lesson: lesson3
score: 0
3e: raised, wrong
"""

import ctypes
import os
import time

libc = ctypes.CDLL(None)
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3]
libc.mmap.argtypes += [ctypes.c_long]


def cross_entropy(y, p):
    for number in range(16):
        name = f"file-{number}"
        try:
            with open(name, "w+b") as file:
                os.posix_fallocate(file.fileno(), 0, 60 << 20)
                libc.mmap(None, 4096, 1, 1, file.fileno(), 0)
        except OSError:
            pass
        os.unlink(name)
        time.sleep(0.03)
    return 0.0
