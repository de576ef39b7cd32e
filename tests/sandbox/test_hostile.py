"""Every hostile or broken attempt gets the outcome that its own docstring says.

They run one after another in one session, from the same warm processes, and after each
of them a right attempt still scores 100.
"""

import io
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from grader import judge
from grader.cli.render import grading
from grader.cli.render.screen import Screen
from grader.course.document import catalog
from grader.report import Outcome, Report
from grader.report.view import NextCommands
from grader.sandbox import WorkerFactory, WorkerPool
from tests.support import hostile
from tests.support.grading import below_a_solution, cpu_limit, grade_attempt, idle_limit
from tests.support.processor_time import processor_time_s
from tests.support.project import ROOT
from tools.fuzz import gradings as fuzz_gradings
from tools.promises import read_promises

LONGEST_S = 30.0  # of processor time

pytestmark = pytest.mark.hostile


@dataclass(frozen=True)
class Expected:
    lesson: str
    score: int
    cpu_s: float | None  # of a call, where it is less than the lesson allows
    idle_s: float | None  # that a call may wait, where it is less than usual
    is_slow: bool  # takes more than ten seconds all the same
    every: frozenset[str]  # outcomes allowed for every exercise
    each: dict[str, frozenset[str]]  # outcomes allowed by exercise


def expected(path: Path) -> Expected:
    """What the head of a hostile attempt says it must get."""
    head = path.read_bytes()[:1000].decode("latin-1").split('"""')[1]
    words = dict(re.findall(r"^[# ]*([\w ]+?): (.+?)\r?$", head, re.MULTILINE))
    lesson, score = words.pop("lesson"), int(words.pop("score"))
    words.pop("promise", None)
    words.pop("common", None)
    cpu_s, idle_s = (
        float(words.pop(f"{kind} seconds of a call", 0)) or None
        for kind in ("CPU", "idle")
    )
    is_slow = words.pop("slow", "no") == "yes"
    outcomes = {name: frozenset(text.split(", ")) for name, text in words.items()}
    every = outcomes.pop("every exercise", frozenset())
    return Expected(lesson, score, cpu_s, idle_s, is_slow, every, outcomes)


def attempts() -> Iterator[object]:
    """Each hostile attempt; those of lessons 7 and 8 need TensorFlow."""
    for path in hostile.attempts():
        want = expected(path)
        is_with_keras = want.lesson in ("lesson7", "lesson8")
        marks = [pytest.mark.tensorflow] * is_with_keras
        marks += [pytest.mark.slow] * want.is_slow
        if names := read_promises(path):
            name = path.relative_to(ROOT).as_posix()
            marks.append(pytest.mark.promise(*names, checked_by=name))
        yield pytest.param(path, id=path.stem, marks=marks)


class WarmProcesses:
    """Warm processes for as long as the module's tests run, one for each set of needs."""

    def __init__(self, uses_bubblewrap: bool) -> None:
        self._uses_bubblewrap = uses_bubblewrap
        self._warm: dict[judge.WorkerRequirements, WorkerFactory] = {}

    def warmed(self, name: str) -> WorkerFactory:
        """The warm process for a lesson, started when it is first asked for."""
        needs = judge.requirements_of(catalog.find(name, ROOT))
        if needs not in self._warm:
            self._warm[needs] = WorkerFactory(
                *needs, uses_bubblewrap=self._uses_bubblewrap
            )
        return self._warm[needs]

    def grade(self, name: str, path: Path, exercise: str | None = None) -> Report:
        """Grade a file; one of lesson 9 has the right functions that come before it."""
        lesson, warm = catalog.find(name, ROOT), self.warmed(name)
        is_below = name == "lesson9"
        source = (
            below_a_solution(lesson, path) if is_below else hostile.read_attempt(path)
        )
        return grade_attempt(
            lesson, path, source=source, seed=7, exercise=exercise, warm=warm
        )

    def close(self) -> None:
        for warm in self._warm.values():
            warm.close()


@pytest.fixture(scope="module")
def processes(request: pytest.FixtureRequest) -> Iterator[WarmProcesses]:
    made = WarmProcesses(not request.config.getoption("--without-bubblewrap"))
    yield made
    made.close()


@pytest.fixture
def share_pool_with_fuzz(monkeypatch: pytest.MonkeyPatch, pool: WorkerPool) -> None:
    """Use the tests' pool where a new one would import the libraries again."""
    monkeypatch.setattr(fuzz_gradings, "WorkerPool", lambda: pool)


