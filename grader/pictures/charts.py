"""charts: curves and matrices of numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from grader.pictures.pixels import cropped_text, is_plain
from grader.sandbox.cell_run.figures import bar_middles, hand_over

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.text import Text

_MARKERS = "ox+*#"
_COLOURS = ("cyan", "yellow", "magenta", "green", "red")
_CURVE_ROWS = 8
_CURVE_COLUMNS = 60
_CHART_ROWS = 10
MOST_BARS = 40
_LONGEST_NAME = 20

_Grid = list[list[int | None]]


def curve(values: Any, title: str = "") -> Curve:
    """Return one or more series, drawn over their index from 1.

    Args:
        values: one series, or a dict of names and series.
        title: one line above it.
    """
    by_name = values if isinstance(values, Mapping) else {"": values}
    series = {
        str(name): tuple(float(x) for x in np.asarray(points, dtype=float).ravel())
        for name, points in by_name.items()
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
        if hand_over("curve", self.title, self.series, self.names):
            return
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
            yield _legend(self.names, margin, has_letters)

    def _grid(self, columns: int, low: float, high: float) -> _Grid:
        """Return which series passes through each half row and column."""
        stretched = [_stretch(points, columns) for points in self.series]
        paths = [list(enumerate(points)) for points in stretched]
        return _plot(paths, columns, _CURVE_ROWS, low, high)


def _plot(
    paths: Sequence[Sequence[tuple[int, float]]],
    columns: int,
    rows: int,
    low: float,
    high: float,
    is_joined: Sequence[bool] = (),
) -> _Grid:
    """Return for each half row and column the series that passes there, or None.

    Args:
        paths: for each series, the columns and values of its points, in order.
        columns: the width.
        rows: the height, in lines of text.
        low: the value at the bottom.
        high: the value at the top.
        is_joined: for each series, whether its points are joined; True if left out.
    """
    height = 2 * rows
    grid: _Grid = [[None] * columns for _ in range(height)]
    span = (high - low) or 1.0
    for which, points in enumerate(paths):
        last = None
        joins = not is_joined or is_joined[which]
        for x, value in points:
            # A nan is a gap: no line joins the points before and after it.
            if not math.isfinite(value):
                last = None
                continue
            y = round((high - value) / span * (height - 1))
            if not 0 <= y < height or not 0 <= x < columns:
                last = None
                continue
            nearest = y if last is None or not joins else last + (y > last) - (y < last)
            for step in range(min(y, nearest), max(y, nearest) + 1):
                grid[step][x] = which
            last = y
    return grid


def _legend(names: Sequence[str], margin: int, has_letters: bool) -> Text:
    line = cropped_text(" " * (margin + 1))
    for which, name in enumerate(names):
        if name:
            mark = _MARKERS[which % len(_MARKERS)] if has_letters else "▀"
            line.append(mark, _COLOURS[which % len(_COLOURS)])
            line.append(f" {name}  ")
    return line


def _stretch(points: Sequence[float], columns: int) -> Iterable[float]:
    """Return a series at this many places, by linear interpolation."""
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


class ChartSeries(msgspec.Struct, frozen=True):
    """Points of a chart, joined by a line unless they are `loose`."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    is_loose: bool = False


class LineChart(msgspec.Struct, frozen=True):
    """Lines and points in a coordinate system."""

    series: tuple[ChartSeries, ...]
    title: str = ""
    x_label: str = ""
    y_label: str = ""
    is_log: bool = False

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[Text]:
        """Draw it, with the labels of the axes and their limits."""
        if self.title:
            yield cropped_text(self.title, "bold")
        heights = [[self._height(y) for y in one.y] for one in self.series]
        ys = [y for row in heights for y in row if math.isfinite(y)]
        xs = [x for one in self.series for x in one.x if math.isfinite(x)]
        if not xs or not ys:
            yield cropped_text("no numbers to draw", "dim")
            return
        low, high, left, right = min(ys), max(ys), min(xs), max(xs)
        middle = _CHART_ROWS // 2
        at_middle = high - (high - low) * (2 * middle) / (2 * _CHART_ROWS - 1)
        labels = {
            0: self._value(high),
            middle: self._value(at_middle),
            _CHART_ROWS - 1: self._value(low),
        }
        margin = max(len(label) for label in labels.values())
        columns = max(10, min(_CURVE_COLUMNS, options.max_width - margin - 2))
        has_letters = options.ascii_only or (is_plain(console) and len(self.series) > 1)
        paths = [
            _interpolate(one, row, left, right, columns)
            for one, row in zip(self.series, heights, strict=True)
        ]
        joined = [not one.is_loose for one in self.series]
        grid = _plot(paths, columns, _CHART_ROWS, low, high, joined)
        if self.y_label:
            yield cropped_text(f"{'':>{margin}} {self.y_label}", "dim")
        bar, corner, flat = ("|", "+", "-") if options.ascii_only else ("│", "└", "─")
        for y in range(_CHART_ROWS):
            line = cropped_text("").append(f"{labels.get(y, ''):>{margin}}{bar}", "dim")
            _append_curve(line, grid[2 * y], grid[2 * y + 1], has_letters)
            yield line
        yield cropped_text(f"{'':>{margin}}{corner}{flat * columns}", "dim")
        ends = _number(left), _number(right)
        room = max(0, columns - sum(map(len, ends)))
        words = f"{ends[0]}{self.x_label[:room]:^{room}}{ends[1]}"
        yield cropped_text(f"{'':>{margin}} {words}", "dim")
        names = [one.name for one in self.series]
        if any(names):
            yield _legend(names, margin, has_letters)

    def _height(self, y: float) -> float:
        if not self.is_log:
            return y
        return math.log10(y) if y > 0 else math.nan

    def _value(self, height: float) -> str:
        return f"{10**height if self.is_log else height:.4g}"


