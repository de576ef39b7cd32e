"""charts: curves and matrices of numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from grader.pictures.pixels import cropped_text, is_plain

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.text import Text

_MARKERS = "ox+*#"
_COLOURS = ("cyan", "yellow", "magenta", "green", "red")
_CURVE_ROWS = 8
_CURVE_COLUMNS = 60


def curve(values: Any, title: str = "") -> Curve:
    """Return one or more series against their number, counted from 1.

    Args:
        values: one series, or a dict of names and series.
        title: one line above it.
    """
    named = values if isinstance(values, Mapping) else {"": values}
    series = {
        str(name): tuple(float(x) for x in np.asarray(points, dtype=float).ravel())
        for name, points in named.items()
    }
    return Curve(tuple(series), tuple(series.values()), title)


class Curve(msgspec.Struct, frozen=True):
    """Series of numbers, drawn with two points to a character's height."""

    names: tuple[str, ...]
    series: tuple[tuple[float, ...], ...]
    title: str = ""

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[Text]:
        """Draw it with its largest and smallest value at the side."""
        if self.title:
            yield cropped_text(self.title, "bold")
        finite = [x for points in self.series for x in points if math.isfinite(x)]
        if not finite:
            yield cropped_text("no numbers to draw", "dim")
            return
        low, high = min(finite), max(finite)
        labels = {0: f"{high:.4g}", _CURVE_ROWS - 1: f"{low:.4g}"}
        margin = max(len(label) for label in labels.values())
        columns = max(10, min(_CURVE_COLUMNS, options.max_width - margin - 2))
        grid = self._grid(columns, low, high)
        bar = "|" if options.ascii_only else "│"
        has_letters = (is_plain(console) and len(self.series) > 1) or options.ascii_only
        for y in range(_CURVE_ROWS):
            line = cropped_text("").append(f"{labels.get(y, ''):>{margin}}{bar}", "dim")
            _append_curve(line, grid[2 * y], grid[2 * y + 1], has_letters)
            yield line
        longest = max(len(points) for points in self.series)
        yield cropped_text(f"{'':>{margin}} 1{longest:>{columns - 1}}", "dim")
        if any(self.names):
            yield self._legend(margin, has_letters)

    def _grid(self, columns: int, low: float, high: float) -> list[list[int | None]]:
        """Return for each half row and column the series that passes there, or None."""
        height = 2 * _CURVE_ROWS
        grid: list[list[int | None]] = [[None] * columns for _ in range(height)]
        span = (high - low) or 1.0
        for which, points in enumerate(self.series):
            last = None
            for x, value in enumerate(_stretch(points, columns)):
                # A gap: no line joins what comes before a nan to what comes after.
                if not math.isfinite(value):
                    last = None
                    continue
                y = round((high - value) / span * (height - 1))
                nearest = y if last is None else last + (y > last) - (y < last)
                for step in range(min(y, nearest), max(y, nearest) + 1):
                    grid[step][x] = which
                last = y
        return grid

    def _legend(self, margin: int, has_letters: bool) -> Text:
        line = cropped_text(" " * (margin + 1))
        for which, name in enumerate(self.names):
            mark = _MARKERS[which % len(_MARKERS)] if has_letters else "▀"
            line.append(mark, _COLOURS[which % len(_COLOURS)])
            line.append(f" {name}  ")
        return line


def _stretch(points: Sequence[float], columns: int) -> Iterable[float]:
    """Return the series read at so many places, straight between its points."""
    if len(points) < 2:
        return list(points) * min(columns, len(points))
    places = np.linspace(0, len(points) - 1, columns)
    return [float(x) for x in np.interp(places, np.arange(len(points)), points)]


def _append_curve(
    line: Text, upper: list[int | None], lower: list[int | None], has_letters: bool
) -> None:
    for above, below in zip(upper, lower, strict=True):
        which = above if above is not None else below
        if which is None:
            line.append(" ")
        elif has_letters:
            line.append(_MARKERS[which % len(_MARKERS)])
        elif above is not None and below is not None and above != below:
            colours = _COLOURS[above % 5], _COLOURS[below % 5]
            line.append("▀", f"{colours[0]} on {colours[1]}")
        else:
            mark = "█" if above == below else "▀" if below is None else "▄"
            line.append(mark, _COLOURS[which % 5])


def matrix(counts: Any, title: str = "") -> Matrix:
    """Return a matrix of numbers, its rows and columns numbered from 0.

    Args:
        counts: (n, k); for a confusion matrix the row is the truth.
        title: one line above it.
    """
    rows = np.atleast_2d(np.asarray(counts, dtype=float))
    return Matrix(tuple(tuple(float(x) for x in row) for row in rows), title)


class Matrix(msgspec.Struct, frozen=True):
    """Numbers in rows and columns; what lies off the diagonal is set off."""

    rows: tuple[tuple[float, ...], ...]
    title: str = ""

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[Text]:
        """Draw it with a line of column numbers above."""
        if self.title:
            yield cropped_text(self.title, "bold")
        columns = len(self.rows[0]) if self.rows else 0
        words = [[_number(x) for x in row] for row in self.rows]
        width = max((len(w) for row in words for w in row), default=1) + 1
        head = len(str(len(self.rows)))
        yield cropped_text(
            " " * head + "".join(f"{i:>{width}}" for i in range(columns)), "dim"
        )
        for i, row in enumerate(words):
            line = cropped_text("").append(f"{i:>{head}}", "dim")
            for j, word in enumerate(row):
                zero = "." if options.ascii_only else "·"
                shown = zero if word == "0" and i != j else word
                line.append(f"{shown:>{width}}", self._style(i, j))
            yield line

    def _style(self, i: int, j: int) -> str:
        if i == j:
            return "bold green"
        largest = max(
            (
                abs(x)
                for a, r in enumerate(self.rows)
                for b, x in enumerate(r)
                if a != b
            ),
            default=0.0,
        )
        if self.rows[i][j] == 0:
            return "dim"
        return "bold red" if abs(self.rows[i][j]) > largest / 2 else ""


def _number(value: float) -> str:
    if not math.isfinite(value):
        return str(value)
    return str(int(value)) if value == int(value) else f"{value:.3g}"
