"""events: what can happen while a page runs, each a record that is one line of JSON.

A page may write any event about its own run. So the type of each field has a bound,
which `from_line` checks (see `bounds`).
"""

from __future__ import annotations

import json
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from grader.sandbox.bounds import Bounded, Line, Name, Number, SourceLine, Words

MOST_EVENTS = 600
# The bytes of all lines of a run together: figures can be large and numerous.
LONGEST_ACCOUNT = 20_000_000
MOST_LETTERS = 100_000
MOST_PANELS = 400
MOST_SERIES = 12
MOST_POINTS = 200
MOST_ROWS = 100
MOST_CALLERS = 10
MOST_FRAMES = 25
MOST_TICKS = 30
# Of a table, with its index.
MOST_TABLE_ROWS = 50
MOST_TABLE_COLUMNS = 30
LONGEST_CELL = 100
# In base 64: a larger picture is drawn again, small. A figure has two of them.
LONGEST_PICTURE = 660_000

_Greys = Annotated[tuple[Annotated[int, Meta(ge=0, le=255)], ...], Meta(max_length=28)]
_Numbers = Annotated[tuple[float, ...], Meta(max_length=MOST_POINTS)]
_Row = Annotated[tuple[float, ...], Meta(max_length=1_000)]
_TableRow = Annotated[
    tuple[Annotated[str, Meta(max_length=LONGEST_CELL)], ...],
    Meta(max_length=MOST_TABLE_COLUMNS),
]
_Picture = Annotated[str, Meta(max_length=LONGEST_PICTURE)]


class _Happened(Bounded, frozen=True, tag_field="event", tag=True):
    """An event, which says in JSON which one it is."""


class CellBegan(_Happened, frozen=True):
    """A cell begins; the events up to the next `CellBegan` belong to it."""

    step: Line


class Printed(_Happened, frozen=True):
    """Text was printed, not necessarily a whole line; warnings are marked."""

    text: Annotated[str, Meta(max_length=MOST_LETTERS + 100)]
    is_warning: bool = False


class Series(Bounded, frozen=True):
    """Some of the data that a frame of a figure shows.

    Attributes:
        name: its name in the legend, or "".
        x: the x coordinates of its points; for bars, their middles.
        y: the y coordinates of its points, or the lengths of the bars.
        kind: how it is drawn.
    """

    name: Name
    x: _Numbers
    y: _Numbers
    kind: Literal["line", "points", "bars"] = "line"


class Panel(Bounded, frozen=True):
    """One frame of a figure.

    Attributes:
        title: its title, or "".
        rows: the 28 rows of grey levels of a digit, or empty.
        x_label: the label of the x axis; for horizontal bars, of the y axis.
        y_label: the label of the other axis.
        series: its data; empty if they wouldn't describe everything that it shows.
        names: the labels of the bars.
        is_log: whether the y axis is logarithmic.
        has_image: whether it shows an image.
        has_axes: whether it has axes; a diagram has none.
    """

    title: Name
    rows: Annotated[tuple[_Greys, ...], Meta(max_length=28)] = ()
    x_label: Name = ""
    y_label: Name = ""
    series: Annotated[tuple[Series, ...], Meta(max_length=MOST_SERIES)] = ()
    names: Annotated[tuple[Name, ...], Meta(max_length=MOST_POINTS)] = ()
    is_log: bool = False
    has_image: bool = False
    has_axes: bool = True


class Drew(_Happened, frozen=True):
    """A figure was shown.

    Attributes:
        png: its PNG file in base 64.
        panels: the content of its axes.
        alt: a description of it in words.
        has_own_alt: whether the learner's code provides that description.
        title: the title above all axes, or "".
        dark: the same file for a dark page, or "" if `png` suits both.
    """

    png: _Picture
    panels: Annotated[tuple[Panel, ...], Meta(max_length=MOST_PANELS)]
    alt: Words = ""
    dark: _Picture = ""
    has_own_alt: bool = False
    title: Name = ""


class Mark(Bounded, frozen=True):
    """What a frame of a slider shows for one series, in fractions of the frame.

    Attributes:
        name: its name in the legend, or "".
        kind: how it is drawn.
        x: how far its points, or the middles of its bars, are from the left.
        y: how far its points, or the ends of its bars, are from below.
        colour: the place of its colour in the usual order; -1 for any other.
        is_dashed: whether its line is dashed.
        width: the width of its bars.
        base: how far the other ends of its bars are from below.
    """

    name: Name
    kind: Literal["line", "points", "bars"]
    x: _Numbers
    y: _Numbers
    colour: Annotated[int, Meta(ge=-1, le=9)] = -1
    is_dashed: bool = False
    width: float = 0.0
    base: float = 0.0


class Frame(Bounded, frozen=True):
    """What a slider shows for one value: the value, the frame's title and its data."""

    value: Name
    title: Name
    marks: Annotated[tuple[Mark, ...], Meta(max_length=MOST_SERIES)]


