"""3b: the covariance matrix."""

import numpy as np

from grader.checks import Alternative, exercise, expect

from . import PAPER_X, SIZES, centred, points

together = exercise(
    "covariance",
    hints=(
        "The table has a row and a column for each measurement: its shape is (d, d).",
        "With c = centred(x), of shape (n, d), only c.T @ c has that shape.",
        "c.T @ c adds up n products. Divide by n - 1.",
    ),
    alternative=Alternative(
        code="""
            def covariance(x):
                scaled = centred(x) / np.sqrt(len(x) - 1)
                return scaled.T @ scaled
        """,
        why=(
            "The result is exactly symmetric, and its factor is at hand for an SVD. The "
            "price: a division for each point instead of each pair of columns."
        ),
    ),
)
together.slips()


@together.check
def of_the_paper_example(attempt):
    """On paper, it is ((4, 3), (3, 9))."""
    expect(attempt.covariance(PAPER_X)).close_to([[4, 3], [3, 9]])


@together.check
def of_random_points(attempt, rng):
    """It agrees with np.cov on random points."""
    for n, d in SIZES:
        x = points(rng, n, d)
        expect(attempt.covariance(x)).close_to(np.cov(x.T))


@together.check
def moving_all_points_changes_nothing(attempt, rng):
    """It stays the same when all points move together."""
    x = points(rng, 5, 3)
    # Numbers near 100 are stored to 1e-14, and their squares are near 10.
    expect(attempt.covariance(x + 100)).close_to(np.cov(x.T), tolerance=1e-9)


@together.wrong_answer(
    "Your table has a row and a column for each point. It should have one for each "
    "measurement."
)
def between_points(x):
    c = centred(x)
    return c @ c.T / (len(x) - 1)


@together.wrong_answer(
    "These are correlations: covariances divided by both standard deviations. Leave that "
    "division out."
)
def correlations(x):
    with np.errstate(all="ignore"):
        return np.corrcoef(x.T)
