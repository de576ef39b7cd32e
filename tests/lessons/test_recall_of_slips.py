"""Of attempts as learners write them, so many have their causes named, truly."""

from __future__ import annotations

import runpy
from collections.abc import Iterator

import pytest

from grader import judge
from grader.course.document import catalog
from grader.sandbox import WorkerFactory, WorkerPool
from tests.support.grading import report_of
from tests.support.project import ROOT

SLIPS = ROOT / "tests/lessons/slips"
# Of how many attempts at least so many causes are named: what was reached, of 59 and 87.
WANTED = {"two_mistakes": {1: 59, 2: 52}, "unlisted": {1: 87}}
FILES = {
    "two_mistakes": ("two_mistakes_1_to_5", "two_mistakes_7_to_12"),
    "unlisted": ("unlisted",),
}
Row = tuple[str, ...]


def rows_of(name: str) -> Iterator[tuple[Row, str]]:
    """Each attempt: its exercise and causes, and its code."""
    for file in FILES[name]:
        for *row, code in runpy.run_path(str(SLIPS / f"{file}.py"))["ATTEMPTS"]:
            yield tuple(row), code


def told_of(row: Row, code: str, warm: WorkerFactory) -> list[str]:
    """What names the causes of an attempt: mistakes, or what its check says of it."""
    lesson = catalog.find(row[0][:-1], ROOT)
    report = report_of(lesson, row[0], code, seed=5, warm=warm)
    finding = report.exercises[0].finding
    assert finding is not None, f"{row} is not wrong"
    return [one.tag for one in finding.mistakes] or [finding.sentence]


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_causes_are_named_as_often_as_they_were_and_nothing_unjudged_is(
    name: str, pool: WorkerPool
) -> None:
    judged = runpy.run_path(str(SLIPS / "told.py"))["TOLD"]
    counts, unjudged = [], []
    for row, code in rows_of(name):
        needs = judge.requirements_of(catalog.find(row[0][:-1], ROOT))
        told = told_of(row, code, pool.factory(needs))
        known = judged.get(row, {})
        counts.append(max(known.get(one, 0) for one in told))
        is_mistake = told[0].startswith(f"{row[0]}.")
        if is_mistake and not set(told) <= set(known):
            unjudged.append((row, told))
    # Read the sentences: is each true of the code? Then it goes into told.py.
    assert unjudged == []
    for many, wanted in WANTED[name].items():
        reached = sum(count >= many for count in counts)
        assert reached >= wanted, f"{many} of {name}: {reached} of {len(counts)}"
