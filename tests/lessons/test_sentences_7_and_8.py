"""What is said of wrong answers in lessons 7 and 8 is true of them, or is a question."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from grader.course.document import catalog
from grader.report import ExerciseResult, Outcome
from tests.support.grading import report_of, said
from tests.support.project import ROOT

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.slow,
    pytest.mark.usefixtures("share_pool"),
]


def graded(lesson: str, tag: str, code: str) -> ExerciseResult:
    """What an exercise gets when `code` stands below the solution."""
    found = catalog.find(lesson, ROOT)
    report = report_of(found, tag, code, seed=7, attempt=Path("mine.py"))
    assert report.problem is None
    return next(e for e in report.exercises if e.tag == tag)


# Lesson 7

NETWORK = """
def build():
    m = keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(512, activation="relu"{more}),
            layers.Dense(10, activation="softmax"),
        ]
    )
    {then}
    return m
"""


def compiled_with(optimizer: str) -> str:
    return f"""
class RMSprop(keras.optimizers.SGD):
    pass

class Other:
    class RMSprop(keras.optimizers.Adam):
        pass

def compile_model(m):
    m.compile({optimizer}, "categorical_crossentropy", metrics=["accuracy"])
    return m
"""


@pytest.mark.parametrize(
    ("tag", "code", "words"),
    [
        ("7b", NETWORK.format(more="", then="m.trainable = False"), "4 of the 4"),
        ("7b", NETWORK.format(more=", trainable=False", then=""), "2 of the 4"),
        ("7d", compiled_with("keras.optimizers.RMSprop(0.0)"), "no weight changes"),
        ("7d", compiled_with("RMSprop()"), "it your own class?"),
        ("7d", compiled_with("Other.RMSprop()"), "it your own class?"),
        (
            "7d",
            """
def compile_model(m):
    loss = "categorical_crossentropy"
    m.compile("rmsprop", loss, loss_weights=[2.0], metrics=["accuracy"])
    return m
""",
            "Are these your metrics?",
        ),
    ],
)
def test_what_cannot_learn_as_asked_is_wrong(tag: str, code: str, words: str) -> None:
    result = graded("lesson7", tag, code)
    assert result.outcome in (Outcome.WRONG, Outcome.RAISED)
    assert words in said(result)
    assert "m.evaluate" not in said(result)


@pytest.mark.parametrize("rate", ["0.0001", "0.001", "0.01", "0.1"])
def test_a_rate_of_ones_own_is_rmsprop_all_the_same(rate: str) -> None:
    code = compiled_with(f"keras.optimizers.RMSprop({rate})")
    assert graded("lesson7", "7d", code).outcome is Outcome.PASSED


# Lesson 8: each trains on few photos, so that none reaches the target.

HELD = "validation_data=held"
TRAIN = """
def train(images, labels, held_images, held_labels, seed):
    keras.utils.set_random_seed(seed)
    x, y = prepare(images[:2000]), one_hot(labels[:2000])
    held = prepare(held_images), one_hot(held_labels)
    m = keras.Sequential([{layers}])
    m.compile({optimizer}, {loss}, metrics=["accuracy"])
    {fit}
    return m
"""


def train(**other: str) -> str:
    recipe = {
        "layers": "keras.Input((784,)), layers.Dense(512, activation='relu'), "
        "layers.Dense(10, activation='softmax')",
        "optimizer": "'rmsprop'",
        "loss": "'categorical_crossentropy'",
        "fit": f"m.fit(x, y, epochs=3, batch_size=128, {HELD})",
    }
    return TRAIN.format(**recipe | other)


RAW_IN_PREDICT = """
def predict(model, images):
    return model.predict(images.reshape(len(images), -1).astype("float32"), verbose=0)
