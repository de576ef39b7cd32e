"""The exercises of lesson 3, and their known mistakes."""

import functools

import numpy as np

from grader.checks import lesson
from lessons.data import load_leaves

LESSON = lesson(
    imports=("numpy", "sympy"),
    can_do=(
        "compute a covariance matrix with one product",
        "derive why a projection is the best number for a point",
        "find the direction of most variance, and say how much it keeps",
    ),
)

PAPER_X = np.array([[1.0, 2], [3, 8], [5, 5]])
# Numbers of points and measurements.
SIZES = ((6, 3), (4, 2), (9, 5))


# Mistakes call this, as a learner's functions call that of 3a.
def centred(x):
    """Return the points, seen from their mean."""
    return x - x.mean(axis=0)


def points(rng, n, d):
    """Return points whose mean is far from 0 and whose columns vary together."""
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 5 * rng.normal(size=d)


@functools.cache
def _components():
    """Return the variances of the leaves, from large to small, and the first weights."""
    c = centred(load_leaves()[0])
    values, vectors = np.linalg.eigh(c.T @ c / (len(c) - 1))
    w = vectors[:, -1]
    return values[::-1], w * np.sign(w[np.abs(w).argmax()])


def _percent(first, last):
    values = _components()[0]
    return f"{100 * values[first:last].sum() / values.sum():.1f}"


NUMBERS = {
    "0.707107": lambda: f"{0.5**0.5:.6f}",
    "0.76": lambda: f"{_components()[1][0]:.2f}",
    "-0.28": lambda: f"{_components()[1][1]:.2f}",
    "-0.33": lambda: f"{_components()[1][2]:.2f}",
    "0.48": lambda: f"{_components()[1][3]:.2f}",
    "7.33": lambda: f"{_components()[0][0]:.2f}",
    "10.86": lambda: f"{_components()[0].sum():.2f}",
    "67.5": lambda: _percent(0, 1),
    "24.9": lambda: _percent(1, 2),
    "92.4": lambda: _percent(0, 2),
}
QUOTED = {}
