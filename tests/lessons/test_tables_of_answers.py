"""A table of the right answers to one grading's questions earns nothing in another."""

from __future__ import annotations

import base64
import pickle
import zlib
from typing import Any

import pytest

from grader.checks.attempt import Answer, AttemptSession
from grader.course.document import catalog
from grader.course.document.catalog import Lesson
from grader.judge import load_exercises
from grader.report import Outcome
from grader.sandbox import WorkerPool
from tests.support.grading import below_a_solution, grade_attempt
from tests.support.project import ROOT

pytestmark = pytest.mark.usefixtures("share_pool")


# How an attempt looks up what it was asked; the test writes the table by the same key.
LOOKS_UP = """
import base64, builtins, hashlib, pickle, zlib
import numpy as np

def plain(value):
    if isinstance(value, np.ndarray): return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, (list, tuple)): return [type(value).__name__, *map(plain, value)]
    if isinstance(value, dict): return [(key, plain(item)) for key, item in value.items()]
    return str(value)

def key_of(name, args, kwargs):
    asked = name, plain(args), plain(dict(sorted(kwargs.items())))
    return hashlib.sha256(pickle.dumps(asked, 4)).hexdigest()

def from_table(table, name):
    def answers(*args, **kwargs):
        value, raised = table[key_of(name, args, kwargs)]
        if raised: raise getattr(builtins, raised[0])(raised[1])
        return value
    return answers
"""
LOADS = """
table = pickle.loads(zlib.decompress(base64.b85decode({table!r})))
for name in {names!r}:
    globals()[name] = from_table(table, name)
"""
# In 4 a formula is the answer, and in 7 and 8 a network, which stays where it is made.
LESSONS = (
    "lesson1",
    "lesson2",
    "lesson3",
    "lesson5",
    "lesson10",
    "lesson9",
    "lesson11",
    "lesson12",
    "lesson13",
)


def asked_of_the_solution(
    lesson: Lesson, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> dict[str, list[Answer]]:
    """What each exercise asks a function in one grading, and the right answers."""
    found: dict[str, list[Answer]] = {}
    record = AttemptSession.record

    def noted(session: AttemptSession, answer: Answer) -> Answer:
        if answer.is_call and not answer.shown:
            found.setdefault(session.tag, []).append(answer)
        return record(session, answer)

    with monkeypatch.context() as patch:
        patch.setattr(AttemptSession, "record", noted)
        report = grade_attempt(lesson, lesson.solution, seed=1, pool=pool)
    assert report.score == 100
    return found


def fits(answer: Answer) -> bool:
    """Whether it can stand in a file: no trained network, and no figure."""
    try:
        return len(pickle.dumps(answer.value)) < 150_000
    except TypeError:
        return False


def with_table(solution: str, answers: list[Answer]) -> str:
    """The solution, with the answers of a table in the place of its functions'."""
    looks: dict[str, Any] = {}
    exec(LOOKS_UP, looks)
    table = {
        looks["key_of"](one.target, one.args, one.kwargs): (
            one.value,
            (one.raised.type_name, one.raised.message) if one.raised else None,
        )
        for one in answers
    }
    packed = base64.b85encode(zlib.compress(pickle.dumps(table))).decode()
    names = sorted({one.target for one in answers})
    return solution + LOOKS_UP + LOADS.format(table=packed, names=names)


@pytest.mark.promise("tables-of-answers")
@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_a_table_passes_no_exercise_that_asks_a_function(
    name: str, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = catalog.find(name, ROOT)
    asked = asked_of_the_solution(lesson, pool, monkeypatch)
    answers = [one for all_of in asked.values() for one in all_of if fits(one)]
    source = with_table(lesson.solution.read_text(encoding="utf-8"), answers).encode()
    report = grade_attempt(lesson, lesson.solution, source=source, seed=2, pool=pool)
    passed = {one.tag for one in report.exercises if one.is_right}
    # A function whose answers don't fit is still the solution's.
    replaced = {one.target for one in answers}
    by_table = {one.tag for one in load_exercises(lesson) if one.writes in replaced}
    assert by_table
    assert passed.isdisjoint(by_table)
    # Where it is asked the same, it answers right: the table is a good one.
    again = {"source": source, "seed": 1, "pool": pool}
    assert any(
        grade_attempt(lesson, lesson.solution, exercise=tag, **again)
        .exercises[0]
        .is_right
        for tag in sorted(by_table)
    )


@pytest.mark.promise("trained-elsewhere")
@pytest.mark.tensorflow
def test_a_network_that_was_trained_elsewhere_has_not_learned_its_labels() -> None:
    lesson = catalog.find("lesson8", ROOT)
    path = ROOT / "tests" / "hostile" / "carries_a_trained_network.py"
    (report,) = grade_attempt(lesson, path, seed=7, exercise="8c").exercises
    assert report.outcome is Outcome.WRONG
    checks = {check.name: check for check in report.checks}
    learns = checks["learns_the_labels_that_it_is_given"]
    assert learns.outcome is Outcome.WRONG
    assert learns.finding is not None
    assert "still gives the true label for 0.9" in learns.finding.sentence


@pytest.mark.promise("trained-elsewhere")
@pytest.mark.slow
def test_a_network_that_was_trained_elsewhere_reads_no_pixels_in_another_order() -> (
    None
):
    lesson = catalog.find("lesson9", ROOT)
    path = ROOT / "tests" / "hostile" / "carries_a_trained_network.py"
    source = below_a_solution(lesson, path)
    (report,) = grade_attempt(
        lesson, path, source=source, seed=7, exercise="9e"
    ).exercises
    checks = {check.name: check.outcome for check in report.checks}
    wrong = [name for name, outcome in checks.items() if outcome is Outcome.WRONG]
    assert wrong == ["reaches_the_target"]
