"""A right exercise that calls a wrong one is told so, and where the fault is."""

import ast
from pathlib import Path

import pytest

from grader import judge
from grader.attempt import Answer, Stopped
from grader.checks import Exercise
from grader.document import catalog
from grader.judge.root_causes import ask_about_other_function, find_suspects
from grader.report import Finding, Outcome
from grader.sandbox import Raised

ROOT = Path(__file__).parent.parent


def graded(warm, lesson, source, only=None):
    found = catalog.find(lesson, ROOT)
    text = found.solution.read_text() + source
    report = judge.grade(
        found,
        Path("mine.py"),
        source=text.encode(),
        seed=3,
        exercise=only,
        warm=warm,
    )
    return {exercise.tag: exercise for exercise in report.exercises}


LOOKUP = """
def losses(y, p):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -np.log(p[np.arange(len(p)), np.argmax(y, axis=1)])
"""
TESTS = """
def softmax(z):
    return np.exp(z) / np.exp(z).sum(axis=0)

def some_p():
    return softmax(PAPER_Z)

def check_loss(fn):
    y, p = PAPER_Y, some_p()
    want = -(y * np.log(p)).sum(axis=1).mean()
    assert abs(fn(y, p) - want) < 1e-9
    assert abs(fn(y, p) - 1.184675) < 1e-6, "the paper batch"
    wide = np.array([[0.2, 0.5, 0.1, 0.2]])
    soft = np.array([[0.7, 0.2, 0.1, 0.0]])
    assert abs(fn(soft, wide) + (soft * np.log(wide)).sum()) < 1e-9
    assert abs(fn(np.eye(2), np.array([[0.0, 1], [0.5, 0.5]])) - 8.405622) < 1e-5
    assert abs(fn(np.eye(2), np.eye(2))) < 1e-6
"""


def test_a_lookup_in_3d_that_3e_is_built_on_is_the_place(warm):
    found = graded(warm, "lesson3", LOOKUP)
    assert found["3e"].outcome is Outcome.WRONG
    assert found["3e"].finding.sentence.endswith(
        "That comes from losses, exercise 3d: with the lesson's own instead of it, "
        "every check here passes."
    )


MEAN = """
def losses(y, p):
    return -(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).mean(axis=1)
"""


def test_a_mistake_in_3d_is_named_there_and_not_in_what_is_built_on_it(warm):
    found = graded(warm, "lesson3", MEAN)
    assert found["3d"].finding.mistakes
    assert "That comes from losses, exercise 3d" in found["3e"].finding.sentence
    assert found["3e"].finding.causes == ("3d",)
    assert found["3d"].finding.causes == ()
    assert found["3e"].finding.mistakes == ()


def test_it_is_said_when_the_exercise_is_graded_alone(warm):
    found = graded(warm, "lesson3", LOOKUP, only="3e")
    assert "That comes from losses, exercise 3d" in found["3e"].finding.sentence


def test_a_wrong_softmax_makes_right_tests_wrong_and_is_the_place(warm):
    assert graded(warm, "lesson3", TESTS.partition("def some_p")[2].join(["def some_p", ""]), only="3f")["3f"].outcome is Outcome.PASSED  # fmt: skip
    found = graded(warm, "lesson3", TESTS)
    assert found["3c"].outcome is not Outcome.PASSED
    assert found["3f"].outcome is not Outcome.PASSED
    assert "That comes from softmax, exercise 3c" in found["3f"].finding.sentence
    assert found["3f"].finding.mistakes == ()


def test_two_wrong_exercises_are_not_blamed_on_one(warm):
    wrong = LOOKUP + "\ndef cross_entropy(y, p):\n    return 2 * losses(y, p).mean()\n"
    found = graded(warm, "lesson3", wrong)
    assert found["3e"].outcome is Outcome.WRONG
    assert "comes from" not in found["3e"].finding.sentence


def test_what_does_not_call_the_wrong_one_is_not_blamed_on_it(warm):
    own = "\ndef cross_entropy(y, p):\n    return -np.log(p[np.arange(len(p)), y.argmax(1)]).mean()\n"
    found = graded(warm, "lesson3", LOOKUP + own)
    assert "comes from" not in found["3e"].finding.sentence


