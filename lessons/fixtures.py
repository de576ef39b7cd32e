"""fixtures: data that the checks of several lessons use."""

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from grader.checks import fixture

FILE = Path(__file__).parent / "data" / "mnist.npz"


@dataclass(frozen=True)
class Mnist:
    """The four arrays of the shipped data, read-only.

    Each array is read when a check first uses it, and kept for later gradings. All
    instances are equal, so that what is computed from them can be kept as well.
    """

    @property
    def x_train(self):
        return kept("x_train")

    @property
    def y_train(self):
        return kept("y_train")

    @property
    def x_test(self):
        return kept("x_test")

    @property
    def y_test(self):
        return kept("y_test")


@functools.lru_cache(maxsize=4)
def kept(name):
    with np.load(FILE) as arrays:
        array = arrays[name]
    array.flags.writeable = False
    return array


@fixture
def mnist():
    """Return images and labels; the test labels never leave the judge."""
    return Mnist()
