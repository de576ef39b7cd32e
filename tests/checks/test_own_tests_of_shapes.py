"""Learners test functions whose arguments have any shapes: attention, or PCA."""

from __future__ import annotations

import textwrap

import pytest

from grader.course.document import catalog, page_builder
from grader.report import Outcome
from grader.sandbox import WorkerFactory
from tests.support.grading import grade_attempt
from tests.support.toy_lesson import Toy

CHECKS = """
import numpy as np
from grader.checks import lesson, own_tests

LESSON = lesson()


def soft(s, axis=-1):
    e = np.exp(s - s.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def weights(q, k):
    return soft(q @ k.T / np.sqrt(k.shape[1]))


looks = own_tests(
    "check_attention",
    hints=("a", "b", "c"),
    right={"one in numpy": "attention", "one by rows": lambda q, k, v: np.stack(
        [weights(row[None], k)[0] @ v for row in q])},
    wrong={
        "not divided by the root": lambda q, k, v: soft(q @ k.T) @ v,
        "along the other axis": lambda q, k, v: soft(q @ k.T / 2, axis=0) @ v,
        "the plain mean": lambda q, k, v: np.tile(v.mean(axis=0), (len(q), 1)),
        "the root of v's width": lambda q, k, v: soft(q @ k.T / v.shape[1]**0.5) @ v,
    },
    enough=3, noun=("attention", "attentions"),
)
shapes = own_tests(
    "check_pca", hints=("a", "b", "c"),
    right={"one by SVD": "pca"},
    wrong={
        "not centred": lambda x, m: (x @ np.linalg.svd(x)[2][:m].T, np.linalg.svd(x)[2][:m]),
        "the last ones": lambda x, m: pair(x, slice(-m, None)),
        "too many": lambda x, m: pair(x, slice(m + 1)),
    },
    enough=2, noun=("PCA", "PCAs"),
    exact="def check_pca(fn):\\n"
    "    assert abs(fn(np.array([[0, 0], [1, 0], [1, 0.0]]), 1)[0][0, 0]) == 0.666667",
)


def pair(x, which):
    x = x - x.mean(axis=0)
    axes = np.linalg.svd(x)[2][which]
    return x @ axes.T, axes
"""
PAGE = """# %% [markdown]
# # Lesson 1  Toy
# ## 1a  Tests of attention  (50 points)
# ## 1b  Tests of PCA  (50 points)
# %%
import numpy as np


def attention(q, k, v):
    s = q @ k.T / np.sqrt(k.shape[1])
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True) @ v


def pca(x, m):
    x = x - x.mean(axis=0)
    axes = np.linalg.svd(x)[2][:m]
    return x @ axes.T, axes


# %% id="1a"
def check_attention(fn):
    # BEGIN SOLUTION
    q, k, v = np.ones((2, 4)), np.eye(4)[:3] * 8, np.arange(6.0).reshape(3, 2)
    assert np.allclose(fn(q, k, v), v.mean(axis=0))
    q[0, 0] = 2
    e = np.exp([8.0, 4, 4])
    assert np.allclose(fn(q, k, v)[0], e / e.sum() @ v)
    # END SOLUTION


# %% id="1b"
def check_pca(fn):
    # BEGIN SOLUTION
    x = np.array([[5.0, 1, 0], [7, 1, 0], [9, 1.5, 0], [11, 1, 0.0]])
    points, axes = fn(x, 1)
    assert points.shape == (4, 1)
    assert abs(abs(axes[0, 0]) - 1) < 0.01
    assert abs(points.sum()) < 1e-9
    # END SOLUTION
"""


@pytest.fixture
def lesson(toy: Toy) -> catalog.Lesson:
    toy.checks.write_text(CHECKS)
    found = catalog.find("lesson1", toy.root)
    found.solution.write_text(PAGE)
    found.page.write_text(page_builder.make_page(found.solution))
    return found


def told(
    lesson: catalog.Lesson, warm: WorkerFactory, code: str, tag: str
) -> tuple[Outcome, str]:
    source = f"{PAGE}\n{textwrap.dedent(code)}\n".encode()
    report = grade_attempt(lesson, lesson.solution, source=source, seed=3, warm=warm)
    result = next(one for one in report.exercises if one.tag == tag)
    if result.finding is None:
        return result.outcome, ""
    mistakes = [one.sentence for one in result.finding.mistakes]
    return result.outcome, " ".join([result.finding.sentence, *mistakes])


def test_right_functions_pass_whatever_shapes_they_take(
    lesson: catalog.Lesson, warm: WorkerFactory
) -> None:
    for tag in ("1a", "1b"):
        assert told(lesson, warm, "", tag) == (Outcome.PASSED, "")


@pytest.mark.parametrize(
    ("tag", "code", "words"),
    [
        (
            "1a",
            "assert (fn(np.ones((2, 4)), np.ones((3, 4)), np.ones((3, 2))) == 2).all()",
            "for q of shape (2, 4) and k of shape (3, 4) and v of shape (3, 2). Is that "
            "answer wrong?",
        ),
        (
            "1a",
            "assert fn(np.ones((2, 4)), np.ones((3, 4)), np.ones((3, 2))).shape == (2, 2)",
            "catch none of the four wrong attentions",
        ),
        (
            "1a",
            "fn(np.ones((2, 4)), np.ones((4, 3)), np.ones((3, 2)))",
            "ValueError: matmul",
        ),
        (
            "1a",
            "fn(np.ones((2000, 2000)), np.ones((2000, 2000)), np.ones((2000, 2)))",
            "these arrays are too large for this function",
        ),
        (
            "1b",
            "points, axes = fn(np.eye(3), 2)\n    assert points.shape == (3, 2)",
            "Your tests catch 1 of 3 wrong PCAs. These still pass: not centred; the last",
        ),
        (
            "1b",
            "assert fn(np.eye(3), 2)[0].sum() == 7",
            "for x of shape (3, 3) and m = 2. Is that answer wrong?",
        ),
        (  # the answer is a pair of arrays
            "1b",
            "x = np.array([[0, 0], [1, 0], [1, 0.0]])\n"
            "    assert abs(fn(x, 1)[0][0, 0]) == 0.666667",
            "and accept it rounded to 6 decimals.",
        ),
        (
            "1b",
            "points = fn(np.eye(3), 2)\n    assert isinstance(points, tuple)",
            "Your tests catch none of the three wrong PCAs.",
        ),
    ],
)
def test_tests_of_any_shapes_are_judged(
    lesson: catalog.Lesson, warm: WorkerFactory, tag: str, code: str, words: str
) -> None:
    name = {"1a": "check_attention", "1b": "check_pca"}[tag]
    outcome, said = told(lesson, warm, f"def {name}(fn):\n    {code}", tag)
    assert outcome is not Outcome.PASSED
    assert words in said
