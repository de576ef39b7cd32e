"""An answer that is one of a few says little, and two mistakes are not told of it."""

from __future__ import annotations

import numpy as np
import pytest

from grader.checks.mutations.evidence import Example, count_bits
from grader.course.document import catalog
from grader.report import ExerciseResult, Outcome
from grader.sandbox import WorkerFactory
from tests.support.grading import report_of
from tests.support.project import ROOT

COST = """
def temperature(z, y, candidates):
    return float(candidates[np.argmin([{} for T in candidates])])
"""
CALIBRATED = (
    "abs(softmax(z / T).max(axis=1).mean()"
    " - (z.argmax(axis=1) == y.argmax(axis=1)).mean())"
)


def graded(warm: WorkerFactory, code: str, seed: int) -> ExerciseResult:
    lesson = catalog.find("lesson12", ROOT)
    report = report_of(lesson, "12c", code, seed=seed, warm=warm)
    return next(e for e in report.exercises if e.tag == "12c")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("cost", ["cross_entropy(y, softmax(z / T**0.5))", CALIBRATED])
def test_another_cost_is_not_told_as_a_known_one(
    warm: WorkerFactory, cost: str, seed: int
) -> None:
    result = graded(warm, COST.format(cost), seed)
    assert result.outcome is Outcome.WRONG
    assert result.finding is not None
    assert result.finding.mistakes == ()


@pytest.mark.parametrize(
    ("cost", "name"),
    [
        ("-cross_entropy(y, softmax(z / T))", "dearest for cheapest"),
        ("cross_entropy(y, softmax(z * T))", "times for divided"),
        ("np.square(y - softmax(z / T)).mean()", "squared error"),
    ],
)
def test_a_known_cost_is_named(warm: WorkerFactory, cost: str, name: str) -> None:
    finding = graded(warm, COST.format(cost), 7).finding
    assert finding is not None
    assert [one.tag for one in finding.mistakes] == [f"12c.{name}"]


def first(values: np.ndarray, places: np.ndarray) -> float:
    return float(values[0])


def test_a_choice_says_no_more_than_which_entry_it_is() -> None:
    values = np.array([0.394892, 0.271828, 0.314159, 0.577216])
    asked = [Example((values, values), {}, 0.271828)]
    assert count_bits(asked, first) == pytest.approx(19.9, abs=0.1)  # type: ignore[arg-type]
    assert count_bits(asked, first, "values") == 2.0  # type: ignore[arg-type]
    by_name = [Example((), {"values": values, "places": values}, 0.271828)]
    assert count_bits(by_name, first, "values") == 2.0  # type: ignore[arg-type]
