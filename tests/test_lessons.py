"""The lessons as people use them: as scripts, as notebooks, as text."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import jupytext
import pytest
from nbclient import NotebookClient

from grader import build, catalog

ROOT = Path(__file__).parent.parent
LESSONS = catalog.lessons(ROOT)
TRAINS = {6, 7, 8}  # import TensorFlow, or train for more than a few seconds
QUIET = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "MPLBACKEND": "Agg"}


def marked(lesson: catalog.Lesson):
    marks = (
        [pytest.mark.tensorflow, pytest.mark.slow] if lesson.number in TRAINS else []
    )
    return pytest.param(lesson, id=lesson.short_name, marks=marks)


EACH = pytest.mark.parametrize("lesson", [marked(lesson) for lesson in LESSONS])


def test_there_are_nine() -> None:
    assert [lesson.number for lesson in LESSONS] == list(range(1, 10))


@EACH
def test_the_page_is_built_from_the_solution(lesson: catalog.Lesson) -> None:
    assert build.is_up_to_date(lesson)


@EACH
def test_the_solution_runs_from_top_to_bottom_as_a_script(
    lesson: catalog.Lesson,
) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning", lesson.solution],
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
    assert sum(cell.cell_type == "markdown" for cell in notebook.cells) >= 5
    NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(ROOT)}}
    ).execute()
    code = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.source.strip()
    ]
    assert all(cell.execution_count for cell in code)


@EACH
def test_every_exercise_has_its_heading_and_points(lesson: catalog.Lesson) -> None:
    from grader import judge

    text = build.prose(lesson.solution)
    for info in judge.exercises(lesson):
        assert f"{info.tag}  {info.title}" in text, info.tag
        assert f"({info.points} points" in text, info.tag


@EACH
def test_text_cells_are_short(lesson: catalog.Lesson) -> None:
    for cell in jupytext.read(lesson.solution).cells:
        if cell.cell_type == "markdown":
            lines = [line for line in cell.source.splitlines() if line.strip()]
            assert len(lines) <= 14, cell.source
            assert all(len(line) <= 88 for line in lines), cell.source
