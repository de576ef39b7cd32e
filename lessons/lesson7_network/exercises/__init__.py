"""What is asked of lesson 7, and which mistakes are known."""

import numpy as np

from grader.checks import lesson

LESSON = lesson(
    imports=("numpy", "keras"),
    cpu_s=20,
    can_do=(
        "build a network in Keras, and count its parameters beforehand",
        "say what a network costs that knows nothing",
        "tell which activation, loss and labels go together",
    ),
)

NUMBERS = {
    "2.302585": lambda: f"{np.log(10):.6f}",
    "2,560": lambda: f"{20 * 128:,}",
    "16.118": lambda: f"{-np.log(1e-7):.3f}",
}
QUOTED = {
    "0.91 to 0.95": "measure.py, 20 seeds: 0.9118 to 0.9485; first loss 99.97 to 176.97",
    "0.10 to 0.43": "measure.py, 20 seeds: 0.0980 to 0.4319; first loss 5.25 to 9.42",
}
