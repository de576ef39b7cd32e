"""cell_runner: runs cells of a page in the worker, and reports the last one's output.

The text that the last cell prints goes where a worker's output always goes. The output
of the cells above is discarded: their own runs show it. Cells that have run and are
unchanged aren't run again: the state that they left is kept, see `page_state`.
"""

from __future__ import annotations

import builtins
import contextlib
import io
import os
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from grader.sandbox.cell_run.events import (
    LONGEST_ACCOUNT,
    CellBegan,
    Drew,
    Event,
    Pictured,
    RunEnded,
    Slid,
    Tabled,
    to_line,
)
from grader.sandbox.cell_run.figures import (
    BACKEND,
    close_figures,
    follow_figures,
    follow_pictures,
    show_open_figures,
    without_figures,
)
from grader.sandbox.cell_run.interpreter import CellInterpreter
from grader.sandbox.cell_run.sliders import follow_sliders
from grader.sandbox.cell_run.values import show_value
from grader.sandbox.worker.page_state import Snapshot

MOST_FIGURES = 20
_MOST_EVENTS = 500
# Cells above the requested one that took so many times as long as marking the state
# aren't run again when only a later one changes.
_WORTH = 5


class _WayBack(msgspec.Struct, frozen=True):
    """A state of the page: what its cells left behind, and which names are missing."""

    snapshot: Snapshot
    missing: dict[str, int]

    def restore(self, missing: dict[str, int]) -> None:
        """Put everything back; `missing` is the dict that changes."""
        self.snapshot.restore()
        missing.clear()
        missing.update(self.missing)


class NullStream(io.TextIOBase):
    """A stream that discards everything."""

    def writable(self) -> bool:
        """Return True: the stream accepts text."""
        return True

    def write(self, text: str) -> int:
        """Discard the text."""
        return len(text)


class CellRunner:
    """Runs the cells of one page in one namespace, each once while it is unchanged.

    Args:
        filename: the name of the page in tracebacks.
        tell: called with the number of each cell that begins, counted from 0.
    """

    def __init__(self, filename: str, tell: Callable[[dict[str, Any]], None]) -> None:
        self._tell = tell
        self._events: list[Event] = []
        self._interpreter = CellInterpreter(filename, self._note)
        self._figures, self._keeps = 0, True
        os.environ["MPLBACKEND"] = BACKEND
        sys.displayhook = self._show_value
        # The cells that have run, with what each raised; and how many of them the
        # namespace is of, or None if it is of no number of whole cells.
        self._ran: list[tuple[Any, tuple[Event, ...]]] = []
        self._at: int | None = 0
        # The way back to a number of cells; `_base` is the last one, before the cells
        # with the sources `_since`.
        self._ways_back: dict[int, _WayBack] = {}
        self._base, self._since = 0, list[str]()
        # When the last mark was made, and how long that took, in CPU seconds.
        self._marked_at, self._mark_took = time.process_time(), 0.0

    def run(self, text: str, cells: list[Any], keeps: bool = True) -> list[str] | None:
        """Run cells and return the events of the last one.

        A stub above the last cell doesn't stop the run: the cell may not need it.

        Args:
            text: the page.
            cells: the first line of each, and its source from there on.
            keeps: whether to keep what is needed to go back; this takes memory.

        Returns:
            One event per line; those of the last cell come after its `CellBegan`. None
            if the page has to be run anew, in another process.
        """
        above, self._keeps = len(cells) - 1, keeps
        if not self._go_back(cells[:above]):
            return None
        self._interpreter.read(text)
        vars(builtins).pop("_", None)  # the value of the last line that was shown
        self._events = [event for _, events in self._ran for event in events]
        follow_figures(self._note_figure)
        follow_pictures(self._note_figure)
        follow_sliders(self._note_figure)
        try:
            for place in range(len(self._ran), above):
                self._run_unseen(place, *cells[place])
                if time.process_time() - self._marked_at > _WORTH * self._mark_took:
                    self._mark()
            self._mark()
            for line, source in cells[above:]:
                self._begin(above, source)
                self._events.append(CellBegan(above))
                self._figures = 0
                self._interpreter.run(line, _pad(line, source), shows_value=True)
                self._interpreter.show_figures(show_open_figures)
                if not self._interpreter.has_raised:
                    self._end([line, source], ())
        except SystemExit:
            self._note(RunEnded("Your code asked Python to end."))
        return _limit_lines(map(to_line, self._events))

    def settle(self) -> bool:
        """Note the state after the last run; return whether another can use it."""
        self._mark()
        return self._keeps and (self._at is not None or bool(self._ways_back))

    def _go_back(self, above: list[Any]) -> bool:
        """Go back to the last state on the way to these cells, if there is one."""
        ran = [cell for cell, _ in self._ran]
        common = next(
            (
                n
                for n, pair in enumerate(zip(ran, above, strict=False))
                if pair[0] != pair[1]
            ),
            min(len(ran), len(above)),
        )
        if self._at is None or self._at > common:
            places = [place for place in self._ways_back if 0 < place <= common]
            if not places:
                return False
            self._at = max(places)
            self._ways_back[self._at].restore(self._interpreter.missing)
            self._base, self._since = self._at, []
        del self._ran[self._at :]
        for place in [place for place in self._ways_back if place > self._at]:
            del self._ways_back[place]
        return True

    def _mark(self) -> None:
        """Mark this state, after looking at what was changed since the last mark."""
        if not self._keeps:
            return
        began = time.process_time()
        before = self._ways_back.get(self._base)
        if (
            before is not None
            and self._since
            and not before.snapshot.still_holds(self._since)
        ):
            self._ways_back.clear()
            before = None
        if self._at is not None and self._at not in self._ways_back:
            known = before.snapshot if before else None
            snapshot = Snapshot(self._interpreter.names, known)
            missing = dict(self._interpreter.missing)
            self._ways_back[self._at] = _WayBack(snapshot, missing)
            self._base, self._since = self._at, []
        self._marked_at = time.process_time()
        self._mark_took = self._marked_at - began

    def _begin(self, place: int, source: str) -> None:
        self._tell({"cell": place})
        self._since.append(source)
        self._at = None

    def _end(self, cell: Any, events: tuple[Event, ...]) -> None:
        self._ran.append((cell, events))
        self._at = len(self._ran)

    def _run_unseen(self, place: int, line: int, source: str) -> None:
        self._begin(place, source)
        nowhere, before = NullStream(), len(self._events)
        with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
            # Figures of earlier cells mustn't be taken for figures of the last one.
            self._figures = MOST_FIGURES
            with without_figures():
                self._interpreter.run(line, _pad(line, source))
        close_figures()
        self._end([line, source], tuple(self._events[before:]))

    def _show_value(self, value: object) -> None:
        show_value(value, self._note_figure)

    def _note_figure(self, drew: Drew | Slid | Pictured | Tabled) -> None:
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
