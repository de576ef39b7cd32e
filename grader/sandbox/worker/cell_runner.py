"""cell_runner: runs cells of a page in the worker, and reports the last one's output.

The text that the last cell prints goes where a worker's output always goes. The output
of the cells above is discarded: their own runs show it.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterable
from typing import Any

from grader.sandbox.cell_run.events import (
    LONGEST_ACCOUNT,
    CellBegan,
    Drew,
    Event,
    Pictured,
    RunEnded,
    Slid,
    to_line,
)
from grader.sandbox.cell_run.figures import (
    BACKEND,
    close_figures,
    follow_figures,
    follow_pictures,
    show_open_figures,
)
from grader.sandbox.cell_run.interpreter import CellInterpreter
from grader.sandbox.cell_run.sliders import follow_sliders

MOST_FIGURES = 20
_MOST_EVENTS = 500


class NullStream(io.TextIOBase):
    """A stream that discards everything."""

    def writable(self) -> bool:
        """Return True: the stream accepts text."""
        return True

    def write(self, text: str) -> int:
        """Discard the text."""
        return len(text)


class CellRunner:
    """Runs the cells of one page in one namespace."""

    def __init__(self, filename: str) -> None:
        self._events: list[Event] = []
        self._interpreter = CellInterpreter(filename, self._note)
        self._figures = 0
        os.environ["MPLBACKEND"] = BACKEND

    def run(self, text: str, cells: list[Any]) -> list[str]:
        """Run cells and return the events of the last one.

        A stub above the last cell doesn't stop the run: the cell may not need it.

        Args:
            text: the page.
            cells: the first line of each, and its source from there on.

        Returns:
            One event per line; those of the last cell come after its `CellBegan`.
        """
        self._events.clear()
        self._interpreter.read(text)
        follow_figures(self._note_figure)
        follow_pictures(self._note_figure)
        follow_sliders(self._note_figure)
        try:
            for line, source in cells[:-1]:
                self._run_unseen(line, source)
            for line, source in cells[-1:]:
                self._events.append(CellBegan(len(cells) - 1))
                self._figures = 0
                self._interpreter.run(line, _pad(line, source), shows_value=True)
                self._interpreter.show_figures(show_open_figures)
        except SystemExit:
            self._note(RunEnded("Your code asked Python to end."))
        return _limit_lines(map(to_line, self._events))

    def _run_unseen(self, line: int, source: str) -> None:
        nowhere = NullStream()
        with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
            # Figures of earlier cells mustn't be taken for figures of the last one.
            self._figures = MOST_FIGURES
            self._interpreter.run(line, _pad(line, source))
        close_figures()

    def _note_figure(self, drew: Drew | Slid | Pictured) -> None:
        self._figures += 1
        if self._figures <= MOST_FIGURES:
            self._note(drew)

    def _note(self, event: Event) -> None:
        if len(self._events) < _MOST_EVENTS:
            self._events.append(event)


def _pad(line: int, source: str) -> str:
    """Return a source that begins in this line."""
    return "\n" * (line - 1) + source


def _limit_lines(lines: Iterable[str]) -> list[str]:
    """Keep as many lines as the report of a run may have; say if any are left out."""
    sent: list[str] = []
    left = LONGEST_ACCOUNT - 1_000
    for line in lines:
        left -= len(line)
        if left < 0:
            words = "It drew more than can be shown here: the figures are too large."
            return [*sent, to_line(RunEnded(words))]
        sent.append(line)
    return sent
