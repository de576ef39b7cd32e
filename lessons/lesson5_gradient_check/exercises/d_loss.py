"""5d: the loss from scores."""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from .. import said
from . import PAPER_Y, PAPER_Z, SIZES, log_softmax, random_batch, sizes, stable_softmax

scores = exercise(
    "5d",
    "The loss, straight from the scores",
    points=15,
    writes="loss_from_logits",
    hints=(
        "Pick the true entry of each row of log_softmax(z).",
        "-(y * log_softmax(z)).sum(axis=1) is the loss of each photo.",
        "float(-(y * log_softmax(z)).sum(axis=1).mean())",
    ),
    alternative=Alternative(
        code="""
            def loss_from_logits(y, z):
                return -float(np.vdot(y, log_softmax(z))) / len(z)
        """,
        why=(
            "vdot multiplies and adds all entries at once, without an array of "
            "the products. What it costs: the losses of single photos are never "
            "there to look at."
        ),
    ),
)
scores.slips(
    slip(
        "softmax twice",
        "Softmax is applied twice: log_softmax has one in it. Hand it the scores.",
        "log_softmax(z) -> log_softmax(stable_softmax(z))",
    ),
)


@scores.check
def paper_batch_costs_as_before(attempt):
    """The paper batch costs 1.184675 nats, as in lesson 3."""
    truth = -np.log([0.7, 0.2, 0.125, 0.5]).mean()
    expect(attempt.loss_from_logits(PAPER_Y, PAPER_Z)).close_to(truth)


@scores.check
def a_hopeless_photo_costs_2000(attempt):
    """The scores (1000, -1000, 0) with truth 1 cost 2000 nats."""
    z = np.array([[1000.0, -1000, 0]])
    expect(attempt.loss_from_logits(np.eye(3)[[1]], z)).close_to(2000)


@scores.check
def a_sure_mistake_costs_40(attempt):
    """The scores (0, 40, 0) with truth 0 cost 40 nats, not 16.118096."""
    z = np.array([[0.0, 40, 0], [0, 0, 40]])
    expect(attempt.loss_from_logits(np.eye(3)[[0, 1]], z)).close_to(40)


@scores.check
def agrees_on_random_batches(attempt, reference, rng):
    """It agrees with the reference on random batches, shifted by 1000 or not."""
    for n, k in SIZES:
        y, z = random_batch(rng, n, k)
        want = reference.loss_from_logits(y, z)
        expect(attempt.loss_from_logits(y, z)).close_to(want)
        expect(attempt.loss_from_logits(y, z + 1e3)).close_to(want, tolerance=1e-9)


@scores.check
def whole_labels_are_welcome(attempt):
    """Labels of whole numbers are welcome, and nothing is changed in place."""
    y = PAPER_Y.astype(int)
    answer = attempt.loss_from_logits(y, PAPER_Z.copy())
    expect(answer).close_to(-np.log([0.7, 0.2, 0.125, 0.5]).mean())


@scores.wrong_answer(said.OVERFLOW)
def loss_of_naive_softmax(y, z):
    with np.errstate(all="ignore"):
        e = np.exp(z)
        p = np.clip(e / e.sum(axis=1, keepdims=True), 1e-7, 1 - 1e-7)
        return -(y * np.log(p)).sum(axis=1).mean()


@scores.wrong_answer(said.CLIPPED)
def loss_of_clipped_softmax(y, z):
    p = np.clip(stable_softmax(z), 1e-7, 1 - 1e-7)
    return -(y * np.log(p)).sum(axis=1).mean()


@scores.wrong_answer(said.LOG_OF_SOFTMAX)
def loss_of_log_of_softmax(y, z):
    with np.errstate(all="ignore"):
        return -(y * np.log(stable_softmax(z))).sum(axis=1).mean()


@scores.wrong_answer(said.MISSING_MINUS, slip="missing minus")
def loss_without_minus(y, z):
    return (y * log_softmax(z)).sum(axis=1).mean()


@scores.wrong_answer(
    "You took the mean over classes as well as over the batch: your loss is exactly "
    "{k} times too small. Sum over classes, mean over photos.",
    fill=sizes,
    slip="mean for sum",
)
def loss_mean_over_everything(y, z):
    return -(y * log_softmax(z)).mean()


@scores.wrong_answer(
    "You summed over the batch: exactly {n} times too big. "
    "Divide by the number of photos.",
    fill=sizes,
    slip="sum for mean",
)
def loss_summed(y, z):
    return -(y * log_softmax(z)).sum()


@scores.wrong_answer(
    "You divided by the number of classes ({k}); divide by the number of photos ({n}).",
    fill=sizes,
)
def loss_over_k(y, z):
    return -(y * log_softmax(z)).sum() / y.shape[1]


@scores.wrong_answer(
    "You returned one loss per photo. The loss of the batch is their mean."
)
def loss_not_averaged(y, z):
    return -(y * log_softmax(z)).sum(axis=1)


@scores.wrong_answer(
    "You used the score z itself. Subtract the log of the sum of the exponentials "
    "first: that is log_softmax."
)
def loss_of_raw_scores(y, z):
    return -(y * z).sum(axis=1).mean()


USE_AS_IT_IS = "\nUse it as it is: -(y * log_softmax(z))."


@scores.wrong_answer(
    "log_softmax gives logarithms already, and you took the logarithm once more."
    + USE_AS_IT_IS
)
def loss_with_two_logarithms(y, z):
    return -(y * np.log(np.clip(log_softmax(z), 1e-7, 1 - 1e-7))).sum(axis=1).mean()


@scores.wrong_answer(
    "Your loss is nan. log_softmax gives logarithms already, and a number below 0 has "
    "none: did you take one more?" + USE_AS_IT_IS
)
def loss_with_two_logarithms_is_nan(y, z):
    with np.errstate(all="ignore"):
        return -(y * np.log(log_softmax(z))).sum(axis=1).mean()


@scores.wrong_answer(
    "The logarithm is missing: you added up probabilities.\nUse log_softmax(z)."
)
def loss_without_logarithm(y, z):
    return -(y * stable_softmax(z)).sum(axis=1).mean()


@scores.wrong_answer(
    "exp(1000) overflowed to inf, and nan came of it.\n"
    "Shift each row by its maximum before the exponentials: log_softmax does."
)
def loss_without_shift(y, z):
    with np.errstate(all="ignore"):
        logs = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        return -(y * logs).sum(axis=1).mean()


@scores.wrong_answer(
    "You multiplied the scores by y before log_softmax, so all other scores became 0.\n"
    "Take log_softmax(z) first, and then keep the true class."
)
def labels_before_log_softmax(y, z):
    return -(y * log_softmax(y * z)).sum(axis=1).mean()


@scores.wrong_answer(
    "You multiplied the scores by y inside log_softmax, and added up all classes.\n"
    "Take log_softmax(z) first, and multiply by y after it."
)
def labels_inside_log_softmax(y, z):
    return -log_softmax(y * z).sum(axis=1).mean()
