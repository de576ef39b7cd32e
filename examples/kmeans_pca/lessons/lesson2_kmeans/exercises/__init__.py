"""The exercises of lesson 2, and their known mistakes."""

import functools

import numpy as np

from grader.checks import lesson
from lessons.data import load_leaves

LESSON = lesson(
    imports=("numpy", "sympy"),
    can_do=(
        "derive why the centre of a group is its mean",
        "find groups in data with k-means, written by you",
        "say what its result depends on, and choose the number of groups",
    ),
)

PAPER_X = np.array([[0.0, 0], [2, 2], [9, 9]])
PAPER_LABELS = np.array([0, 0, 2])
PAPER_CENTRES = np.array([[1.0, 0], [5, 5], [8, 8]])


# Mistakes call these, as a learner's functions call those of the page.
def squared_distances(x, centres):
    """Return the table of squared distances."""
    return ((x[:, None, :] - centres) ** 2).sum(axis=-1)


def assign(x, centres):
    """Return the position of the nearest centre for each point."""
    return squared_distances(x, centres).argmin(axis=1)


def update(x, labels, centres):
    """Return the mean of each group; an empty one keeps its centre."""
    new = centres.copy()
    for label in range(len(centres)):
        if (labels == label).any():
            new[label] = x[labels == label].mean(axis=0)
    return new


def inertia(x, labels, centres):
    """Return the sum of the squared distances to the own centres."""
    return float(((x - centres[labels]) ** 2).sum())


def kmeans(x, centres, most=100):
    """Return the centres and the labels where k-means ends."""
    for _ in range(most):
        new = update(x, assign(x, centres), centres)
        if np.array_equal(new, centres):
            break
        centres = new
    return centres, assign(x, centres)


def groups(rng, k, d, each=12):
    """Return points around k middles, in a random order, and k of them as centres."""
    middles = 4 * rng.normal(size=(k, d))
    x = rng.permutation(
        np.repeat(middles, each, axis=0) + rng.normal(size=(k * each, d))
    )
    return x, x[:k].copy()


# Every number in the text, computed again.


@functools.cache
def _after(rounds):
    leaves = load_leaves()[0]
    centres, labels = kmeans(leaves, leaves[:3], rounds)
    return inertia(leaves, labels, centres)


@functools.cache
def _ends(k):
    leaves = load_leaves()[0]
    ends = (kmeans(leaves, leaves[i : i + k]) for i in range(0, 115, 5))
    return sorted(inertia(leaves, labels, centres) for centres, labels in ends)


NUMBERS = {
    "1068.25": lambda: f"{_after(0):.2f}",
    "504.23": lambda: f"{_after(1):.2f}",
    "306.41": lambda: f"{_after(2):.2f}",
    "305.82": lambda: f"{_ends(3)[0]:.2f}",
    "1291.85": lambda: f"{_ends(1)[0]:.2f}",
    "546.89": lambda: f"{_ends(2)[0]:.2f}",
    "230.26": lambda: f"{_ends(4)[0]:.2f}",
    "165.86": lambda: f"{_ends(5)[0]:.2f}",
    "512.75": lambda: f"{_ends(3)[-1]:.2f}",
}
QUOTED = {}
