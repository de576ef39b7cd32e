"""10e: entropy and divergence."""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from ..slips import LOSS_SAID
from . import PAPER_P, PAPER_Y, SIZES, random_batch, reference

halves = exercise(
    "two_halves",
    hints=(
        "Which of y and p says how often a class occurs?",
        "Compare the line of the divergence with the formula of KL(y||p) above: which "
        "factor, and which order?",
        "divergence = (y * (log_y - log_p)).sum(axis=1).mean()",
    ),
    alternative=Alternative(
        code="""
            def two_halves(y, p):
                log_y, log_p = (np.log(np.clip(q, 1e-7, 1)) for q in (y, p))
                entropy = -(y * log_y).sum(axis=1).mean()
                loss = -(y * log_p).sum(axis=1).mean()
                return float(entropy), float(loss - entropy)
        """,
        why=(
            "The divergence is the rest of the loss. The price: where p is "
            "close to y, two nearly equal numbers are subtracted, and digits are "
            "lost."
        ),
    ),
)
halves.slips(
    slip(
        "order of the parts",
        "Your two parts are swapped.\nThe entropy comes first.",
        "float(_a), float(_b) -> float(_b), float(_a)",
    ),
    slip(
        "one part",
        "You returned one number. The answer has two parts: the entropy, and the "
        "divergence.",
        "float(_a), float(_b) -> float(_a)",
        "float(_a), float(_b) -> float(_b)",
    ),
    slip(
        "the whole loss",
        "Your second part is the whole cross-entropy.\n"
        "The divergence is the loss minus the entropy.",
        "log_y - log_p -> -log_p",
    ),
    slip(
        "divergence of y from p",
        "Your divergence is KL(p||y), the reverse: p weighs the difference of the "
        "logarithms.\n"
        "y says how often a class occurs.",
        "y * (log_y - log_p) -> p * (log_p - log_y)",
    ),
    slip(
        "weighed by p",
        "You multiply the difference of the logarithms by p.\n"
        "y says how often a class occurs.",
        "y * (log_y - log_p) -> p * (log_y - log_p)",
    ),
    slip(
        "entropy of p",
        "You computed the entropy of p.\nThe first part uses only the labels y.",
        "y * -log_y -> p * -log_p",
    ),
    slip(
        "cross-entropy for entropy",
        "Your first part contains the logarithm of p.\nThe entropy uses only y.",
        "y * -log_y -> y * -log_p",
    ),
    slip(
        "surprise not weighed",
        "A logarithm is not multiplied by y, which says how often a class occurs.",
        "y * -log_y -> -log_y",
        "y * (log_y - log_p) -> log_y - log_p",
    ),
    slip(
        "one per photo",
        "You returned one number per image.\nEach part is a mean over the images.",
        "float(_a), float(_b) -> (y * -log_y).sum(axis=1), "
        "(y * (log_y - log_p)).sum(axis=1)",
    ),
    slip(
        "size of the difference",
        "Your divergence adds up absolute values. Where p is larger than y, the "
        "difference of the logarithms is negative, and it counts with that sign.\n"
        "Leave abs out.",
        "log_y - log_p -> np.abs(log_y - log_p)",
    ),
    without=("factor left out", "no axis"),
    sentences={
        **LOSS_SAID,
        "missing minus": "A sign is wrong: a minus is missing, or there is one too "
        "many. ln of a probability is never above 0, and a surprise never below.",
        "turned round": "A difference has the wrong order: on average the surprise of p is the "
        "larger one.\n"
        "So ln y comes first.",
        "nothing taken away": (
            "The logarithm of p is not used.\n"
            "The divergence is a difference of two logarithms: ln y minus ln p."
        ),
    },
)


def soft_batch(rng, n, k):
    """Soft labels and probabilities of n images and k classes."""
    return random_batch(rng, n, k)[1], random_batch(rng, n, k)[1]


# Code that clips y itself gives a weight of 1e-7 to classes that never occur. That adds up
# to 3.4e-6 to a mean, and 1.3e-5 to a sum over four images, which has to be named as one.
HALVES = 2e-5


def expect_halves(answer, entropy, divergence):
    """Both parts, by their names."""
    expect(answer).sequence(2)
    for i, (name, want) in enumerate(
        (("entropy", entropy), ("divergence", divergence))
    ):
        part = expect(answer).its(name, lambda parts, i=i: parts[i])
        part.close_to(want, tolerance=HALVES)


@halves.check
def splits_the_coin(attempt):
    """The coin of the text has the parts 0.693147 and 0.143841."""
    answer = attempt.two_halves(np.array([[0.5, 0.5]]), np.array([[0.25, 0.75]]))
    expect_halves(answer, 0.693147, 0.143841)


@halves.check
def one_hot_labels_have_no_entropy(attempt):
    """One-hot labels have no entropy, and all of 1.184675 is divergence."""
    expect_halves(attempt.two_halves(PAPER_Y, PAPER_P), 0.0, 1.184675)


@halves.check
def finds_the_floor(attempt):
    """Smoothed labels leave a floor of 0.500288, and p = y has no divergence."""
    y = np.eye(10)[[8, 3]] * 0.9 + 0.1 / 10
    expect_halves(attempt.two_halves(y, y), 0.500288, 0.0)


@halves.check
def adds_up_to_the_loss(attempt, reference, rng):
    """On random soft labels both parts are right, and their sum is the loss."""
    for n, k in SIZES:
        y, p = soft_batch(rng, n, k)
        answer = attempt.two_halves(y, p)
        expect_halves(answer, *reference.two_halves(y, p))
        total = expect(answer).its("sum", lambda parts: parts[0] + parts[1])
        total.close_to(reference.cross_entropy(y, p), tolerance=HALVES)


@halves.check
def stays_finite(attempt):
    """A certain mistake stays finite, and certain labels give no nan."""
    answer = attempt.two_halves(np.eye(2), np.array([[0.0, 1.0], [0.0, 1.0]]))
    expect_halves(answer, 0.0, 16.118096 / 2)


@halves.wrong_answer("0 ln 0 is nan in NumPy.\nClip y and p from 1e-7 before each log.")
def no_clip_at_all(y, p):
    with np.errstate(all="ignore"):
        entropy = -(y * np.log(y)).sum(axis=1).mean()
        divergence = (y * np.log(y / p)).sum(axis=1).mean()
    return float(entropy), float(divergence)


@halves.wrong_answer(
    "A certain mistake costs inf here, because p can be 0.\nClip p from 1e-7, like y."
)
def only_y_clipped(y, p):
    with np.errstate(all="ignore"):
        log_y, log_p = np.log(np.clip(y, 1e-7, 1)), np.log(p)
        divergence = np.where(y > 0, y * (log_y - log_p), 0).sum(axis=1).mean()
    return float(-(y * log_y).sum(axis=1).mean()), float(divergence)


@halves.wrong_answer(
    "You returned one number, and it is the whole loss: the sum of both parts.\n"
    "Return the two side by side, the entropy first."
)
def both_added(y, p):
    return sum(reference.two_halves(y, p))


@halves.wrong_answer(
    "Your first part is the whole loss, which is the sum of both parts.\n"
    "Return the entropy first, then the divergence."
)
def loss_and_divergence(y, p):
    entropy, divergence = reference.two_halves(y, p)
    return entropy + divergence, divergence


@halves.wrong_answer(
    "Your second part is a sum of squared differences.\n"
    "The divergence weighs the difference of the logarithms by y."
)
def squared_distance(y, p):
    entropy, _ = reference.two_halves(y, p)
    return entropy, float(((y - p) ** 2).sum(axis=1).mean())
