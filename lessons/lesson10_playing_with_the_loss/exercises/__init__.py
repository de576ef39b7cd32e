"""The facts and numbers of lesson 10, and data that its exercises share."""

from math import comb
from pathlib import Path

import numpy as np

from grader.checks import lesson
from grader.judge.loading import LazyModule

from .. import reference

LESSON = lesson(
    imports=("numpy",),
    can_do=(
        "change a loss when the question changes, and say what you gain",
        "split cross-entropy into entropy and the part that training can lower",
        "choose a loss and a threshold that fit a goal, on validation images",
    ),
)

forecasts = LazyModule(Path(__file__).resolve().parents[1] / "forecasts.py")

PAPER_P = np.array(
    [[0.7, 0.2, 0.1], [0.6, 0.2, 0.2], [0.125, 0.75, 0.125], [0.125, 0.375, 0.5]]
)
PAPER_Y = np.eye(3)[[0, 1, 2, 2]]

SIZES = ((3, 5), (7, 2), (1, 4))


def random_batch(rng, n, k):
    """One-hot labels and probabilities of n images and k classes."""
    e = np.exp(2 * rng.normal(size=(n, k)))
    return np.eye(k)[rng.integers(k, size=n)], e / e.sum(axis=1, keepdims=True)


NO_CLIP = (
    "0 * log 0 is nan in NumPy.\n"
    "Clip p to [1e-7, 1-1e-7] before the log, as Keras does."
)

# A fair coin, and what somebody believes of it.
COIN = np.array([[0.5, 0.5]]), np.array([[0.25, 0.75]])

OUTLINE = np.array([0, 0, 0, 1, 1, 0, 0, 0, 0, 0.0])
GUESS = np.array([0.1, 0.2, 0.1, 0.8, 0.6, 0.3, 0, 0, 0.1, 0])

# Validation images and test images, with which a threshold is moved by hand.
VAL_P = np.array([0.9, 0.6, 0.4, 0.2, 0.1])
VAL_TRUTH = np.array([True, False, True, True, False])
TEST_P = np.array([0.8, 0.3, 0.2, 0.15])
TEST_TRUTH = np.array([True, False, True, True])


# Every number in the text, computed again.


def _losses(function):
    """The paper batch's loss by a function of (y, p)."""
    return f"{function(PAPER_Y, PAPER_P):.6f}"


def _floor(k, eps):
    """The least cross-entropy that smoothed labels allow."""
    y = np.eye(k)[:1] * (1 - eps) + eps / k
    return float(-(y * np.log(y)).sum())


def _dice_from(p, truth, t):
    """The dice of the calls from t on."""
    return 1 - reference.dice_loss(truth, p >= t)


def _five_dice():
    """The line of the five dice, with a word's width each and no zero in front."""
    dice = [f"{_dice_from(VAL_P, VAL_TRUTH, t):.3g}"[1:] for t in VAL_P]
    return "{:5}{:4}{:5}{:5}{}".format(*dice)


