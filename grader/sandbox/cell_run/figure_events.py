"""figure_events: a figure of matplotlib's as an event."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

from grader.sandbox.cell_run.events import LONGEST_PICTURE, MOST_PANELS, Drew, Panel

DigitRows = tuple[tuple[int, ...], ...]


def describe_figure(
    figure: Any, rows_of: Callable[[Any], DigitRows] = lambda _: ()
) -> Drew:
    """Return a figure as an event.

    Args:
        figure: the figure.
        rows_of: returns what one of its frames holds.
    """
    picture = _as_png(figure)
    if len(picture) > LONGEST_PICTURE:
        figure.set_size_inches(8, 6)
        picture = _as_png(figure, dpi=72)
    panels = (
        Panel(axes.get_title()[:200], rows_of(axes))
        for axes in figure.axes[:MOST_PANELS]
    )
    return Drew(picture, tuple(panels))


def _as_png(figure: Any, **how: Any) -> str:
    """Return a figure as the base 64 of a PNG file."""
    file = io.BytesIO()
    figure.savefig(file, format="png", **how)
    return base64.b64encode(file.getvalue()).decode()
