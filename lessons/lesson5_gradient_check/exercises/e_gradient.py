"""5e: the gradient."""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from .. import said
from . import PAPER_P, PAPER_Y, PAPER_Z, SIZES, random_batch, sizes, stable_softmax

gradient = exercise(
    "grad_logits",
    hints=(
        "Lesson 4 found the gradient for one image. What does a mean do to it?",
        "It is p - y, with p from stable_softmax(z).",
        "Divide the difference by the number of images, len(z).",
    ),
    alternative=Alternative(
        code="""
            def grad_logits(y, z):
                return (np.exp(log_softmax(z)) - y) / len(z)
        """,
        why=(
            "It uses log_softmax, as the loss does. A program that keeps that result "
            "needs no second softmax. The price: a logarithm that exp undoes."
        ),
    ),
)
gradient.slips(
    slip(
        "brackets forgotten",
        "Only y is divided, because / comes before -.\n"
        "Put parentheses around the difference: (p - y) / n.",
        "(stable_softmax(z) - y) / len(z) -> stable_softmax(z) - y / len(z)",
    ),
    slip(
        "minus one",
        "You subtracted 1 for every class, even for the wrong ones.\n"
        "Subtract y: only the true class gets the -1.",
        "stable_softmax(z) - y -> stable_softmax(z) - 1",
    ),
    slip(
        "minus one at the truth",
        "You subtracted 1 at the true class. That is right only for one-hot rows.\n"
        "Subtract y itself, and soft labels work as well.",
        "stable_softmax(z) - y -> stable_softmax(z) - np.eye(len(y.T))[y.argmax(axis=1)]",
    ),
    slip(
        "from the logarithms",
        "You subtracted y from the logarithms.\n"
        "The gradient is p - y, and p is the softmax.",
        "stable_softmax(z) - y -> log_softmax(z) - y",
    ),
    slip(
        "from the scores",
        "You subtracted y from the logits.\nTurn the logits into probabilities first.",
        "stable_softmax(z) - y -> z - y",
    ),
    slip(
        "label times the bracket",
        "The label multiplies the whole difference, so that only the true class gets "
        "a gradient. The other classes have one as well.\n"
        "The gradient is p - y, with no label as a factor.",
        "_p - y -> y * (_p - 1)",
    ),
    slip(
        "sigmoid minus label",
        "You subtracted y from p * (1 - p).\n"
        "Subtract it from p itself: the gradient is p - y, divided by the batch size.",
        "_p - y -> _p * (1 - _p) - y",
    ),
    slip(
        "one over n",
        "You subtracted 1/n from every probability.\n"
        "Subtract the labels, and divide the whole difference by n.",
        "(stable_softmax(z) - y) / len(z) -> stable_softmax(z) - 1 / len(z)",
    ),
    slip(
        "twice",
        "Your answers have a factor of 2, like the derivative of a squared error.\n"
        "Leave it out: cross-entropy's derivative has none.",
        "_a / len(z) -> 2 * _a / len(z)",
        "_a / len(z) -> 2 * _a",
    ),
    slip(
        "mean squared error",
        "Your answers have a factor of 2 / y.size, like the derivative of a mean of "
        "squares over all entries.\n"
        "Cross-entropy has no squares, and its mean is over the images: divide by "
        "their number.",
        "_a / len(z) -> 2 * _a / y.size",
    ),
    slip(
        "slope of a sigmoid too",
        "You also multiplied by p * (1 - p).\n"
        "Leave that factor out: p - y already includes the derivative of softmax.",
        "_p - y -> (_p - y) * _p * (1 - _p)",
    ),
    slip(
        "always by four",
        "You divide by 4, however many images there are.\nUse the number of images.",
        "len(z) -> 4",
    ),
)


@gradient.check
def gradient_of_the_paper_batch(attempt):
    """The gradient of the paper batch is (p - y) / 4."""
    expect(attempt.grad_logits(PAPER_Y, PAPER_Z)).close_to((PAPER_P - PAPER_Y) / 4)


@gradient.check
def agrees_with_centred_differences(attempt, reference, rng):
    """It agrees with centred differences of the loss on random batches."""
    for n, k in SIZES:
        y, z = random_batch(rng, n, k)
        slow = reference.numeric_grad(
            lambda x, y=y: reference.loss_from_logits(y, x), z.copy()
        )
        # Over 1,000 batches of these sizes the two are at most 2.5e-10 apart.
        expect(attempt.grad_logits(y, z)).close_to(slow, tolerance=1e-8)


