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

NUMBERS = {
    "7,850": lambda: f"{784 * 10 + 10:,}",
    "2.302585": lambda: f"{np.log(10):.6f}",
    "2,560": lambda: f"{20 * 128:,}",
    "accuracy of 0.90": lambda: f"accuracy of {9 / 10:.2f}",
    "That is 0.90": lambda: f"That is {9 / 10:.2f}",
}
QUOTED = {
    "0.91 to 0.95": "measure.py, 20 seeds: 0.9118 to 0.9485; first loss 99.97 to 176.97",
    "0.10 to 0.43": "measure.py, 20 seeds: 0.0980 to 0.4319; first loss 5.25 to 9.42",
    "60,000": "the size of MNIST's training set",
    "about 0.1,": "one of ten equal probabilities",
}
