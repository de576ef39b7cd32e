"""11f: of the four sentences about dropout, three are true and the third is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grader.course.document import catalog
from grader.course.document.cells import Document
from tests.support.project import ROOT

SEEDS = range(2000)
HIDDEN = np.array([[1.0, 2.0, 3.0, 4.0], [4.0, 0.5, 0.0, 1.0]])


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    """The functions of lesson 11's solution."""
    solution = Document.read(catalog.find("lesson11", ROOT).solution)
    names: dict[str, Any] = {}
    exec(solution.graded().text, names)
    return names


def test_each_image_loses_units_of_its_own(page: dict[str, Any]) -> None:
    dropped = page["dropout"](np.ones((50, 64)), 0.2, True, 1) == 0
    assert len({row.tobytes() for row in dropped}) == 50


def test_each_hidden_number_is_the_same_on_average(page: dict[str, Any]) -> None:
    draws = [page["dropout"](HIDDEN, 0.25, True, seed) for seed in SEEDS]
    assert np.allclose(np.mean(draws, axis=0), HIDDEN, rtol=0.05)


def test_the_loss_is_higher_on_average(page: dict[str, Any]) -> None:
    rng = np.random.default_rng(3)
    y = np.eye(3)[[0, 2]]
    for _ in range(5):
        w2 = 0.3 * rng.normal(size=(4, 3))  # so that no p is clipped

        def loss(hidden: Any, w2: Any = w2) -> float:
            e = np.exp(hidden @ w2)
            return float(page["cross_entropy"](y, e / e.sum(axis=1, keepdims=True)))

        draws = [loss(page["dropout"](HIDDEN, 0.25, True, seed)) for seed in SEEDS]
        assert np.mean(draws) > loss(HIDDEN)


def test_a_prediction_draws_nothing(page: dict[str, Any]) -> None:
    assert np.array_equal(page["dropout"](HIDDEN, 0.25, False, 1), HIDDEN)
