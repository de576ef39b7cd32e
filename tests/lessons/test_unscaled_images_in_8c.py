"""8c names unscaled images before a full training, and never where there are none."""

from __future__ import annotations

from pathlib import Path

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
LESSON = catalog.find("lesson8", ROOT)
CHECK = "gives_scaled_images_to_fit"
TRAIN = """
def raw(images):
    return images.reshape(len(images), -1).astype("float32")


def train(images, labels, val_images, val_labels, seed):
    keras.utils.set_random_seed(seed)
    images, labels = images[:500], labels[:500]
    m = {network}
    fit = dict(epochs=2, batch_size=128, verbose=0)
    y_val = one_hot(val_labels)
    m.fit({x}, one_hot(labels), validation_data=({x_val}, y_val), **fit{more})
    return m
"""
PREDICT = """
def predict(model, images):
    return {answer}
"""
COMPILE = 'm.compile("rmsprop", "categorical_crossentropy", metrics=["accuracy"])'
OWN = f"""
def own(*first, **start):
    m = keras.Sequential([keras.Input((784,)), *first,
        layers.Dense(512, activation="relu", **start),
        layers.Dense(10, activation="softmax")])
    {COMPILE}
    return m
"""
RAW = "model.predict(raw(images), verbose=0)"
SCALED = "model.predict(prepare(images), verbose=0)"


def graded(
    network: str = "build()",
    x: str = "prepare(images)",
    x_val: str = "prepare(val_images)",
    answer: str = SCALED,
    more: str = "",
) -> ExerciseResult:
    train = TRAIN.format(network=network, x=x, x_val=x_val, more=more)
    code = f"{OWN}\n{train}\n{PREDICT.format(answer=answer)}"
    report = report_of(LESSON, "8c", code, seed=7, attempt=Path("mine.py"))
    assert report.problem is None
    return next(e for e in report.exercises if e.tag == "8c")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(RAW, id="predict gets raw images too"),
        pytest.param(SCALED, id="predict scales them"),
        pytest.param(f"one_hot({RAW}.argmax(axis=1))", id="one-hot answers"),
    ],
)
def test_unscaled_images_are_named_before_a_full_training(answer: str) -> None:
    result = graded(x="raw(images)", x_val="raw(val_images)", answer=answer)
    assert "fit gets validation images with pixels from 0 to 255" in said(result)
    outcomes = {check.name: check.outcome for check in result.checks}
    assert outcomes[CHECK] is Outcome.WRONG
    assert outcomes["reaches_the_accuracy"] is Outcome.SKIPPED


@pytest.mark.parametrize(
    "attempt",
    [
        pytest.param({}, id="scaled"),
        pytest.param({"answer": RAW}, id="only predict gets raw images"),
        pytest.param(
            {"answer": f"one_hot({SCALED}.argmax(axis=1))"}, id="one-hot answers"
        ),
        pytest.param({"x_val": "raw(val_images)"}, id="only validation is raw"),
        pytest.param({"x": "raw(images)"}, id="validation is scaled"),
        pytest.param(
            {"more": ", sample_weight=np.full(len(labels), 100.0)"}, id="weights"
        ),
        *(
            pytest.param(
                {
                    "network": network,
                    "x": "raw(images)",
                    "x_val": "raw(val_images)",
                    "answer": RAW,
                },
                id=network,
            )
            for network in (
                "own(layers.Rescaling(1 / 255))",
                "own(layers.BatchNormalization())",
                "own(kernel_initializer=keras.initializers.RandomNormal(0, 1e-4))",
            )
        ),
    ],
)
def test_what_may_be_right_is_not_taken_for_unscaled(attempt: dict[str, str]) -> None:
    result = graded(**attempt)
    assert "fit gets validation images with pixels from 0 to 255" not in said(result)
    outcomes = {check.name: check.outcome for check in result.checks}
    assert outcomes[CHECK] is Outcome.PASSED
