"""1b: the table of squared distances."""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from . import PAPER_CENTRES, PAPER_X, SIZES, random_points

distances = exercise(
    "squared_distances",
    hints=(
        "Which shape has an array with every difference of every pair?",
        "x[:, None, :] - centres has the shape (n, k, d).",
        "Square the differences, and sum over the last axis, axis=-1.",
    ),
    alternative=Alternative(
        code="""
            def squared_distances(x, centres):
                own = (x**2).sum(axis=1)[:, None] + (centres**2).sum(axis=1)
                return own - 2 * x @ centres.T
        """,
        why=(
            "It never makes the (n, k, d) array, so large data fits into memory. The "
            "price: close points far from 0 lose digits in the subtraction."
        ),
    ),
)
distances.slips(
    slip(
        "sum over the centres",
        "You added up over the centres, so each point has a value for each measurement. "
        "Add up over the measurements.",
        "_.sum(axis=-1) -> _.sum(axis=1)",
    ),
)


@distances.check
def of_the_paper_example(attempt):
    """The table of the paper example is right."""
    answer = attempt.squared_distances(PAPER_X, PAPER_CENTRES)
    expect(answer).close_to([[25, 36, 29], [2, 25, 2]])


@distances.check
def of_random_points(attempt, reference, rng):
    """It agrees with the solution, for any number of points, centres and measurements."""
    for n, k, d in SIZES:
        x, centres = random_points(rng, n, k, d)
        want = reference.squared_distances(x, centres)
        expect(attempt.squared_distances(x, centres)).close_to(want)


@distances.check
def a_point_is_at_no_distance_from_itself(attempt, rng):
    """From each point to itself the squared distance is 0, and the table is symmetric."""
    x = random_points(rng, 4, 1, 3)[0]
    answer = attempt.squared_distances(x, x)
    diagonal = expect(answer).its("diagonal", lambda table: np.diagonal(table))
    diagonal.close_to(np.zeros(4))
    expect(answer).its("difference from its transpose", lambda t: t - t.T).all_close_to(
        0
    )


@distances.wrong_answer(
    "These are the distances themselves. Return their squares: leave out the root."
)
def root_taken(x, centres):
    return np.sqrt(((x[:, None, :] - centres) ** 2).sum(axis=-1))


@distances.wrong_answer(
    "You added up absolute differences: the way along streets, not the straight one.\n"
    "Square the differences instead."
)
def along_streets(x, centres):
    return np.abs(x[:, None, :] - centres).sum(axis=-1)


@distances.wrong_answer(
    "Your table has a row for each centre. It should have a row for each point."
)
def a_row_for_each_centre(x, centres):
    return ((centres[:, None, :] - x) ** 2).sum(axis=-1)


@distances.wrong_answer(
    "You squared after adding up, so differences of opposite sign cancel.\n"
    "Square each difference first."
)
def squared_too_late(x, centres):
    return (x[:, None, :] - centres).sum(axis=-1) ** 2
