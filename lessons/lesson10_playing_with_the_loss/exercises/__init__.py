"""What is asked of lesson 10, and which mistakes are known."""

from math import comb
from pathlib import Path

import numpy as np

from grader.checks import lesson
from grader.judge.loading import LazyModule

LESSON = lesson(
    imports=("numpy",),
    can_do=(
        "change a loss when the question changes, and say what that buys",
        "choose a threshold, and mend probabilities, on photos held back",
        "choose the loss that fits a goal",
    ),
)

reference = LazyModule(
    Path(__file__).resolve().parents[3]
    / "solutions"
    / "lesson10_playing_with_the_loss.py"
)
forecasts = LazyModule(Path(__file__).resolve().parents[1] / "forecasts.py")

PAPER_P = np.array(
    [[0.7, 0.2, 0.1], [0.6, 0.2, 0.2], [0.125, 0.75, 0.125], [0.125, 0.375, 0.5]]
)
PAPER_Y = np.eye(3)[[0, 1, 2, 2]]

SIZES = ((3, 5), (7, 2), (1, 4))


def random_batch(rng, n, k):
    """One-hot labels and probabilities of n photos and k classes."""
    e = np.exp(2 * rng.normal(size=(n, k)))
    return np.eye(k)[rng.integers(k, size=n)], e / e.sum(axis=1, keepdims=True)


NO_CLIP = (
    "0 * log 0 is nan in numpy.\n"
    "Clip p to [1e-7, 1-1e-7] before the log, as Keras does."
)

OUTLINE = np.array([0, 0, 0, 1, 1, 0, 0, 0, 0, 0.0])
GUESS = np.array([0.1, 0.2, 0.1, 0.8, 0.6, 0.3, 0, 0, 0.1, 0])

FIFTEEN_P = np.array([[0.9, 0.1]] * 10 + [[0.6, 0.4]] * 5)
FIFTEEN = np.array([0] * 7 + [1] * 3 + [0] * 3 + [1] * 2)

# Photos held back, and new ones, by which a threshold is moved by hand.
HELD_P = np.array([0.9, 0.6, 0.4, 0.2, 0.1])
HELD_TRUTH = np.array([True, False, True, True, False])
NEW_P = np.array([0.8, 0.3, 0.2, 0.15])
NEW_TRUTH = np.array([True, False, True, True])

# Scores that say 0.9, of ten photos of which seven are so.
TEN_Z = np.tile([np.log(9), 0.0], (10, 1))
TEN_Y = np.eye(2)[[0] * 7 + [1] * 3]


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


def _at(T):
    """What the ten photos say at a temperature."""
    return float(reference.softmax(TEN_Z / T)[0, 0])


def _five_dice():
    """The line of the five dice, with a word's width each and no zero in front."""
    dice = [f"{_dice_from(HELD_P, HELD_TRUTH, t):.3g}"[1:] for t in HELD_P]
    return "{:5}{:4}{:5}{:5}{}".format(*dice)


NUMBERS = {
    "0.836988": lambda: (
        f"{reference.cross_entropy(np.array([[0.5, 0.5]]), np.array([[0.25, 0.75]])):.6f}"
    ),
    "0.143841": lambda: (
        f"{reference.two_halves(np.array([[0.5, 0.5]]), np.array([[0.25, 0.75]]))[1]:.6f}"
    ),
    "costs 1.184675": lambda: f"costs {_losses(reference.cross_entropy)}",
    "4 * 1.184675    = 4.7387": lambda: (
        f"4 * 1.184675    = {4 * reference.cross_entropy(PAPER_Y, PAPER_P):.4f}"
    ),
    "0.7 * 0.2 * 0.125 * 0.5": lambda: " * ".join(
        f"{true:g}" for true in (PAPER_Y * PAPER_P).sum(axis=1)
    ),
    "exp(1.184675)   = 3.27": lambda: f"exp(1.184675)   = {np.exp(1.184675):.2f}",
    "->     $p = y$": lambda: f"->     $p = {forecasts.cheapest(1)}$",
    "->     $p = w y / (w y + 1 - y)$": lambda: forecasts.exaggerates(
        "->     $p = w y / (w y + 1 - y)$"
    ),
    "49 of 100 batches of 128": lambda: (
        f"{100 * comb(3627, 128) / comb(3647, 128):.0f} of 100 batches of 128"
    ),
    "y is above 1/(1 + w)": lambda: forecasts.moves_the_threshold(
        "y is above 1/(1 + w)"
    ),
    ".5   .4  .667 .857 .75": _five_dice,
    "best of the five is 0.2.": lambda: (
        f"best of the five is {max(HELD_P, key=lambda t: _dice_from(HELD_P, HELD_TRUTH, t))}."
    ),
    "a dice of 0.667": lambda: f"a dice of {_dice_from(NEW_P, NEW_TRUTH, 0.2):.3f}",
    "0.15 would have had 0.857": lambda: (
        f"0.15 would have had {_dice_from(NEW_P, NEW_TRUTH, 0.15):.3f}"
    ),
    "its cheapest answer is 0.69": lambda: (
        f"its cheapest answer is {forecasts.cheapest_focal(0.9):.2f}"
    ),
    "T = 1/2: p = 0.988": lambda: f"T = 1/2: p = {_at(0.5):.3f}",
    "T = 1: p = 0.9 ": lambda: f"T = 1: p = {_at(1):.1f} ",
    "T = 2: p = 0.75": lambda: f"T = 2: p = {_at(2):.2f}",
    "T = 2.59": lambda: (
        f"T = {reference.temperature(TEN_Z, TEN_Y, reference.TEMPERATURES)}"
    ),
    "p is then 0.700": lambda: f"p is then {_at(2.59):.3f}",
    "2.079442": lambda: f"{np.log(8):.6f}",
    "0.693147": lambda: f"{np.log(2):.6f}",
    "3.957264": lambda: _losses(
        lambda y, p: reference.weighted_cross_entropy(y, p, (1, 1, 5))
    ),
    "0.706875": lambda: _losses(lambda y, p: reference.focal(y, p, 2)),
    "1.201194": lambda: _losses(
        lambda y, p: reference.cross_entropy(reference.smooth(y, 0.1), p)
    ),
    "0.500288": lambda: f"{_floor(10, 0.1):.6f}",
    "0.91": lambda: f"{reference.smooth(np.eye(10), 0.1)[8, 8]:.2f}",
    "class 0.01": lambda: f"class {reference.smooth(np.eye(10), 0.1)[8, 0]:.2f}",
    "0.1 * 0.1 = 0.01": lambda: f"0.1 * 0.1 = {(1 - 0.9) ** 2:.2f}",
    "0.24": lambda: f"{24 / 100:.2f}",
    "calls right      = 0.8": lambda: f"calls right      = {24 / 30:.1f}",
    "0.369": lambda: f"{2 * 24 / (100 + 30):.3f}",
    "0.8 + 0.6 = 1.4": lambda: f"0.8 + 0.6 = {(OUTLINE * GUESS).sum():.1f}",
    "(2 + 2.2)": lambda: f"(2 + {GUESS.sum():.1f})",
    "10/15 * 0.2 + 5/15 * 0 = 0.1333": lambda: (
        "10/15 * 0.2 + 5/15 * 0 = "
        f"{reference.expected_calibration_error(FIFTEEN_P, FIFTEEN):.4f}"
    ),
}

