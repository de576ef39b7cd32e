"""The exercises of lesson 9, and the mistakes that are known."""

import itertools

import numpy as np

from grader.checks import expect, lesson

from .. import reference

LESSON = lesson(
    imports=("numpy",),
    can_do=(
        "write a network's forward and backward pass in NumPy",
        "check each of its gradients with centred differences",
        "train it without any library for networks",
    ),
)

PARTS = ("W1", "b1", "W2", "b2")
SIZES = (784, 64, 10)
TARGET = 0.91  # 20 seeds: mean 0.9282, sd 0.0021, least 0.9248 (NOTES.md)


def stable_softmax(z):
    """The function that is given to the learner."""
    return reference.stable_softmax(z)


def network(rng, sizes=(5, 4, 3)):
    """Random parameters, biases too."""
    n_in, n_hidden, n_out = sizes
    return {
        "W1": rng.normal(size=(n_in, n_hidden)),
        "b1": rng.normal(size=n_hidden),
        "W2": rng.normal(size=(n_hidden, n_out)),
        "b2": rng.normal(size=n_out),
    }


def batch(rng, n, sizes=(5, 4, 3)):
    """Inputs and one-hot labels."""
    return rng.normal(size=(n, sizes[0])), np.eye(sizes[2])[
        rng.integers(sizes[2], size=n)
    ]


def drawn_away_from_kinks(reference, rng, n):
    """A network and a batch with every z1 far from 0, on both sides of it."""
    while True:
        params, (x, y) = network(rng), batch(rng, n)
        z1, a, p = reference.forward(x, params)
        is_clear = np.abs(z1).min() > 0.01 and p.min() > 1e-4
        if is_clear and (z1 < 0).any() and (z1 > 0).any():
            return x, y, params, z1, a, p


def expect_parts(answer, want, tolerance):
    """All four arrays of an answer are as wanted."""
    expect(answer).mapping(PARTS)
    for name in PARTS:
        part = expect(answer).its(name, lambda parts, name=name: parts[name])
        part.close_to(want[name], tolerance)


def expect_shapes(answer, sizes):
    """All four arrays of an answer have the shapes of a network of these sizes."""
    n_in, n_hidden, n_out = sizes
    shapes = ((n_in, n_hidden), (n_hidden,), (n_hidden, n_out), (n_out,))
    expect(answer).mapping(PARTS)
    for name, shape in zip(PARTS, shapes, strict=True):
        part = expect(answer).its(name, lambda parts, name=name: parts[name])
        part.has_shape(shape)
        part.is_finite()


# A sentence that two exercises share.

IDENTICAL = (
    "All hidden units are identical, and units that are identical get identical "
    "gradients for ever. Do all weights begin with one value?\n"
    "Draw W1 and W2 at random."
)


def units_are_identical(answer):
    """All columns of W1 are the same."""
    W1 = np.asarray(answer.value["W1"])
    return W1.ndim == 2 and W1.shape[1] > 1 and bool((W1 == W1[:, :1]).all())


# Every number in the text, computed again.


def _after_one_step():
    x, y, tiny = reference.TINY_X, reference.TINY_Y, reference.TINY
    grads = reference.backward(x, y, tiny, *reference.forward(x, tiny))
    after = reference.sgd_step(tiny, grads, 0.1)
    return reference.cross_entropy(y, reference.forward(x, after)[2])


def _tiny(name, index):
    x, y, tiny = reference.TINY_X, reference.TINY_Y, reference.TINY
    return reference.backward(x, y, tiny, *reference.forward(x, tiny))[name][index]


def _da():
    x, y, tiny = reference.TINY_X, reference.TINY_Y, reference.TINY
    return ((reference.forward(x, tiny)[2] - y) @ tiny["W2"].T)[0]


def _count(*sizes):
    """Return how many parameters a chain of dense layers has."""
    return sum((n + 1) * m for n, m in itertools.pairwise(sizes))


