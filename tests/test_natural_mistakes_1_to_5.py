"""Lessons 1 to 5: mistakes as a beginner makes them have their own name, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.attempt import Answer
from grader.attempt.failure_messages import describe_failure
from grader.document import catalog
from grader.report import ExerciseResult, Outcome
from grader.sandbox import TimedOut, WorkerFactory, WorkerPool
from grader.sandbox.worker_pool import WorkerRequirements
from tests.grading import report_of, said

ROOT = Path(__file__).parent.parent

ONE_ENTRY_AND_ALL = """
def numeric_grad(f, z, h=1e-5):
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        old = z[i]
        z[i] = old + h
        grad[i] = (f(z) - f(z - h)) / (2 * h)
        z[i] = old
    return grad
"""
BASELINE = """
def majority_baseline(train_y, test_y):
    commonest = np.bincount(train_y).max()
    return np.mean(test_y == commonest)
"""
WHERE = """
def stratified_split(labels, per_class, seed):
    rng = np.random.default_rng(seed)
    train, test = [], []
    for c in np.unique(labels):
        mine = rng.permutation(np.where(labels == c))
        test.append(mine[:per_class])
        train.append(mine[per_class:])
    return np.concatenate(train), np.concatenate(test)
"""
FIRST_CLASS = """
def class_counts(labels, k=10):
    counts = np.zeros(k, dtype=int)
    for c in range(1, k):
        counts[c] = (labels == c).sum()
    return counts
"""
RETURN_IN_LOOP = """
def class_counts(labels, k=10):
    for c in range(k):
        return (labels == c).sum()
"""
TITLE = """
def plot_digit(images, n):
    _, axes = plt.subplots()
    axes.imshow(nth_photo(images, n), cmap="gray")
    axes.set_title("photo " + n)
    return axes
"""


def function(head: str, line: str) -> str:
    return f"\ndef {head}:\n    return {line}\n"


LOSSES, SOFTMAX = "losses(y, p)", "stable_softmax(z)"
MATMUL = "-(y @ np.log(np.clip(p, 1e-7, 1 - 1e-7)).T)"
E, SUM = "np.exp(z - m)", ".sum(axis=-1, keepdims=True)"


def softmax(above: str, below: str) -> str:
    peak = "m = np.max(z, axis=-1, keepdims=True)"
    return f"\ndef {SOFTMAX}:\n    {peak}\n    return {above} / {below}{SUM}\n"


RETURNED = """
def nth_photo(images, n):
    if n < 1 or n >= len(images):
        return ValueError("there is no such photo")
    return images[n - 1]
"""
RETURNED_TEXT = """
def cross_entropy(y, p):
    if y.ndim == 1:
        return "ValueError: one-hot rows, please"
    return float(np.mean(losses(y, p)))
