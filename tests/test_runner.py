"""What checks are handed, and that running them needs no test framework."""

import subprocess
import sys

import pytest

from grader import catalog, judge
from grader.errors import BrokenLesson
from grader.report import Outcome
from grader.sandbox import Warm

FIXTURES = """
from grader.checks import fixture
made = []

@fixture
def once(attempt, rng):
    made.append(1)
    return attempt.double(3), int(rng.integers(1000))

@same.check
def first(once):
    "once is made."
    expect(once[0]).equals(6)

@same.check
def again(once, remark):
    "once is made once."
    remark(f"made {len(made)} times, drew {once[1]}")
"""


@pytest.fixture(scope="module")
def warm():
    with Warm() as made:
        yield made


def graded(toy, warm, checks="", source="def double(x):\n    return 2 * x\n", **words):
    toy.checks.write_text(toy.checks.read_text() + checks)
    attempt = toy.root / "mine.py"
    attempt.write_text(source)
    lesson = catalog.find("lesson1", toy.root)
    return judge.grade(lesson, attempt, warm=warm, **({"seed": 3} | words))


def test_a_fixture_is_made_once_a_grading_and_draws_the_same_alone(toy, warm):
    whole = graded(toy, warm, FIXTURES).exercises[1]
    assert whole.outcome is Outcome.PASSED
    assert whole.remarks[0].startswith("made 1 times")
    assert graded(toy, warm, exercise="1b").exercises[0].remarks == whole.remarks


def test_every_check_ends_as_the_fixture_it_asks_for(toy, warm):
    stops = "def double(x):\n    return 1 / 0 if x == 3 else 2 * x\n"
    report = graded(toy, warm, FIXTURES, stops)
    found = [check.finding for check in report.exercises[1].checks]
    assert {check.outcome for check in report.exercises[1].checks} == {Outcome.RAISED}
    assert {finding.sentence.partition(":")[0] for finding in found} == {
        "ZeroDivisionError"
    }


@pytest.mark.parametrize(
    ("checks", "sentence"),
    [
        (
            "@same.check\ndef x(nobody):\n    'It asks.'\n",
            "a check asks for nobody; it may ask for attempt, ",
        ),
        (
            "from grader.checks import fixture\n@fixture\ndef a(b): ...\n@fixture\ndef b(a): ...\n"
            "@same.check\ndef x(a):\n    'It asks.'\n",
            "the fixture a asks for itself",
        ),
    ],
)
def test_what_cannot_be_handed_is_the_lessons_fault(toy, warm, checks, sentence):
    result = graded(toy, warm, checks).exercises[1]
    assert result.outcome is Outcome.BROKEN
    assert sentence in result.finding.sentence


def test_a_fixture_that_yields_is_refused_with_its_line(toy, warm):
    yields = "from grader.checks import fixture\n@fixture\ndef x():\n    yield 1\n"
    with pytest.raises(BrokenLesson, match=r"line \d+: the fixture x yields"):
        graded(toy, warm, yields)


def test_an_argument_with_a_default_is_not_asked_for(toy, warm):
    checks = "@same.check\ndef x(attempt, y=2):\n    'It asks.'\n    assert y == 2\n"
    assert graded(toy, warm, checks).has_passed


def test_a_check_draws_the_same_when_it_is_run_alone(toy, warm):
    wrong = "def double(x):\n    return x + 1\n"
    whole = graded(toy, warm, source=wrong).exercises[0].checks[0].finding
    alone = (
        graded(toy, warm, source=wrong, exercise="1a").exercises[0].checks[0].finding
    )
    other = graded(toy, warm, source=wrong, seed=4).exercises[0].checks[0].finding
    assert whole == alone
    assert whole != other


def test_a_grading_needs_no_pytest(toy):
    code = (
        "import sys; sys.modules['pytest'] = None\n"
        "from pathlib import Path\nfrom grader import catalog, judge\n"
        "lesson = catalog.find('lesson1', Path.cwd())\n"
        "assert judge.grade(lesson, lesson.solution).has_passed\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=toy.root, check=True, timeout=60)


FAILS = "\n@same.check\ndef fails(attempt):\n    'It fails.'\n    attempt.double(3)\n    1 / 0\n"
ASKS = "\n@same.check\ndef asks(attempt):\n    'It asks.'\n    expect(attempt.double(5)).equals(10)\n"
LIST = "\n@same.check\ndef of_a_list(attempt):\n    'A list is doubled.'\n    expect(attempt.double([1])).equals([1, 1])\n"


def test_what_the_learner_did_counts_before_a_fault_of_ours(toy, warm):
    """`double` is right for 3 and wrong for 5; between the two a check breaks."""
    source = "def double(x):\n    return x * 2 if x != 5 else 0\n"
    result = graded(toy, warm, FAILS + ASKS, source, exercise="1b").exercises[0]
    outcomes = [check.outcome for check in result.checks]
    assert outcomes == [Outcome.PASSED, Outcome.BROKEN, Outcome.WRONG]
    assert (result.outcome, result.finding.got) == (Outcome.WRONG, "0")


def test_a_fault_of_ours_alone_costs_no_points(toy, warm):
    report = graded(toy, warm, FAILS)
    assert report.exercises[1].outcome is Outcome.BROKEN
    assert (report.score, report.points) == (60, 60)


def test_a_wrong_value_counts_before_a_change_that_was_seen_earlier(toy, warm):
    source = "def double(x):\n    if x == 5: return 0\n    r = x * 2\n    if x == [1]: x[0] = 2\n    return r\n"
    result = graded(toy, warm, LIST + ASKS, source, exercise="1b").exercises[0]
    assert (
        result.checks[1].finding.sentence == "double changed its argument x in place."
    )
    assert result.finding.got == "0"
    right = source.replace("return 0", "return 10")
    result = graded(toy, warm, "", right, exercise="1b").exercises[0]
    assert (result.outcome, result.finding.sentence[:14]) == (
        Outcome.WRONG,
        "double changed",
    )


@pytest.mark.parametrize(
    "name", ["load", "close", "ask", "tag", "answers", "worker", "read", "record"]
)
def test_a_function_may_be_called_what_the_judge_calls_its_own(toy, warm, name):
    toy.change_checks("attempt.double", f"attempt.{name}")
    mine = f"def {name}(x):\n    return 2 * x\n"
    assert graded(toy, warm, source=mine).has_passed
