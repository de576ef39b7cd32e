"""Lesson 9's mistakes as somebody makes them: each has its own name, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader import judge
from grader.document import catalog
from grader.report import ExerciseResult, Outcome
from grader.sandbox import WorkerFactory
from tests.grading import report_of

ROOT = Path(__file__).parent.parent


def graded(warm: WorkerFactory, tag: str, code: str, seed: int = 5) -> ExerciseResult:
    """What an exercise gets when `code` stands below the solution."""
    lesson = catalog.find("9", ROOT)
    report = report_of(lesson, tag, code, seed=seed, warm=warm)
    return report.exercises[0]


def named(result: ExerciseResult) -> list[str]:
    """The tags of the mistakes that are told, without the exercise's own."""
    mistakes = result.finding.mistakes if result.finding else ()
    return [mistake.tag.partition(".")[2] for mistake in mistakes]


FORWARD = """
def forward(x, params):
    W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]
    z1 = {z1}
    a = {a}
    z2 = {z2}
    return z1, a, stable_softmax(z2)
"""
BACKWARD = """
def backward(x, y, params, z1, a, p):
    dz2 = (p - y) / len(x)
    dW2 = {dW2}
    db2 = dz2.sum(axis=0)
    da = {da}
    dz1 = da * (z1 > 0)
    dW1 = {dW1}
    db1 = dz1.sum(axis=0)
    return {answer}
"""
FIT = """
def fit(x, y, seed, on_epoch=None):
    rng = np.random.default_rng(seed)
    params = init((x.shape[1], 64, y.shape[1]), seed)
    {before}
    for epoch in range(20):
        {order}
        for start in range(0, len(x), 32):
            rows = order[start : start + 32]
            z1, a, p = forward(x[rows], params)
            grads = backward(x[rows], y[rows], params, z1, a, p)
            {step}
        if on_epoch is not None:
            on_epoch(params)
    return params
"""


def forward(**edit: str) -> str:
    right = {"z1": "x @ W1 + b1", "a": "np.maximum(z1, 0)", "z2": "a @ W2 + b2"}
    return FORWARD.format(**{**right, **edit})


def backward(**edit: str) -> str:
    right = {
        "dW2": "a.T @ dz2",
        "da": 'dz2 @ params["W2"].T',
        "dW1": "x.T @ dz1",
        "answer": 'dict(W1=dW1, b1=db1, W2=dW2, b2=db2)',
    }  # fmt: skip
    return BACKWARD.format(**{**right, **edit})


def fit(**edit: str) -> str:
    right = {
        "before": "pass",
        "order": "order = rng.permutation(len(x))",
        "step": "params = sgd_step(params, grads, lr=0.2)",
    }
    return FIT.format(**{**right, **edit})


def start(spread: str, draw: str = "rng.normal(size=shape)") -> str:
    return f"""
def init(sizes, seed):
    rng, params = np.random.default_rng(seed), {{}}
    for i, shape in enumerate(zip(sizes, sizes[1:]), 1):
        n_in, n_out = shape
        params[f"W{{i}}"], params[f"b{{i}}"] = {draw} * {spread}, np.zeros(n_out)
    return params
"""


def step(line: str) -> str:
    return f"def sgd_step(params, grads, lr):\n    {line}\n    return params\n"


WITH_D = 'params["W1"] - lr * grads["dW1"]'
DRAWN = "order = rng.permutation(len(x))"


