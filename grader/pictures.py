"""pictures: draw digits, matrices and curves in a terminal.

Each function gives a rich renderable. Half-blocks put two pixels into one character;
without colour a pixel is on or off, and without Unicode shades of ASCII are used. rich
itself is imported when something is drawn, so that an attempt may import this cheaply.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.text import Text

    from grader.report import Picture

SIDE = 28
_GAP = 2
_RAMP = " .:-=+*#%@"
_MARKERS = "ox+*#"
_COLOURS = ("cyan", "yellow", "magenta", "green", "red")
_CURVE_ROWS = 8
_CURVE_COLUMNS = 60

Array = np.ndarray[Any, Any]


def digit(image: Any) -> Digits:
    """A digit, 28 columns wide.

    Args:
        image: (28, 28), as uint8 from 0 to 255 or as numbers from 0 to 1.
    """
    return Digits((_grey(image),), ())


def digits(images: Any, captions: Sequence[object] = ()) -> Digits:
    """Digits side by side, as many in a row as fit; their common margin is cut off.

    Args:
        images: (n, 28, 28) or (n, 784), as uint8 or as numbers from 0 to 1.
        captions: one for each digit, shown below it.
    """
    grey = tuple(_grey(image) for image in images)
    return Digits(_trimmed(grey), tuple(str(caption) for caption in captions))


def matrix(counts: Any, title: str = "") -> Matrix:
    """A matrix of numbers, its rows and columns numbered from 0.

    Args:
        counts: (n, k); for a confusion matrix the row is the truth.
        title: one line above it.
    """
    rows = np.atleast_2d(np.asarray(counts, dtype=float))
    return Matrix(tuple(tuple(float(x) for x in row) for row in rows), title)


def curve(values: Any, title: str = "") -> Curve:
    """One or more series against their number, counted from 1.

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


def drawn(picture: Picture) -> Digits | Matrix | Curve:
    """The renderable of a picture in a report, without its title for digits."""
    if picture.kind == "digits":
        images = [np.array(row, dtype=np.uint8) for row in picture.rows]
        return digits(images, picture.captions)
    if picture.kind == "matrix":
        return Matrix(picture.rows)
    captions = picture.captions or ("",) * len(picture.rows)
    return Curve(captions, picture.rows)