NUMBERS = {
    "recall    = 24 of the 100 eights found           = 0.24": lambda: (
        f"recall    = 24 of the 100 eights found           = {24 / 100:.2f}"
    ),
    "30 calls are right         = 0.8": lambda: (
        f"30 calls are right         = {24 / 30:.1f}"
    ),
    "0.369": lambda: f"{2 * 24 / (100 + 30):.3f}",
    "2.079442": lambda: f"{np.log(8):.6f}",
    "0.693147": lambda: f"{np.log(2):.6f}",
    "3.957264": lambda: _losses(
        lambda y, p: reference.weighted_cross_entropy(y, p, (1, 1, 5))
    ),
    "gives 0.379956 instead": lambda: (
        f"gives {_losses(lambda y, p: -(y * np.log((1, 1, 5) * p)).sum(1).mean())} instead"
    ),
    "0.1 * 0.1 = 0.01": lambda: f"0.1 * 0.1 = {(1 - 0.9) ** 2:.2f}",
    "0.105361 to 0.001054": lambda: (
        f"{-np.log(0.9):.6f} to {-np.log(0.9) * (1 - 0.9) ** 2:.6f}"
    ),
    "16.118092": lambda: f"{-((1 - 1e-7) ** 2) * np.log(1e-7):.6f}",
    "0.706875": lambda: _losses(lambda y, p: reference.focal(y, p, 2)),
    "0.91 and": lambda: f"{reference.smooth(np.eye(10), 0.1)[8, 8]:.2f} and",
    "class 0.01": lambda: f"class {reference.smooth(np.eye(10), 0.1)[8, 0]:.2f}",
    "0.500288": lambda: f"{_floor(10, 0.1):.6f}",
    "0.836988": lambda: f"{reference.cross_entropy(*COIN):.6f}",
    "divergence is 0.143841": lambda: (
        f"divergence is {reference.two_halves(*COIN)[1]:.6f}"
    ),
    "0.130812 instead": lambda: f"{reference.two_halves(*COIN[::-1])[1]:.6f} instead",
    "->     $p = y$": lambda: f"->     $p = {forecasts.cheapest(1)}$",
    "->     $p = w y / (w y + 1 - y)$": lambda: forecasts.exaggerates(
        "->     $p = w y / (w y + 1 - y)$"
    ),
    "0.8 + 0.6 = 1.4": lambda: f"0.8 + 0.6 = {(OUTLINE * GUESS).sum():.1f}",
    "(2 + 2.2)": lambda: f"(2 + {GUESS.sum():.1f})",
    "49 of 100 batches of 128": lambda: (
        f"{100 * comb(3627, 128) / comb(3647, 128):.0f} of 100 batches of 128"
    ),
    "y is above $1/(1 + w)$": lambda: forecasts.moves_the_threshold(
        "y is above $1/(1 + w)$"
    ),
    ".5   .4  .667 .857 .75": _five_dice,
    "best of the five is 0.2.": lambda: (
        f"best of the five is {max(VAL_P, key=lambda t: _dice_from(VAL_P, VAL_TRUTH, t))}."
    ),
    "a dice of 0.667": lambda: f"a dice of {_dice_from(TEST_P, TEST_TRUTH, 0.2):.3f}",
    "0.15 would have given 0.857": lambda: (
        f"0.15 would have given {_dice_from(TEST_P, TEST_TRUTH, 0.15):.3f}"
    ),
}

MEASURED = "measure.py, 20 seeds, mean"
QUOTED = {
    "accuracy of 0.926 and a recall of 0.264": MEASURED,
    "0.374 and 0.852": MEASURED,
    "0.264 and 0.992": MEASURED,
    "16.7 %": f"{MEASURED}: 0.167",
    "0.281          0.004        0.309               0.324": MEASURED,
    "0.415          0.008        0.547               0.577": MEASURED,
    "0.518          0.050        0.566               0.581": MEASURED,
    "0.495          0.018        0.570               0.589": MEASURED,
    "0.447          0.075        0.592               0.626": MEASURED,
    "from 0.415 to 0.547": MEASURED,
    "0.694, 0.695 and 0.694": MEASURED,
    "with each of the 20 seeds": MEASURED,
    "first with 14 of the 20": MEASURED,
    "of 0.679 on the 1,000": MEASURED,
    "0.640 on the other": MEASURED,
    "9,000. On": "10,000 without the 1,000",
    "3,647 images": "counted by measure.py: 4,000 images without all but 20 eights",
    "3,627 / 20": "3,647 - 20 images that are not eights",
    "first 4,000 training images": "a choice",
    "1,000 test images": "a choice: 100 of each digit",
    "accuracy of 0.9 there": "900 of 1,000, in whole numbers",
    "10,000 validation images": "50,000 to 60,000 of the training set",
    "Every p of 0.5": "the usual threshold",
    "But why 0.5": "the usual threshold",
    "at p = 0.5?": "the example's choice",
    "eps = 0.1": "the example's choice",
    "$p_true$ = 0.9": "the example's choice",
    "at 0.5": "the usual threshold",
}