@pytest.mark.parametrize(
    ("tag", "code", "mistake"),
    [
        ("9a", start("np.sqrt(2) / n_in"), "fan_in_outside_the_root"),
        ("9a", start("np.sqrt(2 / (n_in + n_out))"), "inputs_and_outputs"),
        ("9a", start("0.01"), "spread_is_fixed"),
        ("9a", start("np.sqrt(2 / n_in)", "rng.uniform(-1, 1, shape)"), "drawn_evenly"),
        ("9b", forward(z1="W1 @ x + b1"), "weights_stand_left"),
        ("9b", forward(z1="np.dot(W1.T, x) + b1"), "weights_stand_left"),
        ("9b", forward(z2="W2 @ a + b2"), "weights_stand_left"),
        ("9b", forward(z1="x @ W1.T + b1"), "W1 on its side"),
        ("9b", forward(z2="a @ W2.T + b2"), "W2 on its side"),
        ("9b", forward(a="np.max(z1, 0)"), "max_for_maximum"),
        ("9b", forward(a="z1.max(axis=0)"), "max_for_maximum"),
        ("9b", forward(a="z1.max(0, keepdims=True)"), "largest of all photos"),
        ("9b", forward(a="relu(z1)"), "relu_is_not_there"),
        ("9b", forward(a="np.relu(z1)"), "relu_is_not_there"),
        ("9b", forward(a="z1 if z1 > 0 else 0"), "if_asks_an_array"),
        ("9b", forward(z1="x @ params.W1 + b1"), "dot_for_a_key"),
        ("9c", backward(da='dz2 @ params["W2"]'), "W2_as_it_went_forward"),
        ("9c", backward(da='np.dot(dz2, params["W2"])'), "W2_as_it_went_forward"),
        ("9c", backward(da='params["W2"].T @ dz2'), "W2_stands_left"),
        ("9c", backward(dW2="a @ dz2"), "input_is_not_transposed"),
        ("9c", backward(dW1="x @ dz1"), "input_is_not_transposed"),
        ("9c", backward(dW1="np.matmul(x, dz1)"), "input_is_not_transposed"),
        ("9c", backward(dW1="dz1.T @ x"), "W1 on its side"),
        (
            "9c",
            backward(answer="dict(dW1=dW1, db1=db1, dW2=dW2, db2=db2)"),
            "keys_with_a_d",
        ),
        ("9c", backward(answer="dW1, db1, dW2, db2"), "gradients_without_names"),
        ("9d", step("params = params - lr * grads"), "calculates_with_dicts"),
        ("9d", step("params -= lr * grads"), "calculates_with_dicts"),
        (
            "9d",
            step('params["W1"] -= lr * grads["dW1"]'),
            "looks_up_a_d",
        ),
        (
            "9d",
            step('for k in params: params[k] = params[k] - lr * grads["d" + k]'),
            "looks_up_a_d",
        ),
        (
            "9d",
            step("for p, g in zip(params, grads): p = p - lr * g"),
            "calculates_with_keys",
        ),
        (
            "9d",
            step("for (k, v), g in zip(params.items(), grads.values()): params[k] = v - lr * g"),
            "gradients_by_their_places",
        ),
        (
            "9d",
            step("for v, g in zip(params.values(), grads.values()): v -= lr * g"),
            "gradients_by_their_places",
        ),
        ("9e", fit(step="params = params - 0.2 * grads"), "calculates_with_dicts"),
        ("9e", fit(step='params["W1"] -= 0.2 * grads["dW1"]'), "looks_up_a_d"),
        ("9e", fit(step="params = sgd_step(params, grads, 1.0)"), "steps_are_too_long"),
        ("9e", fit(before=DRAWN, order="pass"), "shuffled_once"),
        (
            "9e",
            fit(before=f"{DRAWN}; x, y = x[order], y[order]", order="order = range(len(x))"),
            "shuffled_once",
        ),
        (
            "9e",
            fit(order="order = np.random.default_rng(seed).permutation(len(x))"),
            "shuffled_once",
        ),
    ],
)  # fmt: skip
def test_a_natural_mistake_has_its_own_name(
    warm: WorkerFactory, tag: str, code: str, mistake: str
) -> None:
    result = graded(warm, tag, code)
    assert result.outcome in (Outcome.WRONG, Outcome.RAISED)
    assert named(result) == [mistake]


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("9b", forward(a="z1 * (z1 > 0)")),
        ("9b", forward(z1="(W1.T @ x.T).T + b1")),
        ("9c", backward(da='(params["W2"] @ dz2.T).T')),
        ("9d", step("for k in params: params[k] -= lr * grads[k]")),
        ("9d", step("for k, g in grads.items(): params[k] -= lr * g")),
        ("9d", step("params = {k: params[k] - lr * grads[k] for k in sorted(grads)}")),
        ("9e", fit(step="params = sgd_step(params, grads, lr=0.5)")),
        ("9e", fit(order="order = np.arange(len(x)); rng.shuffle(order)")),
    ],
)
def test_another_way_to_write_it_is_right(
    warm: WorkerFactory, tag: str, code: str
) -> None:
    assert graded(warm, tag, code).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    "code",
    [
        forward(z1="x @ W1[:1] + b1"),
        forward(z2="a @ W2[1:] + b2"),
        forward(z1="x.T @ W1 + b1"),
    ],
)
def test_a_product_that_fails_for_another_reason_is_not_called_a_wrong_side(
    warm: WorkerFactory, code: str
) -> None:
    assert named(graded(warm, "9b", code)) == []


def test_a_batch_of_another_size_is_not_called_shuffled_once(
    warm: WorkerFactory,
) -> None:
    code = fit(before=DRAWN, order="pass").replace("32", "50")
    assert "shuffled_once" not in named(graded(warm, "9e", code))


def test_what_is_trained_by_hand_is_followed_and_drawn(warm: WorkerFactory) -> None:
    lesson, told = catalog.find("9", ROOT), list[dict[str, float]]()
    report = judge.grade(
        lesson, lesson.solution, exercise="9e", warm=warm, on_progress=told.append
    )
    assert [(one["epoch"], one["epochs"]) for one in told] == [
        (epoch, 20) for epoch in range(1, 21)
    ]
    curves = dict(
        zip(report.pictures[0].captions, report.pictures[0].rows, strict=True)
    )
    assert [one["loss"] for one in told] == list(curves["loss on photos seen"])
    assert told[-1]["held back"] == curves["on photos held back"][-1]
    assert told[-1]["loss"] < 0.05 < told[-1]["held back"]


def test_the_test_photos_are_asked_when_the_target_is_reached(
    warm: WorkerFactory,
) -> None:
    remarks = graded(warm, "9e", "").remarks
    assert len(remarks) == 1
    assert "by which nothing was chosen" in remarks[0]
    missed = graded(warm, "9e", fit(step="params = sgd_step(params, grads, lr=0.01)"))
    assert missed.remarks == ()
    assert missed.finding is not None
    assert missed.finding.sentence.startswith("On 10,000 photos held back")


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("z1, a, np.maximum(z2, 0)", "relu for softmax"),
        ("z1, z2, stable_softmax(z2)", "z2 for a"),
    ],
)
def test_what_stands_where_p_or_a_belongs_is_named(
    warm: WorkerFactory, answer: str, name: str
) -> None:
    code = f"""
def forward(x, params):
    z1 = x @ params["W1"] + params["b1"]
    a = np.maximum(z1, 0)
    z2 = a @ params["W2"] + params["b2"]
    return {answer}
"""
    assert named(graded(warm, "9b", code)) == [name]
