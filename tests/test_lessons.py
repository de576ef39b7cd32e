"""The lessons as people use them: as notebooks, as text.

`dev.verify` runs each solution as a script, but for lesson 8, which trains for long.
"""

from __future__ import annotations

import os
from pathlib import Path

import jupytext
import pytest
from nbclient import NotebookClient

from grader.document import catalog

ROOT = Path(__file__).parent.parent
LESSONS = catalog.lessons(ROOT)
# The one with a long training, which nothing else runs from its first cell to its last.
TRAINS = 8
# These take longer than the others, and have no kind of cell that those lack.
AS_SCRIPTS_ONLY = {7, 10, 11}
QUIET = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "MPLBACKEND": "Agg"}


def marked(lesson: catalog.Lesson):
    marks = (
        [pytest.mark.tensorflow, pytest.mark.slow] if lesson.number == TRAINS else []
    )
    return pytest.param(lesson, id=lesson.short_name, marks=marks)


EACH = pytest.mark.parametrize(
    "lesson",
    [marked(one) for one in LESSONS if one.number not in AS_SCRIPTS_ONLY],
)


def test_they_are_numbered_without_a_gap() -> None:
    numbers = [lesson.number for lesson in LESSONS]
    assert numbers == list(range(1, len(LESSONS) + 1))


@EACH
def test_the_solution_runs_as_a_notebook_cell_by_cell(
    lesson: catalog.Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)
    notebook = jupytext.read(lesson.solution)
    NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(ROOT)}}
    ).execute()
    code = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.source.strip()
    ]
    assert all(cell.execution_count for cell in code)
