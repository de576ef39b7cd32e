"""Mistakes of lesson 7 in the form in which learners make them, each with its name."""

from __future__ import annotations

import pytest

from grader import judge
from grader.course.document import catalog
from grader.report import ExerciseResult, Outcome
from grader.sandbox import WorkerFactory, WorkerPool
from tests.support.grading import report_of
from tests.support.project import ROOT

LESSON = catalog.find("lesson7", ROOT)

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]


@pytest.fixture(scope="module")
def warm(pool: WorkerPool) -> WorkerFactory:
    return pool.factory(judge.requirements_of(LESSON))


def graded(warm: WorkerFactory, tag: str, code: str) -> ExerciseResult:
    (result,) = report_of(LESSON, tag, code, seed=7, warm=warm).exercises
    return result


def names(result: ExerciseResult) -> list[str]:
    assert result.finding is not None
    return [mistake.tag[3:] for mistake in result.finding.mistakes]


INPUT = "keras.Input((784,))"
HIDDEN = 'layers.Dense(512, activation="relu")'
LAST = 'layers.Dense(10, activation="softmax")'


def listed(*entries: str, by: str = "keras.Sequential") -> str:
    return f"def build():\n    return {by}([{', '.join(entries)}])"


ADDED = """
def build():
    network = {network}
    network.add(layers.Dense(512, activation={hidden}, input_shape=(28 * 28,)))
    network.add(layers.Dense({units}, activation="softmax"{more}))
    return network
"""


def added(**other: str) -> str:
    """The page's own way of building, with something else in it."""
    right = {"network": "keras.Sequential()", "hidden": '"relu"'}
    return ADDED.format(**{**right, "units": "10", "more": "", **other})


FUNCTIONAL = """
def build():
    inp = keras.Input(shape=(784,))
    x = layers.Dense(512, activation="relu"){called}
    out = layers.Dense(10, activation="softmax")(x)
    return keras.Model({ends})
"""
COMPILED = """
def compile_model(m):
    m.compile({arguments})
    return m
"""
NOT_NAMED = "name_without_its_home"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (listed(INPUT, "layers.Dense(784, 512)", "layers.Dense(512, 10)"), "two_sizes"),
        (
            listed(INPUT, 'layers.Dense(784, 512, activation="relu")', LAST),
            "two_sizes",
        ),
        (added(hidden="relu"), "activation_without_quotes"),
        (listed(INPUT, HIDDEN, "layers.Dense(10, activation=softmax)"),
         "activation_without_quotes"),
        (added(hidden='"Relu"'), "unknown_activation"),
        (listed(INPUT, HIDDEN, 'layers.Dense(10, "softmaxx")'), "unknown_activation"),
        (listed(INPUT, HIDDEN, LAST, by="Sequential"), NOT_NAMED),
        (added(network="models.Sequential()"), NOT_NAMED),
        (listed("Input((784,))", HIDDEN, LAST), NOT_NAMED),
        (listed(INPUT, 'Dense(512, activation="relu")', LAST), NOT_NAMED),
        (listed(INPUT, 'layers.dense(512, activation="relu")', LAST), "small_letter"),
        (listed(INPUT, HIDDEN, LAST, by="keras.sequential"), "small_letter"),
        (FUNCTIONAL.format(called="(inp)", ends="out, inp"), "ends_exchanged"),
        (FUNCTIONAL.format(called="", ends="inp, out"), "layer_not_called"),
        (added(units="1"), "another_last_width"),
        (listed(INPUT, HIDDEN, "layers.Dense(1)"), "another_last_width"),
        (listed("keras.Input((512,))", 'layers.Dense(784, "relu")', LAST), "another_input"),
        (added(more=", use_bias=False"), "built_without_biases"),
        (
            listed(INPUT, f"{HIDDEN[:-1]}, use_bias=False)", f"{LAST[:-1]}, use_bias=0)"),
            "built_without_biases",
        ),
        (
            added(network="keras.models.Sequential()", units='10, init="uniform"'),
            "word_of_another_keras",
        ),
        (added(units="output_dim=10"), "units_not_told"),
        (listed("keras.Input((784, 1))", HIDDEN, LAST), "rows_of_1"),
        (
            listed(INPUT, HIDDEN, f"{LAST[:-1]}, kernel_regularizer='l2')"),
            "regularized",
        ),
        (listed(INPUT, HIDDEN, 'layers.Dense(10, "log_softmax")'), "log_softmax_last"),
        (
            listed(INPUT, "layers.Dense(512)", 'layers.Activation("gelu")', LAST),
            "another_hidden_activation",
        ),
        (listed("layers.Linear(784, 512)", "layers.ReLU()"), "layer_of_pytorch"),
        (
            listed(INPUT, "layers.Dense(512)", "layers.ReLU(max_value=6)", LAST),
            "hidden_stops_at_6",
        ),
    ],
)  # fmt: skip
def test_a_mistake_of_building_has_its_name(
    warm: WorkerFactory, code: str, name: str
) -> None:
    assert names(graded(warm, "7b", code)) == [name]


