"""A right exercise that calls a wrong one is told so, and where the fault is."""

import ast
from pathlib import Path

import pytest

from grader.checks.attempt import Answer, Stopped
from grader.course.document import catalog
from grader.judge.root_causes import ask_about_other_function, find_used_exercises
from grader.report import Finding, Outcome
from grader.sandbox import Raised
from tests.support.declared import declared
from tests.support.dependent_exercises import graded_four
from tests.support.grading import grade_attempt
from tests.support.project import ROOT


def graded(warm, lesson, source, only=None):
    found = catalog.find(lesson, ROOT)
    text = found.solution.read_text() + source
    report = grade_attempt(
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


def test_a_mistake_that_only_a_later_exercise_shows_is_told_there(toy, warm):
    report = graded_four(toy, warm, "return 2 * x if x < 1000 else 0")
    first, second = report.exercises
    assert first.outcome is Outcome.PASSED
    assert (second.outcome, second.earned) == (Outcome.WRONG, 0)
    assert second.finding.causes == ("1a",)
    assert second.finding.sentence.endswith(
        "That comes from double, exercise 1a: with the lesson's own version instead, "
        "every check here passes."
    )
    assert second.judged_with == ()


def test_a_named_mistake_is_said_with_the_function_that_it_comes_from(toy, warm):
    toy.checks.write_text(
        toy.checks.read_text()
        + '\n@same.wrong_answer("You return 0.")\ndef nothing(x):\n    return 0\n'
    )
    _, second = graded_four(toy, warm, "return 2 * x if x < 1000 else 0").exercises
    (mistake,) = second.finding.mistakes
    assert mistake.sentence == "Perhaps in double, exercise 1a: You return 0."
    assert second.finding.causes == ("1a",)
    # The same answers, and none of them because of double.
    mine = toy.root / "mine.py"
    mine.write_text("def double(x):\n    return 2 * x\n\ndef four(x):\n    return 0\n")
    report = grade_attempt(catalog.find("lesson1", toy.root), mine, seed=3, warm=warm)
    _, second = report.exercises
    (mistake,) = second.finding.mistakes
    assert (mistake.sentence, second.finding.causes) == ("You return 0.", ())


def test_what_does_not_call_the_wrong_one_is_not_blamed_on_it(warm):
    own = "\ndef cross_entropy(y, p):\n    return -np.log(p[np.arange(len(p)), y.argmax(1)]).mean()\n"
    found = graded(warm, "lesson3", LOOKUP + own)
    assert "comes from" not in found["3e"].finding.sentence
    assert found["3e"].judged_with == ()


def test_a_value_of_another_exercise_is_nobody_s_cause(toy, warm):
    toy.change_checks('exercise("double"', 'exercise("TWO"')
    toy.checks.write_text(
        toy.checks.read_text().replace(
            'same = exercise("TWO"', 'same = exercise("double"'
        )
    )
    toy.checks.parents[2].joinpath("solutions", "lesson1_toy.py").write_text(
        toy.checks.parent.joinpath("lesson.py").read_text() + "TWO = 2\n"
    )
    mine = toy.root / "mine.py"
    mine.write_text("TWO = 3\ndef double(x):\n    return TWO * x\n")
    report = grade_attempt(catalog.find("lesson1", toy.root), mine, seed=3, warm=warm)
    assert "comes from" not in report.exercises[1].finding.sentence


@pytest.mark.parametrize(("more", "is_looked_for"), [("", True), ("cpu_s=60", False)])
def test_an_exercise_that_takes_long_is_not_run_again(toy, warm, more, is_looked_for):
    report = graded_four(toy, warm, "return 2 * x if x < 1000 else 0", more=more)
    found = report.exercises[1].finding.sentence
    assert ("comes from double, exercise 1a" in found) is is_looked_for


def test_exercises_are_used_through_helpers():
    def made(name):
        return declared(f"9{name}", name, 5, name, hints=("a", "b", "c"))

    every = [made(name) for name in "abcde"]
    tree = ast.parse(
        "def d(x):\n    return b(x) + helper(x)\n"
        "def helper(x):\n    return c(x) + other(x)\n"
        "def other(x):\n    return helper(x) + a(x) + other(x)\n"
    )
    assert find_used_exercises(every[3], every, tree) == every[:3]


@pytest.mark.parametrize(
    "body",
    [
        "ls = [b(x) for x in xs]\n    return sum(b for b in ls)",
        "return b(x) + (lambda b: b)(1)",
        "def inner(b):\n        return b\n    return inner(b(xs))",
        "class A:\n        b = 1\n        def m(self):\n            return b(2)\n    return A().m()",
    ],
)
def test_an_exercise_is_used_where_its_name_is_bound_only_further_inside(body):
    a, b = (declared(f"9{name}", name, 5, name, hints=("a", "b", "c")) for name in "ab")
    tree = ast.parse(f"def b(x):\n    return x\ndef a(xs):\n    {body}\n")
    assert find_used_exercises(a, (a, b), tree) == [b]


@pytest.mark.parametrize(
    "body", ["b = 1\n    return b", "return [b for b in xs]", "return (lambda b: b)(1)"]
)
def test_a_name_that_a_function_binds_itself_is_no_other_exercise(body):
    a, b = (declared(f"9{name}", name, 5, name, hints=("a", "b", "c")) for name in "ab")
    tree = ast.parse(f"def b(x):\n    return x\ndef a(xs):\n    {body}\n")
    assert find_used_exercises(a, (a, b), tree) == []


def test_an_exception_in_a_right_exercise_is_told_as_a_question(toy, warm):
    """The whole function stands in one line, the one that raises."""
    toy.change_checks('same = exercise("double"', 'same = exercise("four"')
    toy.change_page("double: object", "four: object")
    toy.change_checks("attempt.double(3)).equals(6)", "attempt.four(3)).equals(12)")
    mine = toy.root / "mine.py"
    mine.write_text(
        "def four(x):\n    return double(str(x))\n\n"
        "def double(x): return x + x if type(x) is int else x / 0\n"
    )
    report = grade_attempt(catalog.find("lesson1", toy.root), mine, seed=3, warm=warm)
    first, second = report.exercises
    assert first.outcome is Outcome.PASSED
    assert second.finding.sentence == (
        "TypeError: unsupported operand type(s) for /: 'str' and 'int'. That came up "
        "in double, exercise 1a. Does double take what four passes to it here?"
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
