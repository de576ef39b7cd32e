"""10b: weights."""

import re

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from ..slips import LOSS_SAID, LOSS_SLIPS
from . import NO_CLIP, PAPER_P, PAPER_Y, SIZES, random_batch, reference

weighted = exercise(
    "weighted_cross_entropy",
    hints=(
        "Compare the formula with the code, factor by factor. Where does w come in?",
        "In the formula, w_true multiplies the logarithm. And in the code?",
        "-(y * w * np.log(p)).sum(axis=1).mean(), with p clipped.",
    ),
    alternative=Alternative(
        code="""
            def weighted_cross_entropy(y, p, w):
                return cross_entropy(np.multiply(y, w), p)
        """,
        why=(
            "You can put the weights into the labels, and the loss of lesson 3 does "
            "the rest. The price: such a row of y doesn't sum to 1 any more."
        ),
    ),
)
weighted.slips(
    slip(
        "sum of weights",
        "You divided by the sum of the weights of the images.\n"
        "Keras divides by n. Both are in use: follow the docstring.",
        "_a.sum(axis=1).mean() -> _a.sum() / (y * np.asarray(w)).sum()",
    ),
    slip(
        "sum of w",
        "You divided by the sum of w over the classes.\n"
        "Divide by n, the number of images.",
        "_a.sum(axis=1).mean() -> _a.sum() / np.sum(w)",
    ),
    slip(
        "weights left out",
        "The weights are not used: without them this is plain cross-entropy.\n"
        "Multiply the loss of each image by the weight of its true class.",
        "y * np.asarray(w) -> y",
    ),
    slip(
        "every class",
        "You added every class with its weight.\nOnly the true class counts.",
        "y * np.asarray(w) -> np.asarray(w)",
    ),
    slip(
        "weight inside the log",
        "The weight is inside the logarithm. ln(w p) = ln w + ln p, so it only adds a "
        "constant there.\n"
        "Multiply the logarithm by it.",
        "y * np.asarray(w) * np.log(p) -> y * np.log(np.asarray(w) * p)",
    ),
    slip(
        "weight of the prediction",
        "You took the weight of the predicted class.\n"
        "Take the weight of the TRUE class of each image.",
        "y * np.asarray(w) -> y * np.asarray(w)[p.argmax(axis=1)][:, None]",
    ),
    slip(
        "mean weight",
        "Every image has the mean weight.\n"
        "Multiply the loss of each image by the weight of its true class, before you "
        "take the mean.",
        "y * np.asarray(w) -> y * np.mean(w)",
    ),
    slip(
        "divided by weights",
        "You divided by the weights. A heavy class should cost more.\n"
        "Multiply by them.",
        "y * np.asarray(w) -> y / np.asarray(w)",
    ),
    slip(
        "weights added",
        "You added the weight to the loss of an image.\nIt is a factor.",
        "y * np.asarray(w) * np.log(p) -> y * (np.log(p) - np.asarray(w))",
    ),
    slip(
        "weights shifted",
        "The weights are shifted by one: each class has its neighbour's weight.",
        "np.asarray(w) -> np.roll(w, -1)",
        "np.asarray(w) -> np.roll(w, 1)",
    ),
    slip(
        "weights squared",
        "The weights are squared, or applied twice.",
        "np.asarray(w) -> np.square(w)",
    ),
    slip(
        "weights normalised",
        "You divided by n and by the sum of w over the classes.\nDivide only by n.",
        "np.asarray(w) -> np.asarray(w) / np.sum(w)",
    ),
    slip(
        "weights to a mean of 1",
        "The weights were scaled to a mean of 1 first.\nUse them as they are.",
        "np.asarray(w) -> np.asarray(w) / np.mean(w)",
    ),
    slip(
        "binary loss",
        "(1 - y) ln(1 - p) is in your loss, as for two classes with a sigmoid. Here only "
        "the true class costs.",
        "y * np.asarray(w) * np.log(p) "
        "-> np.asarray(w) * (y * np.log(p) + (1 - y) * np.log(1 - p))",
        "y * np.asarray(w) * np.log(p) "
        "-> y * np.asarray(w) * np.log(p) + (1 - y) * np.log(1 - p)",
    ),
    *LOSS_SLIPS,
    without=("no axis", "factor left out"),
    sentences=LOSS_SAID,
)


