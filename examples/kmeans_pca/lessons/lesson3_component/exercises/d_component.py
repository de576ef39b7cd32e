"""3d: the direction of most variance."""

import numpy as np

from grader.checks import exercise, expect

from . import SIZES, points

direction = exercise(
    "first_component",
    hints=(
        "np.linalg.eigh returns two arrays. Where in the second one is an eigenvector?",
        "The eigenvalues are sorted from small to large, so you need the last column.",
        "Its largest entry by size is w[np.abs(w).argmax()]: multiply w by its sign.",
    ),
)
direction.slips()


def with_negative_sign(rng, n, d):
    """Return a covariance matrix for which eigh gives the wrong sign.

    Otherwise the sign that chance gives would be right in some gradings.
    """
    while True:
        c = np.cov(points(rng, n, d).T)
        w = np.linalg.eigh(c)[1][:, -1]
        if w[np.abs(w).argmax()] < 0:
            return c


@direction.check
def of_the_paper_example(attempt):
    """For ((3, 1), (1, 3)) it is (0.707107, 0.707107)."""
    answer = attempt.first_component(np.array([[3.0, 1], [1, 3]]))
    # Which of two equal entries is the largest by size is chance, and so is the sign.
    expect(answer).its("absolute values", np.abs).all_close_to(0.5**0.5)


@direction.check
def of_random_points(attempt, reference, rng):
    """It agrees with the solution, sign and length included."""
    matrices = [with_negative_sign(rng, n, d) for n, d in 2 * SIZES]
    answers = [attempt.first_component(c) for c in matrices]
    for answer, c in zip(answers, matrices, strict=True):
        expect(answer).close_to(reference.first_component(c))


@direction.check
def the_matrix_only_stretches_it(attempt, rng):
    """C w is w times the largest eigenvalue."""
    c = np.cov(points(rng, 8, 4).T)
    w = attempt.first_component(c)
    stretched = expect(w).its("product with the matrix", lambda w: c @ w)
    stretched.close_to(np.linalg.eigvalsh(c)[-1] * expect(w).array(shape=(4,)))


@direction.wrong_answer(
    "The direction is right, but its sign is chance. Make the largest entry, by size, "
    "positive."
)
def any_sign(c):
    return np.linalg.eigh(c)[1][:, -1]


@direction.wrong_answer(
    "You returned the eigenvector times its eigenvalue. A direction has length 1."
)
def with_its_variance(c):
    values, vectors = np.linalg.eigh(c)
    w = vectors[:, -1]
    return values[-1] * w * np.sign(w[np.abs(w).argmax()])
