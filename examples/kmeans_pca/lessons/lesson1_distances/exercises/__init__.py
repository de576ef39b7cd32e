"""The exercises of lesson 1, and their known mistakes."""

import numpy as np

from grader.checks import lesson

LESSON = lesson(
    imports=("numpy",),
    can_do=(
        "compute all distances between points and centres without a loop",
        "give every point the label of its nearest centre",
        "write tests that catch an assignment that only looks right",
    ),
)
NUMBERS, QUOTED = {}, {}

PAPER_X = np.array([[1.0, 2], [5, 5]])
PAPER_CENTRES = np.array([[4.0, 6], [1, 8], [6, 4]])
# Numbers of points, centres and measurements. In none of them two are the same.
SIZES = ((7, 3, 2), (4, 5, 3), (6, 2, 4))


def random_points(rng, n, k, d):
    """Return n points and k centres with d measurements."""
    return 3 * rng.normal(size=(n, d)), 3 * rng.normal(size=(k, d))
