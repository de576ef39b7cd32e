"""Answers to lesson 4 as learners write them, graded from end to end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader import catalog, judge
from grader.report import ExerciseResult
from grader.sandbox import Warm

ROOT = Path(__file__).parent.parent
LESSON = catalog.find("lesson4", ROOT)
SOLUTION = LESSON.solution.read_text(encoding="utf-8")

HEADS = {
    "4a": "def dL_dp(y, p):\n    n = range(len(p))\n    return ",
    "4b": "def softmax_exprs(z):\n    return ",
    "4c": "def jacobian(p):\n    n = range(len(p))\n    return ",
    "4e": "def dL_dz(y, p):\n    n = range(len(p))\n    return ",
}

RIGHT = [
    ("4a", "-np.array(y) / np.array(p)"),
    ("4a", "sp.Tuple(*[-a / b for a, b in zip(y, p)])"),
    ("4a", "sp.Array([-a / b for a, b in zip(y, p)])"),
    ("4a", "[sp.UnevaluatedExpr(-a / b) for a, b in zip(y, p)]"),
    ("4a", "[-a / b * sp.sech(a) * sp.cosh(a) for a, b in zip(y, p)]"),
    ("4b", "np.array([exp(t) for t in z]) / sum(exp(s) for s in z)"),
    ("4b", "sp.Matrix(z).applyfunc(exp) / sum(exp(s) for s in z)"),
    ("4c", "np.diag(p) - np.outer(p, p)"),
    ("4c", "sp.MatAdd(sp.diag(*p), -sp.Matrix(p) * sp.Matrix(p).T)"),
    (
        "4c",
        "sp.MatMul(sp.diag(*p), sp.eye(len(p)) - sp.ones(len(p), 1) * sp.Matrix(p).T)",
    ),
    ("4c", "sp.Array([[p[i] * (delta(i, j) - p[j]) for j in n] for i in n])"),
    ("4e", "np.array(p) - np.array(y)"),
    ("4e", "[b * sum(y) - a for a, b in zip(y, p)]"),
]


@pytest.fixture(scope="module")
def warm() -> Iterator[Warm]:
    """One worker for all of them."""
    worker = Warm(judge.imports_of(LESSON))
    yield worker
    worker.close()


def graded(warm: Warm, tag: str, code: str) -> ExerciseResult:
    """What becomes of one exercise when some code follows the solution."""
    source = f"{SOLUTION}\nimport numpy as np\n{code}\n".encode()
    path = ROOT / "attempts" / "lesson4_derivation.py"
    report = judge.grade(LESSON, path, source=source, seed=3, exercise=tag, warm=warm)
    return report.exercises[0]


def said_of(result: ExerciseResult) -> str:
    """What the learner reads."""
    if result.finding is None:
        return ""
    known = [mistake.sentence for mistake in result.finding.mistakes]
    return " ".join([result.finding.sentence, *known])


@pytest.mark.parametrize(("tag", "answer"), RIGHT)
def test_a_right_answer_earns_its_points(warm: Warm, tag: str, answer: str) -> None:
    result = graded(warm, tag, HEADS[tag] + answer)
    assert (result.earned, said_of(result)) == (result.points, "")


def test_a_generator_is_no_column_and_shows_nothing_of_the_grader(warm: Warm) -> None:
    result = graded(warm, "4a", HEADS["4a"] + "(-a / b for a, b in zip(y, p))")
    assert result.earned == 0
    assert "this is a generator" in said_of(result)
    assert "Table" not in said_of(result)
