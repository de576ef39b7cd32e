"""The course in examples/ is a good one, and the grader says nothing untrue in it."""

from __future__ import annotations

import csv
import io
import runpy
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.authoring.verify import verify
from grader.authoring.verify.mutants import without_functions
from grader.course.document import catalog
from grader.report import ExerciseResult, Outcome
from grader.sandbox import WorkerPool
from tests.support.grading import grade_attempt
from tests.support.project import ROOT

COURSE = ROOT / "examples" / "kmeans_pca"
LESSONS = ("lesson1", "lesson2", "lesson3")
UNFORESEEN: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("unforeseen.toml").read_text(encoding="utf-8")
)["attempt"]


@pytest.fixture(scope="module")
def results() -> list[ExerciseResult]:
    """What each unforeseen wrong answer gets."""
    with WorkerPool() as pool:
        return list(_results(pool))


def _results(pool: WorkerPool) -> Iterator[ExerciseResult]:
    for attempt in UNFORESEEN:
        tag, code = attempt["exercise"], attempt["code"]
        lesson = catalog.find(f"lesson{tag[:-1]}", COURSE)
        solution = without_functions(lesson.solution.read_text(encoding="utf-8"), code)
        source = f"{solution}\n\n{code}\n".encode()
        report = grade_attempt(
            lesson, lesson.solution, source=source, seed=7, exercise=tag, pool=pool
        )
        yield next(one for one in report.exercises if one.tag == tag)


def names_of(result: ExerciseResult) -> set[str]:
    """The names of the mistakes that a learner reads."""
    return {one.tag for one in result.finding.mistakes} if result.finding else set()


def test_there_are_the_lessons_that_are_verified() -> None:
    names = [one.short_name for one in catalog.lessons(COURSE)]
    assert tuple(names) == LESSONS


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_the_lesson_keeps_its_promises(name: str) -> None:
    found = verify(catalog.find(name, COURSE), slow=True)
    assert found.problems == []
    assert 3 <= found.exercises <= 5


@pytest.mark.slow
def test_the_unforeseen_answers_are_wrong_and_nothing_untrue_is_named(
    results: list[ExerciseResult],
) -> None:
    assert len(results) >= 24
    for attempt, result in zip(UNFORESEEN, results, strict=True):
        about = f"{attempt['exercise']}: {attempt['why']}"
        assert result.outcome is Outcome.WRONG, about
        assert names_of(result) <= set(attempt["true"]), about


@pytest.mark.slow
def test_ten_of_the_unforeseen_answers_are_named(results: list[ExerciseResult]) -> None:
    assert sum(map(bool, map(names_of, results))) >= 10


def test_no_unforeseen_answer_is_declared_in_its_lesson() -> None:
    for attempt in UNFORESEEN:
        lesson = catalog.find(f"lesson{attempt['exercise'][:-1]}", COURSE)
        texts = lesson.folder.glob("exercises/*.py")
        body = attempt["code"].strip().partition("\n")[2] + "\n"
        assert body not in "".join(one.read_text(encoding="utf-8") for one in texts)


def test_the_leaves_are_those_that_the_generator_makes() -> None:
    data = COURSE / "lessons" / "data"
    made, kinds = runpy.run_path(str(data / "make_leaves.py"))["make_leaves"]()
    table = (data / "leaves.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(table)))
    columns = ("length", "width", "stalk", "widest")
    assert [[float(row[name]) for name in columns] for row in rows] == made.tolist()
    assert [int(row["kind"]) for row in rows] == kinds.tolist()
