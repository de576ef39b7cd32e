"""Measure how networks begin that are not put together as lesson 7 does, and how they end.

    uv run python -m lessons.lesson7_network.measure [runs]

Prints one line a recipe, with least and most over the runs. The first loss is Keras's,
on the first 1,000 training photos; then one epoch on all 60,000, and the accuracy
on the 10,000 test photos. The last line counts the networks with a relu at their end that
have come to nan after the 20 steps of lesson 7. Twenty runs take ten minutes on one core.
"""

from __future__ import annotations

import os
import sys

for variable in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers

from lessons.data import load_data

# How the pixels are divided, and the activation of the last layer.
RECIPES = {
    "photos not scaled": (1, "softmax"),
    "no activation": (255, None),
}
RUNS = 20
EPOCHS = 1


def network(activation: str | None, seed: int) -> keras.Model:
    """The page's network with this activation at its end, compiled as the page does."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    made = keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, activation=activation),
        ]
    )
    made.compile("rmsprop", "categorical_crossentropy", metrics=["accuracy"])
    return made


def run(recipe: str, seed: int) -> tuple[float, float]:
    """The first loss of one network, and its accuracy after the last epoch."""
    divisor, activation = RECIPES[recipe]
    (images, labels), (test_images, test_labels) = load_data()
    x, x_test = (
        a.reshape(-1, 784) / np.float32(divisor) for a in (images, test_images)
    )
    y, y_test = (np.eye(10, dtype="float32")[a] for a in (labels, test_labels))
    made = network(activation, seed)
    first, _ = made.evaluate(x[:1000], y[:1000], verbose=0)
    made.fit(x, y, epochs=EPOCHS, batch_size=128, verbose=0)
    _, accuracy = made.evaluate(x_test, y_test, batch_size=500, verbose=0)
    return first, accuracy


def comes_to_nan(seed: int) -> bool:
    """Whether all weights of a network with a relu at its end are nan after 20 steps."""
    (images, labels), _ = load_data()
    x = images[:2560].reshape(-1, 784) / np.float32(255)
    y = np.eye(10, dtype="float32")[labels[:2560]]
    made = network("relu", seed)
    made.fit(x, y, batch_size=128, verbose=0)
    return all(np.isnan(array).all() for array in made.get_weights())


def main(runs: int) -> None:
    for recipe in RECIPES:
        first, accuracy = np.array([run(recipe, seed) for seed in range(runs)]).T
        print(
            f"{recipe:20} first loss {np.min(first):.2f} to {np.max(first):.2f}   "
            f"accuracy {np.min(accuracy):.4f} to {np.max(accuracy):.4f}, "
            f"median {np.median(accuracy):.4f}",
            flush=True,
        )
    came = sum(map(comes_to_nan, range(runs)))
    print(f"{'relu':20} all weights are nan after 20 steps in {came} of {runs}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else RUNS)