class Tick(Bounded, frozen=True):
    """A tick of an axis: its place, as a fraction of the axis, and its words."""

    at: float
    words: Name


class Slid(_Happened, frozen=True):
    """A figure with a slider was shown.

    Attributes:
        label: what the number is called.
        frames: one for each value; all have the same axes.
        title: the title of the whole figure, or "".
        alt: a description of it in words, or "".
        x_label: the label of the x axis.
        y_label: the label of the y axis.
        x_ticks: the ticks of the x axis.
        y_ticks: the ticks of the y axis.
    """

    label: Name
    frames: Annotated[tuple[Frame, ...], Meta(max_length=MOST_FRAMES)]
    title: Name = ""
    alt: Words = ""
    x_label: Name = ""
    y_label: Name = ""
    x_ticks: Annotated[tuple[Tick, ...], Meta(max_length=MOST_TICKS)] = ()
    y_ticks: Annotated[tuple[Tick, ...], Meta(max_length=MOST_TICKS)] = ()


class Pictured(_Happened, frozen=True):
    """A picture of `grader.pictures` was shown, in a form that a page can draw itself.

    Attributes:
        kind: its kind, as in the pictures of a report.
        title: the title above it, or "".
        rows: its numbers, one row for each digit (784 numbers) or series.
        captions: the names of its digits or series.
    """

    kind: Literal["digits", "matrix", "curve"]
    title: Name
    rows: Annotated[tuple[_Row, ...], Meta(max_length=MOST_ROWS)]
    captions: Annotated[tuple[Name, ...], Meta(max_length=MOST_ROWS)] = ()


class Tabled(_Happened, frozen=True):
    """A table was shown: a DataFrame, as texts.

    Attributes:
        head: the names of its index and of its columns.
        rows: its rows, each with its labels first.
        index_count: how many texts of each row are labels.
        row_count: how many rows the whole table has.
        column_count: how many columns the whole table has, without the index.
    """

    head: _TableRow
    rows: Annotated[tuple[_TableRow, ...], Meta(max_length=MOST_TABLE_ROWS)]
    index_count: Number
    row_count: Number
    column_count: Number


class Trained(_Happened, frozen=True):
    """A network is being trained: epoch, epochs, step, steps and the metrics."""

    progress: Annotated[dict[Name, Number | float], Meta(max_length=40)]


class Unwritten(_Happened, frozen=True):
    """A cell reached code that isn't written yet: a stub, or ``...`` (no tag)."""

    tag: Name
    line: Line


class Waiting(_Happened, frozen=True):
    """A cell needs a name from a cell above that didn't run to its end."""

    name: Name
    line: Line


class Caller(Bounded, frozen=True):
    """A line of the page that called what raised an exception.

    Attributes:
        line: its number.
        source: what is in it.
        function: the function that the line is in, or "".
    """

    line: Line
    source: SourceLine
    function: Name = ""


class CellRaised(_Happened, frozen=True):
    """A cell ended in an exception from the learner's own code.

    Attributes:
        kind: the exception's class.
        message: its first letters.
        line: the line of the page that was running, in the innermost call; 0 if none.
        source: what is in that line.
        function: the function that the line is in, or "".
        callers: the lines of the page that led there, the nearest first.
        is_cut: whether there are more callers, between the last two.
    """

    kind: Name
    message: Words
    line: Line
    source: SourceLine
    function: Name = ""
    callers: Annotated[tuple[Caller, ...], Meta(max_length=MOST_CALLERS)] = ()
    is_cut: bool = False


class HeldBack(_Happened, frozen=True):
    """The output was withheld: it would answer unwritten predictions in these lines."""

    lines: Annotated[tuple[Line, ...], Meta(max_length=1_000)]


class RunEnded(_Happened, frozen=True):
    """The run ended early; `words` says why."""

    words: Words


class Finished(_Happened, frozen=True):
    """The last cell has finished."""


Event = (
    CellBegan
    | Printed
    | Drew
    | Slid
    | Pictured
    | Tabled
    | Trained
    | Unwritten
    | Waiting
    | CellRaised
    | HeldBack
    | RunEnded
    | Finished
)


def to_line(event: Event) -> str:
    """Return an event as one line of JSON."""
    # An output may contain half a character, which no page could show.
    line = json.dumps(msgspec.to_builtins(event), ensure_ascii=False)
    return line.encode("utf-8", "replace").decode() + "\n"


def from_line(line: str | bytes) -> Event:
    """Return the event that a line describes; the line is untrusted.

    Raises:
        ValueError: it describes no event.
    """
    try:
        # Use `json`, because a loss may be nan, which msgspec doesn't read.
        fields = json.loads(line)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    json.dumps(fields, ensure_ascii=False).encode()  # refuse half a surrogate pair
    event: Event = msgspec.convert(fields, Event)
    return event
