"""events: what can happen while a page runs, each a record that is one line of JSON.

A page may say anything of its own run, so each field has a bound in its type, which
`from_line` checks. `to_line` cuts the texts of an event to these bounds.
"""

from __future__ import annotations

import functools
import json
import typing
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

MOST_EVENTS = 600
# All lines of a run together: figures may be large, and many.
LONGEST_ACCOUNT = 20_000_000
MOST_LETTERS = 100_000
MOST_PANELS = 400
MOST_SERIES = 12
MOST_POINTS = 200
MOST_ROWS = 100
# In base 64: a larger picture is drawn again, small. A figure has two of them.
LONGEST_PICTURE = 660_000

Line = Annotated[int, Meta(ge=0, le=10_000_000)]
Name = Annotated[str, Meta(max_length=200)]
SourceLine = Annotated[str, Meta(max_length=400)]
Words = Annotated[str, Meta(max_length=2_000)]
_Greys = Annotated[tuple[Annotated[int, Meta(ge=0, le=255)], ...], Meta(max_length=28)]
_Number = Annotated[int, Meta(ge=0, le=1 << 53)] | float
_Numbers = Annotated[tuple[float, ...], Meta(max_length=MOST_POINTS)]
_Row = Annotated[tuple[float, ...], Meta(max_length=1_000)]
_Picture = Annotated[str, Meta(max_length=LONGEST_PICTURE)]


class CellBegan(msgspec.Struct, frozen=True):
    """A cell begins; what follows is its own until the next one begins."""

    step: Line


class Printed(msgspec.Struct, frozen=True):
    """Text came, not always a whole line; a warning is distinguished."""

    text: Annotated[str, Meta(max_length=MOST_LETTERS + 100)]
    is_warning: bool = False


class Series(msgspec.Struct, frozen=True):
    """Some of the data that a frame of a figure shows.

    Attributes:
        name: as the legend has it, or "".
        x: where its points are; of bars, their middles.
        y: how high they are.
        kind: how they are drawn.
    """

    name: Name
    x: _Numbers
    y: _Numbers
    kind: Literal["line", "points", "bars"] = "line"


class Panel(msgspec.Struct, frozen=True):
    """One frame of a figure.

    Attributes:
        title: its title, or "".
        rows: a digit's 28 rows of greys, or empty.
        x_label: what is told across, or of bars, along them.
        y_label: what is told upwards.
        series: its data; empty where they don't tell all that it shows.
        names: what is written at each bar.
        is_log: whether it counts upwards in powers of ten.
        has_image: whether it shows an image.
    """

    title: Name
    rows: Annotated[tuple[_Greys, ...], Meta(max_length=28)] = ()
    x_label: Name = ""
    y_label: Name = ""
    series: Annotated[tuple[Series, ...], Meta(max_length=MOST_SERIES)] = ()
    names: Annotated[tuple[Name, ...], Meta(max_length=MOST_POINTS)] = ()
    is_log: bool = False
    has_image: bool = False


class Drew(msgspec.Struct, frozen=True):
    """A figure was shown.

    Attributes:
        png: its PNG file in base 64.
        panels: what its frames hold.
        alt: what it shows, in words.
        has_own_alt: whether its author has written them.
        title: what stands above all frames, or "".
        dark: the same file for a dark page, or "" where one fits both.
    """

    png: _Picture
    panels: Annotated[tuple[Panel, ...], Meta(max_length=MOST_PANELS)]
    alt: Words = ""
    dark: _Picture = ""
    has_own_alt: bool = False
    title: Name = ""


class Pictured(msgspec.Struct, frozen=True):
    """A picture of `grader.pictures` was shown, where a page can draw it itself.

    Attributes:
        kind: what it is, as in the pictures of a report.
        title: what stands above it, or "".
        rows: its numbers; of digits 784 each.
        captions: the names of its digits or series.
    """

    kind: Literal["digits", "matrix", "curve"]
    title: Name
    rows: Annotated[tuple[_Row, ...], Meta(max_length=MOST_ROWS)]
    captions: Annotated[tuple[Name, ...], Meta(max_length=MOST_ROWS)] = ()


class Trained(msgspec.Struct, frozen=True):
    """A network is being trained: epoch, epochs, step, steps and the measures."""

    progress: Annotated[dict[Name, _Number], Meta(max_length=40)]


class Unwritten(msgspec.Struct, frozen=True):
    """A cell met what is not written yet: an exercise, or a ``...`` (no tag then)."""

    tag: Name
    line: Line


class Waiting(msgspec.Struct, frozen=True):
    """A cell needs a name from a cell above that did not come to its end."""

    name: Name
    line: Line


class CellRaised(msgspec.Struct, frozen=True):
    """A cell ended in an exception of the learner's own.

    Attributes:
        kind: the exception's class.
        message: its first letters.
        line: the last line of the page that was on its way; 0 if none was.
        source: what is in that line.
        function: the function that the line is in, or "".
    """

    kind: Name
    message: Words
    line: Line
    source: SourceLine
    function: Name = ""


class HeldBack(msgspec.Struct, frozen=True):
    """What the cell would show answers predictions that are unwritten, by line."""

    lines: Annotated[tuple[Line, ...], Meta(max_length=1_000)]


class RunEnded(msgspec.Struct, frozen=True):
    """The run ended before its time; `words` say how."""

    words: Words


class Finished(msgspec.Struct, frozen=True):
    """The last cell is over."""


Event = (
    CellBegan
    | Printed
    | Drew
    | Pictured
    | Trained
    | Unwritten
    | Waiting
    | CellRaised
    | HeldBack
    | RunEnded
    | Finished
)
_KINDS: dict[str, Any] = {
    kind.__name__: kind
    for kind in (
        *(CellBegan, Printed, Drew, Pictured, Trained, Unwritten, Waiting),
        *(CellRaised, HeldBack, RunEnded, Finished),
    )
}


def to_line(event: Event) -> str:
    """Return an event as one line of JSON."""
    told = {"event": type(event).__name__, **msgspec.to_builtins(event)}
    for name, most in _longest_texts(type(event)).items():
        told[name] = told[name][:most]
    # What a page says may hold half a character, which no page could show.
    line = json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")
    return line.decode() + "\n"


def from_line(line: str | bytes) -> Event:
    """Return the event that a line tells of, whoever wrote it.

    Raises:
        ValueError: it tells of none.
    """
    try:
        # By `json`: a loss may be nan, which msgspec does not read.
        told = json.loads(line)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    if not isinstance(told, dict):
        raise ValueError("no such event")
    json.dumps(told, ensure_ascii=False).encode()  # with half a character it is none
    # As text: what came may be a list, which no dict can be asked for.
    kind = _KINDS.get(str(told.pop("event", "")))
    if kind is None:
        raise ValueError("no such event")
    event: Event = msgspec.convert(told, kind)
    return event


@functools.cache
def _longest_texts(kind: type[Event]) -> dict[str, int]:
    """Return how long each text of a record may be."""
    return {
        name: bound.max_length
        for name, hint in typing.get_type_hints(kind, include_extras=True).items()
        if typing.get_origin(hint) is Annotated
        for inner, bound in [typing.get_args(hint)]
        if inner is str
    }
