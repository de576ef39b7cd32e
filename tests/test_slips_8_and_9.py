"""Wrong answers of lessons 8 and 9 are named by slips, alone and two at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader import catalog, judge
from grader.sandbox import Warm

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def warm() -> Iterator[Warm]:
    with Warm(("numpy",)) as made:
        yield made


def named(warm: Warm, tag: str, code: str) -> list[set[str]]:
    """The slips of each mistake that is told when `code` stands below the solution."""
    lesson = catalog.find(tag[0], ROOT)
    source = f"{lesson.solution.read_text(encoding='utf-8')}\n\n{code}\n".encode()
    report = judge.grade(
        lesson, lesson.solution, source=source, seed=5, exercise=tag, warm=warm
    )
    finding = report.exercises[0].finding
    assert finding is not None
    return [set(one.slips) or {one.tag[3:]} for one in finding.mistakes]


WEIGHTED = """
def weighted_cross_entropy(y, p, w):
    q = np.clip(p, {clip}, 1 - {clip})
    weights = np.asarray(w)
    return float({sign}({weight} * (y * np.log(q)).sum(1)).mean())
"""
FOCAL = """
def focal(y, p, gamma):
    q = np.clip(p, 1e-7, 1 - 1e-7)
    true = (y * q).sum(axis=1)
    return float(({factor} * -np.{log}(true)).mean())
"""
DICE = """
def dice_loss(y, p):
    total = np.sum(y) + {total}
    return {nothing} if total == 0 else float({loss})
"""
CALIBRATION = """
def expected_calibration_error(p, labels, bins=10):
    sure, right = {sure}, p.argmax(axis=1) == labels
    error = 0
    for low in np.arange({first}, bins) / bins:
        high = low + 1 / bins
        m = (sure > low + 1e-12) & (sure <= high + 1e-12)
        if m.any():
            error += {weight} * abs({right} - {mean})
    return float(error)
"""


def weighted(clip="1e-7", sign="-", weight="(y * weights).sum(1)"):
    return WEIGHTED.format(clip=clip, sign=sign, weight=weight)


def focal(factor, log="log"):
    return FOCAL.format(factor=factor, log=log)


def dice(total="np.sum(p)", nothing="0.0", loss="1 - 2 * np.sum(y * p) / total"):
    return DICE.format(total=total, nothing=nothing, loss=loss)


def calibration(**edit):
    right = {
        "sure": "p.max(axis=1)",
        "first": "0",
        "weight": "m.mean()",
        "right": "right[m].mean()",
        "mean": "sure[m].mean()",
    }
    return CALIBRATION.format(**{**right, **edit})


@pytest.mark.parametrize(
    ("tag", "code", "slips"),
    [
        ("8a", weighted(clip="1e-3"), {"coarse clip"}),
        ("8a", weighted(weight="weights[q.argmax(1)]"), {"weight of the prediction"}),
        ("8a", weighted(sign=""), {"missing minus"}),
        (
            "8a",
            weighted(sign="", weight="((y * weights).sum(1) ** 2)"),
            {"missing minus", "weights squared"},
        ),
        ("8b", focal("true**gamma"), {"p for 1 - p"}),
        ("8b", focal("(1 - true)**2"), {"gamma always 2"}),
        ("8b", focal("true**gamma", "log2"), {"bits", "p for 1 - p"}),
        ("8b", focal("(1 - true) * gamma", "log2"), {"bits", "product for power"}),
        ("8c", "def smooth(y, eps): return y + eps / len(y.T)", {"nothing taken away"}),
        (
            "8c",
            "def smooth(y, eps): return y + eps",
            {"eps not shared", "nothing taken away"},
        ),
        ("8d", dice(loss="2 * np.sum(y * p) / total"), {"dice itself"}),
        ("8d", dice(nothing="1"), {"nothing_costs_1"}),
        (
            "8d",
            dice(total="np.sum(p**2)", nothing="1"),
            {"nothing costs 1", "squares below"},
        ),
        ("8e", calibration(mean="high"), {"place in the bin"}),
        ("8e", calibration(first="1"), {"lowest bin missing"}),
        (
            "8e",
            calibration(mean="(low + high) / 2", weight="m.sum()"),
            {"place in the bin", "gaps weighed by photos"},
        ),
    ],
)
def test_slips_are_named_and_nothing_else(
    warm: Warm, tag: str, code: str, slips: set[str]
) -> None:
    assert named(warm, tag, code) == [slips]
