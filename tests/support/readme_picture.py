"""The README's picture of a graded attempt, drawn again."""

from __future__ import annotations

import io
from pathlib import Path

from msgspec.structs import replace
from rich.console import Console

from grader.cli.render import grading
from grader.cli.render.screen import Screen
from grader.course.document import catalog
from grader.report.view import NextCommands
from grader.sandbox.isolation.policy import Isolation
from tests.support.grading import grade_attempt
from tests.support.project import ROOT

PICTURE = ROOT / "docs" / "graded.svg"
LESSON = catalog.find("lesson3", ROOT)
WRONG = LESSON.solution.read_text().replace(
    "float(losses(y, p).mean())", "float(-(y * np.log(np.clip(p, 1e-7, 1))).mean())"
)


def picture_of_a_wrong_attempt() -> str:
    """The picture in the README: one class of mistake, graded and drawn for real."""
    report = grade_attempt(
        LESSON, Path(f"attempts/{LESSON.name}.py"), source=WRONG.encode(), seed=2026
    )
    report = replace(
        report, wall_s=0.4, isolation=(Isolation.LANDLOCK, Isolation.BUBBLEWRAP)
    )
    console = Console(width=84, record=True, file=io.StringIO(), force_terminal=True)
    grading.draw(
        report, Screen(console=console), NextCommands("grade lesson3", "lesson3", "")
    )
    return console.export_svg(title="uv run invoke grade lesson3")
