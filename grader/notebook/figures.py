"""figures: figures and our own pictures in a cell, as themed images with alt text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.learner.page_run.figure_html import draw_figure, draw_pictured
from grader.notebook.feedback import Shown, frame
from grader.sandbox.cell_run.events import Pictured
from grader.sandbox.cell_run.figures import figure_event, follow_pictures


def show_figures(ipython: Any, show: Callable[[Shown], None]) -> None:
    """Draw figures and pictures with our own code from now on.

    Args:
        ipython: the shell.
        show: draws something in the cell.
    """

    def show_figure(figure: Any) -> None:
        drew = figure_event(figure)
        show(Shown(frame(draw_figure(drew)), drew.alt))

    def show_picture(pictured: Pictured) -> None:
        words = ", ".join((pictured.title or pictured.kind, *pictured.captions))
        show(Shown(frame(draw_pictured(pictured)), words))

    # This formatter takes precedence over those of matplotlib's own backend.
    formatter = ipython.display_formatter.ipython_display_formatter
    formatter.for_type_by_name("matplotlib.figure", "Figure", show_figure)
    follow_pictures(show_picture)
