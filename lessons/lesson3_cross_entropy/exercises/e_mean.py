"""3e: the mean."""

import math

import numpy as np
from msgspec.structs import replace

from grader.checks import Alternative, Stopped, Wrong, exercise, expect, slip

from .. import said
from . import A_P, B_Z, PAPER_P, PAPER_Y, SIZES, random_batch

mean = exercise(
    "3e",
    "The loss of a whole batch",
    points=20,
    writes="cross_entropy",
    hints=(
        "What does 'per photo' divide by?",
        "losses(y, p).mean(), once y and p have the same shape and a row. "
        "For soft labels losses has to add up y times ln p.",
        "if y.shape != p.shape: raise ValueError(...), and at the end "
        "float(losses(y, p).mean())",
    ),
    alternative=Alternative(
        code="""
            def cross_entropy(y, p):
                y, p = np.asarray(y), np.asarray(p)
                if y.shape != p.shape or len(p) == 0:
                    raise ValueError("y and p must be rows of one shape, at least one")
                ln_p = np.log(np.clip(p, 1e-7, 1 - 1e-7))
                return float(-np.vdot(y, ln_p) / len(p))
        """,
        why=(
            "vdot multiplies and adds all entries at once, and the division by "
            "n stands in sight. What it costs: the losses of single photos are "
            "never there to look at."
        ),
    ),
)
mean.slips(
    slip(
        "divided twice",
        "You divided by the number of photos twice.",
        "_.mean() -> _.mean() / len(p)",
    ),
    slip(
        "one photo fewer",
        "You divided by one photo fewer than there are.",
        "_.mean() -> _.sum() / (len(p) - 1)",
        "_.mean() -> _.sum() / max(len(p) - 1, 1)",
    ),
    slip(
        "median",
        "You took the median of the losses, the one in the middle. The mean is asked for.",
        "_.mean() -> np.median(_)",
    ),
    slip("last one alone", "Only the last photo counts.", "_.mean() -> _[-1]"),
    slip("first one alone", "Only the first photo counts.", "_.mean() -> _[0]"),
    slip("halved", "The loss is halved.", "_.mean() -> _.mean() / 2"),
    sentences={
        "bits": said.BITS,
        "log10": said.LOG10,
        "log1p": said.LOG1P,
        # Both give the same number.
        "other axis": "You added up down the columns, or you divided by the number of "
        "classes in place of that of photos.",
    },
)


@mean.check
def is_the_mean_over_the_batch(attempt):
    """The loss of the paper batch is 1.184675 nats."""
    truth = -np.log([0.7, 0.2, 0.125, 0.5]).mean()
    expect(attempt.cross_entropy(PAPER_Y, PAPER_P)).close_to(truth)


@mean.check
def loss_of_example_c(attempt):
    """The loss of example B, one photo and ten classes, is 0.427639 nats."""
    e = np.exp(B_Z)
    answer = attempt.cross_entropy(np.eye(10)[[7]], e / e.sum())
    expect(answer).close_to(math.log(math.e**3 + math.e + 8) - 3)


@mean.check
def agrees_on_random_batches(attempt, reference, rng):
    """It agrees with the reference on random batches of other sizes."""
    for n, k in SIZES:
        y, p = random_batch(rng, n, k)
        expect(attempt.cross_entropy(y, p)).close_to(reference.cross_entropy(y, p))


@mean.check
def soft_labels_share_the_cost(attempt):
    """Soft labels count by their share: (0.9, 0.1, 0) on example A costs 0.481951."""
    soft, p = np.array([[0.2, 0.8, 0.0], [0.9, 0.1, 0.0]]), np.repeat(A_P, 2, axis=0)
    # At first one label does not agree with the prediction, to keep slips apart.
    cost = -(soft * np.log(p)).sum() / 2
    try:
        expect(attempt.cross_entropy(soft, p)).close_to(cost)
    except Wrong as wrong:
        wrong.answer = with_losses(attempt, wrong.answer)
        raise
    cost = -0.9 * math.log(0.7) - 0.1 * math.log(0.2)
    expect(attempt.cross_entropy(soft[1:], A_P)).close_to(cost)
    # As floats 0.7, 0.2 and 0.1 do not add up to 1 exactly.
    expect(attempt.cross_entropy(A_P, A_P)).close_to(-(A_P * np.log(A_P)).sum())


