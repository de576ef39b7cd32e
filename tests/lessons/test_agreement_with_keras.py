"""The solutions of lessons 3 and 5 agree with Keras, so that grading need not import it."""

import math
import warnings

import numpy as np
import pytest

from grader.course.document.catalog import find
from grader.judge.loading import load_module
from tests.support.project import ROOT

pytestmark = pytest.mark.tensorflow

BATCHES = 200
# The worst differences measured over such batches were 1.8e-15 for the loss from
# probabilities and 8e-15 for the loss from scores.
CLOSE = {"rtol": 0, "atol": 1e-9}


@pytest.fixture(scope="module")
def keras():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import keras
    return keras


@pytest.fixture(scope="module")
def tf(keras):
    import tensorflow

    tensorflow.config.set_visible_devices([], "GPU")
    return tensorflow


@pytest.fixture(scope="module")
def lesson3():
    return load_module(find("lesson3", ROOT).solution, "solved_lesson3")


@pytest.fixture(scope="module")
def lesson5():
    return load_module(find("lesson5", ROOT).solution, "solved_lesson5")


def batches(scale=3.0):
    """Random labels and scores: n and k differ from batch to batch, all float64."""
    rng = np.random.default_rng(20261125)
    for _ in range(BATCHES):
        n, k = rng.integers(1, 9), rng.integers(2, 12)
        yield np.eye(k)[rng.integers(k, size=n)], scale * rng.normal(size=(n, k))


def keras_loss(keras, y, answer, **more):
    return np.asarray(keras.losses.categorical_crossentropy(y, answer, **more))


def gradient(tf, loss, z):
    """d loss / d z by TensorFlow, and the loss."""
    z = tf.Variable(z)
    with tf.GradientTape() as tape:
        value = loss(z)
    return value.numpy(), tape.gradient(value, z).numpy()


def test_softmax_agrees_with_tensorflow(tf, lesson3, lesson5):
    for _, z in batches():
        expected = tf.nn.softmax(z).numpy()
        np.testing.assert_allclose(lesson3.softmax(z), expected, **CLOSE)
        np.testing.assert_allclose(lesson5.stable_softmax(z), expected, **CLOSE)


def test_log_softmax_agrees_with_tensorflow(tf, lesson5):
    for _, z in batches(scale=100.0):
        expected = tf.nn.log_softmax(z).numpy()
        np.testing.assert_allclose(lesson5.log_softmax(z), expected, **CLOSE)


def test_losses_and_cross_entropy_agree_with_keras(keras, lesson3):
    for y, z in batches():
        p = lesson3.softmax(z)
        expected = keras_loss(keras, y, p)
        np.testing.assert_allclose(lesson3.losses(y, p), expected, **CLOSE)
        np.testing.assert_allclose(
            lesson3.cross_entropy(y, p), expected.mean(), **CLOSE
        )


def test_soft_labels_agree_with_keras(keras, lesson3):
    rng = np.random.default_rng(1)
    for _, z in batches():
        p = lesson3.softmax(z)
        y = rng.dirichlet(np.ones(p.shape[1]), size=len(p))
        expected = keras_loss(keras, y, p).mean()
        np.testing.assert_allclose(lesson3.cross_entropy(y, p), expected, **CLOSE)


def test_loss_from_logits_agrees_with_keras(keras, lesson5):
    for y, z in batches(scale=30.0):
        expected = keras_loss(keras, y, z, from_logits=True).mean()
        np.testing.assert_allclose(lesson5.loss_from_logits(y, z), expected, **CLOSE)


def test_grad_logits_agrees_with_gradient_tape(tf, keras, lesson5):
    def mean_loss(y):
        loss = keras.losses.categorical_crossentropy
        return lambda z: tf.reduce_mean(loss(y, z, from_logits=True))

    for y, z in batches():
        _, expected = gradient(tf, mean_loss(y), z)
        np.testing.assert_allclose(lesson5.grad_logits(y, z), expected, **CLOSE)


def test_keras_divides_each_row_by_its_sum(keras):
    y, p = np.array([[1.0, 0, 0]]), np.array([[2.0, 1, 1]])
    assert f"{keras_loss(keras, y, p)[0]:.6f}" == "0.693147"


