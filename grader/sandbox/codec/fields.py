"""fields: a message as the tuple that it is on the line, and back.

The tuple holds the name of the message's record, then its fields. Whoever reads one
checks the name, the number of fields and the type of each before it believes that it is
a message at all, and keeps each field within the bound that its type has.
"""

from __future__ import annotations

import functools
import itertools
import types
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from msgspec import Meta
from msgspec.structs import astuple

from grader.sandbox.codec.values import CodecError

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
