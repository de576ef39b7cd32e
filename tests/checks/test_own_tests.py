"""An exercise in which a learner writes the tests: right functions pass, wrong ones not."""

from __future__ import annotations

import textwrap

import numpy as np
import pytest

from grader.authoring.verify.declarations import declaration_problems
from grader.checks import own_tests
from grader.checks.attempt import Callback
from grader.common.errors import BrokenLesson
from grader.course.document import catalog, page_builder
from grader.judge.loading import exercises_of, load_module, place_of_check
from grader.report import ExerciseResult, Outcome
from grader.sandbox import WorkerFactory
from tests.support.declared import declared
from tests.support.grading import grade_attempt
from tests.support.toy_lesson import Toy

CHECKS = """
import numpy as np
from grader.checks import lesson, own_tests

LESSON = lesson()


def slow(a, b):
    return np.array([[sum(x * y for x, y in zip(row, column)) for column in b.T]
                     for row in a])


def needs_rows(a, b):
    if np.ndim(a) != 2 or np.ndim(b) != 2:
        raise ValueError("a and b must be tables")


tests = own_tests(
    "check", hints=("a", "b", "c"),
    right={"one in numpy": "product", "one in loops": slow},
    wrong={
        "the factors are swapped": lambda a, b: b.T @ a.T,
        "always the first row": lambda a, b: np.tile(a[:1] @ b, (len(a), 1)),
        "rounded down": lambda a, b: np.floor(a @ b),
    },
    enough=2,
    noun=("product", "products"),
    refuses=needs_rows,
    exact=\"\"\"
def check(fn):
    assert (fn(np.array([[1.0, 2.0]]), np.array([[1 / 3], [1.0]])) == 2.333333).all()
\"\"\",
    shape_only=\"\"\"
def check(fn):
    assert fn(np.eye(1), np.eye(1)).shape == (1, 1)
\"\"\",
    swapped=\"\"\"
def check(fn):
    a, b = np.array([[1.0, 2], [3, 4]]), np.array([[1.0, 1], [0, 1]])
    assert (fn(b, a) == [[1, 3], [3, 7]]).all()
\"\"\",
    one_sided=\"\"\"
def check(fn):
    a, b = np.array([[1.5, 2], [3, 4]]), np.array([[1.0, 1], [0, 1]])
    assert (fn(a, b) - [[1.5, 3.5], [3, 7]] < 1e-6).all()
\"\"\",
)
"""
PAGE = """# %% [markdown]
# # Lesson 1  Toy
# ## 1a  Tests of a product  (100 points)
# %%
import numpy as np


def product(a, b):
    return a @ b


# %% id="1a"
def check(fn):
    # BEGIN SOLUTION
    a, b = np.array([[1.0, 2, 0.5], [3, 4, 0.5]]), np.array([[1.0], [2], [1]])
    assert np.allclose(fn(a, b), [[5.5], [11.5]])
    # END SOLUTION
"""


@pytest.fixture
def lesson(toy: Toy) -> catalog.Lesson:
    toy.checks.write_text(CHECKS)
    found = catalog.find("lesson1", toy.root)
    found.solution.write_text(PAGE)
    found.page.write_text(page_builder.make_page(found.solution))
    return found


def graded(lesson: catalog.Lesson, warm: WorkerFactory, code: str) -> ExerciseResult:
    source = f"{PAGE}\n{textwrap.dedent(code)}\n".encode()
    report = grade_attempt(lesson, lesson.solution, source=source, seed=3, warm=warm)
    return report.exercises[0]


def said(result: ExerciseResult) -> str:
    assert result.finding is not None
    mistakes = [one.sentence for one in result.finding.mistakes]
    return " ".join([result.finding.sentence, *mistakes])


def test_tests_that_catch_wrong_functions_pass(
    lesson: catalog.Lesson, warm: WorkerFactory
) -> None:
    result = graded(lesson, warm, "")
    assert result.outcome is Outcome.PASSED, result.finding
    assert [check.sentence for check in result.checks] == [
        "Two right products pass your tests: one in numpy, one in loops.",
        "At least two of three wrong products are caught by your tests.",
    ]
    assert result.remarks == ()


