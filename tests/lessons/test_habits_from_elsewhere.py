"""Lessons 1 to 5: who comes from lists or PyTorch is told numpy's word, and no other."""

from __future__ import annotations

import pytest

from grader.report import Outcome
from grader.sandbox import WorkerFactory, WorkerPool
from grader.sandbox.worker_pool import WorkerRequirements
from tests.support.grading import graded, said


@pytest.fixture(scope="module")
def warm(pool: WorkerPool) -> WorkerFactory:
    return pool.factory(WorkerRequirements(("numpy", "matplotlib")))


def function(head: str, *lines: str) -> str:
    return f"\ndef {head}:\n" + "".join(f"    {line}\n" for line in lines)


SPLIT = """
def stratified_split(labels, per_class, seed):
    rng = np.random.default_rng(seed)
    train, test = [], []
    for c in np.unique(labels):
        mine = {mine}
        test.append(mine[:per_class])
        train.append(mine[per_class:])
    return np.{join}(train), np.{join}(test)
"""
PLACES = "np.flatnonzero(labels == c)"
REFUSE_TEXT = 'raise "no such photo"'


@pytest.mark.parametrize(
    ("tag", "code", "words", "never"),
    [
        (
            "1g",
            function("plot_digit(images, n)", "return np.cat((images, images))"),
            "NumPy calls it concatenate.",
            "Did you mean",
        ),
        (
            "1d",
            function(
                "nth_image(images, n)",
                f"if n < 1 or n > len(images): {REFUSE_TEXT}",
                "return images[n - 1]",
            ),
            "raise needs an exception, not text: raise ValueError(...).",
            "another exception came",
        ),
        (
            "1e",
            function("class_counts(labels, k=10)", "return np.bincount(labels, k)"),
            "The second argument of np.bincount is weights",
            "Did you mean",
        ),
        (
            "1e",
            function("class_counts(labels, k=10)", "return labels.bincount()"),
            "In NumPy it's a function: np.bincount(...).",
            "Did you mean",
        ),
        (
            "1f",
            function(
                "majority_baseline(train_y, test_y)",
                "most = max(train_y, key=train_y.count)",
                "return np.mean(test_y == most)",
            ),
            "count is a list method, and this is an array.",
            "conj",
        ),
        (
            "1g",
            function(
                "plot_digit(images, n)",
                "axes, _ = plt.subplots()",
                "axes.imshow(nth_image(images, n))",
            ),
            "plt.subplots() returns the Figure first, then its Axes.",
            "'show'",
        ),
        (
            "1g",
            function(
                "plot_digit(images, n)",
                "_, axes = plt.subplots()",
                'axes.imshow(nth_image(images, n), cmap="gray")',
                "axes.title = str(n)",
                "return axes",
            ),
            "Is there an axes.title = ...?",
            "Did you mean",
        ),
        (
            "2b",
            function("flatten(images)", "return images.view(len(images), -1)"),
            "reshape for another shape.",
            "Did you mean",
        ),
        (
            "2b",
            function("flatten(images)", "return images.flatten(start_dim=1)"),
            "flatten makes one row of all entries.",
            "Did you mean",
        ),
        (
            "2c",
            function("scale(x)", "return x.float() / 255"),
            "Use .astype(...) to convert an array to another dtype.",
            "'flat'",
        ),
        (
            "2e",
            SPLIT.format(mine=f"rng.shuffle({PLACES})", join="concatenate"),
            "mine is None: rng.shuffle(...) works in place and returns None.",
            "Did you mean",
        ),
        (
            "2e",
            SPLIT.format(mine=f"rng.permutation({PLACES})", join="array"),
            "Or do you want one long row?",
            "Did you mean",
        ),
        (
            "3c",
            function("softmax(z)", "return torch.softmax(z, dim=-1)"),
            "torch is a separate library, which this course doesn't use",
            "torch = ...",
        ),
        (
            "3c",
            function(
                "softmax(z)", "e = np.exp(z)", "return e / e.sum(-1, keepdim=True)"
            ),
            "PyTorch calls it keepdim, NumPy keepdims.",
            "Did you mean",
        ),
    ],
)
def test_what_is_right_elsewhere_is_told_in_numpys_words(
    warm: WorkerFactory, tag: str, code: str, words: str, never: str
) -> None:
    result = graded(warm, tag, code)
    assert result.outcome in (Outcome.RAISED, Outcome.WRONG)
    assert words in said(result)
    assert never not in said(result)


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        (
            "2d",
            function(
                "one_hot(labels, k=10)",
                "assert len(labels) == 0 or labels.max() < k",
                "return np.eye(k, dtype=np.float32)[labels]",
            ),
        ),
        (
            "3e",
            function(
                "cross_entropy(y, p)",
                'assert np.shape(y) == np.shape(p) and len(p), "rows, please"',
                "return float(losses(y, p).mean())",
            ),
        ),
    ],
)
def test_an_assert_in_the_place_of_a_raise_is_told(
    warm: WorkerFactory, tag: str, code: str
) -> None:
    told = said(graded(warm, tag, code))
    assert "an assert raises an AssertionError. raise ValueError(...) raises" in told


