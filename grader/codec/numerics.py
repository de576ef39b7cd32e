"""numerics: numpy, as it is imported first in a judge and in a worker."""

from grader.machine import single_threaded

with single_threaded():
    import numpy as np

__all__ = ["np"]
