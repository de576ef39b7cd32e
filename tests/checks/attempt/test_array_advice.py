"""What is said of an exception that the shapes of arrays explain."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.course.document import catalog
from grader.sandbox import WorkerFactory
from tests.support.grading import grade_attempt, graded, said
from tests.support.project import ROOT

BACKWARD = """
def backward(x, y, params, z1, a, p):
    dz2 = (p - y) / len(x)
    dz1 = {dz1}
    return {{
        "W1": {W1},
        "b1": dz1.sum(axis=0),
        "W2": a.T @ dz2,
        "b2": dz2.sum(axis=0),
    }}
"""
DZ1, W1 = '(dz2 @ params["W2"].T) * (z1 > 0)', "x.T @ dz1"
SLOW = """
def numeric_grad(f, z, h=1e-5):
    grad = np.zeros(z.shape)
    {}
        grad[i] = z[i]
    return grad
"""


def advice(warm: WorkerFactory, tag: str, code: str) -> str:
    if tag != "8f":
        return said(graded(warm, tag, code))
    # It needs nothing of the rest of its file, which imports Keras for seconds.
    report = grade_attempt(
        catalog.find("lesson8", ROOT),
        Path("mine.py"),
        source=f"import numpy as np\n{code}\n".encode(),
        seed=7,
        exercise=tag,
        warm=warm,
    )
    return said(report.exercises[0])


@pytest.mark.parametrize(
    ("tag", "code", "words"),
    [
        (
            "9c",
            BACKWARD.format(dz1=DZ1, W1="dz1 @ x.T"),
            "dz1 has the shape (6, 4) and x.T has (5, 6). In A @ B, A needs as many "
            "columns as B has rows. x.T @ dz1 would fit: do you mean that?",
        ),
        (
            "5e",
            "def grad_logits(y, z):\n    return y @ stable_softmax(z) / len(z)",
            "Print y.shape and stable_softmax(z).shape: which does not fit?",
        ),
        (
            "5e",
            "def grad_logits(y, z):\n    p = stable_softmax(z)\n"
            "    p[np.arange(len(z)), y] -= 1\n    return p / len(z)",
            "y has the shape (4, 3). Are these one-hot rows?",
        ),
        (
            "6c",
            "def check_gradients(fn):\n"
            "    dW, db = fn(SMALL_X, SMALL_Y, np.zeros((3, 2)), np.zeros(2))\n"
            "    assert db == np.zeros(2)",
            "write np.allclose(db, np.zeros(2)): it also allows for rounding.",
        ),
        (
            "5f",
            SLOW.format("for i in z:"),
            "for i in z goes through the entries of z, not their indices.",
        ),
        (
            "5f",
            SLOW.format("for i in np.ndindex(z):"),
            "np.ndindex takes a shape: np.ndindex(z.shape).",
        ),
        (
            "5f",
            SLOW.format("for i in np.ndindex(len(z), len(z[0])):").replace(
                "grad[i] = z[i]", "grad[i] = 3 * z[i] ** 2"
            ),
            "z has the shape (5,) in this call, so z[0] is a single number.",
        ),
        (
            "10b",
            "def weighted_cross_entropy(y, p, w):\n    p = np.clip(p, 1e-7, 1 - 1e-7)\n"
            "    return float((y * w * -(y * np.log(p)).sum(axis=1)).mean())",
            "Is it one number for each row? Then make it a column",
        ),
        (
            "2d",
            "def one_hot(labels, k=10):\n"
            '    return (labels == np.arange(k)).astype("float32")',
            "make one of them a column: x[:, None]",
        ),
        (
            "6b",
            "def gradients(x, y, W, b):\n    z = W @ x\n    dz = stable_softmax(z + b) - y",
            "W @ x has the shape (3, 3), and x @ W has (2, 2). Which of the two",
        ),
        (
            "8f",
            "def worst(p, labels, m):\n    return np.flatnonzero(p != labels)[:m]",
            "Which number of a row do you want to compare?",
        ),
        (
            "2e",
            "def stratified_split(labels, per_class, seed):\n"
            "    train = np.array([], int)\n    train += np.flatnonzero(labels == 0)\n",
            "One of the two arrays is empty. + and += add entry by entry",
        ),
        (
            "5f",
            SLOW.format("for i in np.ndindex(z.shape[0], z.shape[1]):").replace(
                "grad[i] = z[i]", "grad[i] = 3 * z[i] ** 2"
            ),
            "z has the shape (5,) in this call, so it has no axis 1.",
        ),
        (
            "9b",
            "def forward(x, params):\n    W1, b1, W2, b2 = params\n    z1 = x @ W1 + b1\n"
            "    return z1, z1, z1",
            'unpacking the dict params gives its keys. Write params["W1"]',
        ),
    ],
)
def test_shapes_are_shown_and_what_to_do_is_asked(
    warm: WorkerFactory, tag: str, code: str, words: str
) -> None:
    assert words in advice(warm, tag, code)


@pytest.mark.parametrize(
    ("tag", "code", "never"),
    [
        (
            "10b",
            "def weighted_cross_entropy(y, p, w):\n    p = np.clip(p, 1e-7, 1 - 1e-7)\n"
            "    return float(y * w * cross_entropy(y, p))",
            "astype",
        ),
        ("2c", "def scale(x):\n    return x.astype(np.float) / 255", "http"),
        ("5e", "def grad_logits(y, z):\n    return y @ z", "gufunc"),
        (
            "8f",
            "def worst(p, labels, m):\n    return np.flatnonzero(p != labels)[:m]",
            "make it a column",
        ),
        (
            "2e",
            "def stratified_split(labels, per_class, seed):\n"
            "    return np.array([], int) + labels",
            "x[:, None]",
        ),
        (
            "4c",
            "def dL_dp(y, p):\n    return sp.Matrix([1 if k > 0 else 0 for k in p])",
            "overflow",
        ),
    ],
)
def test_what_does_not_help_is_left_out(
    warm: WorkerFactory, tag: str, code: str, never: str
) -> None:
    assert never not in advice(warm, tag, code)