def test_soft_label_on_example_a_costs_what_the_lesson_says(keras, lesson3):
    y, p = np.array([[0.9, 0.1, 0]]), np.array([[0.7, 0.2, 0.1]])
    assert f"{keras_loss(keras, y, p)[0]:.6f}" == "0.481951"
    assert f"{lesson3.cross_entropy(y, p):.6f}" == "0.481951"


def test_certain_answers_cost_what_the_lesson_says(keras, lesson3):
    y = np.array([[1, 0, 0]], dtype="float32")
    wrong = np.array([[0, 1, 0]], dtype="float32")
    assert f"{keras_loss(keras, y, y)[0]:.2e}" == "1.19e-07"
    assert keras_loss(keras, y, wrong)[0] == pytest.approx(16.118096, abs=2e-6)
    assert lesson3.cross_entropy(y, y) == pytest.approx(keras_loss(keras, y, y)[0])
    certain = lesson3.cross_entropy(np.eye(3), np.eye(3)[[1, 2, 0]])
    assert f"{certain:.6f}" == "16.118096"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_clipped_loss_has_no_gradient_and_a_loss_from_logits_has(tf, keras, dtype):
    """Lesson 5: z = (0, 40, 0), truth 0; the worst mistake cannot be unlearned."""
    y, z = np.array([[1, 0, 0]], dtype=dtype), np.array([[0, 40, 0]], dtype=dtype)
    loss = keras.losses.categorical_crossentropy
    value, slope = gradient(tf, lambda s: tf.reduce_mean(loss(y, tf.nn.softmax(s))), z)
    assert f"{value:.3f}" == "16.118"
    assert slope.tolist() == [[0, 0, 0]]
    value, slope = gradient(
        tf, lambda s: tf.reduce_mean(loss(y, s, from_logits=True)), z
    )
    assert value == 40
    np.testing.assert_allclose(slope, [[-1, 1, math.exp(-40)]], rtol=1e-5)
    assert f"{slope[0, 2]:.0e}" == "4e-18"


def test_keras_remembers_the_scores_of_its_own_softmax(tf, keras):
    """Lesson 5: Keras's softmax is no dead end, and neither is any softmax in fit."""
    y = np.array([[1, 0, 0]], dtype="float32")
    z = np.array([[0, 40, 0]], dtype="float32")
    loss, alive = keras.losses.categorical_crossentropy, [[-1, 1, math.exp(-40)]]
    value, slope = gradient(
        tf, lambda s: tf.reduce_mean(loss(y, keras.activations.softmax(s))), z
    )
    assert value == 40
    np.testing.assert_allclose(slope, alive, rtol=1e-5)
    for activation in ("softmax", tf.nn.softmax):
        layer = keras.layers.Dense(3, use_bias=False, activation=activation)
        model = keras.Sequential([keras.Input((1,)), layer])
        model.set_weights([z])
        model.compile(keras.optimizers.SGD(1.0), "categorical_crossentropy")
        seen = model.fit(np.ones((1, 1), "float32"), y, verbose=0)
        assert seen.history["loss"] == [40]
        np.testing.assert_allclose(z - model.get_weights()[0], alive, rtol=1e-5)


def test_one_photo_with_ten_zeros_makes_every_weight_nan(keras):
    """Lesson 7: the relu row, and what its accuracy is then."""
    rng = np.random.default_rng(0)
    x, labels = rng.random((8, 4)).astype("float32"), np.array([0, 2, 1, 0, 1, 2, 1, 2])
    hidden = keras.layers.Dense(5, activation="relu")
    model = keras.Sequential(
        [keras.Input((4,)), hidden, keras.layers.Dense(3, activation="relu")]
    )
    W1, b1, W2, b2 = model.get_weights()
    model.set_weights([np.abs(W1) + 0.1, b1, np.abs(W2) + 0.1, b2])
    x[3] = -x[3] - 9  # the one photo to which every score is below 0
    assert (np.asarray(model(x)).sum(axis=1) == 0).tolist() == [
        i == 3 for i in range(8)
    ]
    model.compile("rmsprop", "categorical_crossentropy", metrics=["accuracy"])
    y = np.eye(3, dtype="float32")[labels]
    history = model.fit(x, y, batch_size=8, verbose=0).history
    assert np.isnan(history["loss"][0])
    assert all(np.isnan(array).all() for array in model.get_weights())
    assert model.evaluate(x, y, verbose=0)[1] == np.mean(labels == 0)
