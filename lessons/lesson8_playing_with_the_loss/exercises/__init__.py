"""What is asked of lesson 8, and which mistakes are known."""

from pathlib import Path

import numpy as np

from grader.checks import exercise, expect, lesson
from grader.judge.loading import LazyModule

LESSON = lesson(imports=("numpy",))

reference = LazyModule(
    Path(__file__).resolve().parents[3]
    / "solutions"
    / "lesson8_playing_with_the_loss.py"
)

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
    "0 * log 0 is nan in numpy. Clip p to [1e-7, 1-1e-7] before the log, as Keras does."
)

OUTLINE = np.array([0, 0, 0, 1, 1, 0, 0, 0, 0, 0.0])
GUESS = np.array([0.1, 0.2, 0.1, 0.8, 0.6, 0.3, 0, 0, 0.1, 0])

FIFTEEN_P = np.array([[0.9, 0.1]] * 10 + [[0.6, 0.4]] * 5)
FIFTEEN = np.array([0] * 7 + [1] * 3 + [0] * 3 + [1] * 2)


# Every number in the text, computed again.


def _losses(function):
    """The paper batch's loss by a function of (y, p)."""
    return f"{function(PAPER_Y, PAPER_P):.6f}"


def _floor(k, eps):
    """The least cross-entropy that smoothed labels allow."""
    y = np.eye(k)[:1] * (1 - eps) + eps / k
    return float(-(y * np.log(y)).sum())


NUMBERS = {
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
    "0.9184       0.9288   0.0109           0.2799": MEASURED,
    "0.9283       0.7972   0.1312           0.3438": MEASURED,
    "0.9146       0.8697   0.0451           0.2993": MEASURED,
    "cross-entropy 0.0349     smoothing 0.1 0.1301     focal, gamma 2 0.0090": MEASURED,
    "3,647 photos": "counted by measure.py: 4,000 photos without all but 20 eights",
    "3,627 / 20": "3,647 - 20 photos that are not eights",
    "first 4,000 training photos": "a choice",
    "1,000 new photos": "a choice: 100 of each digit",
    "10,000 new photos": "the size of the test set, checked by a test of the data",
    "accuracy is 0.9.": "900 of 1,000, in whole numbers",
    "always no          0.900": "900 of 1,000, in whole numbers",
    "eps = 0.1": "the example's choice",
    "p_true = 0.9": "the example's choice",
    "confidence 0.9": "the example's choice",
    "confidence 0.6": "the example's choice",
    "gap 0.2": "|7/10 - 0.9|",
}