def test_the_worker_is_given_answers_and_no_function_of_the_solution(warm):
    """What stands in the place of `losses` has no code that an attempt could read."""
    look = """
def cross_entropy(y, p):
    found = sorted(n for n in dir(losses) if n in ("__code__", "__globals__", "__closure__"))
    if found != ["__code__", "__globals__", "__closure__"] and not hasattr(losses, "__code__"):
        return float(losses(y, p).mean()) if np.shape(y) == np.shape(p) and len(p) else no()
    return 0.0

def no():
    raise ValueError("one row of y for each row of p")
"""
    found = graded(warm, "lesson3", LOOKUP + look)
    assert "That comes from losses" in found["3e"].finding.sentence


def test_a_value_of_another_exercise_is_nobody_s_cause(toy, warm):
    toy.change_checks('writes="double"', 'writes="TWO"')
    toy.checks.write_text(
        toy.checks.read_text().replace(
            '"Again", points=40, writes="TWO"', '"Again", points=40, writes="double"'
        )
    )
    toy.checks.parents[2].joinpath("solutions", "lesson1_toy.py").write_text(
        toy.checks.parent.joinpath("lesson.py").read_text() + "TWO = 2\n"
    )
    mine = toy.root / "mine.py"
    mine.write_text("TWO = 3\ndef double(x):\n    return TWO * x\n")
    report = judge.grade(catalog.find("lesson1", toy.root), mine, seed=3, warm=warm)
    assert "comes from" not in report.exercises[1].finding.sentence


@pytest.mark.parametrize(("more", "is_looked_for"), [("", True), ("cpu_s=60", False)])
def test_an_exercise_that_takes_long_is_not_run_again(toy, warm, more, is_looked_for):
    toy.change_checks('writes="double", hints=("a", "b", "c"))\n\n@same', f'writes="four", hints=("a", "b", "c"), {more})\n\n@same')  # fmt: skip
    toy.change_checks("attempt.double(3)).equals(6)", "attempt.four(3)).equals(12)")
    solved = toy.root / "solutions" / "lesson1_toy.py"
    solved.write_text(solved.read_text() + "def four(x):\n    return 4 * x\n")
    mine = toy.root / "mine.py"
    mine.write_text(
        "def double(x):\n    return x\n\ndef four(x):\n    return double(double(x))\n"
    )
    report = judge.grade(catalog.find("lesson1", toy.root), mine, seed=3, warm=warm)
    found = report.exercises[1].finding.sentence
    assert ("comes from double, exercise 1a" in found) is is_looked_for


def test_those_that_failed_are_suspected_first_and_together():
    def made(name):
        return Exercise(f"9{name}", name, points=5, writes=name, hints=("a", "b", "c"))

    every = [made(name) for name in "abcd"]
    tree = ast.parse(
        "def d(x):\n    return b(x) + helper(x)\n"
        "def helper(x):\n    return c(x) + other(x)\n"
        "def other(x):\n    return helper(x) + a(x) + other(x)\n"
    )
    names = [
        [
            [part.writes for part in parts]
            for parts in find_suspects(every[3], every, failed, tree)
        ]
        for failed in ({"9b", "9d"}, {"9a", "9c"}, set())
    ]
    assert names == [
        [["b"], ["a"], ["c"]],
        [["a", "c"], ["a"], ["b"], ["c"]],
        [["a"], ["b"], ["c"]],
    ]


def test_an_exception_in_a_right_exercise_is_told_as_a_question(toy, warm):
    """The whole function stands in one line, the one that raises."""
    toy.change_checks(
        '"Again", points=40, writes="double"', '"Again", points=40, writes="four"'
    )
    toy.change_checks("attempt.double(3)).equals(6)", "attempt.four(3)).equals(12)")
    mine = toy.root / "mine.py"
    mine.write_text(
        "def four(x):\n    return double(str(x))\n\n"
        "def double(x): return x + x if type(x) is int else x / 0\n"
    )
    report = judge.grade(catalog.find("lesson1", toy.root), mine, seed=3, warm=warm)
    first, second = report.exercises
    assert first.outcome is Outcome.PASSED
    assert second.finding.sentence == (
        "TypeError: unsupported operand type(s) for /: 'str' and 'int'. That came up "
        "in double, exercise 1a. Does double take what four hands it here?"
    )
    assert (second.finding.line, second.finding.source) == (2, "return double(str(x))")


def test_a_file_that_cannot_be_looked_into_is_asked_nothing_about():
    class Closed:
        @property
        def tree(self):
            raise Stopped(Outcome.RAISED, Finding("Nobody can look into it."))

    raised = Raised("KeyError", ("KeyError",), "'x'", line=3)
    finding, answer = Finding("KeyError: 'x'"), Answer("loss", raised=raised)
    assert ask_about_other_function(finding, answer, (), Closed()) is finding
