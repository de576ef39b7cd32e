"""numerics: numpy with one thread, wherever the codec is what imports it first.

What a judge multiplies is small, and threads that wait for each other take more time
than they save: a grading of lesson 6 took 0.46 s of the judge's CPU, and takes 0.16 s.
What is started later has the environment as it was.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

# What OpenBLAS reads when numpy is imported.
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")


@contextlib.contextmanager
def _single_threaded() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


with _single_threaded():
    import numpy as np

__all__ = ["np"]
