"""Lessons 1 to 5: what is said fits the answer beside it, and the line it stands at."""

from __future__ import annotations

import pytest

from grader.report.report_text import mistake_lines
from grader.report.sentences import claim_line
from grader.sandbox import WorkerFactory, WorkerPool
from grader.sandbox.worker_pool import WorkerRequirements
from tests.support.grading import graded, said


@pytest.fixture(scope="module")
def warm(pool: WorkerPool) -> WorkerFactory:
    return pool.factory(WorkerRequirements(("numpy", "sympy")))


# exercise, code below the solution, what is said, what is not said
SENTENCES = {
    "3c a row's function is given a batch": (
        "3c",
        "def softmax(z): return softmax_row(z)",
        "That came up in softmax_row, exercise 3b. Does softmax_row take what",
        "write np.exp",
    ),
    "3c row by row": (
        "3c",
        "def softmax(z): return np.array([softmax_row(row) for row in z])",
        "Does it loop over the rows of z? Then check np.ndim(z) first.",
        "iterable. What",
    ),
    "2d float64 in another answer": (
        "2d",
        """
        def one_hot(labels, k=10):
            if len(labels) and labels.max() >= k:
                raise ValueError("a label has no column")
            rows = np.eye(k)[labels] * labels[:, None]
            return rows.astype("float32") if len(labels) == 3 else rows
        """,
        "Second, in the answer to another call: The dtype is float64",
        "Second: The dtype",
    ),
    "2d float64 in this answer": (
        "2d",
        """
        def one_hot(labels, k=10):
            if len(labels) and labels.max() >= k:
                raise ValueError("a label has no column")
            return np.eye(k)[labels] * labels[:, None]
        """,
        "Second: The dtype is float64",
        "another call",
    ),
    "2d as many rows as labels": (
        "2d",
        'def one_hot(labels, k=10): return np.eye(len(labels), dtype="float32")[labels]',
        "for an axis of length 3, the number of labels",
        "",
    ),
    "1e compared": (
        "1e",
        "def class_counts(labels, k=10): return labels == k",
        "True or False for each label",
        "",
    ),
    "1e the wrong axis": (
        "1e",
        "def class_counts(labels, k=10): return np.eye(k, dtype=int)[labels].sum(1)",
        "You return a 1 for each label",
        "",
    ),
    "5b the maximum behind exp": (
        "5b",
        """
        def stable_softmax(z):
            e = np.exp(z) - z.max(axis=-1, keepdims=True)
            return e / e.sum(axis=-1, keepdims=True)
        """,
        "subtracted the maximum from the exponentials",
        "",
    ),
    "5b all along axis 0": (
        "5b",
        """
        def stable_softmax(z):
            e = np.exp(z - z.max(axis=0, keepdims=True))
            return e / e.sum(axis=0, keepdims=True)
        """,
        "Each of your COLUMNS sums to 1, but each row is one image.",
        "the other way round",
    ),
    "3e a parameter forgotten": (
        "3e",
        "def cross_entropy(y): return 0.0",
        "The grader calls it with y and p, and it is defined as cross_entropy(y). "
        "Define it as cross_entropy(y, p).",
        "pass these arguments",
    ),
    "5f a parameter too many": (
        "5f",
        "def numeric_grad(f, z, h, k): return z",
        "The grader calls it with f and z, and it is defined as "
        "numeric_grad(f, z, h, k). Define it as numeric_grad(f, z, h=1e-05).",
        "pass these arguments",
    ),
    "3d the learner's own call": (
        "3d",
        """
        def own(y): return y
        def losses(y, p): return own(y, p)
        """,
        "It's defined as own(y): pass these arguments, in this order.",
        "The grader calls",
    ),
    "3d no minus": (
        "3d",
        "def losses(y, p): return (y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(axis=1)",
        "Surprise is -ln p, with its minus.",
        "turns surprise",
    ),
    "3e no entries": (
        "3e",
        "def cross_entropy(y, p): return []",
        "It has the shape (0,); it should be one number.",
        "You added",
    ),
    "4e by ln p = z - ln S, without the line": (
        "4e",
        """
        def derive_dL_dz(y, p, z, i):
            yield -total(y[k] * d(log(p[k]), z[i]), k), "derivative of a sum"
            yield -total(y[k] * (delta(k, i) - p[i]), k), "ln p = z - ln S"
            yield -y[i] + p[i] * total(y[k], k), "split the sum"
            yield p[i] - y[i], "the y_k sum to 1"
        """,
        "By ln p_k = z_k - ln S it is",
        "",
    ),
}


@pytest.mark.parametrize(
    ("tag", "code", "sentence", "unsaid"), SENTENCES.values(), ids=SENTENCES
)
def test_it_is_said_of_what_is_shown(
    warm: WorkerFactory,
    tag: str,
    code: str,
    sentence: str,
    unsaid: str,
) -> None:
    result = graded(warm, tag, code)
    assert result.finding is not None
    told = "\n".join((said(result), *mistake_lines(result.finding)))
    assert sentence in told
    assert not unsaid or unsaid not in told


STEPPED = """
    def numeric_grad(f, z, h=1e-5):
        grad = np.zeros(z.shape)
        for i in np.ndindex(z.shape):
            z[i] += h
            above = f(z)
            z[i] -= 2 * h
            grad[i] = (above - f(z)) / (2 * h)
            {last}
"""


@pytest.mark.parametrize("end", ["", "print(grad)", "return []", "return 0"])
def test_an_answer_without_entries_is_not_of_zeros(
    warm: WorkerFactory, end: str
) -> None:
    result = graded(warm, "5f", STEPPED.format(last="z[i] += h\n        " + end))
    assert result.finding is not None
    assert "every entry of your answer is 0" not in said(result)


def test_the_claim_is_that_of_the_answer_that_is_shown(warm: WorkerFactory) -> None:
    result = graded(warm, "5f", STEPPED.format(last="\n        return grad"))
    assert claim_line(result).endswith("the gradient of the paper batch's loss.")


def test_of_a_right_answer_that_spoilt_its_question_only_that_is_claimed(
    warm: WorkerFactory,
) -> None:
    code = """
        def losses(y, p):
            np.clip(p, 1e-7, 1 - 1e-7, out=p)
            return -(y * np.log(p)).sum(axis=1)
    """
    told = claim_line(graded(warm, "3d", code))
    assert told.endswith("Your function does not modify its arguments.")


def test_an_exception_without_text_is_shown_as_one(warm: WorkerFactory) -> None:
    code = """
        def cross_entropy(y, p):
            if y.shape != p.shape or len(p) == 0:
                raise ValueError
            return float(losses(y, p).mean())
    """
    result = graded(warm, "3e", code)
    assert result.finding is not None
    assert result.finding.got == "ValueError"