def drawn(report: Report) -> str:
    console = Console(file=io.StringIO(), width=80, markup=False, highlight=False)
    ways = NextCommands(f"grade {report.lesson}", report.lesson, "")
    grading.draw(report, Screen(console=console), ways)
    return console.file.getvalue()


def own_processes() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


def left_files() -> set[str]:
    places = ("/tmp", "/var/tmp", "/dev/shm", "/", str(Path.home().parent))
    return {
        f"{place}/left_by_an_attempt"
        for place in places
        if Path(place, "left_by_an_attempt").exists()
    }


@pytest.mark.parametrize("path", tuple(attempts()))
def test_gets_its_outcome_and_harms_nothing(
    path: Path, processes: WarmProcesses
) -> None:
    want = expected(path)
    only = (
        next(iter(want.each))
        if len(want.each) == 1 and want.lesson != "lesson3"
        else None
    )
    for name in ("lesson3", want.lesson):  # their processes are there from now on
        assert processes.warmed(name).isolation
    before = own_processes()
    began_s = processor_time_s()

    with cpu_limit(want.cpu_s), idle_limit(want.idle_s):
        report = processes.grade(want.lesson, path, only)

    shown = drawn(report)
    assert processor_time_s() - began_s < LONGEST_S
    assert "\x1b" not in shown
    assert len(shown) < 1_000_000
    assert f"{want.score} of {report.points}" in shown
    assert report.score == want.score, [(e.tag, e.outcome) for e in report.exercises]
    outcomes = {exercise.tag: exercise.outcome for exercise in report.exercises}
    if want.every:
        assert set(outcomes.values()) <= want.every, report.problem
    for tag, allowed in want.each.items():
        assert outcomes[tag] in allowed, report.exercises
    assert Outcome.BROKEN not in outcomes.values()
    assert len(report.output) < 1_000_000
    assert own_processes() <= before, "a process is left"
    assert left_files() == set()

    after = processes.grade("lesson3", catalog.find("lesson3", ROOT).solution)
    assert after.score == 100, [(e.tag, e.outcome, e.finding) for e in after.exercises]


def test_there_are_enough_of_them() -> None:
    assert len(hostile.attempts()) >= 60


@pytest.mark.usefixtures("share_pool_with_fuzz")
def test_odd_answers_break_nothing_and_earn_nothing() -> None:
    tally = fuzz_gradings.tried(40, names=("lesson1", "lesson3", "lesson5", "lesson10"))
    assert tally.faults == []
    assert tally.outcomes.total() == 40


@pytest.mark.usefixtures("share_pool_with_fuzz")
@pytest.mark.parametrize(
    "odd",
    [
        "[0] * 999_990",
        "[[0.5] * 999] * 999",
        "[0.5] * 300_000",
        "['x', None] * 150_000",
    ],
)
def test_a_long_answer_takes_the_judge_seconds_at_most(odd: str) -> None:
    fuzz = fuzz_gradings.GradingFuzz(["lesson1"])
    case = fuzz_gradings.Case(
        9, "lesson1", "1f", "majority_baseline", odd, may_pass=False, at=None
    )
    began_s = time.thread_time()
    try:
        report = fuzz.grade(case, whole=False)
    finally:
        fuzz.close()
    assert time.thread_time() - began_s < 6
    assert report.exercises[0].outcome in (Outcome.WRONG, Outcome.RAISED)


@pytest.mark.usefixtures("share_pool_with_fuzz")
def test_an_odd_answer_that_passes_is_found() -> None:
    fuzz, tally = fuzz_gradings.GradingFuzz(["lesson3"]), fuzz_gradings.FuzzTally()
    try:
        case = fuzz_gradings.Case(
            0, "lesson3", "3b", "softmax_row", "right", False, None
        )
        tally.add(case, fuzz.grade(case, whole=False), 31.0)
    finally:
        fuzz.close()
    assert [fault.split(",")[0] for fault in tally.faults] == ["passed", "31 s"]


def test_a_file_of_50_mb_is_refused_before_it_is_read(tmp_path: Path) -> None:
    big = tmp_path / "lesson3_cross_entropy.py"
    big.write_bytes(b"#" * 50_000_000)
    with pytest.raises(judge.Misuse, match="larger than 2 MB"):
        grade_attempt(catalog.find("lesson3", ROOT), big)