@weighted.check
def is_right_on_the_paper_batch(attempt):
    """The paper batch with weights (1, 1, 5) costs 3.957264 nats."""
    w = np.array([1.0, 1.0, 5.0])
    answer = attempt.weighted_cross_entropy(PAPER_Y, PAPER_P, w)
    expect(answer).close_to(3.957264, tolerance=1e-6)


@weighted.check
def weights_of_1_change_nothing(attempt, reference, rng):
    """With all weights 1 it is cross-entropy."""
    y, p = random_batch(rng, 6, 4)
    answer = attempt.weighted_cross_entropy(y, p, np.ones(4))
    expect(answer).close_to(reference.cross_entropy(y, p))


@weighted.check
def weighs_random_batches(attempt, reference, rng):
    """It agrees with the reference on random batches and weights of other sizes."""
    for n, k in SIZES:
        y, p = random_batch(rng, n, k)
        w = rng.uniform(0.2, 9, size=k)
        want = reference.weighted_cross_entropy(y, p, w)
        expect(attempt.weighted_cross_entropy(y, p, w)).close_to(want)


@weighted.check
def a_certain_mistake_is_finite(attempt, reference):
    """A certain mistake costs its weight times 16.118096, and a weight of 0 nothing."""
    y, p = np.eye(2), np.array([[0.0, 1.0], [0.0, 1.0]])
    for w in ([3.0, 1.0], [0.0, 1.0]):
        answer = attempt.weighted_cross_entropy(y, p, np.array(w))
        # -ln of 1 - 1e-7 is kept or not: 1e-7 of a nat.
        expect(answer).close_to(w[0] * 16.118096 / 2, tolerance=1e-6)


@weighted.wrong_answer(
    "You multiplied the mean loss by all weights and got one number per class.\n"
    "Multiply the loss of each image by the weight of its true class first. Write (y "
    "* w).sum(axis=1)."
)
def mean_times_weights(y, p, w):
    return reference.cross_entropy(y, p) * np.asarray(w)


@weighted.symptom(
    "w has {k} numbers, one per class, and there are {n} images here. Which of the {k} "
    "belongs to an image?\n"
    "(y * w).sum(axis=1) is the weight of each image's true class.",
    function="weighted_cross_entropy",
    edit=(
        "-(y * np.asarray(w) * np.log(p)).sum(axis=1).mean()",
        "-(w * (y * np.log(p)).sum(axis=1)).mean()",
    ),
)
def weights_of_classes_for_photos(answer):
    y, _, w = answer.args
    seen = re.search(
        r"could not be broadcast|index (\d+) is out of bounds for axis 0 with size (\d+)",
        answer.raised.message,
    )
    is_of_w = seen and (seen[1] is None or len(w) == int(seen[2]) <= int(seen[1]))
    return is_of_w and {"k": len(w), "n": len(y)}


@weighted.wrong_answer(
    "The weights are not used, and (1 - y) ln(1 - p) is in your loss, as for two "
    "classes with a sigmoid. Here only the true class costs, times its weight."
)
def binary_without_weights(y, p, w):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float(-(y * np.log(p) + (1 - y) * np.log(1 - p)).sum(axis=1).mean())


@weighted.wrong_answer(NO_CLIP)
def weighted_without_clip(y, p, w):
    return float(-(y * w * np.log(p)).sum(axis=1).mean())


@weighted.wrong_answer(
    "You multiplied the probabilities by the weights.\n"
    "The weight multiplies the loss: w * -ln p, not -ln(w * p)."
)
def weighted_probabilities(y, p, w):
    p = np.clip(np.asarray(w) * p, 1e-7, 1 - 1e-7)
    return float(-(y * np.log(p)).sum(axis=1).mean())
