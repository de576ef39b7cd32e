"""Lesson 6: what its exercises share, and the numbers of its text."""

import numpy as np

from grader.checks import expect, lesson

from .. import reference

LESSON = lesson(
    imports=("numpy",),
    can_do=(
        "write the gradient of a layer's weights as a matrix product",
        "write tests that catch a wrong gradient, even one that trains",
        "train a model in NumPy, and choose its learning rate on validation images",
    ),
)


def stable_softmax(z):
    """Return probabilities, as the function that is given to the learner does."""
    return reference.stable_softmax(z)


def drawn(rng, n, m, k):
    """Return a random batch, one-hot labels, weights and biases, all of them far from 0."""
    x, W, b = rng.normal(size=(n, m)), rng.normal(size=(m, k)), rng.normal(size=k)
    return x, np.eye(k)[rng.integers(k, size=n)], W, b


def expect_pair(answer, want, tolerance):
    """Expect dW and db to be as wanted."""
    expect(answer).sequence(2)
    for i, name in enumerate(("dW", "db")):
        part = expect(answer).its(name, lambda parts, i=i: parts[i])
        part.close_to(want[i], tolerance)


# Every number in the text, computed again.


def _tiny_after_one_step():
    x, y = reference.SMALL_X, reference.SMALL_Y
    dW, db = reference.gradients(x, y, np.zeros((3, 2)), np.zeros(2))
    return reference.loss(x, y, -dW, -db)


def _tiny_gradient(pixel):
    x, y = reference.SMALL_X, reference.SMALL_Y
    return reference.gradients(x, y, np.zeros((3, 2)), np.zeros(2))[0][pixel, 0]


NUMBERS = {
    "2.302585": lambda: f"{np.log(10):.6f}",
    "2.30": lambda: f"{np.log(10):.2f}",
    "2 * 0.25 + 1 * (-0.25) = 0.25": lambda: (
        f"2 * 0.25 + 1 * (-0.25) = {_tiny_gradient(1):g}"
    ),
    "0 * 0.25 + 2 * (-0.25) = -0.5": lambda: (
        f"0 * 0.25 + 2 * (-0.25) = {_tiny_gradient(2):g}"
    ),
    "dz =  0.25 -0.25": lambda: (
        "dz =  "
        + " ".join(f"{value:g}" for value in (np.array([0.5, 0.5]) - [0, 1]) / 2)
    ),
    "0.693147": lambda: f"{np.log(2):.6f}",
    "0.201413": lambda: f"{_tiny_after_one_step():.6f}",
    "7,850": lambda: f"{784 * 10 + 10:,}",
}

MEASURED = "measure.py: 20 seeds, trained on the first 50,000 training images"
VALIDATED = f"{MEASURED}, validated on the last 10,000"
EPOCH = f"{VALIDATED}; mean after one epoch with batches of 100"
QUOTED = {
    "lr = 0.1 takes the\nvalidation loss": "the choice of 6e",
    "from 2.30 to 0.36.": EPOCH,
    "0.367": f"{EPOCH}, db always 0",
    "0.364": f"{EPOCH}, lr 0.1",
    "about\n0.915": f"{VALIDATED}; mean of lr 0.1, batch 100, 3 epochs: 0.9152",
    "0.918": "the target: 3.7 sd below the mean of lr 0.2, batch 100, 5 epochs",
    "0.278": f"{VALIDATED}; mean validation loss of lr 0.2, batch 100, 5 epochs: 0.2780",
    "0.290": f"{MEASURED}; its mean training loss: 0.2903",
    "0.299": "measure.py easier: 20 seeds, lr 0.2, batch 100, 5 epochs; mean 0.2989",
    "0.337": "measure.py easier: 20 seeds, lr 0.2, batch 100, 5 epochs; mean 0.3370",
    "25,000": "half of the 50,000",
    "0.926": f"{VALIDATED}; mean of lr 0.1, batch 100, 20 epochs: 0.9259",
    "0.97": "lesson 8's target",
    "lr = 0.2": "a choice that reaches the target",
    "0.9203": f"{MEASURED}; lr 0.2, batch 100, 5 epochs; mean on the test images",
    "0.9183": f"{MEASURED}; lr 0.2, batch 100, 5 epochs; least on the test images",
    "0.1135": "lesson 1: 1,135 of the 10,000 test images show a 1",
    "11.35": "lesson 1: 1,135 of the 10,000 test images show a 1",
    "50,000": "our choice: the number of training images",
    "2,000 images": "a choice: enough to see the loss fall",
    "10,000": "the sizes of the validation set and of the test set",
    "60,000": "the size of the training set, checked by a test of the data",
    "1,000 images": "a choice",
}
