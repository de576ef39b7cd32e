"""live_progress: a training run in the cell that grades it, as a bar and a curve."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from grader.course.document.markup import Html, join, tag
from grader.notebook.feedback import Shown, frame
from grader.report import Picture
from grader.report.report_html import draw_picture

_EVERY_S = 0.2
_KNOWN = ("epoch", "epochs", "step", "steps")
# Names and numbers come from a worker, which may send anything, in any quantity.
_MOST_SERIES = 4
_MOST_POINTS = 500


class LiveProgress:
    """Show how far a grading is, and how its training goes.

    Args:
        show: draws something in the cell, replacing what was drawn before.
    """

    def __init__(self, show: Callable[[Shown], None]) -> None:
        self._show = show
        self._next_s = 0.0
        self._series: dict[str, list[float]] = defaultdict(list)

    def show_status(self, words: str) -> None:
        """Show the current step, at most a few times a second."""
        self._draw(Shown(frame(tag("p", words)), words))

    def update(self, numbers: Mapping[str, Any]) -> None:
        """Record the numbers of a training run, and draw them."""
        step, steps = _read_count(numbers, "step"), _read_count(numbers, "steps")
        epoch, epochs = _read_count(numbers, "epoch"), _read_count(numbers, "epochs")
        measures = {name: v for name, v in numbers.items() if _is_measure(name, v)}
        is_over = bool(steps) and step >= steps
        if is_over:
            for name, value in list(measures.items())[:_MOST_SERIES]:
                self._series[name[:20]].append(value)
                del self._series[name[:20]][:-_MOST_POINTS]
        measured = "  ".join(f"{name[:20]} {v:.4f}" for name, v in measures.items())
        words = f"epoch {epoch} of {epochs}  {measured}" if epochs else measured
        bar = tag("progress", value=step, max=steps or 1, aria_label="batches")
        body = join((tag("p", bar, " ", words), self.curve))
        self._draw(Shown(frame(body), words), is_over)

    @property
    def curve(self) -> Html:
        """The measures, epoch by epoch; empty if there are fewer than two epochs."""
        rows = {n: tuple(row) for n, row in self._series.items() if len(row) > 1}
        if not rows:
            return Html("")
        title = "Your training, epoch by epoch"
        return draw_picture(Picture("curve", title, tuple(rows.values()), tuple(rows)))

    def _draw(self, shown: Shown, is_due: bool = False) -> None:
        now_s = time.monotonic()
        if is_due or now_s >= self._next_s:
            self._next_s = now_s + _EVERY_S
            self._show(shown)


def _read_count(numbers: Mapping[str, Any], name: str) -> int:
    value = numbers.get(name, 0)
    return value if isinstance(value, int) and 0 <= value < 10**9 else 0


def _is_measure(name: str, value: Any) -> bool:
    return name not in _KNOWN and isinstance(value, float) and math.isfinite(value)