def test_arguments_may_be_passed_by_name(
    lesson: catalog.Lesson, warm: WorkerFactory
) -> None:
    code = """
        def check(fn):
            a, b = np.array([[1.0, 2, 0.5], [3, 4, 0.5]]), np.array([[1.0], [2], [1]])
            assert np.allclose(fn(b=b, a=a), [[5.5], [11.5]])
            assert np.allclose(fn(a, b=b), [[5.5], [11.5]])
    """
    result = graded(lesson, warm, code)
    assert result.outcome is Outcome.PASSED, result.finding


def test_the_ones_that_escape_are_named(
    lesson: catalog.Lesson, warm: WorkerFactory
) -> None:
    result = graded(
        lesson,
        warm,
        """
        def check(fn):
            assert fn(np.ones((2, 3)), np.ones((3, 4))).shape == (2, 4)
        """,
    )
    assert result.outcome is Outcome.WRONG
    assert said(result).startswith(
        "Your tests catch 1 of 3 wrong products. "
        "These still pass: always the first row; rounded down."
    )


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "assert fn(np.ones((2, 3)), np.ones((3, 1))).sum() == 7",
            "just after it answered [[3.], [3.]] for a of shape (2, 3) and b of shape "
            "(3, 1). Is that answer wrong?",
        ),
        ("assert False", "reject a correct product before they call it."),
        (
            "assert fn(np.eye(1) / 3, np.eye(1))[0, 0] == 0.333333",
            "Do you compare with ==?",
        ),
        (
            "assert fn(np.eye(1) / 3, np.eye(1))[0, 0] == 0.333",
            "accept it rounded to 3 decimals.",
        ),
        (
            "assert fn(np.eye(1), np.eye(1)).shape == (1, 1)",
            "They reject right answers in a different shape: do they look only at the shape",
        ),
        (
            "assert abs(fn(np.eye(2), np.ones((2, 1))) - 1).max() > 1e-6",
            "accept it with 0.05 added or subtracted. Is a comparison the wrong way",
        ),
        (
            "assert (fn(np.eye(2), np.ones((2, 1))) - 1 < 1e-6).all()",
            "that are 0.05 too large, and accept answers that are 0.05 too small. Does a comparison",
        ),
        (
            "assert (1 - fn(np.eye(2), np.ones((2, 1))) < 1e-6).all()",
            "that are 0.05 too small, and accept answers that are 0.05 too large. Does a comparison",
        ),
        (
            "a, b = np.ones((2, 1)), np.array([[1.0, 5]])\n"
            "    assert (fn(a, b) == [[1, 5], [1, 5]]).all()\n"
            "    assert (fn(b, a) == [[1, 5], [1, 5]]).all()",
            "in this order. If it took b and a, your tests would accept its answer",
        ),
        (
            "a, b = np.ones((2, 3)), np.ones((3, 3))\n"
            "    assert (fn(b, a) == np.full((2, 3), 3)).all()",
            "fn takes a and b, in this order. If it took b and a, your tests would",
        ),
        ("fn(np.eye(2))", "a and b, in this order. This call passes nothing for b."),
        ("fn(1, 2, 3)", "a and b, in this order. This call passes 3 arguments."),
        ("fn(1, c=2)", "a and b, in this order. This call passes c=, which fn doesn't"),
        ("fn(1, a=2)", "a and b, in this order. This call passes a twice."),
        (
            "assert fn - 1",
            "You use fn itself as a value. It is a function, to be called.",
        ),
        (
            "assert product(np.eye(1), np.eye(1)) == 1",
            "Your tests never call the product that they get, so they can't catch a wrong",
        ),
        (
            "raise TypeError('wrong')",
            "a TypeError, which doesn't say that a product is wrong.",
        ),
        ("return True", "You return True or False, but that isn't used."),
        ("assert (fn is None, 'text')", "asserts a tuple: with parentheses"),
        (
            "pass",
            "never call the product that they get, so they can't catch a wrong one.",
        ),
        (
            "fn(np.eye(1), np.eye(1))",
            "Your tests catch none of the three wrong products. Do they assert",
        ),
    ],
)
def test_mistakes_that_tests_of_every_kind_share_are_named(
    lesson: catalog.Lesson, warm: WorkerFactory, code: str, words: str
) -> None:
    result = graded(lesson, warm, f"def check(fn):\n    {code}")
    assert result.outcome is not Outcome.PASSED
    assert words in said(result)


