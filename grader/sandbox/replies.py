"""replies: the possible outcomes of one question to a worker.

A failure of the attempt is a reply like any other, never an exception.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec


class Returned(msgspec.Struct, frozen=True):
    """It returned a value.

    Attributes:
        value: plain data, or a `codec.Handle` for an object that stays in the worker.
        modified: positions and names of the arguments that were changed in place.
        wall_s: how many seconds it took, as the judge measured it.
        cpu_s: CPU seconds, as the judge measured them.
    """

    value: Any
    modified: tuple[int | str, ...] = ()
    wall_s: float = 0.0
    cpu_s: float = 0.0


class NamedValue(msgspec.Struct, frozen=True):
    """The value of a name, or of a dict entry that is written as params["W1"].

    Attributes:
        name: the name, or the entry as Python writes it.
        type_name: the name of the value's type.
        size: the number of entries of a plain tuple or list, else None.
        shape: the shape of a NumPy array, else None.
    """

    name: str
    type_name: str
    size: int | None = None
    shape: tuple[int, ...] | None = None


class Raised(msgspec.Struct, frozen=True):
    """It raised an exception.

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
        wall_s: how many seconds it took.
    """

    type_name: str
    bases: tuple[str, ...]
    message: str
    line: int | None = None
    source_line: str = ""
    trace: str = ""
    tag: str = ""
    offset: int | None = None
    part: str = ""
    names: tuple[NamedValue, ...] = ()
    statement: int | None = None
    wall_s: float = 0.0

    @property
    def is_own(self) -> bool:
        """Whether a `raise` statement of the attempt raised it."""
        if self.part:
            return re.match(r"raise\b", self.part) is not None
        return "raise " in self.source_line


class Missing(msgspec.Struct, frozen=True):
    """The attempt doesn't have this name; `nearest` is the most similar one, or ""."""

    target: str
    nearest: str = ""


class TimedOut(msgspec.Struct, frozen=True):
    """It was stopped after `limit_s` seconds of CPU time or of wall-clock time.

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


class OutOfMemory(msgspec.Struct, frozen=True):
    """It needed more memory than `limit_mb`; `statement` is as in `Raised`."""

    limit_mb: int
    statement: int | None = None


class Ended(msgspec.Struct, frozen=True):
    """The worker ended before it answered; `how` completes "Your program …".

    Attributes:
        how: how it ended.
        statement: as in `Raised`; known only if statements are announced.
    """

    how: str
    statement: int | None = None


class Garbled(msgspec.Struct, frozen=True):
    """The reply isn't a valid answer: too large, or not according to the protocol."""

    why: str


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
