"""What a check once let through, or refused although it is right."""

from __future__ import annotations

import numpy as np

from grader.course.document import page_builder
from grader.report import Outcome
from grader.sandbox import WorkerFactory
from tests.support.grading import graded, said
from tests.support.project import ROOT

BOOLS = """
def dice_loss(y, p):
    total = np.sum(y + p)
    return 0.0 if total == 0 else float(1 - 2 * np.sum(y * p) / total)
"""
OVERLAP = """
def dice_loss(y, p):
    total = np.sum(y) + np.sum(p)
    return 0.0 if total == 0 else float(1 - 2 * np.sum(np.logical_and(y, p)) / total)
"""


def test_a_dice_that_adds_bools_is_wrong_in_its_own_exercise(
    warm: WorkerFactory,
) -> None:
    result = graded(warm, "10f", BOOLS)
    assert result.outcome is Outcome.WRONG
    assert "True + True is True in NumPy" in said(result)
    assert graded(warm, "10g", BOOLS).judged_with == ("10f",)
    assert "True + True" not in said(graded(warm, "10f", OVERLAP))


ADAM_IN_PLACE = """
def adam_step(w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7):
    m *= beta1
    m += (1 - beta1) * g
    v *= beta2
    v += (1 - beta2) * g**2
    w -= lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps)
    return w, m, v
"""


def test_what_works_in_place_passes_and_works_in_the_page_as_well(
    warm: WorkerFactory,
) -> None:
    assert graded(warm, "11c", ADAM_IN_PLACE).outcome is Outcome.PASSED
    page = page_builder.make_page(ROOT / "solutions" / "lesson11_optimizers.py")
    (made,) = [line for line in page.splitlines() if "w, state = np.ones(4)" in line]
    names = {"np": np, "count": 2}
    exec(f"{made.strip()}\n{ADAM_IN_PLACE}", names)
    w, (m, v) = names["w"], names["state"]
    for t, g in enumerate(np.random.default_rng(10).normal(size=(5, 4)), 1):
        w, m, v = names["adam_step"](w, g, m, v, t)
    assert np.isfinite(w).all()