@pytest.mark.parametrize(
    "code",
    [
        # It would also accept other values of the function with swapped arguments.
        "assert fn(np.ones((1, 2)), np.ones((2, 1))).size > 1",
        "assert (fn(np.eye(2), 2 * np.eye(2)) == 1).all()",
        # What is passed by name has no order.
        "assert (fn(a=BA[0], b=BA[1]) == [[1, 3], [3, 7]]).all()",
    ],
)
def test_an_order_of_arguments_is_asked_about_only_if_it_gives_the_value(
    lesson: catalog.Lesson, warm: WorkerFactory, code: str
) -> None:
    pair = "BA = np.array([[1.0, 1], [0, 1]]), np.array([[1.0, 2], [3, 4]])"
    result = graded(lesson, warm, f"{pair}\ndef check(fn):\n    {code}")
    assert result.outcome is Outcome.WRONG
    assert "in this order" not in said(result)


def test_a_wrong_function_is_not_caught_by_refusing_what_a_right_one_refuses(
    lesson: catalog.Lesson, warm: WorkerFactory
) -> None:
    result = graded(
        lesson,
        warm,
        """
        def check(fn):
            try:
                fn(np.ones(3), np.ones((3, 3)))
            except Exception:
                return
            assert fn(np.ones((1, 1)), np.ones((1, 1))) == 1
            assert False, "a right product refuses this"
        """,
    )
    assert "reject a correct product" in said(result)


def test_tests_that_count_their_calls_do_not_pass(
    lesson: catalog.Lesson, warm: WorkerFactory
) -> None:
    result = graded(
        lesson,
        warm,
        """
        calls = []

        def check(fn):
            calls.append(fn)
            fn(np.ones((1, 2)), np.ones((2, 1)))
            assert len(calls) < 3
        """,
    )
    assert result.outcome is Outcome.WRONG


def test_what_an_author_declares_is_in_order_and_its_place_is_the_lessons(
    lesson: catalog.Lesson,
) -> None:
    module = load_module(lesson.checks, "declared_own_tests")
    exercises = exercises_of(module)
    problems = list(declaration_problems(lesson, module, exercises, exercises))
    assert [one for one in problems if "can_do" not in one] == []
    place = place_of_check(exercises[0].checks[0])
    assert place.startswith("lessons/lesson1_toy/checks.py, line ")


@pytest.mark.parametrize(
    ("right", "enough"), [({}, 1), ({"one": len}, 2), ({"one": len}, 0)]
)
def test_it_needs_a_right_function_and_enough_wrong_ones(
    right: dict, enough: int
) -> None:
    with pytest.raises(BrokenLesson, match="check needs a right function"):
        declared(
            "1a",
            "Tests",
            1,
            "check",
            own_tests,
            hints=("a", "b", "c"),
            right=right,
            wrong={"wrong": min},
            enough=enough,
        )


def test_arguments_that_do_not_broadcast_reach_the_judges_function() -> None:
    product = Callback(lambda a, b: a @ b, "product", max_size=1_000)
    assert product(np.ones((3, 4)), np.ones((4, 2))).shape == (3, 2)
    assert product([[1.0, 2.0]], np.ones((2, 3))).tolist() == [[3, 3, 3]]


@pytest.mark.parametrize(
    "values",
    [
        (np.ones((40, 1)), np.ones((1, 40))),
        (np.ones((40, 2)), np.ones((2, 40))),
        ([[1.0]] * 40, np.ones((1, 40))),
    ],
)
def test_what_could_make_a_large_array_is_refused(values: tuple) -> None:
    product = Callback(np.matmul, "product", max_size=1_000)
    with pytest.raises(ValueError, match="too large for this function"):
        product(*values)
