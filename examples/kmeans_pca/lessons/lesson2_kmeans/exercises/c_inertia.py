"""2c: the inertia."""

import numpy as np

from grader.checks import exercise, expect

from . import PAPER_CENTRES, PAPER_LABELS, PAPER_X, groups

price = exercise(
    "inertia",
    hints=(
        "Which centre does each point belong to? One expression gives all of them.",
        "x - centres[labels] has a row of differences for each point.",
        "Square them and sum everything, without an axis.",
    ),
)
price.slips()


@price.check
def inertia_of_the_paper_example(attempt):
    """On paper, it is 8."""
    expect(attempt.inertia(PAPER_X, PAPER_LABELS, PAPER_CENTRES)).close_to(8)


@price.check
def inertia_of_random_groups(attempt, reference, rng):
    """It agrees with the solution on random groups, with any labels."""
    for k, d in ((3, 2), (4, 3)):
        x, centres = groups(rng, k, d)
        labels = rng.integers(k, size=len(x))
        want = reference.inertia(x, labels, centres)
        expect(attempt.inertia(x, labels, centres)).close_to(want)


@price.wrong_answer("You added up distances. The inertia adds up squared distances.")
def without_squares(x, labels, centres):
    return float(np.sqrt(((x - centres[labels]) ** 2).sum(axis=1)).sum())


@price.wrong_answer(
    "You added up the distances to all centres. Each point counts only the distance to "
    "its own.\nUse centres[labels]."
)
def to_all_centres(x, labels, centres):
    return float(((x[:, None, :] - centres) ** 2).sum())