@gradient.check
def each_row_sums_to_zero(attempt, rng):
    """Every row sums to 0, because a shift of its logits changes nothing."""
    y, z = random_batch(rng, 5, 4)
    answer = attempt.grad_logits(y, z)
    rows = expect(answer).its("row sums", lambda g: np.sum(g, axis=1))
    rows.all_close_to(0.0, tolerance=1e-9)
    expect(answer).holds(np.any(np.abs(answer.value) > 1e-6), "Every entry is 0: {got}")


@gradient.check
def a_doubled_batch_halves_each_row(attempt, rng):
    """If a batch is doubled, each image's part of the gradient is halved."""
    y, z = random_batch(rng, 3, 4)
    once = expect(attempt.grad_logits(y, z)).array(shape=(3, 4))
    twice = attempt.grad_logits(np.concatenate([y, y]), np.concatenate([z, z]))
    expect(twice).close_to(np.concatenate([once, once]) / 2)


@gradient.check
def gradient_survives(attempt):
    """It is finite for logits of 1000, and (0, 40, 0) with class 0 gives (-1, 1, 0)."""
    z = np.array([[1000.0, -1000, 0], [0, 40, 0]])
    want = np.array([[1.0, -1, 0], [-1, 1, 0]]) / 2
    expect(attempt.grad_logits(np.eye(3)[[1, 0]], z)).close_to(want)


@gradient.check
def soft_labels_are_subtracted(attempt):
    """Soft labels work as well, and no argument is changed in place."""
    y = np.array([[0.9, 0.1, 0.0]])
    answer = attempt.grad_logits(y, PAPER_Z[:1].copy())
    expect(answer).close_to(PAPER_P[:1] - y)


@gradient.symptom(
    "It is right to about {digits} digits, and no further. Are these centred "
    "differences?\n"
    "Lesson 4 has a formula for the gradient, which needs no h.",
    example="""
def grad_logits(y, z):
    return numeric_grad(lambda z: loss_from_logits(y, z), z * 1.0)
""",
)
def differences_instead_of_the_formula(answer):
    yours = np.asarray(answer.value)
    right = (stable_softmax(answer.args[1]) - answer.args[0]) / len(answer.args[1])
    if yours.dtype != np.float64 or yours.shape != right.shape:
        return None
    apart = np.abs(yours - right).max()
    # Formulas differ by less than 1e-15.
    return 1e-12 < apart < 1e-7 and {"digits": f"{-np.log10(apart):.0f}"}


@gradient.wrong_answer(
    "Your gradient is exactly {n} times too big, and the batch has {n} images.\n"
    "The loss is a mean, so divide by the batch size.",
    fill=sizes,
)
def gradient_of_the_sum(y, z):
    return stable_softmax(z) - y


@gradient.wrong_answer(
    "Your gradient is exactly {k} times too small, and there are {k} classes.\n"
    "Divide only by the number of images.",
    fill=sizes,
)
def gradient_over_n_and_k(y, z):
    return (stable_softmax(z) - y) / y.size


@gradient.wrong_answer(
    "You divided by the number of classes, {k}.\nDivide by the number of images, {n}.",
    fill=sizes,
)
def gradient_over_k(y, z):
    return (stable_softmax(z) - y) / y.shape[1]


@gradient.wrong_answer(
    "Your answer is p / n, so its rows sum to 1/n, not to 0.\nSubtract y from p."
)
def gradient_without_labels(y, z):
    return stable_softmax(z) / len(z)


@gradient.wrong_answer(
    "Your p is 1 for the largest logit and 0 for the others, as for a decision.\n"
    "Use the probabilities of stable_softmax."
)
def gradient_of_choices(y, z):
    return (np.eye(z.shape[1])[np.argmax(z, axis=1)] - y) / len(z)


@gradient.wrong_answer(
    "That is dL/dp, the gradient with respect to the probabilities.\n"
    "Go one step further back, to the logits."
)
def gradient_at_the_probabilities(y, z):
    with np.errstate(all="ignore"):
        return -y / stable_softmax(z) / len(z)


@gradient.wrong_answer(
    "You have y - p. The gradient points uphill: raising the logit of a wrong class "
    "raises the loss.\n"
    "It is p - y, in this order."
)
def gradient_downhill(y, z):
    return (y - stable_softmax(z)) / len(z)


@gradient.wrong_answer(said.OVERFLOW)
def gradient_of_naive_softmax(y, z):
    with np.errstate(all="ignore"):
        e = np.exp(z)
        return (e / e.sum(axis=1, keepdims=True) - y) / len(z)


@gradient.wrong_answer(
    "You added or averaged over the images, so only one row is left. Each image has its "
    "own row.\n"
    "Divide by the batch size, and don't sum."
)
def gradient_in_one_row(y, z):
    return (stable_softmax(z) - y).mean(axis=0)
