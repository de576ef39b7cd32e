"""messages: what the judge and a worker say to each other, as records both import.

The answers are in `replies`. The type of each field that comes from a worker has a
bound, which `from_fields` checks; see `bounds`.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta
from msgspec.structs import astuple

from grader.sandbox.bounds import Line, Message, Name, Number, SourceLine, Value, Words
from grader.sandbox.codec.values import CodecError
from grader.sandbox.replies import Garbled, Missing, OutOfMemory, Raised, Returned

# Questions. The answer to a question has the same `number`.


class Load(Message, frozen=True):
    """Execute the attempt's file.

    Attributes:
        number: the number of this question.
        cpu_s: the CPU seconds that it may take.
        source: the content of the file.
        filename: its name in tracebacks.
        announces: whether to send `At` before each top-level statement.
    """

    number: int
    cpu_s: float
    source: bytes
    filename: str
    announces: bool


class Call(Message, frozen=True):
    """Call a function of the attempt, or a method of an object in the worker."""

    number: int
    cpu_s: float
    target: str
    handle: int | None
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    watches_inputs: bool


class Get(Message, frozen=True):
    """Read a name of the attempt, or an attribute of an object in the worker."""

    number: int
    cpu_s: float
    target: str
    handle: int | None


class Convert(Message, frozen=True):
    """Call a function of the author's with a value, which the worker may keep.

    Attributes:
        number: the number of this question.
        cpu_s: the CPU seconds that it may take.
        value: plain data, in which handles stand for objects that the worker keeps.
        function: what `attempt.author_function.prepare` returns.
    """

    number: int
    cpu_s: float
    value: Any
    function: dict[str, Any]


class Run(Message, frozen=True):
    """Run cells of a page, and report what the last of them shows.

    Those that have run here and are unchanged aren't run again. The answer is None if
    that can't be done: what they left behind has been changed since.

    Attributes:
        number: the number of this question.
        cpu_s: the CPU seconds for all cells together.
        filename: the name of the page in tracebacks.
        text: the page.
        cells: the first line of each, and its source from there on.
        goes_on: whether to use what has run here, instead of starting afresh.
        keeps: whether to keep what a later run needs to go back.
    """

    number: int
    cpu_s: float
    filename: str
    text: str
    cells: list[Any]
    goes_on: bool
    keeps: bool


class Settle(Message, frozen=True):
    """Note what the cells of the last run have left behind, for the next run.

    The answer is whether a run can go on there.
    """

    number: int
    cpu_s: float


class CallbackReturned(Message, frozen=True):
    """The return value of one of the judge's functions that the attempt called."""

    value: Any


class CallbackRaised(Message, frozen=True):
    """The exception of the judge's function, which the attempt may catch."""

    type_name: str
    message: str


# From the worker, each with the number of the question that it answers. Some messages
# may come before the answer, which is one of these replies.


class Ready(Message, frozen=True):
    """The worker is confined and waits for its first question."""


class At(Message, frozen=True):
    """The line where the attempt is now; `statement` is as in `Raised`.

    It is sent when most of the time is used up, or when a statement begins.
    """

    line: Line
    source_line: SourceLine
    statement: Line | None


class Progress(Message, frozen=True):
    """The progress of a training run, for display only."""

    numbers: Annotated[
        dict[Annotated[str, Meta(max_length=60)], Number | float], Meta(max_length=40)
    ]


class CallbackCalled(Message, frozen=True):
    """The attempt calls one of the judge's functions, and waits for the answer."""

    function: Number
    args: Annotated[tuple[Value, ...], Meta(max_length=20)]
    kwargs: Annotated[dict[Name, Value], Meta(max_length=20)]


# Messages between the judge and the process that starts workers.


class Hello(Message, frozen=True):
    """The process is running; `scratch` is its folder for all scratch folders."""

    scratch: Annotated[str, Meta(max_length=4_096)]


class Imported(Message, frozen=True):
    """The libraries are imported; a worker can confine itself in these ways.

    Attributes:
        landlock: the version of Landlock's interface, 0 if there is none.
        has_filter: whether system calls can be filtered.
        has_limits: whether the platform limits resources.
    """

    landlock: Number
    has_filter: bool
    has_limits: bool


class NotImported(Message, frozen=True):
    """The libraries can't be imported."""

    why: Words


class Start(Message, frozen=True):
    """Fork a worker: the modules that its attempt mentions, and `Limits` as a list."""

    number: Number
    mentions: list[str]
    limits: list[Any]


class Started(Message, frozen=True):
    """The worker is running."""

    number: Number


class NotStarted(Message, frozen=True):
    """The worker couldn't be forked."""

    number: Number
    why: Words


class End(Message, frozen=True):
    """End a worker, after giving it this many seconds to end by itself."""

    number: Number
    grace_s: float


class WorkerEnded(Message, frozen=True):
    """How a worker ended, its exit code or signal, and whether its folder is gone."""

    number: Number
    kind: Name
    code: Annotated[int, Meta(ge=-(1 << 31), le=1 << 32)]
    is_gone: bool


Question = Load | Call | Get | Convert | Run | Settle
CallbackAnswer = CallbackReturned | CallbackRaised
WorkerMessage = (
    Returned | Raised | Missing | OutOfMemory | Garbled | At | Progress | CallbackCalled
)


def to_fields(message: Any) -> tuple[Any, ...]:
    """Convert a message to the tuple that is sent."""
    return type(message).__name__, *astuple(message)


def from_fields(kinds: Any, fields: Any) -> Any:
    """Build a message from a tuple that was received.

    Args:
        kinds: the record that may arrive now, or a union of them.
        fields: the tuple that arrived.

    Raises:
        CodecError: it isn't one of these messages, or a field is out of bounds.
    """
    try:
        message = msgspec.convert(fields, kinds)
    except (msgspec.ValidationError, UnicodeError):
        raise CodecError("it is not an answer") from None
    # `convert` also accepts a list for a tuple, and a missing field with a default.
    if [tuple, *map(type, to_fields(message))] != [type(fields), *map(type, fields)]:
        raise CodecError("it is not an answer")
    return message
