"""3a: seen from the mean."""

import numpy as np

from grader.checks import exercise, expect

from . import PAPER_X, SIZES, points

middle = exercise(
    "centred",
    hints=(
        "Each column has its own mean. How many means are there?",
        "x.mean(axis=0) has one entry for each column.",
        "Subtract it from x: NumPy does that for every row.",
    ),
)
middle.slips()


@middle.check
def of_the_paper_example(attempt):
    """On paper, the points become (-2, -3), (0, 3) and (2, 0)."""
    expect(attempt.centred(PAPER_X)).close_to([[-2, -3], [0, 3], [2, 0]])


@middle.check
def of_random_points(attempt, reference, rng):
    """It agrees with the solution on random points, and every column sums to 0."""
    for n, d in SIZES:
        x = points(rng, n, d)
        answer = attempt.centred(x)
        expect(answer).close_to(reference.centred(x))
        sums = expect(answer).its("column sums", lambda c: np.sum(c, axis=0))
        # The columns are about 10 in size, and a sum of 9 rounds to 1e-13 or so.
        sums.all_close_to(0, tolerance=1e-9)


@middle.wrong_answer(
    "You also divided by the standard deviation. Only subtract the mean here: the "
    "variances are what this lesson is about."
)
def standardized(x):
    with np.errstate(all="ignore"):
        return (x - x.mean(axis=0)) / x.std(axis=0)


@middle.wrong_answer("You subtracted the median of each column. Subtract its mean.")
def from_the_median(x):
    return x - np.median(x, axis=0)
