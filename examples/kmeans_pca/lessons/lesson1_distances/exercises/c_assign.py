"""1c: the nearest centre."""

import numpy as np

from grader.checks import exercise, expect

from . import PAPER_CENTRES, PAPER_X, SIZES, random_points

nearest = exercise(
    "assign",
    hints=(
        "Which function returns the position of the smallest entry?",
        "Each row of the table belongs to one point: which axis do you search along?",
        "squared_distances(x, centres), then argmin along axis=1",
    ),
)
nearest.slips()


@nearest.check
def labels_of_random_points(attempt, reference, rng):
    """It agrees with the solution, for any number of points and centres."""
    for n, k, d in ((40, 3, 2), *SIZES):
        x, centres = random_points(rng, n, k, d)
        expect(attempt.assign(x, centres)).equals(reference.assign(x, centres))


@nearest.check
def labels_of_the_paper_example(attempt):
    """On paper, both leaves belong to A, and the tie goes to the first centre."""
    expect(attempt.assign(PAPER_X, PAPER_CENTRES)).equals(np.array([0, 0]))


@nearest.check
def every_centre_is_nearest_to_itself(attempt, rng):
    """Each of several centres is nearest to itself."""
    centres = random_points(rng, 1, 6, 3)[1]
    expect(attempt.assign(centres, centres)).equals(np.arange(6))


@nearest.wrong_answer(
    "You returned the farthest centre of each point. Return the nearest one."
)
def farthest(x, centres):
    return ((x[:, None, :] - centres) ** 2).sum(axis=-1).argmax(axis=1)


@nearest.wrong_answer(
    "You measured along streets: absolute differences, added up. The straight distance "
    "adds squares.\nUse squared_distances."
)
def nearest_along_streets(x, centres):
    return np.abs(x[:, None, :] - centres).sum(axis=-1).argmin(axis=1)
