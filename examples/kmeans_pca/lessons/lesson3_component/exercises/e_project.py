"""3e: the projection."""

import numpy as np

from grader.checks import exercise, expect

from . import PAPER_X, SIZES, points

on_a_line = exercise(
    "project",
    hints=(
        "The best number for one point is u x + v y, once it is seen from the middle.",
        "For all points at once, that is a matrix times a vector.",
        "centred(x) @ w",
    ),
)
on_a_line.slips()


def random_direction(rng, d):
    """Return a vector of length 1."""
    w = rng.normal(size=d)
    return w / np.sqrt(w @ w)


@on_a_line.check
def of_the_paper_example(attempt):
    """On paper, in the direction (0.6, 0.8), the numbers are -3.6, 2.4 and 1.2."""
    answer = attempt.project(PAPER_X, np.array([0.6, 0.8]))
    expect(answer).close_to([-3.6, 2.4, 1.2])


@on_a_line.check
def of_random_points(attempt, reference, rng):
    """It agrees with the solution, and its variance is w.T C w."""
    for n, d in SIZES:
        x, w = points(rng, n, d), random_direction(rng, d)
        answer = attempt.project(x, w)
        expect(answer).close_to(reference.project(x, w))
        variance = expect(answer).its("variance", lambda t: np.var(t, ddof=1))
        variance.close_to(w @ np.cov(x.T) @ w)


@on_a_line.wrong_answer(
    "You projected the points as they are. See them from their mean first."
)
def not_from_the_middle(x, w):
    return x @ w


@on_a_line.wrong_answer(
    "You returned the points on the line, with all their measurements. Return one number "
    "for each: how far along the line it is."
)
def points_on_the_line(x, w):
    return np.outer((x - x.mean(axis=0)) @ w, w)