@mean.check
def is_finite_when_certain(attempt):
    """Certain and wrong costs 16.118096 nats, certain and right at most 1.2e-7."""
    y = np.eye(4)[[0, 1, 3]]
    wrong = attempt.cross_entropy(y, np.eye(4)[[1, 2, 0]])
    expect(wrong).close_to(-math.log(1e-7))
    expect(attempt.cross_entropy(y, y)).is_between(0, 1.2e-7)


@mean.check
def equal_guesses_cost_ln_k(attempt):
    """Equal guesses among k classes cost ln k, for k from 2 to 20."""
    for k in range(2, 21):
        y, p = np.eye(k)[[0, k - 1, k // 2]], np.full((3, k), 1 / k)
        expect(attempt.cross_entropy(y, p)).close_to(math.log(k))


@mean.check
def keeps_its_value(attempt, rng):
    """Doubling the batch, or shuffling the classes in y and p, changes nothing."""
    y, p = random_batch(rng, 6, 4)
    once = expect(attempt.cross_entropy(y, p)).number()
    twice = attempt.cross_entropy(np.concatenate([y, y]), np.concatenate([p, p]))
    expect(twice).close_to(once)
    order = [2, 0, 3, 1]
    expect(attempt.cross_entropy(y[:, order], p[:, order])).close_to(once)


@mean.check
def takes_other_dtypes(attempt):
    """Whole-number labels and float32 probabilities are welcome."""
    truth = -np.log([0.7, 0.2, 0.125, 0.5]).mean()
    whole, small = PAPER_Y.astype(int), PAPER_P.astype(np.float32)
    # float32 against float64 over 200 random batches: at most 1.1e-6 off.
    expect(attempt.cross_entropy(whole, small)).close_to(truth, tolerance=1e-5)


@mean.check
def refuses_class_numbers(attempt):
    """Class numbers such as [0, 1, 2] raise a ValueError that says what is wanted."""
    # Three photos and three classes: numpy would multiply the shapes without a word.
    # The 0 in p tells a forgotten clip from forgotten rows.
    labels, p = np.array([0, 1, 2]), np.array([[0.7, 0.2, 0.1], [0.6, 0.4, 0], A_P[0]])
    answer = expect.raises("ValueError", attempt.cross_entropy, labels, p)
    said = answer.raised.message.strip()
    expect(answer).holds(
        bool(said), "Your ValueError says nothing. Tell the caller what is wanted."
    )
    says_it_in_its_own_words(answer)
    four = np.array([0, 1, 2, 2])
    says_it_in_its_own_words(
        expect.raises("ValueError", attempt.cross_entropy, four, PAPER_P)
    )


def says_it_in_its_own_words(answer):
    """The ValueError is the learner's. numpy's AxisError is a ValueError as well."""
    raised = answer.raised
    expect(answer).holds(
        "broadcast" not in raised.message and "AxisError" not in raised.bases,
        "That {kind} is numpy's own, and it came by chance. "
        "Compare the shapes first, and say in your words what is wanted.",
        kind=raised.type_name,
    )


def with_losses(attempt, answer):
    """The answer, and what the learner's own losses give for the same batch."""
    y, p = answer.args
    try:
        value = attempt.losses(y, p).value
    except Stopped:
        value = None
    return replace(answer, facts={**answer.facts, "losses": value})


@mean.check
def refuses_an_empty_batch(attempt):
    """A batch without photos has no mean: it raises a ValueError."""
    empty = np.zeros((0, 3))
    expect.raises("ValueError", attempt.cross_entropy, empty, empty)