NUMBERS = {
    "0.0505": lambda: f"{np.sqrt(2 / 784):.4f}",
    "0.1768": lambda: f"{np.sqrt(2 / 64):.4f}",
    "1.386294": lambda: f"{np.log(4):.6f}",
    "2.302585": lambda: f"{np.log(10):.6f}",
    "(0.75, -0.75)": lambda: f"({_tiny('b2', 0):.2f}, {_tiny('b2', 1):.2f})",
    "(0.823959, -2.25)": lambda: f"({_da()[0]:.6f}, {_da()[1]:.2f})",
    "(0.823959, 0)": lambda: f"({_tiny('b1', 0):.6f}, {_tiny('b1', 1):.0f})",
    "(1.647918, 0)": lambda: f"({_tiny('W1', (1, 0)):.6f}, {_tiny('W1', (1, 1)):.0f})",
    "0.871490": lambda: f"{_after_one_step():.6f}",
    "7,850": lambda: f"{_count(784, 10):,}",
    "50,890": lambda: f"{_count(784, 64, 10):,}",
    "407,050": lambda: f"{_count(784, 512, 10):,}",
    # 3 x 3 patterns fit in 26 places each way, and pooling leaves 13.
    "2,774,858": lambda: f"{32 * (9 + 1) + _count(13 * 13 * 32, 512, 10):,}",
    "0.0005": lambda: f"{0.001 / 2:.4f}",
}

MEASURED = "measure.py: 20 seeds, trained on the first 4,000 training images"
HELD = f"{MEASURED}, counted on the 10,000 after them"
COMPARED = "tools/measure/fair_table.json, which a test compares with the text"

QUOTED = {
    "0.001": "a choice: the weight decay",
    "0.935": f"{COMPARED}; mean of 784-512-10",
    "0.953": f"{COMPARED}; mean with a convolution",
    "0.324": f"{COMPARED}; mean of 40 epochs",
    "0.248": f"{COMPARED}; mean of 40 epochs with decay",
    "0.1067": f"{HELD}; mean of zero weights",
    "0.3067": f"{HELD}; mean of weights that are all 0.01",
    "lr           0.01    0.05     0.2     0.5     1.0     0.5": "choices that are compared",
    "0.8941": f"{HELD}; mean with lr 0.01",
    "0.8911": f"{HELD}; least with lr 0.01",
    "0.9138": f"{HELD}; mean with lr 0.05",
    "0.9089": f"{HELD}; least with lr 0.05",
    "0.9282": f"{HELD}; mean of the recipe",
    "0.9248": f"{HELD}; least of the recipe",
    "0.9340": f"{HELD}; mean with lr 0.5",
    "0.9306": f"{HELD}; least with lr 0.5",
    "0.8387": f"{HELD}; mean with lr 1",
    "0.3247": f"{HELD}; least with lr 1",
    "0.9239": f"{HELD}; mean with batches of 128, lr 0.5",
    "0.9088": f"{HELD}; least with batches of 128, lr 0.5",
    "from 0.9282 to 0.9297": f"{HELD}; means of the recipe, and of 40 epochs",
    "0.9482": "measure.py: 20 seeds, 20 epochs on 8,000 training images; counted on the "
    "same 10,000",
    "8,000 images": "a choice: twice as many",
    "0.9304": f"{MEASURED}, counted on all test images; mean of the recipe",
    "0.9253": f"{MEASURED}, counted on all test images; least of the recipe",
    "0.912 on average": f"{HELD}; mean of W1 by the new W2, lr 0.05: 0.9118",
    "reach 0.914": f"{HELD}; mean with lr 0.05: 0.9138",
    "lr = 0.05": "a choice: the friend's rate",
    "learns well with 0.2": "the recipe's choice",
    "0.8846": f"{HELD}; mean with the relu mask forgotten",
    "accuracy of 0.91": "the target: 8.7 sd below the mean of the recipe",
    "lr = 0.2": "the recipe's choice",
    "lr = 0.5": "a choice that is compared with it",
    "lr = 0.1": "the worked example's choice",
    "4,000 images": "our choice: the number of training images",
    "10,000 images": "the size of the test set, checked by a test of the data",
    "0.920 of lesson 6": "lesson 6: mean of 20 seeds on the test images, 0.9203",
    "50,000 images": "lesson 6's choice",
    "0.897, the best": f"{HELD}; mean of softmax regression, batch 32, lr 0.1: 0.8971",
    "0.897 to 0.928": "both means, rounded",
    "below 0.013": f"{MEASURED}; measure.py halfway: 0.0089 to 0.0123",
    "0.633 halfway": f"{MEASURED}; measure.py halfway: 0.407 to 0.972",
}
