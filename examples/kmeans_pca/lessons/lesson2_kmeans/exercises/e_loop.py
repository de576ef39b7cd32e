"""2e: the loop."""

import numpy as np

from grader.checks import Alternative, exercise, expect

from . import assign, groups, update

loop = exercise(
    "kmeans",
    hints=(
        "Both steps are written. Which one comes first, if you have centres and no labels?",
        "Keep the new centres beside the old ones, and compare: np.array_equal(new, old).",
        "At the end, return centres, assign(x, centres).",
    ),
    alternative=Alternative(
        code="""
            def kmeans(x, centres, most=100):
                labels = assign(x, centres)
                for _ in range(most):
                    centres = update(x, labels, centres)
                    before, labels = labels, assign(x, centres)
                    if np.array_equal(before, labels):
                        break
                return centres, labels
        """,
        why=(
            "It compares labels, which are whole numbers, so rounding can't keep it "
            "going. The price: one more variable."
        ),
    ),
)


def _expect_both(attempt, reference, x, centres, most=100):
    """Expect the centres and the labels of the solution."""
    answer = attempt.kmeans(x, centres, most)
    want_centres, want_labels = reference.kmeans(x, centres, most)
    expect(answer).sequence(2)
    expect(answer).its("centres", lambda both: both[0]).close_to(want_centres)
    expect(answer).its("labels", lambda both: both[1]).equals(want_labels)


@loop.check
def ends_where_the_solution_ends(attempt, reference, rng):
    """It ends with the solution's centres and labels on random groups."""
    for k, d in ((3, 2), (2, 4), (5, 3)):
        _expect_both(attempt, reference, *groups(rng, k, d))


@loop.check
def nothing_moves_at_the_end(attempt, rng):
    """At the end, each centre is the mean of its group, and nothing moves any more."""
    x, centres = groups(rng, 4, 2)
    answer = attempt.kmeans(x, centres)
    expect(answer).sequence(2)
    found = expect(answer).its("centres", lambda both: both[0])
    there = found.array(shape=(4, 2))
    found.close_to(update(x, assign(x, there), there))
    expect(answer).its("labels", lambda both: both[1]).equals(assign(x, there))


@loop.check
def takes_no_more_rounds_than_allowed(attempt, reference, rng):
    """With most=0 nothing moves, and with most=1 there is one round."""
    # After one round, 3 is nearer to 0 than to the mean of 3, 4 and 12.
    line = np.array([[0.0], [3], [4], [12]])
    _expect_both(attempt, reference, line, line[[0, 2]], most=1)
    x, _ = groups(rng, 3, 2, each=30)
    start = x[:3] + 2.0
    for most in (0, 1):
        _expect_both(attempt, reference, x, start, most)


@loop.wrong_answer(
    "You took one round only. Repeat it until the centres no longer change."
)
def one_round(x, centres, most=100):
    new = update(x, assign(x, centres), centres) if most else centres
    return new, assign(x, new)


@loop.wrong_answer(
    "Your labels belong to the centres before the last step. Return the labels that "
    "belong to the centres that you return."
)
def labels_of_the_round_before(x, centres, most=100):
    labels = assign(x, centres)
    for _ in range(most):
        labels = assign(x, centres)
        new = update(x, labels, centres)
        if np.array_equal(new, centres):
            break
        centres = new
    return centres, labels


@loop.symptom(
    "You return the labels first. Return the centres first: return centres, labels.",
    edit=("return centres, assign(x, centres)", "return assign(x, centres), centres"),
)
def labels_first(answer):
    first, second = answer.value
    return np.ndim(first) == 1 and np.ndim(second) == 2
