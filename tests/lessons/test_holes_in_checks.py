"""What a check once let through, or refused although it is right."""

from __future__ import annotations

import numpy as np
import pytest

from grader import judge
from grader.course.document import catalog, page_builder
from grader.report import Outcome
from grader.sandbox import WorkerFactory, WorkerPool
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
    assert "True + True is True in numpy" in said(result)
    assert graded(warm, "10g", BOOLS).judged_with == ("10f",)
    assert "True + True" not in said(graded(warm, "10f", OVERLAP))


SPLIT = """
def stratified_split(labels, per_class, seed):
    rng = np.random.default_rng(seed)
    train, test = [], []
    for c in {classes}:
        mine = rng.permutation(np.flatnonzero(labels == c))
        test.append(mine[:per_class])
        train.append(mine[per_class:])
    return rng.permutation(np.concatenate(train)), rng.permutation(np.concatenate(test))
"""


@pytest.mark.parametrize(
    ("classes", "outcome"),
    [
        ("range(10)", Outcome.WRONG),
        ("sorted(set(labels.tolist()))", Outcome.PASSED),
    ],
)
def test_a_split_takes_whatever_classes_there_are(
    warm: WorkerFactory, classes: str, outcome: Outcome
) -> None:
    code = SPLIT.replace("{classes}", classes)
    assert graded(warm, "2e", code).outcome is outcome


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


LINES = """
def derive_dL_dz(y, p, z, i):
    {here}
    yield -total(y[k] * d(log(p[k]), z[i]), k), "sum rule"
    yield -total(y[k] * d(z[k] - log(total(exp(z[j]), j)), z[i]), k), "ln of softmax"
    yield -total(y[k] * (delta(k, i) - exp(z[i]) / total(exp(z[j]), j)), k), "d ln u"
    yield -total(y[k] * (delta(k, i) - p[i]), k), "softmax"
    yield -y[i] + p[i] * total(y[k], k), "split the sum"
    yield p[i] - y[i], "the y_k sum to 1"
"""
INDEX = 'j = sp.Symbol("j", integer=True)'


@pytest.mark.parametrize(
    ("above", "here", "outcome"),
    [
        ("", INDEX, Outcome.PASSED),
        (INDEX, "", Outcome.PASSED),
        ("j, m = sp.symbols('j m', integer=True)", "", Outcome.PASSED),
        ("", "", Outcome.WRONG),
        # It could pass for the index of the exercise, or is another one by then.
        ("j = sp.Symbol('i', integer=True)", "", Outcome.WRONG),
        (f"{INDEX}\nj = sp.Symbol('i', integer=True)", "", Outcome.WRONG),
    ],
)
def test_a_derivation_may_have_an_index_of_its_own(
    pool: WorkerPool, above: str, here: str, outcome: Outcome
) -> None:
    code = f"{above}\n{LINES}".replace("{here}", here)
    lesson = catalog.find("4", ROOT)
    process = pool.factory(judge.requirements_of(lesson))
    assert graded(process, "4e", code).outcome is outcome
