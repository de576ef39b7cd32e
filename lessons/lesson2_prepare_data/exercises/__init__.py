"""Lesson 2: what its exercises have in common, and the numbers in its text."""

import functools

import numpy as np

from grader.checks import lesson
from lessons.data import load_data

LESSON = lesson(
    imports=("numpy",),
    can_do=(
        "turn images into rows of small numbers, and labels into one-hot rows",
        "split data class by class, so that no class is missing from the test",
        "count what leaked from testing to training, before you trust an accuracy",
    ),
)


def noise_images(n, height=28, width=28, seed=0):
    """Return n images of noise."""
    shape = (n, height, width)
    return np.random.default_rng(seed).integers(0, 256, size=shape, dtype=np.uint8)


NUMBERED = np.arange(2 * 28 * 28).reshape(2, 28, 28)


# Numbers in the text


@functools.cache
def ones_in_the_test_set():
    (_, _), (_, y_test) = load_data()
    return int((y_test == 1).sum())


MEASURED = "mean of 20 seeds on the small set: measure.py, and the table in NOTES.md"


def byte(*values):
    return np.array(values, dtype=np.uint8)


NUMBERS = {
    "60000": lambda: f"{len(load_data()[0][0])}",
    "60,000": lambda: f"{len(load_data()[0][0]):,}",
    "144": lambda: f"{(byte(200) + byte(200))[0]}",
    "254": lambda: f"{(byte(10) - byte(12))[0]}",
    "784, 785": lambda: ", ".join(map(str, NUMBERED.reshape(2, -1)[1, :2])),
    "1, 3, 5": lambda: ", ".join(map(str, NUMBERED.reshape(784, 2).T[1, :3])),
    "0.0": lambda: f"{(byte(0) / 255)[0]}",
    "1.0": lambda: f"{(byte(255) / 255)[0]}",
    "3.1": lambda: f"{1000 * 4000 * 784 / 1e9:.1f}",
    "0.1135": lambda: f"{ones_in_the_test_set() / 10000:.4f}",
    "1,135": lambda: f"{ones_in_the_test_set():,}",
    "10,000": lambda: f"{len(load_data()[1][1]):,}",
}

QUOTED = {
    "0.94": f"prepared correctly, {MEASURED}",
    "0.11": f"scrambled reshape, {MEASURED}",
    "0.37": f"// 255, {MEASURED}",
    "0.38": f"divided by 255 twice, {MEASURED}",
    "0.31 to 0.50": "divided by 255 twice, lowest and highest of the same 20 seeds",
    "0.00": f"one-hot one column too far right, 0.0044, {MEASURED}",
    "0.99": f"test images in training, {MEASURED}",
    "30 sevens": "the sorted tail of the small set, counted by measure.py",
    "all 970 of them wrong": "in each of 20 seeds, counted by measure.py",
    "4,000": "the size of the small training set",
    "5,000": "both of them together",
    "1,000": "the size of the small test set",
}
