"""replies: the possible outcomes of one question to a worker.

A failure of the attempt is a reply like any other, never an exception. A worker sends
those that are a `Message`; the others are the judge's.
"""

from __future__ import annotations

import re
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from grader.sandbox.bounds import (
    Column,
    Line,
    Message,
    Name,
    Number,
    Shape,
    SourceLine,
    Value,
    Words,
)


class Returned(Message, frozen=True):
    """The call returned a value.

    Attributes:
        value: plain data, or a `codec.Handle` for an object that stays in the worker.
        modified: positions and names of the arguments that were changed in place.
    """

    value: Value
    modified: Annotated[tuple[Number | Name, ...], Meta(max_length=20)] = ()


class NamedValue(NamedTuple):
    """The value of a name, or of a dict entry that is written as params["W1"].

    Attributes:
        name: the name, or the entry as Python writes it.
        type_name: the name of the value's type.
        size: the number of entries of a plain tuple or list, else None.
        shape: the shape of a NumPy array, else None.
    """

    name: Name
    type_name: Name
    size: Number | None = None
    shape: Shape | None = None


class Raised(Message, frozen=True):
    """The call, or the attempt's file while it was loaded, raised an exception.

    Attributes:
        type_name: the name of its class.
        bases: the names of its class and of all its base classes.
        message: its text, at most 2000 characters.
        line: the innermost line inside the attempt's file, if any.
        source_line: that line's text.
        trace: the frames inside the attempt's file, innermost last.
        tag: the first argument of a NotImplementedError when it is text.
        offset: for a SyntaxError, the column it points to, counted from 1.
        part: the expression of the attempt's file that raised, if any.
        names: the values of its names, then those of the function's other names.
        statement: while the file is loaded, a line of the top-level statement that
            raised it.
    """

    type_name: Name
    bases: Annotated[tuple[Name, ...], Meta(max_length=50)]
    message: Words
    line: Line | None = None
    source_line: SourceLine = ""
    trace: Annotated[str, Meta(max_length=8_000)] = ""
    tag: Annotated[str, Meta(max_length=100)] = ""
    offset: Column | None = None
    part: SourceLine = ""
    names: Annotated[tuple[NamedValue, ...], Meta(max_length=50)] = ()
    statement: Line | None = None

    @property
    def is_own(self) -> bool:
        """Whether a `raise` statement of the attempt raised it."""
        if self.part:
            return re.match(r"raise\b", self.part) is not None
        return "raise " in self.source_line


class Missing(Message, frozen=True):
    """The attempt doesn't have this name; `nearest` is the most similar one, or ""."""

    target: Name
    nearest: Name = ""


class TimedOut(msgspec.Struct, frozen=True):
    """The call was stopped after `limit_s` seconds of CPU time or wall-clock time.

    Attributes:
        limit_s: the seconds it was given.
        kind: `"cpu"` or `"wall"`.
        line: the line of the attempt's file it was at, if known.
        source_line: that line's text.
        statement: as in `Raised`.
    """

    limit_s: float
    kind: str
    line: int | None = None
    source_line: str = ""
    statement: int | None = None


class OutOfMemory(Message, frozen=True):
    """The call needed more memory than `limit_mb`, which the judge fills in.

    `statement` is as in `Raised`.
    """

    limit_mb: Number = 0
    statement: Line | None = None


KILLED = "was ended by SIGKILL"


class Ended(msgspec.Struct, frozen=True):
    """The worker ended before it answered; `how` completes "Your program …".

    Attributes:
        how: how it ended.
        statement: as in `Raised`; known only if statements are announced.
    """

    how: str
    statement: int | None = None

    @property
    def was_killed(self) -> bool:
        """Whether the system killed it, as it does when memory has run out."""
        return self.how == KILLED


class Garbled(Message, frozen=True):
    """The reply isn't a valid answer: too large, or not according to the protocol."""

    why: SourceLine


class Spent(msgspec.Struct, frozen=True):
    """The grading as a whole has used up its budget, so it asks no further questions.

    Attributes:
        kind: `"wall"`, seconds of all calls; `"answers"`, MB of all answers; or
            `"judge"`, CPU seconds of the judge.
        most: the budget of this kind.
    """

    kind: str
    most: float


class Lost(msgspec.Struct, frozen=True):
    """The grader itself failed."""

    why: str


Reply = (
    Returned
    | Raised
    | Missing
    | TimedOut
    | OutOfMemory
    | Ended
    | Garbled
    | Spent
    | Lost
)
