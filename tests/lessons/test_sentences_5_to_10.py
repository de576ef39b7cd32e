"""What is said of wrong answers in lessons 5 to 10 is true of them, or is a question."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.course.document import catalog
from grader.report import ExerciseResult, Outcome
from grader.sandbox import WorkerFactory
from tests.support.grading import cpu_limit, report_of, said
from tests.support.project import ROOT


def graded(warm: WorkerFactory, lesson: str, tag: str, code: str) -> ExerciseResult:
    """What an exercise gets when `code` stands below the solution."""
    found = catalog.find(lesson, ROOT)
    report = report_of(found, tag, code, seed=7, warm=warm, attempt=Path("mine.py"))
    assert report.problem is None
    return next(e for e in report.exercises if e.tag == tag)


def machine(lines: str) -> str:
    """A slow machine for 5f with these lines for each entry."""
    body = "\n".join(f"        {line}" for line in lines.strip().splitlines())
    return f"""
def numeric_grad(f, z, h=1e-5):
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
{body}
    return grad
"""


MOVED_COPY = """
other = z.copy()
other[i] += h
above = f(z)
other[i] -= 2 * h
grad[i] = (above - f(z)) / (2 * h)
"""
ALIAS = """
up = z
up[i] += h
above = f(up)
down = z.copy()
down[i] -= h
grad[i] = (above - f(down)) / (2 * h)
"""
FIVE_POINTS = """
values = []
for step in (-2, -1, 1, 2):
    other = z.copy()
    other[i] += step * h
    values.append(f(other))
grad[i] = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * h)
"""
NOT_STORED = """
old = z[i]
z[i] = old + h
above = f(z)
z[i] = old - h
slope = (above - f(z)) / (2 * h)
z[i] = old
"""


@pytest.mark.parametrize(
    ("lines", "words", "never"),
    [
        (MOVED_COPY, "Do you change the array that you pass to f", "makes no copy"),
        (ALIAS, "or start each entry with a new copy", "Put the old entry back"),
        (FIVE_POINTS, "several lengths, from 1e-1 to 2e-1", "0.15"),
        (NOT_STORED, "Do you store the result", "/ 2 * h"),
    ],
)
def test_the_slow_machine_is_told_what_was_seen_of_it(
    warm: WorkerFactory, lines: str, words: str, never: str
) -> None:
    result = graded(warm, "lesson5", "5f", machine(lines))
    assert result.outcome is Outcome.WRONG
    assert words in said(result)
    assert never not in said(result)


@pytest.mark.slow
@pytest.mark.parametrize(
    "around", ["{0}", "try:\n    {0}\nexcept Exception:\n    pass"], ids=["", "caught"]
)
def test_a_machine_that_never_ends_is_timed_out_with_the_reason(
    warm: WorkerFactory, around: str
) -> None:
    lines = "while True:\n" + "\n".join(
        f"    {line}" for line in around.format("f(z)").splitlines()
    )
    with cpu_limit(1):
        result = graded(warm, "lesson5", "5f", machine(lines))
    assert result.outcome is Outcome.TIMED_OUT
    assert "called f more than 324 times" in said(result)


@pytest.mark.parametrize(
    "given", ["'a text'", "b'bytes'", "z.astype(str)", "np.array('1')", "z * 1j"]
)
def test_f_refuses_what_is_no_array_of_numbers(warm: WorkerFactory, given: str) -> None:
    result = graded(warm, "lesson5", "5f", machine(f"grad[i] = f({given})"))
    assert result.outcome is Outcome.RAISED
    assert "f takes an array of numbers" in said(result)
    caught = machine(f"try:\n    f({given})\nexcept ValueError:\n    pass")
    assert graded(warm, "lesson5", "5f", caught).outcome is Outcome.WRONG


def test_an_exercise_that_calls_a_later_one_is_told_the_true_reason(
    warm: WorkerFactory,
) -> None:
    code = """
def numeric_grad(f, z, h=1e-5):
    raise NotImplementedError("5f")

def grad_logits(y, z):
    return numeric_grad(lambda z: loss_from_logits(y, z), z)
"""
    result = graded(warm, "lesson5", "5e", code)
    assert (
        said(result) == "grad_logits needs exercise 5f, which hasn't been written yet."
    )


def test_a_floor_below_a_logarithm_is_asked_about(warm: WorkerFactory) -> None:
    code = "_right = log_softmax\ndef log_softmax(z): return np.maximum(_right(z), -50)"
    told = said(graded(warm, "lesson5", "5c", code))
    assert "-1000 and -2000 have both become -50.000000. Do you clip" in told


@pytest.mark.parametrize(
    ("lesson", "tag", "code", "words", "never"),
    [
        (
            "lesson2",
            "2c",
            "def scale(x): return (x > 0).astype(np.float32)",
            "or compare them with 0?",
            "You cut",
        ),
        (
            "lesson2",
            "2f",
            """
def count_leaks(train_x, test_x):
    seen = {str(row) for row in train_x}
    return sum(str(row) in seen for row in test_x)
""",
            "or compare texts, such as str(row)?",
            "in one pixel. Do you compare all",
        ),
        (
            "lesson3",
            "3c",
            "def softmax(z): return np.exp(z - np.max(z))",
            "The largest number of your array is always 1",
            "sums to 1",
        ),
        (
            "lesson3",
            "3d",
            "def losses(y, p): return np.abs(y - p).sum(axis=1)",
            "You took absolute values.",
            "That is a squared error.",
        ),
        (
            "lesson3",
            "3c",
            "def softmax(z): return 1.0 * (z == np.max(z, axis=-1, keepdims=True))",
            "the largest logit gets a 1",
            "remainder",
        ),
        (
            "lesson3",
            "3d",
            """
