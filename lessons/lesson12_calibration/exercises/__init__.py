"""The facts and numbers of lesson 12, and data that its exercises share."""

import numpy as np

from grader.checks import lesson

from .. import reference

LESSON = lesson(
    imports=("numpy",),
    can_do=(
        "say what a calibrated network is, and measure whether one is",
        "correct its probabilities with one temperature, fitted on validation images",
        "tell what a temperature changes from what it cannot change",
    ),
)

FIFTEEN_P = np.array([[0.9, 0.1]] * 10 + [[0.6, 0.4]] * 5)
FIFTEEN = np.array([0] * 7 + [1] * 3 + [0] * 3 + [1] * 2)

# Logits that say 0.9, of ten images of which seven are of that class.
TEN_Z = np.tile([np.log(9), 0.0], (10, 1))
TEN_Y = np.eye(2)[[0] * 7 + [1] * 3]


def scored(rng, n, k, heat):
    """Logits of n images that are `heat` times too large, and labels drawn from p."""
    z = 1.5 * rng.normal(size=(n, k))
    p = reference.softmax(z)
    labels = [rng.choice(k, p=row) for row in p]
    return heat * z, np.eye(k)[labels]


# Every number in the text, computed again.


def _at(T):
    """Return the probabilities of the ten images at a temperature."""
    return reference.softmax(TEN_Z / T)[0]


def _cheapest_focal(y):
    """The prediction with the least focal loss, gamma 2, of two classes."""
    p = np.linspace(0.01, 0.99, 981)
    costs = -y * (1 - p) ** 2 * np.log(p) - (1 - y) * p**2 * np.log(1 - p)
    return float(p[costs.argmin()])


def _bins_alike():
    """Return the error that the given function finds in the fifteen answers."""
    return sum(abs(a) for a in (7 / 10 - 0.9, 3 / 5 - 0.6)) / 10


NUMBERS = {
    "10/15 * 0.2 + 5/15 * 0 = 0.1333": lambda: (
        "10/15 * 0.2 + 5/15 * 0 = "
        f"{reference.expected_calibration_error(FIFTEEN_P, FIFTEEN):.4f}"
    ),
    "T = 1/2: p = 0.988 and 0.012": lambda: "T = 1/2: p = {:.3f} and {:.3f}".format(
        *_at(0.5)
    ),
    "T = 1: p = 0.9 and 0.1": lambda: "T = 1: p = {:.1f} and {:.1f}".format(*_at(1)),
    "0.02 instead of 0.1333": lambda: f"{_bins_alike():.2f} instead of 0.1333",
    "T = 2.59": lambda: (
        f"T = {reference.temperature(TEN_Z, TEN_Y, reference.TEMPERATURES)}"
    ),
    "says 0.700": lambda: f"says {_at(2.59)[0]:.3f}",
    "more than 0.91": lambda: (
        f"more than {reference.smooth(np.eye(10), 0.1)[8, 8]:.2f}"
    ),
    "lowest loss is 0.69": lambda: f"lowest loss is {_cheapest_focal(0.9):.2f}",
}

MEASURED = "measure.py, 20 seeds, mean"
QUOTED = {
    "0.9233  1.69      0.0349   0.0098         0.3108   0.2601": MEASURED,
    "0.9213  1.16      0.0092   0.0105         0.2723   0.2676": MEASURED,
    "0.9321  0.58      0.1300   0.0078         0.3366   0.2304": MEASURED,
    "ECE is 0.0110, after 40 it is 0.0349": MEASURED,
    "T = 0.81, after 40 epochs 1.16": MEASURED,
    "from 4,000 images": "lesson 9's choice",
    "10,000 test images": "the size of the test set, checked by a test of the data",
    "1,000 validation\n": "a choice",
    "says 0.9, again": "the example's choice",
    "number 0.9.": "the example's choice",
    "probability is 0.9, the answer": "the example's choice",
    "smoothing 0.1": "lesson 10's eps",
    "confidence 0.9": "the example's choice",
    "confidence 0.6": "the example's choice",
    "confidence 0.8": "the example's choice",
    "with 0.6": "the example's choice",
    "gap 0.2": "|7/10 - 0.9|",
    "says 0.99": "the example's choice",
}
