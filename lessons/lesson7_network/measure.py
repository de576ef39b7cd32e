"""Measure the first loss and the accuracy of networks with a bug, for lesson 7.

    uv run python -m lessons.lesson7_network.measure [runs]

Prints in how many images the logits of an untrained network have a negative sum, and the
least and the most over the runs of each recipe. The first loss is Keras's, on
the first 1,000 training images. Then the network trains for one epoch on all 60,000, and
its accuracy is measured on the 10,000 test images. Twenty runs take ten minutes on one
core.
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
    "images not scaled": (1, "softmax"),
    "no activation": (255, None),
}
RUNS = 20
EPOCHS = 1


def network(activation: str | None, seed: int) -> keras.Model:
    """Return the network with this last activation, compiled as in the lesson."""
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
    """Return the first loss of one network, and its accuracy after the last epoch."""
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


def negative_sums(seed: int) -> float:
    """Return the fraction of images whose ten untrained logits have a negative sum."""
    (images, _), _ = load_data()
    logits = network(None, seed).predict(
        images[:1000].reshape(-1, 784) / 255, verbose=0
    )
    return float((logits.sum(axis=1) < 0).mean())


def main(runs: int) -> None:
    fractions = [negative_sums(seed) for seed in range(runs)]
    print(
        f"logits with a negative sum: {min(fractions):.3f} to {max(fractions):.3f}, "
        f"median {np.median(fractions):.3f}"
    )
    for recipe in RECIPES:
        first, accuracy = np.array([run(recipe, seed) for seed in range(runs)]).T
        print(
            f"{recipe:20} first loss {np.min(first):.2f} to {np.max(first):.2f}   "
            f"accuracy {np.min(accuracy):.4f} to {np.max(accuracy):.4f}, "
            f"median {np.median(accuracy):.4f}",
            flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else RUNS)
