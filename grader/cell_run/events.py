"""events: what can happen while a page runs, each a record that is one line of JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec


class CellBegan(msgspec.Struct, frozen=True):
    """A cell begins; what follows is its own until the next one begins."""

    step: int


class Printed(msgspec.Struct, frozen=True):
    """Text came, not always a whole line; a warning is told apart."""

    text: str
    is_warning: bool = False


class Panel(msgspec.Struct, frozen=True):
    """One frame of a figure; `rows` is a digit's 28 rows of greys, or empty."""

    title: str
    rows: tuple[tuple[int, ...], ...] = ()


class Drew(msgspec.Struct, frozen=True):
    """A figure was shown: its PNG file in base 64, and what its frames hold."""

    png: str
    panels: tuple[Panel, ...]


class Trained(msgspec.Struct, frozen=True):
    """A network is being trained: epoch, epochs, step, steps and the measures."""

    progress: Mapping[str, Any]


class Unwritten(msgspec.Struct, frozen=True):
    """A cell met what is not written yet: an exercise, or a ``...`` (no tag then)."""

    tag: str
    line: int


class Waiting(msgspec.Struct, frozen=True):
    """A cell needs a name from a cell above that did not come to its end."""

    name: str
    line: int


class CellRaised(msgspec.Struct, frozen=True):
    """A cell ended in an exception of the learner's own.

    Attributes:
        kind: the exception's class.
        message: its first letters.
        line: the last line of the page that was on its way; 0 if none was.
        source: what stands in that line.
        function: the function that the line is in, or "".
    """

    kind: str
    message: str
    line: int
    source: str
    function: str = ""


class HeldBack(msgspec.Struct, frozen=True):
    """What the cell would show answers predictions that are unwritten, by line."""

    lines: tuple[int, ...]


class RunEnded(msgspec.Struct, frozen=True):
    """The run ended before its time; `words` say how."""

    words: str


class Finished(msgspec.Struct, frozen=True):
    """The last cell is over."""


Event = (
    CellBegan
    | Printed
    | Drew
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
        *(CellBegan, Printed, Drew, Trained, Unwritten, Waiting),
        *(CellRaised, HeldBack, RunEnded, Finished),
    )
}


def to_line(event: Event) -> str:
    """Return an event as one line of JSON."""
    told = {"event": type(event).__name__, **msgspec.to_builtins(event)}
    return json.dumps(told) + "\n"


def from_line(line: str | bytes) -> Event:
    """Return the event that a line tells of, whoever wrote it.

    Raises:
        ValueError: it tells of none.
    """
    told = msgspec.json.decode(line, type=dict[str, Any])
    # As text: what came may be a list, which no dict can be asked for.
    kind = _KINDS.get(str(told.pop("event", "")))
    if kind is None:
        raise ValueError("no such event")
    event: Event = msgspec.convert(told, kind)
    return event
