"""Tests that a learner writes for pytest: which count, and what they may take."""

from __future__ import annotations

import pytest

from grader.course.document import catalog, page_builder
from grader.judge.verdict_cache import code_hash
from grader.report import ExerciseResult, Outcome
from grader.sandbox import WorkerFactory
from tests.support.grading import grade_attempt
from tests.support.toy_lesson import Toy

CHECKS = """
import numpy as np
from grader.checks import lesson, own_tests

LESSON = lesson()

tests = own_tests(
    "test_two", fixture="total", older="check_total", hints=("a", "b", "c"),
    right={"the page's": "add", "one in plain Python": lambda xs: sum(xs)},
    wrong={
        "the largest": lambda xs: max(xs),
        "one more": lambda xs: sum(xs) + 1,
        "the mean": lambda xs: sum(xs) / len(xs),
    },
    enough=3,
    noun=("total", "totals"),
)
"""
TOP = """# %% [markdown]
# # Lesson 1  Toy
# ## 1a  Tests of a total  (100 points)
# %%
def add(xs):
    return sum(xs)


# %% [pytest]
import pytest


@pytest.fixture
def total():
    return add


"""
CELL = """# %% id="1a"
def test_two(total):
    # BEGIN SOLUTION
    assert total([1, 2]) == 3


def test_one(total):
    assert total([4]) == 4
    # END SOLUTION


# %% [show]
print(test_two(add))
"""
OLDER = """def check_total(fn):
    assert fn([1, 2]) == 3
"""
RIGHT = "def test_it(total):\n    assert total([1, 2]) == 3\n"


@pytest.fixture
def lesson(toy: Toy) -> catalog.Lesson:
    toy.checks.write_text(CHECKS)
    found = catalog.find("lesson1", toy.root)
    found.solution.write_text(TOP + CELL)
    found.page.write_text(page_builder.make_page(found.solution))
    return found


def graded(lesson: catalog.Lesson, warm: WorkerFactory, text: str) -> ExerciseResult:
    source = text.encode()
    report = grade_attempt(lesson, lesson.solution, source=source, seed=3, warm=warm)
    assert not report.left_out
    assert not report.unread
    return report.exercises[0]


def of_cell(lesson: catalog.Lesson, warm: WorkerFactory, code: str) -> ExerciseResult:
    return graded(lesson, warm, f'{TOP}# %% id="1a"\n{code}')


def said(result: ExerciseResult) -> str:
    assert result.finding is not None
    mistakes = [one.sentence for one in result.finding.mistakes]
    return " ".join([result.finding.sentence, *mistakes])


def test_a_page_has_one_stub_and_the_solution_passes(
    lesson: catalog.Lesson, warm: WorkerFactory
) -> None:
    page = lesson.page.read_text()
    assert page.count("def test_") == 1
    assert graded(lesson, warm, TOP + CELL).outcome is Outcome.PASSED
    assert graded(lesson, warm, page).outcome is Outcome.NOT_ATTEMPTED


@pytest.mark.parametrize(
    "text",
    [
        f'{TOP}# %% id="1a"\n{OLDER}',
        f'{TOP}# %% id="1a"\n{OLDER}# %%\ndef test_other(total):\n    assert False\n',
        f'{TOP}# %% id="1a"\nx = 1\n# %%\n{RIGHT}',
        f'{TOP}# %% id="1a"\n{RIGHT}# %%\n{OLDER}    assert False\n',
        f'{TOP}# %% id="1a"\n{OLDER}    assert False\n{RIGHT}',
        f'{TOP}# %% id="1a"\n{RIGHT}# %%\ndef test_other(total):\n    assert False\n',
        f'{TOP}# %% id="1a"\n{RIGHT}def test_add():\n    assert False\n',
        f'{TOP}# %% id="1a"\ndef test_it(total, k=2):\n    assert total([1, k]) == 3\n',
        f'{TOP}# %% id="1a"\nimport pytest\ndef test_it(total):\n'
        "    assert total([1, 2]) == pytest.approx(3)\n",
        f'{TOP}# %% id="1a"\ndef test_it(total):\n'
        "    assert total([1, 2]) == pytest.approx(3)\n",
        f'{TOP}# %% id="1a"\ndef test_it(total):\n'
        "    if total([1, 2]) != 3:\n        pytest.fail('no')\n",
        f"{OLDER}",
    ],
)
def test_these_count(lesson: catalog.Lesson, warm: WorkerFactory, text: str) -> None:
    result = graded(lesson, warm, text)
    assert result.outcome is Outcome.PASSED, result.finding


def test_where_a_cell_holds_both_the_tests_count(
    lesson: catalog.Lesson, warm: WorkerFactory
) -> None:
    code = f"{OLDER}\ndef test_it(total):\n    assert total([1, 2]) == 4\n"
    assert "just after it answered 3" in said(of_cell(lesson, warm, code))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def check(total):\n    pass", "Your file has no test in 1a. A test is a"),
        (
            "def test_it(fn):\n    pass",
            "test_it takes fn. pytest gives a test the fixtu",
        ),
        (
            "def test_it(total, k):\n    pass",
            "also takes k. pytest may know what that is",
        ),
        (
            '@pytest.mark.parametrize("k", [1, 2])\ndef test_it(total, k):\n    pass',
            "Write the values of parametrize as a loop in the test.",
        ),
        (
            "def test_it():\n    assert add([1]) == 1",
            "None of your tests takes total, so",
        ),
        (
            "class TestTotal:\n    def test_it(self, total):\n        pass",
            "at the left",
        ),
        ("def test_it(total):\n    pass", "never call the total that they get"),
        ("def test_it(total):\n    return total([1]) == 1", "You return True or False"),
        (
            "def test_it(total):\n    total([1], 2)",
            "total takes xs, in this order. This",
        ),
        (
            "def test_it(total):\n    assert total < 3",
            "You use total itself as a value. It is a function, to be called.",
        ),
        (
            f"{RIGHT}def test_other(total):\n    assert False",
            "Your tests reject a correct total before they call it.",
        ),
        (
            "def test_it(total):\n    with pytest.raises(ValueError):\n        total([1])",
            "Your tests reject a correct total, just after it answered 1",
        ),
        (f"{OLDER[:-1]}1", "Your tests reject a correct total"),  # == 31
        ("def check_total(fn):\n    fn([1], 2)", "fn takes xs, in this order. This"),
    ],
)
def test_what_is_wrong_with_tests_is_told(
    lesson: catalog.Lesson, warm: WorkerFactory, code: str, words: str
) -> None:
    result = of_cell(lesson, warm, f"{code}\n")
    assert not result.outcome.is_right
    assert words in said(result)


def test_another_test_is_judged_anew() -> None:
    first = f"{RIGHT}x = 1\n"
    before = code_hash(first.encode(), ["test_"])
    assert before == code_hash(f"{first}y = 2\n".encode(), ["test_"])
    other = f"{first}def test_more(total):\n    assert total([1]) == 2\n"
    assert before != code_hash(other.encode(), ["test_"])
