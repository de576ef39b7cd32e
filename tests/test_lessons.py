"""The lessons as people use them: as scripts, as notebooks, as text."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import jupytext
import pytest
from nbclient import NotebookClient

from grader.document import catalog

ROOT = Path(__file__).parent.parent
LESSONS = catalog.lessons(ROOT)
TRAINS = {6, 7, 8, 10}  # import TensorFlow, or train for more than a few seconds
# Saving a network, Keras itself does what numpy calls old.
OF_KERAS = "ignore::DeprecationWarning:keras.src.backend.tensorflow.core"
STRICT = ["-W", "error::DeprecationWarning:__main__", "-W", OF_KERAS]
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
def test_the_solution_runs_from_top_to_bottom_as_a_script(
    lesson: catalog.Lesson,
) -> None:
    run = subprocess.run(
        [sys.executable, *STRICT, lesson.solution],
        cwd=ROOT, env=QUIET, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-2000:]
    assert run.stdout.strip()


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
