"""The lessons as people use them: as notebooks, as text.

`dev.verify` runs each solution as a script.
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
TRAINS = {7, 8, 10, 11}  # import TensorFlow, or train for more than a few seconds
QUIET = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "MPLBACKEND": "Agg"}


def marked(lesson: catalog.Lesson):
    marks = (
        [pytest.mark.tensorflow, pytest.mark.slow] if lesson.number in TRAINS else []
    )
    return pytest.param(lesson, id=lesson.short_name, marks=marks)


EACH = pytest.mark.parametrize("lesson", [marked(lesson) for lesson in LESSONS])


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
