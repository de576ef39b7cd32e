"""The exercises of lesson 7 and their known mistakes."""

import numpy as np

from grader.checks import lesson

LESSON = lesson(
    imports=("numpy", "keras"),
    cpu_s=20,
    can_do=(
        "build a network with a hidden layer in Keras, and count its parameters",
        "predict the loss and the accuracy of an untrained network",
        "choose an activation, a loss and labels that fit together",
    ),
)


def _reversed_losses():
    """Return what the classes of the lowest and highest logit cost, divided by a sum < 0.

    In float32, as in Keras, 1 - 1e-7 is rounded to 1 - 1.2e-7.
    """
    z = np.array([-3, 1, 0.5], "float32")
    one = np.float32(1)
    p = np.clip(z / z.sum(), np.float32(1e-7), one - np.float32(1e-7))
    return -np.log(p[:2])


NUMBERS = {
    "7,850": lambda: f"{784 * 10 + 10:,}",
    "2.302585": lambda: f"{np.log(10):.6f}",
    "2,560": lambda: f"{20 * 128:,}",
    "accuracy of 0.90": lambda: f"accuracy of {9 / 10:.2f}",
    "That is 0.90": lambda: f"That is {9 / 10:.2f}",
    "costs 1.2e-7, and the others cost 16.118": lambda: (
        "costs {:.1e}, and the others cost {:.3f}".format(*_reversed_losses()).replace(
            "e-0", "e-"
        )
    ),
}
QUOTED = {
    "0.91 to 0.95": "measure.py, 20 seeds: 0.9118 to 0.9485; first loss 99.97 to 176.97",
    "46 % of": "measure.py, 20 seeds, 1,000 images: 0.2 % to 100 %, median 46 %",
    "0.10\nto 0.43": "measure.py, 20 seeds: 0.0980 to 0.4319; first loss 5.25 to 9.42",
    "60,000": "the size of MNIST's training set",
    "about 0.1,": "one of ten equal probabilities",
    "$z = (-3, 1, 0.5)$": "the example's choice",
}