def losses(y, p):
    return -(y * np.log(np.clip(p, 1 - 1e-7, 1e-7))).sum(axis=1)
""",
            "Are the bounds of np.clip swapped?",
            "log1p",
        ),
        ("lesson3", "3d", "def losses(y, p): return np.zeros(len(y))", "", "clip"),
        (
            "lesson5",
            "5e",
            """
def grad_logits(y, z):
    return (np.eye(z.shape[1])[z.argmax(axis=1)] - y) / len(z)
""",
            "Your p is 1 for the largest logit",
            "remainder",
        ),
        (
            "lesson11",
            "11b",
            """
def rmsprop_step(w, g, s, lr=0.001, rho=0.9, eps=1e-7):
    return w - lr * g / np.sqrt(g**2 + eps), g**2
""",
            "You keep nothing of the old mean",
            "growing",
        ),
        (
            "lesson11",
            "11a",
            """
def momentum_step(w, g, v, lr=0.01, beta=0.9):
    v = beta * v + lr * g
    return v, w + v
""",
            "The parts are in the wrong order",
            "are right",
        ),
    ],
)
def test_a_cause_that_is_shown_is_in_the_code_or_a_question(
    warm: WorkerFactory, lesson: str, tag: str, code: str, words: str, never: str
) -> None:
    result = graded(warm, lesson, tag, code)
    assert result.outcome is Outcome.WRONG
    assert words in said(result)
    assert never not in said(result)


# Lesson 10


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        (
            "10b",
            """
def weighted_cross_entropy(y, p, w):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float(-(y * np.asarray(w) * np.log(p)).sum(axis=1))
""",
        ),
    ],
)
def test_a_forgotten_mean_is_asked_about(
    warm: WorkerFactory, tag: str, code: str
) -> None:
    result = graded(warm, "lesson10", tag, code)
    assert result.outcome is Outcome.RAISED
    assert "Is a mean or a sum missing?" in said(result)


def test_the_lowest_bin_counts(warm: WorkerFactory) -> None:
    code = """
def expected_calibration_error(p, labels, bins=10):
    c, right = p.max(axis=1), p.argmax(axis=1) == labels
    error = 0.0
    for b in range(1, bins):
        inside = (c > b / bins) & (c <= (b + 1) / bins)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - c[inside].mean())
    return float(error)
"""
    result = graded(warm, "lesson12", "12b", code)
    assert result.outcome is Outcome.WRONG
    assert "Your lowest bin is missing" in said(result)


# Lesson 9

FIT = """
def fit(x, y, seed, on_epoch=None):
    rng = np.random.default_rng(seed)
    params = init((x.shape[1], 64, y.shape[1]), seed)
    for _ in range({epochs}):
        order = rng.permutation(len(x))
        for start in range(0, len(x), {batch}):
            rows = order[start : start + {batch}]
            grads = backward(x[rows], {y}[rows], params, *forward(x[rows], params))
            params = sgd_step(params, grads, {lr})
        if on_epoch is not None:
            on_epoch(params)
    return params
"""


def fit(**slip: object) -> str:
    return FIT.format(**{"epochs": 20, "batch": 32, "y": "y", "lr": 0.2} | slip)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "words", "never"),
    [
        (fit(lr=0.001), "Is lr as large as 0.2?", "single"),
        (fit(lr=0.02), "Is lr as large as 0.2?", "single"),
        (fit(batch="len(x)"), "a single step, by the gradient of all images", "lr as"),
        (fit(y="np.roll(y, 1, axis=1)"), "a 0 as a 1, a 1 as a 2", "too long"),
        (fit(lr=-0.2), "Do you step uphill? Or", "Loss rises"),
        (fit(epochs=3), "Calls of on_epoch: 3", "way up"),
    ],
)
def test_a_training_that_falls_short_is_told_what_was_seen_of_it(
    warm: WorkerFactory, code: str, words: str, never: str
) -> None:
    result = graded(warm, "lesson9", "9e", code)
    assert result.outcome is Outcome.WRONG
    assert words in said(result)
    assert never not in said(result)


def test_an_index_of_another_array_is_no_number_of_photos(warm: WorkerFactory) -> None:
    code = "def fit(x, y, seed, on_epoch=None): return np.zeros(3)[4]"
    assert "len(x)" not in said(graded(warm, "lesson9", "9e", code))


HIDDEN = """
def backward(x, y, params, z1, a, p):
    {load}
    _right = {name: 0 for name in params}
    z1, a, p = forward(x, params)
    dz2 = (p - y) / len(x)
    dz1 = (dz2 @ params["W2"].T) * (z1 > 0)
    return {"W1": x.T @ dz1, "b1": dz1.sum(0), "W2": a.T @ dz2, "b2": dz2.sum(0)}
"""


@pytest.mark.parametrize(
    "load",
    [
        '__import__("deci" + "mal")',
        'eval("__imp" + "ort__")("decimal")',
        'np.__dict__["__built" + "ins__"]',
        "import importlib",
    ],
)
def test_a_library_under_a_hidden_name_takes_no_gradient(
    warm: WorkerFactory, load: str
) -> None:
    result = graded(warm, "lesson9", "9c", HIDDEN.replace("{load}", load))
    assert result.outcome is Outcome.WRONG
    assert "can load any library" in said(result)


def test_neither_what_is_computed_anew_nor_eval_is_wrong(warm: WorkerFactory) -> None:
    code = HIDDEN.replace("{load}", "pass")
    assert graded(warm, "lesson9", "9c", code).outcome is Outcome.PASSED
    code = "EVEN = eval('2 + 2')\n"
    assert graded(warm, "lesson9", "9c", code).outcome is Outcome.PASSED