def test_numpys_refusal_beside_a_raise_is_not_the_learners(warm: WorkerFactory) -> None:
    code = function(
        "one_hot(labels, k=10)",
        'if labels >= k: raise ValueError("no column")',
        "return np.eye(k, dtype=np.float32)[labels]",
    )
    told = said(graded(warm, "2d", code))
    assert "Comparing an array gives True or False for each" in told
    assert "You refused" not in told


def test_answers_that_are_all_nan_are_explained_by_no_slip(warm: WorkerFactory) -> None:
    code = function(
        "losses(y, p)",
        "p = np.clip(p, 1e7, 1 - 1e7)",
        "return -(y * np.log(p)).sum(axis=1)",
    )
    result = graded(warm, "3d", code)
    assert result.outcome is Outcome.WRONG
    assert "turned round" not in said(result)


def test_no_table_is_said_to_be_there_where_an_exception_came(
    warm: WorkerFactory,
) -> None:
    code = function("losses(y, p)", "return -(y @ np.log(np.clip(p, 1e-7, 1)))")
    told = said(graded(warm, "3d", code))
    assert "your table has a row" not in told
    assert "such as @ multiplies rows by columns, and these two shapes don't" in told


@pytest.mark.parametrize(
    ("tag", "head", "lines", "words"),
    [
        (
            "3c",
            "softmax(z)",
            ["s = 1 / (1 + np.exp(-z))", "return s / s.sum(axis=-1, keepdims=True)"],
            "You divided sigmoids by the sum of their row.",
        ),
        (
            "3c",
            "softmax(z)",
            ["s = 1 / (1 + np.exp(-z))", "return s / s.sum(axis=0)"],
            "You divided sigmoids, and by the sum of their column.",
        ),
        (
            "3c",
            "softmax(z)",
            ["return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))"],
            "These are the logarithms of the probabilities.",
        ),
        (
            "3d",
            "losses(y, p)",
            [
                "p = np.clip(p, 1e-7, 1 - 1e-7)",
                "return -np.log(p[:, y.argmax(1)])",
            ],
            "You looked up the true classes of all images in every row.",
        ),
    ],
)
def test_mistakes_of_who_knows_more_have_a_name(
    warm: WorkerFactory, tag: str, head: str, lines: list[str], words: str
) -> None:
    assert words in said(graded(warm, tag, function(head, *lines)))


def test_photos_that_come_back_as_they_came_are_told(warm: WorkerFactory) -> None:
    lines = "images.reshape(len(images), -1)", "return images"
    told = said(graded(warm, "2b", function("flatten(images)", *lines)))
    assert "You returned the images unchanged." in told


def test_a_loop_that_keeps_its_last_turn_alone_is_told(warm: WorkerFactory) -> None:
    lines = (
        "es = [math.exp(score) for score in z]",
        "for e in es: p = e / sum(es)",
        "return p",
    )
    told = said(graded(warm, "3b", function("softmax_row(z)", *lines)))
    assert "You returned only the last probability." in told


# What is between `def cross_entropy(y, p):` and its answer.
SMOOTHED = """
def cross_entropy(y, p):
    {lines}
    return {share} * losses(y, p).sum()
"""


@pytest.mark.parametrize(
    ("lines", "share", "told"),
    [
        ("k = y.shape", "1 / k", "k is y.shape, a tuple: the lengths of all"),
        ("k = np.shape(y)", "1 / k", "k is np.shape(y), a tuple: the lengths"),
        ("pass", "1 / y.shape", "y.shape is a tuple: the lengths of all"),
        # What it is, another line decides.
        ("k = (10, 10)", "1 / k", "k is a tuple, and Python doesn't do arithmetic"),
        ("m = y.shape; m = (2, 2)", "1 / m", "m is a tuple, and Python does"),
    ],
)
def test_a_shape_in_the_place_of_a_length_is_told(
    warm: WorkerFactory, lines: str, share: str, told: str
) -> None:
    code = SMOOTHED.format(lines=lines, share=share)
    assert told in said(graded(warm, "3e", code))


def test_a_shape_is_not_read_into_a_name_that_may_be_another(
    warm: WorkerFactory,
) -> None:
    code = """
    def cross_entropy(y, p, k=(10, 10)):
        if len(y) > 9999:
            k = y.shape
        return 1 / k * losses(y, p).sum()
    """
    assert "k is a tuple, and Python does" in said(graded(warm, "3e", code))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "k = y.shape; return -(y * np.log(p)).sum(axis=1) / k",
            "k is y.shape, a tupl",
        ),
        ("return -(y * np.log(p)).sum(axis=1) / y.shape", "y.shape is a tuple: the l"),
        ("return -(y * np.log(p)).sum(axis=1) / np.ones(9)", ""),
    ],
)
def test_a_shape_beside_an_array_is_told(
    warm: WorkerFactory, line: str, told: str
) -> None:
    result = graded(warm, "3d", f"def losses(y, p):\n    {line}")
    assert "could not be broadcast" in said(result)
    assert told in said(result)
    assert ("is a tuple" in said(result) or "a tuple:" in said(result)) == bool(told)