def test_the_pages_own_way_of_building_and_the_functional_one_are_right(
    warm: WorkerFactory,
) -> None:
    for code in (added(), FUNCTIONAL.format(called="(inp)", ends="inp, out")):
        assert graded(warm, "7b", code).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (
            '"rmsprop", "categorical_crossentropy", metrics=["loss", "accuracy"]',
            "loss_among_the_metrics",
        ),
        (
            "keras.optimizers.RMSprop(momentum=0.5), 'categorical_crossentropy', "
            "metrics=['loss', 'accuracy']",
            "loss_among_the_metrics",
        ),
        (
            '"rmsprop", "categorical_crossentropy", metrics=["accurracy", "accuracy"]',
            "unknown_metric",
        ),
        (
            '"categorical_crossentropy", "rmsprop", metrics=["accuracy"]',
            "loss_for_an_optimizer",
        ),
        (
            'optimizer="mean_squared_error", loss="rmsprop", metrics=["accuracy"]',
            "loss_for_an_optimizer",
        ),
        ('"rmsprop", "accuracy", metrics=["accuracy"]', "accuracy_for_a_loss"),
        ('loss="adam", metrics=["accuracy"]', "optimizer_for_a_loss"),
        (
            '"rmsprop", loss=keras.losses.MeanSquaredError(), metrics=["accuracy"]',
            "squared_error",
        ),
        (
            '"RMSprop", keras.losses.CategoricalCrossentropy(reduction="sum"), '
            'metrics=["accuracy"]',
            "summed_over_photos",
        ),
        ('"rms", "categorical_crossentropy", metrics=["accuracy"]', "unknown_optimizer"),
        (
            '"rmsprop", "categorical_crossentropy", metric=["accuracy"]',
            "unknown_argument",
        ),
    ],
)  # fmt: skip
def test_a_mistake_of_compiling_has_its_name(
    warm: WorkerFactory, arguments: str, name: str
) -> None:
    result = graded(warm, "7d", COMPILED.format(arguments=arguments))
    assert result.outcome is not Outcome.PASSED
    assert names(result) == [name]


def test_objects_in_the_place_of_weights_are_told_by_their_class(
    warm: WorkerFactory,
) -> None:
    arguments = '"rmsprop", "categorical_crossentropy", [keras.metrics.TopKCategoricalAccuracy()]'
    result = graded(warm, "7d", COMPILED.format(arguments=arguments))
    assert result.finding is not None
    (mistake,) = result.finding.mistakes
    assert "loss_weights is ['TopKCategoricalAccuracy']. Are" in mistake.sentence


@pytest.mark.parametrize(
    "metrics", ['["acc"]', '["categorical_accuracy"]', '["accuracy", "mse"]']
)
def test_other_words_for_the_metrics_are_right(
    warm: WorkerFactory, metrics: str
) -> None:
    arguments = f'"rmsprop", "categorical_crossentropy", metrics={metrics}'
    result = graded(warm, "7d", COMPILED.format(arguments=arguments))
    assert result.outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("tag", "code", "name"),
    [
        (
            "7a",
            "def total_params(sizes):\n    return sum(sizes)",
            "sizes summed",
        ),
        (
            "7b",
            "def build():\n    m = keras.Sequential()\n"
            f"    m.add({INPUT})\n    m.add(layers.Dense(512), activation='relu')\n"
            f"    m.add({LAST})\n    return m",
            "argument_of_add",
        ),
    ],
)
def test_a_mistake_in_a_call_has_its_name(
    warm: WorkerFactory, tag: str, code: str, name: str
) -> None:
    assert names(graded(warm, tag, code)) == [name]


@pytest.mark.parametrize("line", ["import torch", "from torch import nn"])
def test_a_library_of_another_course_is_told(warm: WorkerFactory, line: str) -> None:
    above = f"{line}\n"
    report = report_of(LESSON, "7b", "", seed=7, warm=warm, top=above)
    (part,) = report.left_out
    assert part.line == 1
    assert "torch isn't installed here, and this course doesn't use it" in part.error
    assert report.exercises[0].outcome == "passed"


def test_of_a_long_error_of_keras_one_line_is_told(warm: WorkerFactory) -> None:
    code = listed("keras.Input((28,))", HIDDEN, LAST)
    code += "\n\n_right = build\n\ndef build():\n    m = _right()\n    m(np.ones((1, 9)))\n    return m"
    finding = graded(warm, "7b", code).finding
    assert finding is not None
    assert "incompatible" in finding.sentence
    assert "Arguments received" not in finding.sentence
    assert "\n" not in finding.sentence
    assert "\x1b" not in finding.sentence
