"""Lesson 11 says that the learner's network and Keras do the same sums: they do."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.course.document.catalog import find
from grader.judge.loading import LazyModule, load_module
from tests.support.project import ROOT

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]

lesson = LazyModule(ROOT / "solutions" / "lesson11_optimizers.py")
# float32 keeps 7 digits; the page says 1e-6 or so of p and of the gradients.
FLOAT32 = 1e-6


@pytest.fixture(scope="module")
def network() -> Any:
    """A network of Keras with weights of its own, biases too."""
    import keras

    keras.utils.set_random_seed(3)
    made = keras.Sequential(
        [
            keras.Input((784,)),
            keras.layers.Dense(64, activation="relu", bias_initializer="normal"),
            keras.layers.Dense(10, activation="softmax", bias_initializer="normal"),
        ]
    )
    made.compile(optimizer="adam", loss="categorical_crossentropy")
    return made


@pytest.fixture
def batch() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    x = rng.uniform(size=(50, 784)).astype("float32")
    return x, lesson.one_hot(rng.integers(10, size=50))


def params_of(network: Any) -> dict[str, np.ndarray]:
    names = ("W1", "b1", "W2", "b2")
    return dict(zip(names, network.get_weights(), strict=True))


def test_forward_with_its_weights_gives_what_it_predicts(
    network: Any, batch: tuple[np.ndarray, np.ndarray]
) -> None:
    x, _ = batch
    p = lesson.forward(x, params_of(network))[2]
    assert np.abs(p - network.predict(x, verbose=0)).max() < FLOAT32


def test_backward_with_its_weights_gives_what_the_tape_gives(
    network: Any, batch: tuple[np.ndarray, np.ndarray]
) -> None:
    import keras
    import tensorflow as tf

    x, y = batch
    params = params_of(network)
    grads = lesson.backward(x, y, params, *lesson.forward(x, params))
    with tf.GradientTape() as tape:
        losses = keras.losses.categorical_crossentropy(y.astype("float32"), network(x))
        loss = tf.reduce_mean(losses)
    taped = tape.gradient(loss, network.trainable_variables)
    for yours, its in zip(grads.values(), taped, strict=True):
        assert np.abs(its).max() > 1e-3
        assert np.abs(yours - its.numpy()).max() < FLOAT32


def optimizers() -> dict[str, Callable[[], Any]]:
    from keras.optimizers import SGD, Adam, RMSprop

    return {
        "a_momentum": lambda: SGD(0.1, momentum=0.9),
        "b_rmsprop": lambda: RMSprop(0.1, rho=0.9, epsilon=1e-7),
        "c_adam": lambda: Adam(0.1, beta_1=0.9, beta_2=0.999, epsilon=1e-7),
    }


@pytest.mark.parametrize("file", ["a_momentum", "b_rmsprop", "c_adam"])
def test_what_the_checks_recorded_is_what_keras_gives(file: str) -> None:
    import keras

    package = load_module(find("lesson11", ROOT).checks, "recorded")
    recorded = sys.modules[f"{package.__name__}.{file}"].KERAS
    variable = keras.Variable(package.WEIGHTS.astype("float32"))
    optimizer = optimizers()[file]()
    for g, weights in zip(package.SLOPES, recorded, strict=True):
        optimizer.apply([keras.ops.convert_to_tensor(g, "float32")], [variable])
        assert np.abs(variable.value.numpy() - weights).max() < 1e-6


# Keras saves arrays by a way that numpy 2 calls old.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_network_that_is_kept_answers_and_goes_on_as_before(
    network: Any, batch: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    import keras

    x, y = batch
    network.train_on_batch(x, y)
    network.save(tmp_path / "net.keras")
    again = keras.saving.load_model(tmp_path / "net.keras")
    assert np.array_equal(network.predict(x, verbose=0), again.predict(x, verbose=0))
    for one in (network, again):
        one.train_on_batch(x, y)
    for before, after in zip(network.get_weights(), again.get_weights(), strict=True):
        assert np.allclose(before, after, atol=1e-7)
