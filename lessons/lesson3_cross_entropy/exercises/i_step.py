"""3i: one step to where the loss falls."""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from . import PAPER_P, PAPER_Y, PAPER_Z, SIZES

# Forward differences with h = 0.0001 are 1.3e-5 off here, those with 0.01 are 1.3e-3 off.
CLOSE = 2e-3

step = exercise(
    "one_step",
    hints=(
        "Which two losses do you compare to find the slope at a single logit?",
        "nudged = z.copy() for each place anew, then nudged[at] += h. Keep the slopes in "
        "an array like z, and move nothing before you know them all.",
        "slopes[at] = (cross_entropy(y, softmax(nudged)) - before) / h, and at the end "
        "z - 2 * slopes",
    ),
    alternative=Alternative(
        code="""
            def one_step(y, z):
                h = 0.0001
                loss = lambda z: cross_entropy(y, softmax(z))
                nudges = h * np.eye(z.size).reshape(-1, *z.shape)
                both = [loss(z + one) - loss(z - one) for one in nudges]
                return z - 2 * np.array(both).reshape(z.shape) / (2 * h)
        """,
        why=(
            "It nudges each logit up and down. The error from the curvature of the loss "
            "cancels, so these slopes are far more exact. Lesson 5 measures how much. The "
            "price: nearly twice as many losses."
        ),
    ),
)
step.slips(
    slip(
        "uphill",
        "Your step goes uphill, so the loss rises. A positive slope says that raising "
        "this logit raises the loss.\n"
        "Subtract: z - 2 * slopes.",
        "z - 2 * slopes -> z + 2 * slopes",
        "cross_entropy(y, softmax(nudged)) - before"
        " -> before - cross_entropy(y, softmax(nudged))",
    ),
    slip(
        "nothing moves",
        "The logits hardly move. Did you divide the change of the loss by h? And did you "
        "raise only one logit? Raising a whole row changes no probability.",
        "(_a - before) / h -> _a - before",
        "(_a - before) / h -> (_a - before) * h",
        "nudged[at] += h -> nudged[at[0]] += h",
        "nudged[at] += h -> nudged += h",
    ),
    slip(
        "slope alone",
        "You returned only the step, or the slopes.\nReturn the logits after the step.",
        "z - 2 * slopes -> -2 * slopes",
        "z - 2 * slopes -> 2 * slopes",
        "z - 2 * slopes -> slopes",
    ),
    slip(
        "length left out",
        "Your step is half as long as it should be.\nIts length is 2 times the slope.",
        "2 * slopes -> slopes",
    ),
    slip(
        "sign alone",
        "All your logits move equally far. A step is longer where the loss is "
        "steeper.\n"
        "Use the slope itself, not only its sign.",
        "2 * slopes -> 2 * np.sign(slopes)",
    ),
    slip(
        "whole column nudged",
        "All rows move alike: you raised a whole column at once. Each image has "
        "logits of its own.\n"
        "Raise one at a time.",
        "nudged[at] += h -> nudged[:, at[1]] += h",
    ),
    # With others it hardly moves a logit, as "nothing moves" does.
    without=("upside down",),
)


def after_one_step(y, z):
    """Return what the formula of lesson 4 gives for the slopes."""
    e = np.exp(z)
    return z - 2 * (e / e.sum(axis=1, keepdims=True) - y) / len(z)


@step.check
def the_first_step_of_the_paper_batch(attempt):
    """The first step moves the logits of the paper batch to where its loss is 0.846."""
    answer = attempt.one_step(PAPER_Y, PAPER_Z)
    expect(answer).close_to(after_one_step(PAPER_Y, PAPER_Z), tolerance=CLOSE)


@step.check
def steps_of_other_batches(attempt, rng):
    """It is right for random batches of other sizes, and leaves their logits as they are."""
    for n, k in SIZES:
        z, y = rng.normal(size=(n, k)), np.eye(k)[rng.integers(k, size=n)]
        answer = attempt.one_step(y, z)
        expect(answer).close_to(after_one_step(y, z), tolerance=CLOSE)


@step.check
def soft_labels_pull_too(attempt):
    """A label of (0.7, 0.2, 0.1) leaves logits with these probabilities where they are."""
    soft = PAPER_P[:1]
    answer = attempt.one_step(soft, PAPER_Z[:1])
    expect(answer).close_to(PAPER_Z[:1], tolerance=CLOSE)


def loss_of(y, z):
    """Return the mean loss of logits."""
    e = np.exp(z)
    return -(y * np.log(e / e.sum(axis=1, keepdims=True))).sum(axis=1).mean()


@step.wrong_answer(
    "Only the first slope is right: for the others, more than one logit is raised. Does "
    "each turn of the loop begin with a fresh copy of z?\n"
    "Write nudged = z.copy() inside the loop."
)
def nudges_pile_up(y, z):
    before, slopes, nudged = loss_of(y, z), np.zeros(z.shape), z.copy()
    for at in np.ndindex(z.shape):
        nudged[at] += 1e-4
        slopes[at] = (loss_of(y, nudged) - before) / 1e-4
    return z - 2 * slopes


@step.wrong_answer(
    "Each logit moves before the slope at the next one is known.\n"
    "Find all slopes at the same logits, and then move all of them at once."
)
def moves_at_once(y, z):
    z = z.copy()
    for at in np.ndindex(z.shape):
        nudged = z.copy()
        nudged[at] += 1e-4
        z[at] -= 2 * (loss_of(y, nudged) - loss_of(y, z)) / 1e-4
    return z


@step.wrong_answer(
    "You move all logits by the slope at the last one.\n"
    "Keep the slope of each logit in an array of the shape of z."
)
def last_slope_for_all(y, z):
    nudged = z.copy()
    nudged[-1, -1] += 1e-4
    return z - 2 * (loss_of(y, nudged) - loss_of(y, z)) / 1e-4


@step.wrong_answer(
    "Only the first logit has moved. Does the function return inside the loop?\n"
    "Return after the loop."
)
def first_logit_alone(y, z):
    nudged, slopes = z.copy(), np.zeros(z.shape)
    nudged[0, 0] += 1e-4
    slopes[0, 0] = (loss_of(y, nudged) - loss_of(y, z)) / 1e-4
    return z - 2 * slopes


@step.wrong_answer(
    "You nudged the probabilities.\n"
    "Nudge a logit, and compute the probabilities from the logits again, with "
    "softmax."
)
def nudged_probabilities(y, z):
    e = np.exp(z)
    p = e / e.sum(axis=1, keepdims=True)
    change = -y * (np.log(p + 1e-4) - np.log(p)) / len(z)
    return z - 2 * change / 1e-4


@step.wrong_answer(
    "You passed the logits themselves to the loss. It takes probabilities.\n"
    "Apply softmax first."
)
def loss_of_logits(y, z):
    before, nudged = (
        -(y * np.log(np.clip(each, 1e-7, 1 - 1e-7))) / len(z) for each in (z, z + 1e-4)
    )
    return z - 2 * (nudged - before) / 1e-4
