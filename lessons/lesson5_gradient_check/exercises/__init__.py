"""The exercises of lesson 5, and their known mistakes."""

import math

import numpy as np

from grader.checks import lesson

LESSON = lesson(
    imports=("numpy",),
    can_do=(
        "compute softmax, the loss and its gradient for logits of any size",
        "find an unstable function, and write the test that catches it",
        "check a gradient by brute force, with a step that you can defend",
    ),
)

PAPER_EXPS = np.array([[7.0, 2, 1], [3, 1, 1], [1, 6, 1], [1, 3, 4]])
PAPER_Z = np.log(PAPER_EXPS)
PAPER_Y = np.eye(3)[[0, 1, 2, 2]]
PAPER_P = PAPER_EXPS / PAPER_EXPS.sum(axis=1, keepdims=True)

HUGE = np.array([1000.0, 0, -1000])
LOW = np.array([-1000.0, -1001, -1002])
# Two images with logits far apart: one maximum does not fit both.
APART = np.array([[1000.0, 999, 998], [-1000, -1001, -1002]])
STEPS_P = np.exp([0.0, -1, -2]) / np.exp([0.0, -1, -2]).sum()

SIZES = ((3, 5), (7, 2), (1, 4))


def random_batch(rng, n, k):
    """Return one-hot labels and logits of n images and k classes."""
    return np.eye(k)[rng.integers(k, size=n)], 2 * rng.normal(size=(n, k))


def sizes(y, z):
    """Return the n and the k for a sentence."""
    return {"n": z.shape[0], "k": z.shape[1]}


# Mistakes call these two, as a learner's functions call those of 5b and 5c.
def stable_softmax(z):
    """Return the probabilities for logits of any size."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def log_softmax(z):
    """Return their logarithms."""
    shifted = z - z.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


# Every number in the text, recomputed.


def _text(value, digits=6):
    return lambda: f"{value:.{digits}f}"


def _short(value):
    return lambda: f"{value:g}"


def _last_finite(dtype):
    """Return the last number with two decimals whose exp is finite, and the next one."""
    step = 0.01
    end = math.floor(math.log(float(np.finfo(dtype).max)) / step) * step
    with np.errstate(all="ignore"):
        fine, over = np.exp(np.array([end, end + step], dtype=dtype))
    assert np.isfinite(fine)
    assert np.isinf(over)
    return end, end + step


_F32, _F64 = _last_finite(np.float32), _last_finite(np.float64)
_GRADIENT = (PAPER_P - PAPER_Y) / 4

NUMBERS = {
    "3.4e38": lambda: f"{np.finfo(np.float32).max:.1e}".replace("e+", "e"),
    "1.8e308": lambda: f"{np.finfo(np.float64).max:.1e}".replace("e+", "e"),
    "2.302585": _text(math.log(10)),
    "88.72": _text(_F32[0], 2),
    "88.73": _text(_F32[1], 2),
    "709.78": _text(_F64[0], 2),
    "709.79": _text(_F64[1], 2),
    "0.367879": _text(math.exp(-1)),
    "0.135335": _text(math.exp(-2)),
    "0.665241": _text(STEPS_P[0]),
    "0.244728": _text(STEPS_P[1]),
    "0.090031": _text(STEPS_P[2]),
    "16.118096": _text(-math.log(1e-7)),
    "1.184675": _text(-np.log([0.7, 0.2, 0.125, 0.5]).mean()),
    "16.118": _text(-math.log(1e-7), 3),
    "-0.075": _short(_GRADIENT[0, 0]),
    "0.05": _short(_GRADIENT[0, 1]),
    "0.025": _short(_GRADIENT[0, 2]),
    "0.15": _short(_GRADIENT[1, 0]),
    "-0.2": _short(_GRADIENT[1, 1]),
    "0.03125": _short(_GRADIENT[2, 0]),
    "0.1875": _short(_GRADIENT[2, 1]),
    "-0.21875": _short(_GRADIENT[2, 2]),
    "0.09375": _short(_GRADIENT[3, 1]),
    "-0.125": _short(_GRADIENT[3, 2]),
}
_STEPS = "measure.py, 20 seeds: the median of the largest error, float64"
QUOTED = {
    "1000": "given: the logit that breaks exp",
    "-1000": "given: a logit",
    "-1001": "given: a logit",
    "-1002": "given: a logit",
    "-2000": "-1000 minus the maximum, 1000",
    "2000": "the distance from -1000 to the maximum, 1000",
    "4.0e-5": _STEPS,
    "4.0e-7": _STEPS,
    "4.0e-9": _STEPS,
    "4.1e-11": _STEPS,
    "2.5e-11": _STEPS,
    "2.6e-10": _STEPS,
    "2.4e-8": _STEPS,
    "2.3e-4": _STEPS,
    "3.0e-7": _STEPS + ", one-sided at h = 1e-5",
    "(0.9, 0.1, 0)": "given: a soft label",
    "0.001": "given: an example of a difference",
    "0.002": "given: an example of a number",
    "500.001": "given: an example of a number",
}
