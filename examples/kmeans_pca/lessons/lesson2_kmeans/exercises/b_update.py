"""2b: move the centres."""

import numpy as np

from grader.checks import exercise, expect

from . import PAPER_CENTRES, PAPER_LABELS, PAPER_X, assign, groups

moved = exercise(
    "update",
    hints=(
        "x[labels == label] are the points with this label.",
        "The mean of a group is a row: average over its points, not its measurements.",
        "Copy the old centres, and replace row after row by own.mean(axis=0), unless own "
        "is empty.",
    ),
)
moved.slips()


@moved.check
def one_group_or_one_for_each_point(attempt, rng):
    """One group has the mean of all points, and a group of one point is that point."""
    x = rng.normal(size=(7, 3))
    whole = attempt.update(x, np.zeros(7, dtype=int), np.zeros((1, 3)))
    single = attempt.update(x, np.arange(7), np.zeros((7, 3)))
    expect(whole).close_to(x.mean(axis=0, keepdims=True))
    expect(single).close_to(x)


@moved.check
def centres_of_the_paper_example(attempt):
    """On paper, the centres move to (1, 1) and (9, 9), and the empty one stays."""
    answer = attempt.update(PAPER_X, PAPER_LABELS, PAPER_CENTRES)
    expect(answer).close_to([[1, 1], [5, 5], [9, 9]])


@moved.check
def centres_of_random_groups(attempt, reference, rng):
    """It agrees with the solution on random groups of different sizes."""
    for k, d in ((3, 2), (2, 4), (5, 3)):
        x, centres = groups(rng, k, d)
        labels = assign(x, centres)
        want = reference.update(x, labels, centres)
        expect(attempt.update(x, labels, centres)).close_to(want)


@moved.wrong_answer(
    "Every centre is the mean of all points. Average only the points with its label."
)
def mean_of_all_points(x, labels, centres):
    return np.repeat(x.mean(axis=0, keepdims=True), len(centres), axis=0)


@moved.wrong_answer(
    "Your new centre is halfway between the old one and the mean. Return the mean itself."
)
def halfway(x, labels, centres):
    new = centres.copy()
    for label in range(len(centres)):
        own = x[labels == label]
        if len(own) > 0:
            new[label] = (own.mean(axis=0) + centres[label]) / 2
    return new


@moved.wrong_answer(
    "The empty cluster has no row in your answer. It keeps its old centre, so there are "
    "as many centres as before."
)
def empty_cluster_left_out(x, labels, centres):
    return np.array([x[labels == label].mean(axis=0) for label in np.unique(labels)])
