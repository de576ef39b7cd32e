"""messages: what the judge and a worker say to each other, as records both import.

Each field that comes from a worker has a bound in its type, which `fields` keeps: a
longer text or row is cut, and a number beyond its bound is no answer. docs/protocol.md
lists the bounds.
"""

from __future__ import annotations

import functools
import itertools
import types
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from msgspec.structs import astuple

from grader.sandbox.codec.values import CodecError

# The number of a question, of an object, or of a function of the judge's.
Number = Annotated[int, Meta(ge=0, le=1 << 53)]
# More lines and columns than the largest file can have. Python gives -1 for a column
# that it does not know.
Line = Annotated[int, Meta(ge=0, le=10_000_000)]
Column = Annotated[int, Meta(ge=-1, le=10_000_000)]
Name = Annotated[str, Meta(max_length=200)]
Shape = Annotated[tuple[Number, ...], Meta(max_length=64)]
SourceLine = Annotated[str, Meta(max_length=400)]
Message = Annotated[str, Meta(max_length=2_000)]
# Any value that can be sent. The decoder bounds its size, its depth and its items.
Value = Annotated[Any, Meta(description="bounded by the decoder")]

# Questions. `number` is the question's own; its answer has the same.


class Load(msgspec.Struct, frozen=True):
    """Execute the attempt's file.

    Attributes:
        number: the question's own.
        cpu_s: the CPU seconds that it may take.
        source: the file.
        filename: what it is called in tracebacks.
        announces: whether to say `At` before each statement at the top level.
    """

    number: int
    cpu_s: float
    source: bytes
    filename: str
    announces: bool


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

    number: Number
    value: Value
    modified: Annotated[tuple[Number | Name, ...], Meta(max_length=20)] = ()


class ExceptionRaised(msgspec.Struct, frozen=True):
    """The attempt's exception, as `sandbox.Raised` has it.

    Attributes:
        statement: while the file is loaded, a line of the statement at its top level
            that raised it.
    """

    number: Number
    type_name: Name
    bases: Annotated[tuple[Name, ...], Meta(max_length=50)]
    message: Message
    line: Line | None
    source_line: SourceLine
    trace: Annotated[str, Meta(max_length=8_000)]
    tag: Annotated[str, Meta(max_length=100)]
    offset: Column | None
    part: SourceLine
    names: Annotated[
        tuple[tuple[Name, Name, Number | None, Shape | None], ...], Meta(max_length=50)
    ]
    statement: Line | None


class NameMissing(msgspec.Struct, frozen=True):
    """The attempt has no such name; the nearest one, or an empty text."""

    number: Number
    target: Name
    nearest: Name


class MemoryExhausted(msgspec.Struct, frozen=True):
    """The attempt was refused memory, in a `statement` as in `ExceptionRaised`."""

    number: Number
    statement: Line | None


class Unsendable(msgspec.Struct, frozen=True):
    """There is an answer, and why it cannot be sent."""

    number: Number
    why: SourceLine


class At(msgspec.Struct, frozen=True):
    """The line where the attempt is, when most of its time is used up or a statement
    begins; `statement` as in `ExceptionRaised`.
    """

    number: Number
    line: Line
    source_line: SourceLine
    statement: Line | None


class Progress(msgspec.Struct, frozen=True):
    """How far a training run has come, for display only."""

    number: Number
    numbers: Annotated[
        dict[Annotated[str, Meta(max_length=60)], Number | float], Meta(max_length=40)
    ]


class CallbackCalled(msgspec.Struct, frozen=True):
    """The attempt calls one of the judge's functions, and waits for what it answers."""

    number: Number
    function: Number
    args: Annotated[tuple[Value, ...], Meta(max_length=20)]
    kwargs: Annotated[dict[Name, Value], Meta(max_length=20)]


# Between the judge and the process that starts workers.


class Hello(msgspec.Struct, frozen=True):
    """It lives, and this is the folder for all scratch folders."""

    scratch: Annotated[str, Meta(max_length=4_096)]


class Imported(msgspec.Struct, frozen=True):
    """The libraries are there, and a worker can confine itself in these ways.

    Attributes:
        landlock: the version of Landlock's interface, 0 when there is none.
        has_filter: whether system calls can be filtered.
        has_limits: whether the platform limits resources.
    """

    landlock: Number
    has_filter: bool
    has_limits: bool


class NotImported(msgspec.Struct, frozen=True):
    """The libraries cannot be imported."""

    why: Message