"""


@pytest.mark.parametrize(
    ("code", "words", "never"),
    [
        (
            train(
                layers="keras.Input((784,)), layers.Dense(512), layers.ReLU(), "
                "layers.Dense(10, activation='softmax')"
            ),
            "Steps in your last epoch: 16",
            "linear map",
        ),
        (
            train(
                layers="keras.Input((784,)), layers.Reshape((28, 28, 1)), "
                "layers.Conv2D(4, 5, strides=4, activation='relu'), layers.Flatten(), "
                "layers.Dense(10, activation='softmax')"
            ),
            "Steps in your last epoch: 16",
            "softmax regression",
        ),
        (
            train(optimizer="keras.optimizers.SGD(0.05, momentum=0.9)"),
            "SGD, with a rate of 0.05 and a momentum of 0.9",
            "default rate",
        ),
        (
            train(
                fit=f"[m.fit(x[:512], y[:512], {HELD}, batch_size=128)"
                + " for _ in [1] * 5]"
            ),
            "Steps in your last epoch: 4.",
            "epoch: 20",
        ),
        (train(fit=f"m.fit(x, y, batch_size=64, {HELD})"), "32", "linear map"),
        (
            train(fit=f"m.fit(np.float32(x >= 1), y, epochs=3, batch_size=128, {HELD})")
            + RAW_IN_PREDICT,
            "predict gives the network pixels from 0 to 255",
            "is right, test loss",
        ),
    ],
    ids=["relu layer", "convolution", "momentum", "five fits", "one epoch", "raw"],
)
def test_a_training_that_falls_short_is_told_what_was_seen_of_it(
    code: str, words: str, never: str
) -> None:
    result = graded("lesson8", "8c", code)
    assert result.outcome is Outcome.WRONG
    assert words in said(result)
    assert never not in said(result)


BRIEFLY = train()


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("right = (p.argmax(axis=0) == labels).mean()", "Does argmax go over"),
        (
            "right = (p.argmax(1) == labels).mean()\n    "
            "p = np.clip(p, 1e-15, 1)\n    cross_entropy = lambda y, p: "
            "-(y * np.log(p)).sum(1).mean()",
            "p is clipped, but not to the range",
        ),
    ],
    ids=["argmax of photos", "own clip"],
)
def test_a_report_is_told_its_own_slip(lines: str, words: str) -> None:
    code = f"""
{BRIEFLY}
def report(model, x, labels):
    global cross_entropy
    p = model.predict(x, verbose=0)
    {lines}
    return {{"accuracy": right, "cross_entropy": cross_entropy(one_hot(labels), p)}}
""".replace("    global cross_entropy\n", "")
    told = said(graded("lesson8", "8d", code))
    assert words in told
    assert "model.evaluate" not in told
    assert "one-hot rows" not in told


def test_positions_are_whole_numbers() -> None:
    code = "_right = worst\ndef worst(p, labels, m): return _right(p, labels, m) * 1.0"
    result = graded("lesson8", "8f", code)
    assert result.outcome is Outcome.WRONG
    assert "they are floats" in said(result)


LOOKED_UP = """
import hashlib

KEYS = {keys!r}
LABELS = {labels!r}


def key(photo):
    return hashlib.blake2b(photo.tobytes(), digest_size=4).hexdigest()


def train(images, labels, held_images, held_labels, seed):
    m = build()
    held = prepare(held_images), one_hot(held_labels)
    m.fit(prepare(images[:128]), one_hot(labels[:128]), validation_data=held)
    return m


def predict(model, images):
    known = dict(zip((KEYS[i : i + 8] for i in range(0, len(KEYS), 8)), LABELS))
    found = [known.get(key(np.ascontiguousarray(photo)), 0) for photo in images]
    return np.eye(10)[np.array(found, dtype=int)] * 0.99 + 0.001
"""


def test_labels_looked_up_by_image_are_not_learned() -> None:
    with np.load(ROOT / "lessons" / "data" / "mnist.npz") as data:
        photos, labels = data["x_train"][55_000:], data["y_train"][55_000:]
    keys = (hashlib.blake2b(p.tobytes(), digest_size=4).hexdigest() for p in photos)
    code = LOOKED_UP.format(keys="".join(keys), labels="".join(map(str, labels)))
    result = graded("lesson8", "8c", code)
    assert result.outcome is Outcome.WRONG
    assert "every label changed, your network still gives the true label" in said(
        result
    )
    failed = [c.name for c in result.checks if c.outcome is Outcome.WRONG]
    assert failed == ["learns_the_labels_that_it_is_given"]
