"""A course's own data and packages are imported, and not those that are installed."""

from __future__ import annotations

import pytest

from grader.authoring.verify.lesson_text import script_problems
from grader.course.document import catalog
from grader.course.document.catalog import Lesson
from grader.judge.lesson_info import requirements_of
from grader.learner.page_run.sandboxed_runner import SandboxedRunner
from grader.sandbox import Limits, WorkerFactory, WorkerPool
from tests.support.grading import grade_attempt
from tests.support.project import ROOT
from tests.support.toy_lesson import Toy

PAGE = """# %% [markdown]
# # Lesson 1  Clusters
# ## 1a  Twice  (60 points)
# ## 1b  Again  (40 points)
# %% id="1a"
from lessons.data import load_points
from lessons.points import COUNT

def double(x):
    # BEGIN SOLUTION
    return x * COUNT
    # END SOLUTION
# %% id="1b"
double: object
# %%
if __name__ == "__main__":
    print("points:", load_points())
"""


@pytest.fixture
def clusters(toy: Toy) -> Lesson:
    """A lesson with data of its own, in a package that has the name of this course's."""
    for name, code in (
        ("data", "def load_points():\n    return [1, 2]\n"),
        ("points", "COUNT = 2\n"),
    ):
        folder = toy.root / "lessons" / name
        folder.mkdir()
        (folder / "__init__.py").write_text(code)
    toy.change_checks(
        "LESSON = lesson()",
        "from lessons.data import load_points\n"
        "LESSON = lesson(imports=('numpy', 'lessons.points'))\n"
        "assert load_points() == [1, 2]",
    )
    (toy.root / "lessons" / "fixtures.py").write_text(
        "from grader.checks import fixture\n"
        "from lessons.data import load_points\n"
        "@fixture\ndef points():\n    return load_points()\n"
    )
    toy.change_checks(
        "def doubles_three(attempt):\n", "def doubles_three(attempt, points):\n"
    )
    lesson = catalog.find("lesson1", toy.root)
    for path in (lesson.page, lesson.solution):
        path.write_text(PAGE)
    return lesson


def test_an_attempt_and_its_checks_import_the_courses_own(clusters: Lesson) -> None:
    report = grade_attempt(clusters, clusters.solution, seed=1)
    assert report.problem is None, report.problem
    assert report.score == 100


def test_where_no_process_is_forked_it_is_the_same(clusters: Lesson) -> None:
    with WorkerFactory(*requirements_of(clusters), fresh=True) as warm:
        report = grade_attempt(clusters, clusters.solution, seed=1, warm=warm)
    assert report.score == 100


def test_a_run_in_the_browser_imports_the_courses_own(
    clusters: Lesson, pool: WorkerPool
) -> None:
    cells = SandboxedRunner(clusters, Limits(), pool)
    last = PAGE.splitlines().index('if __name__ == "__main__":') + 1
    assert cells.run(PAGE.encode(), last).printed == "points: [1, 2]\n"
    cells.forget()


def test_a_solution_that_is_run_as_a_script_imports_the_courses_own(
    clusters: Lesson,
) -> None:
    assert list(script_problems(clusters)) == []


@pytest.mark.slow
def test_after_another_course_the_lessons_here_are_as_they_were(
    clusters: Lesson,
) -> None:
    here = catalog.find("lesson1", ROOT)
    for lesson in (clusters, here, clusters):
        assert grade_attempt(lesson, lesson.solution, seed=1).score == 100


def test_an_attempt_reaches_no_other_file_of_the_course(clusters: Lesson) -> None:
    source = PAGE + "\n# %%\nimport lessons.lesson1_toy.checks\n"
    report = grade_attempt(clusters, clusters.solution, source=source.encode(), seed=1)
    assert "No module named" in str(report)
