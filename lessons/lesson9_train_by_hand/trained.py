"""Infer from the parameters after each epoch how they were trained."""

import itertools

import numpy as np

PARTS = ("W1", "b1", "W2", "b2")
# Fewer than any batch: an epoch is then one step, and its rate can be read off.
FEW = 8
# One batch of 32, and a batch of one image after it.
ONE_LEFT = 33
EPOCHS_SEEN = 6


class States:
    """Keeps the parameters of the first epochs; is passed as `on_epoch`."""

    def __init__(self, most=2):
        self.kept = []
        self._most = most

    def __call__(self, params):
        if len(self.kept) < self._most:
            self.kept.append(params)


def flat(params):
    """All numbers of the four arrays in one row."""
    return np.concatenate([np.asarray(params[n], "float64").ravel() for n in PARTS])


def gradient(reference, x, y, params):
    """The gradients by the solution."""
    return reference.backward(x, y, params, *reference.forward(x, params))


def rate_of_one_step(reference, x, y, before, after):
    """Return the rate if the change is one step along the gradient of all images.

    One minus the cosine of the two is at most 1e-11 after one step, in float32 too. With
    batches of 32 and rates from 0.0001 to 0.02 it is at least 5e-5 (5 seeds each).
    """
    u = flat(after) - flat(before)
    v = -flat(gradient(reference, x, y, before))
    sizes = np.linalg.norm(u) * np.linalg.norm(v)
    if not sizes or 1 - u @ v / sizes > 1e-8:
        return None
    return float(u @ v / (v @ v))


def last_image(reference, x, y, before, after, rate):
    """Return which image was the last batch, after one batch of all others, or None.

    Each is tried: a step by all others, then one by this image. The right one gives the
    returned parameters to about 1e-12, and every other one is at least 1e-6 off.
    """
    found = [
        alone
        for alone in range(len(x))
        if np.allclose(
            flat(after), flat(_two_steps(reference, x, y, before, alone, rate)), 0, 1e-8
        )
    ]
    return found[0] if len(found) == 1 else None


def _two_steps(reference, x, y, params, alone, rate):
    others = np.arange(len(x)) != alone
    for rows in (others, ~others):
        grads = gradient(reference, x[rows], y[rows], params)
        params = {name: params[name] - rate * grads[name] for name in PARTS}
    return params


def image_that_is_always_last(reference, x, y, states, rate):
    """Return the image that ended all of these epochs, or None.

    Six independent orders end with the same image once in 33**5, or 39 million, trainings.
    """
    pairs = list(itertools.pairwise(states))
    if len(pairs) < EPOCHS_SEEN - 1:
        return None
    lasts = {last_image(reference, x, y, *pair, rate) for pair in pairs}
    return lasts.pop() if len(lasts) == 1 else None
