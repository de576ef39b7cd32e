"""messages: what the judge and a worker say to each other, as records both import."""

from __future__ import annotations

from typing import Any

import msgspec

# Questions. `number` is the question's own; its answer has the same.


class Load(msgspec.Struct, frozen=True):
    """Execute the attempt's file; `cpu_s` is what that may take."""

    number: int
    cpu_s: float
    source: bytes
    filename: str


class Call(msgspec.Struct, frozen=True):
    """Call a function of the attempt, or a method of an object that stayed there."""

    number: int
    cpu_s: float
    target: str
    handle: int | None
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    watches_inputs: bool


class Get(msgspec.Struct, frozen=True):
    """Read a name of the attempt, or an attribute of an object that stayed there."""

    number: int
    cpu_s: float
    target: str
    handle: int | None


class Run(msgspec.Struct, frozen=True):
    """Run cells of a page, the last of them for what it shows.

    Attributes:
        number: the question's own.
        cpu_s: the CPU seconds of all of them.
        filename: what the page is called in tracebacks.
        text: the page.
        cells: a line and a source each, with an empty line for each line above it.
        goes_on: whether they follow those that ran before, or begin afresh.
    """

    number: int
    cpu_s: float
    filename: str
    text: str
    cells: list[Any]
    goes_on: bool


class CallbackReturned(msgspec.Struct, frozen=True):
    """What the judge's function answers to the attempt."""

    value: Any


class CallbackRaised(msgspec.Struct, frozen=True):
    """The exception of the judge's function, which the attempt may catch."""

    type_name: str
    message: str


# Answers, and what may come before one.


class Ready(msgspec.Struct, frozen=True):
    """The worker is confined and waits for its first question."""


class ValueReturned(msgspec.Struct, frozen=True):
    """The value, and which arguments were changed in place."""

    number: int
    value: Any
    modified: tuple[Any, ...] = ()


class ExceptionRaised(msgspec.Struct, frozen=True):
    """The attempt's exception, as `sandbox.Raised` has it."""

    number: int
    type_name: str
    bases: tuple[Any, ...]
    message: str
    line: int | None
    source_line: str
    trace: str
    tag: str
    offset: int | None
    part: str
    names: tuple[Any, ...]


class NameMissing(msgspec.Struct, frozen=True):
    """The attempt has no such name; the nearest one, or an empty text."""

    number: int
    target: str
    nearest: str


class MemoryExhausted(msgspec.Struct, frozen=True):
    """The attempt was refused memory."""

    number: int


class Unsendable(msgspec.Struct, frozen=True):
    """There is an answer, and why it cannot be sent."""

    number: int
    why: str


class At(msgspec.Struct, frozen=True):
    """The line where the attempt is when most of its time is used up."""

    number: int
    line: int
    source_line: str


class Progress(msgspec.Struct, frozen=True):
    """How far a training run has come, for display only."""

    number: int
    numbers: dict[Any, Any]


class CallbackCalled(msgspec.Struct, frozen=True):
    """The attempt calls one of the judge's functions, and waits for what it answers."""

    number: int
    function: int
    args: tuple[Any, ...]
    kwargs: dict[Any, Any]


# Between the judge and the process that starts workers.


class Hello(msgspec.Struct, frozen=True):
    """It lives, and this is the folder for all scratch folders."""

    scratch: str


class Imported(msgspec.Struct, frozen=True):
    """The libraries are there, and a worker can confine itself in these ways.

    Attributes:
        landlock: the version of Landlock's interface, 0 when there is none.
        has_filter: whether system calls can be filtered.
        has_limits: whether the platform limits resources.
    """

    landlock: int
    has_filter: bool
    has_limits: bool


class NotImported(msgspec.Struct, frozen=True):
    """The libraries cannot be imported."""

    why: str


class Start(msgspec.Struct, frozen=True):
    """Fork a worker; modules that its attempt mentions, and `Limits` as a list."""

    number: int
    mentions: list[str]
    limits: list[Any]


class Started(msgspec.Struct, frozen=True):
    """The worker lives."""

    number: int


class NotStarted(msgspec.Struct, frozen=True):
    """The worker could not be forked."""

    number: int
    why: str


class End(msgspec.Struct, frozen=True):
    """End a worker, which has so many seconds to do it by itself."""

    number: int
    grace_s: float


class WorkerEnded(msgspec.Struct, frozen=True):
    """How a worker ended, with which number, and whether its folder is gone."""

    number: int
    kind: str
    code: int
    is_gone: bool


Question = Load | Call | Get | Run
CallbackAnswer = CallbackReturned | CallbackRaised
WorkerMessage = (
    ValueReturned
    | ExceptionRaised
    | NameMissing
    | MemoryExhausted
    | Unsendable
    | At
    | Progress
    | CallbackCalled
)
