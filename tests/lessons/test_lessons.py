"""The lessons as people use them: as notebooks, as text.

`dev.verify` runs each solution as a script, but for lesson 8, which trains for long.
One lesson of each kind is enough here, and lesson 8 trains for a moment: that its
solution reaches the target is for `dev.verify`.
"""

from __future__ import annotations

import os

import pytest

from grader import judge
from grader.course.document import catalog
from grader.course.document.cells import Document
from grader.web import pages
from grader.web.page_store import Page
from tests.support.notebooks import run_book
from tests.support.project import ROOT
from tests.support.short_training import SHORT

LESSONS = catalog.lessons(ROOT)
QUIET = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "MPLBACKEND": "Agg"}


def test_they_are_numbered_without_a_gap() -> None:
    numbers = [lesson.number for lesson in LESSONS]
    assert numbers == list(range(1, len(LESSONS) + 1))


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda one: one.short_name)
def test_every_exercise_is_read_counted_and_linked_to(lesson: catalog.Lesson) -> None:
    document, exercises = Document.read(lesson.page), judge.exercises(lesson)
    assert document.points == {one.tag: one.points for one in exercises}
    shown = pages.LessonPage(lesson, LESSONS, Page(document, False), exercises, None)
    drawn = pages.lesson_page(shown).decode()
    for one in exercises:
        heading = next(cell for cell in document.section(one.tag) if cell.is_text)
        assert heading.source.startswith(f"## {one.tag}  {one.title}")
        assert drawn.count(f'<section class="text" id="{one.tag}">') == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "lesson1",  # with figures
        "lesson4",  # with SymPy
        pytest.param("lesson8", marks=pytest.mark.tensorflow),
    ],
)
def test_the_solution_runs_as_a_notebook_cell_by_cell(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in QUIET.items():
        monkeypatch.setenv(variable, value)
    import jupytext  # here: it takes long, and collecting would wait for it
    import nbformat

    notebook = jupytext.read(catalog.find(name, ROOT).solution)
    if name == "lesson8":
        notebook.cells.insert(0, nbformat.v4.new_code_cell(SHORT))
    code = [
        cell
        for cell in run_book(notebook, ROOT)
        if cell.cell_type == "code" and cell.source.strip()
    ]
    assert all(cell.execution_count for cell in code)
