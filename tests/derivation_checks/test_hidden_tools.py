"""A derivation that SymPy makes, however that is hidden, earns no point."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from grader.course.document import catalog
from grader.report import ExerciseResult, Outcome
from grader.sandbox import WorkerFactory
from tests.support.grading import grade_attempt
from tests.support.old_pages import old_header
from tests.support.project import ROOT

LESSON = catalog.find("lesson4", ROOT)
LOSS = "-y*log(sigma(z)) - (1 - y)*log(1 - sigma(z))"
WAYS = {
    kind: [way.replace("LOSS", LOSS) for way in ways]
    for kind, ways in tomllib.loads(
        Path(__file__).with_name("hidden_tools.toml").read_text(encoding="utf-8")
    ).items()
}

TOP = (
    old_header("lesson4")
    + """
import numpy as np
import sympy as sp

log = sp.log
exp = sp.exp
delta = sp.KroneckerDelta
sigma = sp.Function("sigma")
k, K = sp.symbols("k K", integer=True)


def d(e, v):
    return sp.Derivative(e, v)


def total(e, k):
    return sp.Sum(e, (k, 0, K - 1))


def lines_of(loss, z, Derivative=sp.Derivative):
    s = sigma(z)
    line = Derivative(loss, z)
    yield line
    line = line.doit()
    yield line
    line = line.subs(Derivative(s, z), s * (1 - s))
    yield line
    yield sp.simplify(line)


waiting = []


def tool(e, v):
    if not waiting:
        waiting.extend(lines_of(e, v))
    return waiting.pop(0)


def other(y, z):
    for line in lines_of(-y * sp.log(sigma(z)) - (1 - y) * sp.log(1 - sigma(z)), z):
        yield line, ""


"""
)
ALL_BY_THE_TOOL = "\ndef derive_bce(y, z):\n" + f"    yield d({LOSS}, z), ''\n" * 4


def grade(source: str, warm: WorkerFactory, tag: str = "4b") -> ExerciseResult:
    path = ROOT / "attempts" / "lesson4_derivation.py"
    report = grade_attempt(
        LESSON, path, source=source.encode(), seed=5, exercise=tag, warm=warm
    )
    return next(one for one in report.exercises if one.tag == tag)


def test_there_are_a_hundred_ways_and_python_reads_each() -> None:
    ways = [*WAYS["beside"], *WAYS["inside"]]
    assert len(set(ways)) == len(ways) > 100
    for way in ways:
        ast.parse(way)


def earns_nothing(source: str, warm: WorkerFactory) -> bool:
    result = grade(source, warm)
    return (result.earned, result.outcome is Outcome.PASSED) == (0, False)


@pytest.mark.promise("derivations")
@pytest.mark.hostile
@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS["beside"])
def test_a_tool_beside_a_derivation_earns_nothing(
    warm: WorkerFactory, way: str
) -> None:
    assert earns_nothing(f"{TOP}{way}\n{ALL_BY_THE_TOOL}", warm)


@pytest.mark.promise("derivations")
@pytest.mark.hostile
@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS["inside"])
def test_a_tool_inside_a_derivation_earns_nothing(
    warm: WorkerFactory, way: str
) -> None:
    assert earns_nothing(f"{TOP}{way}\n", warm)


@pytest.mark.promise("derivations")
@pytest.mark.hostile
def test_a_derivation_runs_without_the_rest_of_the_file(warm: WorkerFactory) -> None:
    way = "import operator\noperator.attrgetter('__globals__')(tool)['d'] = tool"
    assert way in WAYS["beside"]
    assert earns_nothing(f"{TOP}{way}\n{ALL_BY_THE_TOOL}", warm)


HONEST = """
import functools
import importlib
import math
import operator
import os
import sys

import grader.pictures
import matplotlib.pyplot as plt
from sympy import *


class Trial:
    def __init__(self, start):
        self.start = start
        self.__dict__["steps"] = getattr(start, "real", 0)


trial = Trial(3)
setattr(trial, "end", operator.add(trial.start, vars(trial)["steps"]))
plt.rcParams["axes.grid"] = True
print(sys.version_info[0], math.pi, os.sep, sp.diff(sp.Symbol("x") ** 2))
"""


def test_what_else_an_honest_page_does_costs_nothing(warm: WorkerFactory) -> None:
    solution = LESSON.solution.read_text(encoding="utf-8")
    source = f"{old_header('lesson4')}{solution}\n{HONEST}"
    path = ROOT / "attempts" / "lesson4_derivation.py"
    report = grade_attempt(LESSON, path, source=source.encode(), seed=3, warm=warm)
    assert [one.tag for one in report.exercises if one.earned < one.points] == []