MEASURED = "measure.py, 20 seeds, mean (and least, most)"
QUOTED = {
    "accuracy 0.926, recall 0.264": MEASURED,
    "0.915    0.167 [0.13, 0.19]     0.900     0.281": MEASURED,
    "0.926    0.264 [0.21, 0.33]     0.992     0.415": MEASURED,
    "0.929    0.288 [0.22, 0.37]     1.000     0.447": MEASURED,
    "0.932    0.336 [0.30, 0.38]     0.949     0.495": MEASURED,
    "0.931    0.374 [0.32, 0.44]     0.852     0.518": MEASURED,
    "0.004    0.224       0.513   0.309               0.324": MEASURED,
    "0.008    0.454       0.691   0.547               0.577": MEASURED,
    "0.050    0.476       0.700   0.566               0.581": MEASURED,
    "0.018    0.473       0.718   0.570               0.589": MEASURED,
    "0.075    0.475       0.789   0.592               0.626": MEASURED,
    "from 0.415 to 0.547": MEASURED,
    "a recall of 0.376 at 1/21 and of 0.455": MEASURED,
    "0.336 and 0.374, so the rule": MEASURED,
    "at 0.05, plain cross-entropy": "a round number beside 1/21",
    "weight 181, 0.374, with a precision of 0.825 instead of 0.852": MEASURED,
    "0.694, 0.695 and 0.694": MEASURED,
    "with each of the 20 seeds": MEASURED,
    "first in 14 of 20": MEASURED,
    "0.679 on the 1,000, and 0.640 on": MEASURED,
    "the other 9,000": "10,000 held back, without the 1,000",
    "0.9184       0.9288   0.0109                  0.0349": MEASURED,
    "0.9283       0.7972   0.1312                  0.1301": MEASURED,
    "0.9146       0.8697   0.0451                  0.0090": MEASURED,
    "3,647 photos": "counted by measure.py: 4,000 photos without all but 20 eights",
    "3,627 / 20": "3,647 - 20 photos that are not eights",
    "first 4,000 training photos": "a choice",
    "1,000 new photos": "a choice: 100 of each digit",
    "1.69     0.0349   0.0100              0.3109   0.2601": MEASURED,
    "1.17     0.0090   0.0114              0.2721   0.2674": MEASURED,
    "0.57     0.1301   0.0065              0.3366   0.2300": MEASURED,
    "10,000 new photos": "the size of the test set, checked by a test of the data",
    "accuracy is 0.9.": "900 of 1,000, in whole numbers",
    "10,000 photos are held back": "50,000 to 60,000 of the training set",
    "nobody asked why 0.5.": "the usual threshold",
    "number 0.9. Which": "the example's choice",
    "where 0.9 is true": "the example's choice",
    "eps = 0.1": "the example's choice",
    "$p_true$ = 0.9": "the example's choice",
    "confidence 0.9": "the example's choice",
    "confidence 0.6": "the example's choice",
    "gap 0.2": "|7/10 - 0.9|",
}
