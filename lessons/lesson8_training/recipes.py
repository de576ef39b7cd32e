"""The recipes that lesson 8 measures: its own, and many wrong ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to train, right or wrong. The defaults are the lesson's."""

    name: str
    seeds: tuple[int, ...] = (0, 1)
    epochs: int = 5
    hidden: int = 512
    hidden_activation: str | None = "relu"
    output_activation: str | None = "softmax"
    loss: str = "categorical_crossentropy"
    optimizer: str = "rmsprop"
    prepare: Callable[[np.ndarray], np.ndarray] = lambda x: _flat(x) / np.float32(255)
    prepare_test: Callable[[np.ndarray], np.ndarray] | None = None
    change_labels: Callable[[np.ndarray, int], np.ndarray] = lambda y, seed: y
    images: int = 60_000
    leaks: bool = False
    per_class: int = 0  # validation images of each digit; their loss chooses the epoch


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype("float32")


def _scrambled(images: np.ndarray) -> np.ndarray:
    return images.reshape(784, len(images)).T.astype("float32") / 255


def _whole_numbers(images: np.ndarray) -> np.ndarray:
    return (images // 255).reshape(len(images), -1).astype("float32")


def _shuffled(labels: np.ndarray, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).permutation(labels)


RECIPES = (
    Recipe("the lesson's", seeds=tuple(range(20)), epochs=12, per_class=500),
    Recipe("validated, squared error", loss="mean_squared_error", per_class=500),
    Recipe(
        "validated, sigmoid hidden layer", hidden_activation="sigmoid", per_class=500
    ),
    Recipe("validated, 32 hidden units", hidden=32, per_class=500),
    Recipe("validated, sgd", optimizer="sgd", per_class=500),
    Recipe("validated, adam", optimizer="adam", epochs=12, per_class=500),
    Recipe("correct", seeds=tuple(range(20))),
    Recipe("unscaled, 0 to 255", prepare=_flat),
    Recipe(
        "training set scaled, test set not",
        seeds=tuple(range(20)),
        prepare_test=_flat,
    ),
    Recipe("sigmoid output", output_activation="sigmoid"),
    Recipe("softmax, squared error", loss="mean_squared_error"),
    Recipe("sigmoid hidden layer", hidden_activation="sigmoid"),
    Recipe("32 hidden units", hidden=32),
    Recipe("no hidden layer", hidden=0),
    Recipe("no relu", hidden_activation=None),
    Recipe("sgd", optimizer="sgd"),
    Recipe("// 255", prepare=_whole_numbers),
    Recipe("no softmax, loss by name", output_activation=None),
    Recipe("labels shuffled apart", change_labels=_shuffled),
    Recipe("scrambled reshape", prepare=_scrambled),
    Recipe("labels one too far", change_labels=lambda y, seed: (y + 1) % 10),
    Recipe("scaled twice", prepare=lambda x: _flat(x) / np.float32(255 * 255)),
    Recipe("adam", optimizer="adam"),
    Recipe("hidden softmax", hidden_activation="softmax"),
    Recipe("binary cross-entropy", loss="binary_crossentropy"),
    Recipe("relu output", output_activation="relu"),
    Recipe(
        "500 images, labels shuffled apart",
        images=500,
        epochs=60,
        change_labels=_shuffled,
    ),
    Recipe("correct, 20 epochs", epochs=20),
    Recipe("20 images", images=20, epochs=60),
    Recipe("test images trained on as well", leaks=True),
)