@dataclass(frozen=True, slots=True)
class Digits:
    """Grey pictures of one size, with values from 0 to 255."""

    images: tuple[Array, ...]
    captions: tuple[str, ...]

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[Text]:
        """Draw them, as many side by side as fit."""
        width = self.images[0].shape[1] if self.images else SIDE
        per_row = max(1, (options.max_width + _GAP) // (width + _GAP))
        for start in range(0, len(self.images), per_row):
            chosen = self.images[start : start + per_row]
            drawn = [list(_pixels(image, console, options)) for image in chosen]
            yield from (_beside(parts) for parts in zip(*drawn, strict=True))
            if captions := self.captions[start : start + per_row]:
                yield _beside([_caption(c, width, options) for c in captions])
            if start + per_row < len(self.images):
                yield _text("")


@dataclass(frozen=True, slots=True)
class Matrix:
    """Numbers in rows and columns; what lies off the diagonal is set off."""

    rows: tuple[tuple[float, ...], ...]
    title: str = ""

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[Text]:
        """Draw it with a line of column numbers above."""
        if self.title:
            yield _text(self.title, "bold")
        columns = len(self.rows[0]) if self.rows else 0
        words = [[_number(x) for x in row] for row in self.rows]
        width = max((len(w) for row in words for w in row), default=1) + 1
        head = len(str(len(self.rows)))
        yield _text(
            " " * head + "".join(f"{i:>{width}}" for i in range(columns)), "dim"
        )
        for i, row in enumerate(words):
            line = _text("").append(f"{i:>{head}}", "dim")
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


@dataclass(frozen=True, slots=True)
class Curve:
    """Series of numbers, drawn with two points to a character's height."""

    names: tuple[str, ...]
    series: tuple[tuple[float, ...], ...]
    title: str = ""

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[Text]:
        """Draw it with its largest and smallest value at the side."""
        if self.title:
            yield _text(self.title, "bold")
        finite = [x for points in self.series for x in points if math.isfinite(x)]
        if not finite:
            yield _text("no numbers to draw", "dim")
            return
        low, high = min(finite), max(finite)
        labels = {0: f"{high:.4g}", _CURVE_ROWS - 1: f"{low:.4g}"}
        margin = max(len(label) for label in labels.values())
        columns = max(10, min(_CURVE_COLUMNS, options.max_width - margin - 2))
        grid = self._grid(columns, low, high)
        bar = "|" if options.ascii_only else "│"
        is_plain = (_is_plain(console) and len(self.series) > 1) or options.ascii_only
        for y in range(_CURVE_ROWS):
            line = _text("").append(f"{labels.get(y, ''):>{margin}}{bar}", "dim")
            _append_curve(line, grid[2 * y], grid[2 * y + 1], is_plain)
            yield line
        longest = max(len(points) for points in self.series)
        yield _text(f"{'':>{margin}} 1{longest:>{columns - 1}}", "dim")
        if any(self.names):
            yield self._legend(margin, is_plain)

    def _grid(self, columns: int, low: float, high: float) -> list[list[int | None]]:
        """For each half row and column the series that passes there, or None."""
        height = 2 * _CURVE_ROWS
        grid: list[list[int | None]] = [[None] * columns for _ in range(height)]
        span = (high - low) or 1.0
        for which, points in enumerate(self.series):
            last = None
            for x, value in enumerate(_stretched(points, columns)):
                if not math.isfinite(value):
                    last = None
                    continue
                y = round((high - value) / span * (height - 1))
                nearest = y if last is None else last + (y > last) - (y < last)
                for step in range(min(y, nearest), max(y, nearest) + 1):
                    grid[step][x] = which
                last = y
        return grid

    def _legend(self, margin: int, is_plain: bool) -> Text:
        line = _text(" " * (margin + 1))
        for which, name in enumerate(self.names):
            mark = _MARKERS[which % len(_MARKERS)] if is_plain else "▀"
            line.append(mark, _COLOURS[which % len(_COLOURS)])
            line.append(f" {name}  ")
        return line


def _stretched(points: Sequence[float], columns: int) -> Iterable[float]:
    """The series read at so many places, straight between its points."""
    if len(points) < 2:
        return list(points) * min(columns, len(points))
    places = np.linspace(0, len(points) - 1, columns)
    return [float(x) for x in np.interp(places, np.arange(len(points)), points)]


def _append_curve(
    line: Text, upper: list[int | None], lower: list[int | None], is_plain: bool
) -> None:
    for above, below in zip(upper, lower, strict=True):
        which = above if above is not None else below
        if which is None:
            line.append(" ")
        elif is_plain:
            line.append(_MARKERS[which % len(_MARKERS)])
        elif above is not None and below is not None and above != below:
            colours = _COLOURS[above % 5], _COLOURS[below % 5]
            line.append("▀", f"{colours[0]} on {colours[1]}")
        else:
            mark = "█" if above == below else "▀" if below is None else "▄"
            line.append(mark, _COLOURS[which % 5])


def _pixels(image: Array, console: Console, options: ConsoleOptions) -> Iterator[Text]:
    """One line for every two rows of pixels."""
    if image.shape[0] % 2:
        image = np.vstack([image, np.zeros_like(image[:1])])
    for upper, lower in zip(image[::2], image[1::2], strict=True):
        if options.ascii_only:
            mean = (upper.astype(int) + lower) // 2
            yield _text("".join(_RAMP[x * len(_RAMP) // 256] for x in mean))
        elif _is_plain(console):
            on = zip(upper > 127, lower > 127, strict=True)
            yield _text("".join(" ▄▀█"[2 * int(a) + int(b)] for a, b in on))
        else:
            yield _coloured(upper, lower)


def _coloured(upper: Array, lower: Array) -> Text:
    line = _text("")
    for a, b in zip(upper.tolist(), lower.tolist(), strict=True):
        line.append("▀", f"rgb({a},{a},{a}) on rgb({b},{b},{b})")
    return line


def _is_plain(console: Console) -> bool:
    return console.no_color or console.color_system is None


def _beside(parts: Sequence[Text]) -> Text:
    line = _text("")
    for i, part in enumerate(parts):
        line.append(" " * _GAP * (i > 0)).append_text(part)
    return line


def _caption(caption: str, width: int, options: ConsoleOptions) -> Text:
    text = _text(caption, "dim")
    text.truncate(width, overflow="crop" if options.ascii_only else "ellipsis")
    text.align("center", width)
    return text


def _grey(image: Any) -> Array:
    """An image as (h, w) uint8.

    Raises:
        ValueError: it is not a picture of 28 x 28 numbers.
    """
    array = np.asarray(image)
    if array.size != SIDE * SIDE:
        raise ValueError(f"a digit is 28 x 28 numbers; this has shape {array.shape}")
    array = array.reshape(SIDE, SIDE)
    if array.dtype.kind == "f" and np.nanmax(array) <= 1:
        array = array * 255
    grey: Array = np.nan_to_num(array).clip(0, 255).astype(np.uint8)
    return grey


def _trimmed(images: tuple[Array, ...]) -> tuple[Array, ...]:
    """The images without the margin that is black in all of them."""
    if not images:
        return images
    used = np.max(images, axis=0) > 32
    rows, columns = np.flatnonzero(used.any(1)), np.flatnonzero(used.any(0))
    if not rows.size:
        return images
    top, left = max(0, int(rows[0]) - 1), max(0, int(columns[0]) - 1)
    bottom, right = int(rows[-1]) + 2, int(columns[-1]) + 2
    return tuple(image[top:bottom, left:right] for image in images)


def _number(value: float) -> str:
    if not math.isfinite(value):
        return str(value)
    return str(int(value)) if value == int(value) else f"{value:.3g}"


def _text(words: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(words, style=style, no_wrap=True, overflow="crop", end="\n")