def _interpolate(
    series: ChartSeries,
    heights: Sequence[float],
    left: float,
    right: float,
    columns: int,
) -> list[tuple[int, float]]:
    """Return the columns of a series with its values there, by linear interpolation."""
    scale = (columns - 1) / ((right - left) or 1.0)
    placed = [((x - left) * scale, y) for x, y in zip(series.x, heights, strict=True)]
    path: list[tuple[int, float]] = []
    for i, (place, y) in enumerate(placed):
        if not math.isfinite(place):
            path.append((0, math.nan))
            continue
        here = round(place)
        if i and not series.is_loose and path and math.isfinite(path[-1][1]):
            before, value = path[-1]
            step = 1 if here > before else -1
            for x in range(before + step, here, step):
                part = (x - before) / (here - before)
                path.append((x, value + part * (y - value)))
        path.append((here, y))
    return path


class BarChart(msgspec.Struct, frozen=True):
    """Bars, one below the other, each with its name and number."""

    series: tuple[ChartSeries, ...]
    names: tuple[str, ...] = ()
    title: str = ""
    x_label: str = ""
    y_label: str = ""

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[Text]:
        """Draw them, grouping the bars with the same name."""
        if self.title:
            yield cropped_text(self.title, "bold")
        middles = bar_middles([one.x for one in self.series])
        rows = [
            (self._name(i, middles[which][i]), which, series.y[i])
            for i in range(max((len(one.x) for one in self.series), default=0))
            for which, series in enumerate(self.series)
            if i < len(series.x)
        ]
        values = [value for *_, value in rows if math.isfinite(value)]
        low, high = min([0.0, *values]), max([0.0, *values])
        width = max([len(name) for name, *_ in rows] + [len(self.x_label)], default=0)
        width = min(width, _LONGEST_NAME)
        columns = max(10, min(_CURVE_COLUMNS, options.max_width - width - 12))
        scale = columns / ((high - low) or 1.0)
        zero = round(-low * scale)
        has_letters = options.ascii_only or (is_plain(console) and len(self.series) > 1)
        if self.x_label or self.y_label:
            head = f"{self.x_label[:width]:>{width}}  {self.y_label}"
            yield cropped_text(head, "dim")
        last = ""
        for name, which, value in rows:
            shown = "" if name == last else name[:width]
            last = name
            end = round((value - low) * scale) if math.isfinite(value) else zero
            mark = _MARKERS[which % len(_MARKERS)] if has_letters else "█"
            line = cropped_text(f"{shown:>{width}}  {' ' * min(zero, end)}")
            line.append(mark * abs(end - zero), _COLOURS[which % len(_COLOURS)])
            line.append(f" {_number(value)}", "dim")
            yield line
        if any(one.name for one in self.series):
            yield _legend([one.name for one in self.series], width, has_letters)

    def _name(self, i: int, x: float) -> str:
        name = self.names[i] if i < len(self.names) else ""
        return name or _number(x)


def matrix(counts: Any, title: str = "") -> Matrix:
    """Return a matrix of numbers, with rows and columns numbered from 0.

    Args:
        counts: (n, k); in a confusion matrix, the row is the true class.
        title: one line above it.
    """
    rows = np.atleast_2d(np.asarray(counts, dtype=float))
    return Matrix(tuple(tuple(float(x) for x in row) for row in rows), title)


class Matrix(msgspec.Struct, frozen=True):
    """Numbers in rows and columns; those off the diagonal are highlighted."""

    rows: tuple[tuple[float, ...], ...]
    title: str = ""

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[Text]:
        """Draw it with a line of column numbers above."""
        if hand_over("matrix", self.title, self.rows, ()):
            return
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
