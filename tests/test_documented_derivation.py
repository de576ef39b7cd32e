"""The lessons that docs/authors.md shows are good ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.authoring.verify import Verification, verify
from grader.document import catalog, page_builder
from grader.errors import BrokenLesson

PAGE = Path(__file__).parent.parent / "docs" / "authors.md"
LESSON = """
from grader.checks import lesson

LESSON = lesson(
    imports=("sympy",),
    can_do=(
        "work out the slope of a square",
        "write down the way to it line by line",
        "say what a derivative by p leaves of y",
    ),
)
NUMBERS, QUOTED = {}, {}

"""
AROUND = """# %% [markdown]
# # Lesson 11  Two derivations
# 8 minutes. Needs: nothing.
#
# At the end you have a slope.

# %% [markdown]
# ## Three questions first
# 1. What? 2. What? 3. What?

{cells}
# %% [markdown]
# ## Answers to the questions
# 1. That. 2. That. 3. That.
"""

RUN = """
# %%
if __name__ == "__main__":
    print(mean([1.0]))

"""


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course of the documented lesson alone."""
    page = PAGE.read_text(encoding="utf-8").partition("## A derivation\n")[2]
    checks, cells, *_ = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    for path, text in (
        ("lessons/lesson11_two/checks.py", LESSON + checks),
        ("solutions/lesson11_two.py", AROUND.format(cells=cells)),
    ):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    page_builder.write_pages(tmp_path)
    return tmp_path


def test_the_documented_lesson_keeps_its_promises(course: Path) -> None:
    found = verify(catalog.find("11", course))
    assert found.problems == []
    assert (found.exercises, found.checks, found.mistakes_named) == (2, 4, 4)


def change_checks(course: Path, old: str, new: str) -> None:
    checks = course / "lessons" / "lesson11_two" / "checks.py"
    text = checks.read_text(encoding="utf-8")
    assert old in text
    checks.write_text(text.replace(old, new), encoding="utf-8")


def test_what_is_given_and_differs_from_the_page_is_one_problem(course: Path) -> None:
    change_checks(course, "sp.Derivative(e, v)", "sp.diff(e, v)")
    (problem,) = verify(catalog.find("11", course)).problems
    assert problem.startswith("11b: the solution is wrong with seed ")
    assert "(The lesson defines d; leave it as it is. " in problem


@pytest.mark.parametrize(
    "source", ["exp = sp.exp", "exp = lambda e: e", "def exp(): 0"]
)
def test_a_function_among_the_symbols_is_an_error(course: Path, source: str) -> None:
    given = f'(e, v)"}}, symbols={{"exp": "{source}"}})'
    change_checks(course, '(e, v)"})', given)
    said = (
        r"checks.py, line \d+: ValueError: exp is a function: declare it in functions"
    )
    with pytest.raises(BrokenLesson, match=said):
        verify(catalog.find("11", course))


def test_a_name_that_no_judgement_has_is_told(course: Path) -> None:
    checks = course / "lessons" / "lesson11_two" / "checks.py"
    text = checks.read_text(encoding="utf-8")
    checks.write_text(text.replace('"sign",', '"signed",'), encoding="utf-8")
    (problem,) = verify(catalog.find("11", course)).problems
    assert problem.startswith("11a.sign: its sentence isn't shown; 'Your answer has ")
    assert problem.endswith("' is, which has its name")


def test_the_names_that_a_judgement_has_are_listed(course: Path) -> None:
    checks = course / "lessons" / "lesson11_two" / "checks.py"
    text = checks.read_text(encoding="utf-8")
    text = text.replace('"jump": ("too big a jump",', '"jump": ("jump",')
    checks.write_text(text, encoding="utf-8")
    (problem,) = verify(catalog.find("11", course)).problems
    assert problem.startswith("11b.jump: not named; no mistake is named instead (")
    assert "Its example is judged as " in problem
    assert "'too big a jump'" in problem


def test_the_smallest_exercise_of_the_page_is_good(tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8").partition("## The smallest exercise\n")[2]
    cells, checks, *_ = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    facts = LESSON.replace('imports=("sympy",)', "imports=()")
    for path, text in (
        ("lessons/lesson11_means/exercises/__init__.py", facts),
        ("lessons/lesson11_means/exercises/a_mean.py", checks),
        ("solutions/lesson11_means.py", AROUND.format(cells=cells + RUN)),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    page_builder.write_pages(tmp_path)
    found = verify(catalog.find("11", tmp_path))
    assert found.problems == []
    assert (found.exercises, found.checks, found.mistakes_named) == (1, 2, 1)


GIVEN = """
from grader.checks import exercise, expect

other = exercise(
    "11a", "A mean", points=80, writes="mean", hints=("Add.", "Divide.", "by len")
)


@other.check
def of_two(attempt):
    '''The mean of 1 and 4 is 2.5.'''
    expect(attempt.mean([1.0, 4.0])).close_to(2.5)


@other.check
def of_one(attempt):
    '''The mean of one number is the number.'''
    expect(attempt.mean([2.0])).close_to(2.0)


@other.wrong_answer("That is the sum.")
def summed(numbers):
    return sum(numbers)
"""
MEAN = """# %% [markdown]
# ## 11a  A mean                       (80 points, about 3 minutes)


# %% id="11a"
def mean(numbers):
    # BEGIN SOLUTION
    return sum(numbers) / len(numbers)
    # END SOLUTION


"""


def verified(root: Path, name: str, cells: str, **checks: str) -> Verification:
    """What `dev.verify` says of a lesson with these cells and files of checks."""
    number = int(name.removeprefix("lesson").partition("_")[0])
    text = AROUND.replace("Lesson 11", f"Lesson {number}").format(cells=cells)
    facts = {"__init__": LESSON.replace("sympy", "numpy")}
    for path, content in (
        (f"solutions/{name}.py", text),
        *((f"lessons/{name}/exercises/{n}.py", c) for n, c in (facts | checks).items()),
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content, encoding="utf-8")
    page_builder.write_pages(root)
    return verify(catalog.find(str(number), root))


def blocks_of(heading: str) -> list[str]:
    """The blocks of Python below a heading of the page."""
    page = PAGE.read_text(encoding="utf-8").partition(f"## {heading}\n")[2]
    return re.findall(r"```python\n(.*?)```", page.partition("\n## ")[0], re.DOTALL)


def test_the_exercise_that_has_grown_is_good(tmp_path: Path) -> None:
    cells, function, guess = blocks_of("An exercise that has grown")
    found = verified(
        tmp_path, "lesson12_weights", cells, a_weighted=function, b_guess=guess
    )
    assert found.problems == []
    assert (found.exercises, found.checks, found.mistakes_named) == (2, 4, 6)


def test_the_documented_tests_of_a_learner_are_good(tmp_path: Path) -> None:
    cells, checks = blocks_of("Tests as an answer")
    found = verified(
        tmp_path, "lesson11_median", MEAN + cells + RUN, a_mean=GIVEN, b_median=checks
    )
    assert found.problems == []
    assert (found.exercises, found.checks) == (2, 4)
