"""A wrong answer may use what the lesson's page defines or imports."""

from __future__ import annotations

from grader.authoring.verify import verify
from grader.document import catalog, page_builder
from grader.judge.loading import exercises_of, load_module
from tests.conftest import Toy

PAGE = """\
# %% [markdown]
# # Lesson 1  Toy
# 10 minutes.

# %%
import numpy as np

def halve(x):
    return np.divide(x, 2)

# %% [markdown]
# ## 1a  A quarter  (100 points)

# %% id="1a"
def quarter(x):
    # BEGIN SOLUTION
    return halve(halve(x))
    # END SOLUTION

# %%
if __name__ == "__main__":
    print(quarter(1))
"""
CHECKS = """\
from grader.checks import lesson, same_as_solution

LESSON = lesson(can_do=("divide any number by four", "halve a number, and again", "say what a quarter is"))
quarter = same_as_solution("quarter", lambda rng: rng.normal(size=3), hints=("a", "b", "c"))


@quarter.wrong_answer("That is a half. Halve it again.")
def only_once(x):
    return halve(x)


@quarter.wrong_answer("That is the root of the quarter's size.")
def rooted(x):
    return np.sqrt(np.abs(x)) / 2
"""


def test_a_mistake_uses_the_page_s_names_without_importing_them(toy: Toy) -> None:
    lesson = catalog.find("lesson1", toy.root)
    lesson.solution.write_text(PAGE)
    lesson.checks.write_text(CHECKS)
    page_builder.write_pages(toy.root)
    (quarter,) = exercises_of(load_module(lesson.checks, "toy"))
    assert [known.function(4.0) for known in quarter.wrong_answers] == [2.0, 1.0]
    found = verify(lesson)
    assert (found.problems, found.mistakes_named) == ([], 2)
    lesson.checks.write_text(
        CHECKS.replace("return halve(x)", "return third(x)") + "\n"
    )
    (problem,) = verify(lesson).problems
    assert (
        problem
        == "1a.only_once: it uses third, which is not in lessons/lesson1_toy/checks.py"
    )