"""

CASES = {
    "1d an exception returned": ("1d", RETURNED, "raise in place of return"),
    "2d one taken from a byte": (
        "2d",
        function("one_hot(labels, k=10)", "np.eye(k)[labels - 1]"),
        "The byte 0 minus 1 is 255.",
    ),
    "3e text returned": ("3e", RETURNED_TEXT, "raise ValueError(...) raises one."),
    "1e class 0 left out": ("1e", FIRST_CLASS, "Does a loop begin at 1?"),
    "1e return in the loop": ("1e", RETURN_IN_LOOP, "Is return inside a loop?"),
    "1g text and a number": ("1g", TITLE, "Text and a number do not add up."),
    "2b scrambled, always 784": (
        "2b",
        function("flatten(images)", "images.reshape(784, -1).T"),
        "are of another photo",
    ),
    "2e a tuple of np.where": ("2e", WHERE, "Does np.where give it?"),
    "3d every label with every photo": (
        "3d",
        function(LOSSES, MATMUL),
        "Every label met every prediction",
    ),
    "3d nan_to_num": (
        "3d",
        function(LOSSES, "-np.nan_to_num(y * np.log(p)).sum(axis=1)"),
        "np.nan_to_num",
    ),
    "5b shifted above alone": (
        "5b",
        softmax(E, "np.exp(z)"),
        "but not in the denominator",
    ),
    "5b shifted below alone": (
        "5b",
        softmax("np.exp(z)", E),
        "but not in the numerator",
    ),
    "5e averaged over photos": (
        "5e",
        function("grad_logits(y, z)", f"np.mean({SOFTMAX} - y, axis=0)"),
        "Each photo has a row of its own",
    ),
}


@pytest.fixture(scope="module")
def warm(pool: WorkerPool) -> WorkerFactory:
    return pool.factory(WorkerRequirements(("numpy", "matplotlib")))


def graded(warm: WorkerFactory, tag: str, code: str, seed: int = 7) -> ExerciseResult:
    """What an exercise gets when `code` stands below the solution."""
    found = catalog.find(f"lesson{tag[0]}", ROOT)
    report = report_of(found, tag, code, seed=seed, warm=warm, attempt=Path("mine.py"))
    return next(e for e in report.exercises if e.tag == tag)


@pytest.mark.parametrize("case", CASES)
def test_a_natural_mistake_has_its_name(warm: WorkerFactory, case: str) -> None:
    tag, code, words = CASES[case]
    result = graded(warm, tag, code)
    assert result.outcome in (Outcome.WRONG, Outcome.RAISED)
    assert words in said(result)


@pytest.mark.parametrize("seed", range(5))
def test_how_often_for_which_is_named_at_every_seed(
    warm: WorkerFactory, seed: int
) -> None:
    assert "how often the commonest digit occurs" in said(
        graded(warm, "1f", BASELINE, seed)
    )


def test_who_puts_an_entry_back_is_not_asked_to(warm: WorkerFactory) -> None:
    words = said(graded(warm, "5f", ONE_ENTRY_AND_ALL))
    assert "stay moved" not in words
    assert "put back" not in words
    assert "That moves every entry." in words


def test_an_entry_that_stays_moved_is_still_told(warm: WorkerFactory) -> None:
    forgotten = ONE_ENTRY_AND_ALL.replace("        z[i] = old\n", "")
    forgotten = forgotten.replace("f(z - h)", "f(z + 0)")
    forgotten = forgotten.replace("= (f(z) -", "= (2 * f(z) -")
    assert "stay moved" in said(graded(warm, "5f", forgotten))


@pytest.mark.parametrize(
    "line", ["from tensorflow.keras.utils import to_categorical", "    import torch"]
)
def test_a_slow_import_is_no_endless_loop(line: str) -> None:
    stopped = TimedOut(5.0, "cpu", line=3, source_line=line)
    outcome, finding = describe_failure(stopped, Answer("one_hot"))
    assert outcome is Outcome.TIMED_OUT
    assert "loop" not in finding.sentence
    assert "The line is an import: is it of a large library?" in finding.sentence


def test_a_loop_is_still_asked_for() -> None:
    stopped = TimedOut(5.0, "cpu", line=3, source_line="while imported:")
    _, finding = describe_failure(stopped, Answer("one_hot"))
    assert "Is there a loop that never ends?" in finding.sentence


def test_that_astype_leaves_x_is_part_of_the_cure(warm: WorkerFactory) -> None:
    code = "\ndef scale(x):\n    x.astype(np.float32)\n    return x / 255\n"
    (mistake,) = graded(warm, "2c", code).finding.mistakes
    assert "leaves x as it is" in mistake.cure


def test_what_is_seen_in_the_shown_answer_is_told_first(warm: WorkerFactory) -> None:
    code = "\ndef softmax(z):\n    e = np.exp(z)\n    return e / e.sum(axis=1)\n"
    (mistake,) = graded(warm, "3c", code).finding.mistakes
    first, second = mistake.sentences
    assert first.startswith("keepdims=True is missing")
    assert second.startswith("A single row of shape (k,) has no axis 1.")
