"""Wrong answers without a name are seen to be the same, whoever gave them."""

from __future__ import annotations

import numpy as np
import pytest

from grader import catalog, judge
from grader.attempt import Answer
from grader.judge.unnamed import MOST_LINES, code_of, digest_of
from grader.report import ExerciseResult, Outcome
from grader.sandbox import Raised, Warm
from tests.packages import ROOT


def digest(*values: object) -> str:
    return digest_of(Answer("loss", value=value) for value in values)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.1 + 0.2, 0.3),
        (np.array([1e-9, 2.0]) / 3 * 3, np.array([1e-9, 2.0])),
        (-0.0, 0.0),
        (np.float32(0.25), 0.25),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (float("nan"), -float("nan")),
    ],
)
def test_the_same_answers_have_one_digest(one: object, other: object) -> None:
    assert digest(one) == digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.3, 0.30001),
        (1, 1.0),
        (True, 1),
        (np.zeros((2, 3)), np.zeros((3, 2))),
        ([1, 2], (1, 2)),
        ([1, [2]], [1, 2]),
        ("1", 1),
        (None, "None"),
        (float("inf"), float("nan")),
    ],
)
def test_other_answers_have_another_digest(one: object, other: object) -> None:
    assert digest(one) != digest(other)


def test_an_exception_counts_by_its_type() -> None:
    def raised(name: str, message: str) -> str:
        return digest_of([Answer("f", raised=Raised(name, (name,), message))])

    assert raised("ValueError", "a") == raised("ValueError", "b")
    assert raised("ValueError", "a") != raised("TypeError", "a")


def test_the_code_is_that_of_the_last_function_of_the_name() -> None:
    text = "def f(x):\n    return 1\n\n\ndef f(x):\n    # é\n    return 2\n\n\nY = 3\n"
    assert code_of("f", text.encode()) == "def f(x):\n    # é\n    return 2"
    assert code_of("g", text.encode()) == ""
    assert code_of("f", b"def f(:") == ""
    assert code_of("f", b"\xff") == ""
    long = "def f(x):\n" + "    x += 1\n" * 100
    assert len(code_of("f", long.encode()).splitlines()) == MOST_LINES


@pytest.fixture(scope="module")
def warm():
    with Warm(("numpy",)) as one:
        yield one


def graded(warm: Warm, code: str, seed: int = 5) -> ExerciseResult:
    lesson = catalog.find("3", ROOT)
    source = f"{lesson.solution.read_text(encoding='utf-8')}\n\n{code}".encode()
    report = judge.grade(
        lesson, lesson.solution, source=source, seed=seed, exercise="3e", warm=warm
    )
    return report.exercises[0]


def test_two_ways_to_one_wrong_answer_have_one_digest_in_a_report(warm) -> None:
    one = graded(warm, "def cross_entropy(y, p):\n    return 1.7 * losses(y, p).mean()")
    other = graded(
        warm,
        "def cross_entropy(y, p):\n    return sum(17 * losses(y, p) / 10) / len(y)",
    )
    assert one.outcome is Outcome.WRONG
    assert one.unnamed is not None
    assert other.unnamed is not None
    assert one.unnamed.digest == other.unnamed.digest
    assert one.unnamed.code.startswith("def cross_entropy")
    assert one.unnamed.code != other.unnamed.code


def test_what_has_a_name_or_is_right_has_none(warm) -> None:
    named = graded(warm, "def cross_entropy(y, p):\n    return -losses(y, p).mean()")
    assert named.finding is not None
    assert named.finding.mistakes
    assert named.unnamed is None
    assert graded(warm, "").unnamed is None
