"""What is told of natural wrong answers, half of them with overwritten names.

`natural_attempts.toml` has one exercise's code a row: each was graded, and what was told
of it read and found true. RIGHT is the solution's own function.
"""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from grader import judge
from grader.document import catalog
from grader.document.catalog import Lesson
from grader.judge.loading import exercises_of, load_checks
from grader.report import Finding, Outcome
from grader.sandbox import WorkerFactory, WorkerPool
from grader.sandbox.worker_pool import WorkerRequirements

ROOT = Path(__file__).parent.parent
ATTEMPTS = tomllib.loads(
    (Path(__file__).parent / "natural_attempts.toml").read_text(encoding="utf-8")
)
# Of nobody's answer: what misled people once.
NEVER = re.compile(
    r"Is a \* missing|is known there alone|__name__ or|gufunc"
    r"|https?://|Asked, and not yet so|The same, at|Something is not taken"
)


@cache
def lesson_of(number: str) -> tuple[Lesson, str, dict[str, str]]:
    """A lesson, its solution's text, and the function of each exercise."""
    lesson = catalog.find(f"lesson{number}", ROOT)
    module = load_checks(lesson.checks, f"checks_{lesson.solution.stem}")
    names = {one.tag: one.writes for one in exercises_of(module)}
    return lesson, lesson.solution.read_text(encoding="utf-8"), names


def source_of(tag: str, code: str) -> bytes:
    """The solution with this code in the place of the exercise's function."""
    _, text, names = lesson_of(tag[:-1])
    node = next(
        n
        for n in ast.parse(text).body
        if isinstance(n, ast.FunctionDef) and n.name == names[tag]
    )
    right = ast.get_source_segment(text, node)
    assert right is not None
    return text.replace(right, code.replace("RIGHT", right)).encode()


def told(finding: Finding) -> str:
    """The names of the mistakes, or all that is said; a line may move."""
    if finding.mistakes:
        return "named " + ", ".join(one.tag for one in finding.mistakes)
    said = re.sub(r"\b(l|L)ine \d+", r"\1ine N", finding.sentence)
    return "said " + " ".join(said.split())


@pytest.fixture(scope="module", params=sorted(ATTEMPTS, key=int))
def number(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def warm(pool: WorkerPool, number: str) -> WorkerFactory:
    return pool.factory(WorkerRequirements(("sympy",) if number == "4" else ("numpy",)))


def test_each_attempt_is_told_what_is_true_of_it(
    number: str, warm: WorkerFactory
) -> None:
    lesson = lesson_of(number)[0]
    other = []
    for row in ATTEMPTS[number]:
        tag, code = row["tag"], row["code"].strip()
        report = judge.grade(
            *(lesson, Path("mine.py")),
            source=source_of(tag, code),
            seed=7,
            exercise=tag,
            warm=warm,
        )
        result = next(one for one in report.exercises if one.tag == tag)
        assert result.outcome is not Outcome.PASSED, code
        assert result.finding is not None, code
        sentences = [one.sentence for one in result.finding.mistakes]
        assert not NEVER.search(" ".join([result.finding.sentence, *sentences])), code
        if not told(result.finding).startswith(row["told"]):
            other.append((tag, code, told(result.finding), row["told"]))
    assert other == []


def test_half_of_the_attempts_have_overwritten_names() -> None:
    codes = [row["code"].strip() for rows in ATTEMPTS.values() for row in rows]
    outside = [code for code in codes if not code.startswith("def ") or "RIGHT" in code]
    assert len(codes) >= 150
    assert 2 * len(outside) >= len(codes) - 10