class Start(msgspec.Struct, frozen=True):
    """Fork a worker; modules that its attempt mentions, and `Limits` as a list."""

    number: Number
    mentions: list[str]
    limits: list[Any]


class Started(msgspec.Struct, frozen=True):
    """The worker lives."""

    number: Number


class NotStarted(msgspec.Struct, frozen=True):
    """The worker could not be forked."""

    number: Number
    why: Message


class End(msgspec.Struct, frozen=True):
    """End a worker, which has so many seconds to do it by itself."""

    number: Number
    grace_s: float


class WorkerEnded(msgspec.Struct, frozen=True):
    """How a worker ended, with which number, and whether its folder is gone."""

    number: Number
    kind: Name
    code: Annotated[int, Meta(ge=-(1 << 31), le=1 << 32)]
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


# How a value of each type that may come is read; of nothing, any value may come.
_Readers = Mapping[type, Callable[[Any], Any]]


def to_fields(message: Any) -> tuple[Any, ...]:
    """Take a message apart, into the tuple that it is on the line."""
    return type(message).__name__, *astuple(message)


def from_fields(kinds: Any, fields: Any) -> Any:
    """Build the message that a tuple from the line is.

    A text or a row that is longer than its bound is cut.

    Args:
        kinds: the record that may come now, or a union of them.
        fields: what came.

    Raises:
        CodecError: it is not one of these messages, or a number is out of bounds.
    """
    match fields:
        case (str(name), *values):
            kind, readers = _kinds_of(kinds).get(name, (None, ()))
            if kind is not None and len(values) == len(readers):
                return kind(*map(_read, readers, values))
    raise CodecError("it is not an answer")


@functools.cache
def _kinds_of(kinds: Any) -> dict[str, tuple[Any, tuple[_Readers, ...]]]:
    """Return each record by its name, with how its fields are read."""
    records = typing.get_args(kinds) or (kinds,)
    return {
        kind.__name__: (kind, tuple(map(_readers_of, hints_of(kind).values())))
        for kind in records
    }


def hints_of(kind: Any) -> dict[str, Any]:
    """Return the types of a record's fields, with their bounds."""
    return typing.get_type_hints(kind, include_extras=True)


def _readers_of(hint: Any, bound: Meta | None = None) -> _Readers:
    origin, inner = typing.get_origin(hint) or hint, typing.get_args(hint)
    most = bound.max_length if bound else None
    if origin is Annotated:
        return _readers_of(*inner)
    if origin in (typing.Union, types.UnionType):
        return {kind: read for one in inner for kind, read in _readers_of(one).items()}
    if origin is Any:
        return {}
    if origin is tuple and inner and inner[-1] is not ...:
        return {tuple: functools.partial(_read_record, tuple(map(_readers_of, inner)))}
    if origin in (tuple, list):
        items = _readers_of(inner[0]) if inner else {}
        return {origin: functools.partial(_read_row, most, items)}
    if origin is dict:
        parts = tuple(map(_readers_of, inner))
        return {dict: functools.partial(_read_dict, most, parts)}
    if origin in (str, bytes):
        return {origin: lambda text: text[:most]}
    if bound is not None:
        return {origin: functools.partial(_read_number, bound)}
    return {origin: lambda value: value}


def _read(readers: _Readers, value: Any) -> Any:
    if not readers:
        return value
    # By `type`: a truth value is an int to `isinstance`, and no number of a question.
    read = readers.get(type(value))
    if read is None:
        raise CodecError("it is not an answer")
    return read(value)


def _read_number(bound: Meta, value: int) -> int:
    if not typing.cast(int, bound.ge) <= value <= typing.cast(int, bound.le):
        raise CodecError("it is not an answer")
    return value


def _read_row(most: int | None, items: _Readers, row: Any) -> Any:
    kept = row[:most]
    return type(row)(_read(items, one) for one in kept) if items else kept


def _read_record(parts: tuple[_Readers, ...], record: tuple[Any, ...]) -> Any:
    if len(record) != len(parts):
        raise CodecError("it is not an answer")
    return tuple(map(_read, parts, record))


def _read_dict(
    most: int | None, parts: tuple[_Readers, ...], entries: dict[Any, Any]
) -> dict[Any, Any]:
    keys, values = parts
    kept = itertools.islice(entries.items(), most)
    return {_read(keys, key): _read(values, value) for key, value in kept}
