"""cell_runner: runs cells of a page in the worker, the last of them for what it shows.

What that one prints goes where all prints of a worker go; what those above it print is
what their own run shows.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterable
from typing import Any

from grader.sandbox.cell_run.events import (
    LONGEST_ACCOUNT,
    CellBegan,
    Drew,
    Event,
    Pictured,
    RunEnded,
    to_line,
)
from grader.sandbox.cell_run.figures import (
    BACKEND,
    follow_figures,
    follow_pictures,
    show_open_figures,
)
from grader.sandbox.cell_run.interpreter import CellInterpreter

MOST_FIGURES = 20
_MOST_EVENTS = 500


class NullStream(io.TextIOBase):
    """A stream that keeps nothing."""

    def writable(self) -> bool:
        """Say that it takes text."""
        return True

    def write(self, text: str) -> int:
        """Forget it."""
        return len(text)


class CellRunner:
    """Cells of one page, in one namespace."""

    def __init__(self, filename: str) -> None:
        self._events: list[Event] = []
        self._interpreter = CellInterpreter(filename, self._note)
        self._figures = 0
        os.environ["MPLBACKEND"] = BACKEND

    def run(self, text: str, cells: list[Any]) -> list[str]:
        """Run cells and tell what happened in them.

        A stub above the last cell is no reason to stop: it may not need it.

        Args:
            text: the page.
            cells: a line and a source each.

        Returns:
            An event a line; those of the last cell come after its `CellBegan`.
        """
        self._events.clear()
        self._interpreter.read(text)
        follow_figures(self._note_figure)
        follow_pictures(self._note_figure)
        try:
            for line, source in cells[:-1]:
                self._run_unseen(line, source)
            for line, source in cells[-1:]:
                self._events.append(CellBegan(len(cells) - 1))
                self._figures = 0
                self._interpreter.run(line, source, shows_value=True)
                self._interpreter.call(show_open_figures)
        except SystemExit:
            self._note(RunEnded("Your code asked Python to end."))
        return _cut(map(to_line, self._events))

    def _run_unseen(self, line: int, source: str) -> None:
        nowhere = NullStream()
        with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
            # What cells above draw is not to be taken for a figure of the last.
            self._figures = MOST_FIGURES
            self._interpreter.run(line, source)
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")

    def _note_figure(self, drew: Drew | Pictured) -> None:
        self._figures += 1
        if self._figures <= MOST_FIGURES:
            self._note(drew)

    def _note(self, event: Event) -> None:
        if len(self._events) < _MOST_EVENTS:
            self._events.append(event)


def _cut(lines: Iterable[str]) -> list[str]:
    """Return as many lines as an account of a run may have, and say what is left
    out.
    """
    kept: list[str] = []
    left = LONGEST_ACCOUNT - 1_000
    for line in lines:
        left -= len(line)
        if left < 0:
            words = "It drew more than can be shown here: the figures are too large."
            return [*kept, to_line(RunEnded(words))]
        kept.append(line)
    return kept
