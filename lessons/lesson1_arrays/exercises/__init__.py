"""Lesson 1: what its exercises have in common, and the numbers in its text."""

import functools

import numpy as np

from grader.checks import lesson
from lessons.data import load_data

LESSON = lesson(
    imports=("numpy", "matplotlib"),
    can_do=(
        "read the shape and the dtype of an array, and predict those of a slice",
        "describe a data set in numbers, and count its classes without a loop",
        "compute the accuracy that every classifier has to beat, and say why",
    ),
)


def noise_images(n, height=28, width=28, seed=0, low=0, high=255):
    """Return n images of noise; both extremes occur, each at one pixel."""
    rng = np.random.default_rng(seed)
    images = rng.integers(low + 1, high, size=(n, height, width), dtype=np.uint8)
    images[-1, 0, 0], images[-1, -1, -1] = low, high
    return images


FIVE = noise_images(5, seed=1)
OBLONG = noise_images(4, height=5, width=7, seed=2, low=3, high=201)


def place_of(image, images):
    """Return the index of an image in a set, or None if the set doesn't contain it."""
    same = (at for at, other in enumerate(images) if np.array_equal(image, other))
    return next(same, None)


# Numbers in the text


@functools.cache
def mnist_arrays():
    """Return the four arrays, read once."""
    (x_train, y_train), (x_test, y_test) = load_data()
    return x_train, y_train, x_test, y_test


def train_pixels():
    return mnist_arrays()[0]


def percentage_of(pixel):
    """Return the percentage of training pixels with this value."""
    return f"{100 * (train_pixels() == pixel).mean():.2f}"


def mebibytes(dtype):
    return f"{train_pixels().size * np.dtype(dtype).itemsize / 2**20:.1f}"


def ones_in(labels):
    return int((labels == 1).sum())


NUMBERS = {
    "60000": lambda: f"{len(train_pixels())}",
    "60,000": lambda: f"{len(train_pixels()):,}",
    "10,000": lambda: f"{len(mnist_arrays()[2]):,}",
    "70,000": lambda: f"{len(train_pixels()) + len(mnist_arrays()[2]):,}",
    "47,040,000": lambda: f"{train_pixels().nbytes:,}",
    "44.9": lambda: mebibytes("uint8"),
    "179.4": lambda: mebibytes("float32"),
    "358.9": lambda: mebibytes("float64"),
    "33.3184": lambda: f"{train_pixels().mean():.4f}",
    "80.88": lambda: percentage_of(0),
    "0.67": lambda: percentage_of(255),
    "6,742": lambda: f"{ones_in(mnist_arrays()[1]):,}",
    "11.24": lambda: f"{100 * ones_in(mnist_arrays()[1]) / 60000:.2f}",
    "1,135": lambda: f"{ones_in(mnist_arrays()[3]):,}",
    "0.1135": lambda: f"{ones_in(mnist_arrays()[3]) / 10000:.4f}",
    "0.10": lambda: f"{1 / 10:.2f}",
}
QUOTED = {"4,000": "a choice: the images that the first cell learns from"}
