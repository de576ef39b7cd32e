"""messages: what the judge and a worker say to each other, as records both import.

The type of each field that comes from a worker has a bound, which `from_fields`
enforces. A longer text or row is cut, and a number out of bounds invalidates the
message. All bounds are in docs/protocol.md.
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

# The number of a question, of an object, or of one of the judge's functions.
Number = Annotated[int, Meta(ge=0, le=1 << 53)]
# More lines and columns than the largest file can have. Python uses -1 for an unknown
# column.
Line = Annotated[int, Meta(ge=0, le=10_000_000)]
Column = Annotated[int, Meta(ge=-1, le=10_000_000)]
Name = Annotated[str, Meta(max_length=200)]
Shape = Annotated[tuple[Number, ...], Meta(max_length=64)]
SourceLine = Annotated[str, Meta(max_length=400)]
Message = Annotated[str, Meta(max_length=2_000)]
# Any value that can be sent. The decoder bounds its size, depth and number of items.
Value = Annotated[Any, Meta(description="bounded by the decoder")]

# Questions. The answer to a question has the same `number`.


class Load(msgspec.Struct, frozen=True):
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


class Convert(msgspec.Struct, frozen=True):
    """Call a function of the author's with a value, which may have stayed there.

    Attributes:
        number: the number of this question.
        cpu_s: the CPU seconds that it may take.
        value: plain data, in which handles stand for objects that stayed there.
        function: what `attempt.author_function.prepare` returns.
    """

    number: int
    cpu_s: float
    value: Any
    function: dict[str, Any]


class Run(msgspec.Struct, frozen=True):
    """Run cells of a page, and report what the last of them shows.

    Attributes:
        number: the number of this question.
        cpu_s: the CPU seconds for all cells together.
        filename: the name of the page in tracebacks.
        text: the page.
        cells: the first line of each, and its source from there on.
        goes_on: whether they continue the previous run instead of starting afresh.
    """

    number: int
    cpu_s: float
    filename: str
    text: str
    cells: list[Any]
    goes_on: bool


class CallbackReturned(msgspec.Struct, frozen=True):
    """The return value of one of the judge's functions that the attempt called."""

    value: Any


class CallbackRaised(msgspec.Struct, frozen=True):
    """The exception of the judge's function, which the attempt may catch."""

    type_name: str
    message: str


# Answers, and messages that may come before one.


class Ready(msgspec.Struct, frozen=True):
    """The worker is confined and waits for its first question."""


class ValueReturned(msgspec.Struct, frozen=True):
    """The value, and which arguments were changed in place."""

    number: Number
    value: Value
    modified: Annotated[tuple[Number | Name, ...], Meta(max_length=20)] = ()


class ExceptionRaised(msgspec.Struct, frozen=True):
    """The attempt's exception, described as in `sandbox.Raised`.

    Attributes:
        statement: while the file is loaded, a line of the top-level statement that
            raised it.
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
    """The attempt doesn't have this name; `nearest` is the most similar one, or ""."""

    number: Number
    target: Name
    nearest: Name


class MemoryExhausted(msgspec.Struct, frozen=True):
    """The attempt ran out of memory, in a `statement` as in `ExceptionRaised`."""

    number: Number
    statement: Line | None


class Unsendable(msgspec.Struct, frozen=True):
    """There is an answer, but it can't be sent; `why` says why."""

    number: Number
    why: SourceLine


class At(msgspec.Struct, frozen=True):
    """The line where the attempt is now; `statement` is as in `ExceptionRaised`.

    It is sent when most of the time is used up, or when a statement begins.
    """

    number: Number
    line: Line
    source_line: SourceLine
    statement: Line | None


class Progress(msgspec.Struct, frozen=True):
    """The progress of a training run, for display only."""

    number: Number
    numbers: Annotated[
        dict[Annotated[str, Meta(max_length=60)], Number | float], Meta(max_length=40)
    ]


class CallbackCalled(msgspec.Struct, frozen=True):
    """The attempt calls one of the judge's functions, and waits for the answer."""

    number: Number
    function: Number
    args: Annotated[tuple[Value, ...], Meta(max_length=20)]
    kwargs: Annotated[dict[Name, Value], Meta(max_length=20)]


# Messages between the judge and the process that starts workers.


class Hello(msgspec.Struct, frozen=True):
    """The process is running; `scratch` is its folder for all scratch folders."""

    scratch: Annotated[str, Meta(max_length=4_096)]


class Imported(msgspec.Struct, frozen=True):
    """The libraries are imported; a worker can confine itself in these ways.

    Attributes:
        landlock: the version of Landlock's interface, 0 if there is none.
        has_filter: whether system calls can be filtered.
        has_limits: whether the platform limits resources.
    """

    landlock: Number
    has_filter: bool
    has_limits: bool


class NotImported(msgspec.Struct, frozen=True):
    """The libraries can't be imported."""

    why: Message


class Start(msgspec.Struct, frozen=True):
    """Fork a worker: the modules that its attempt mentions, and `Limits` as a list."""

    number: Number
    mentions: list[str]
    limits: list[Any]


class Started(msgspec.Struct, frozen=True):
    """The worker is running."""

    number: Number


class NotStarted(msgspec.Struct, frozen=True):
    """The worker couldn't be forked."""

    number: Number
    why: Message


class End(msgspec.Struct, frozen=True):
    """End a worker, after giving it this many seconds to end by itself."""

    number: Number
    grace_s: float


class WorkerEnded(msgspec.Struct, frozen=True):
    """How a worker ended, its exit code or signal, and whether its folder is gone."""

    number: Number
    kind: Name
    code: Annotated[int, Meta(ge=-(1 << 31), le=1 << 32)]
    is_gone: bool


Question = Load | Call | Get | Convert | Run
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


# How to read a value of each type that may arrive; if empty, any value may.
_Readers = Mapping[type, Callable[[Any], Any]]


def to_fields(message: Any) -> tuple[Any, ...]:
    """Convert a message to the tuple that is sent."""
    return type(message).__name__, *astuple(message)


def from_fields(kinds: Any, fields: Any) -> Any:
    """Build a message from a tuple that was received.

    A text or a row that is longer than its bound is cut.

    Args:
        kinds: the record that may arrive now, or a union of them.
        fields: the tuple that arrived.

    Raises:
        CodecError: it isn't one of these messages, or a number is out of bounds.
    """
    match fields:
        case (str(name), *values):
            kind, readers = _kinds_of(kinds).get(name, (None, ()))
            if kind is not None and len(values) == len(readers):
                return kind(*map(_read, readers, values))
    raise CodecError("it is not an answer")


@functools.cache
def _kinds_of(kinds: Any) -> dict[str, tuple[Any, tuple[_Readers, ...]]]:
    """Return each record type and the readers of its fields, by the type's name."""
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
    # By `type`: `isinstance` would accept a bool as an int.
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
