"""bounds: how much a field may hold of what comes from another process.

A record's types say it. A text or row that is too long is cut when a record is created,
and `msgspec.convert`, which reads records, refuses it. All bounds are in
docs/protocol.md.
"""

from __future__ import annotations

import functools
import typing
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from msgspec.structs import force_setattr

# The number of a question, of an object, or of one of the judge's functions.
Number = Annotated[int, Meta(ge=0, le=1 << 53)]
# More lines and columns than the largest file can have. Python uses -1 for an unknown
# column.
Line = Annotated[int, Meta(ge=0, le=10_000_000)]
Column = Annotated[int, Meta(ge=-1, le=10_000_000)]
Name = Annotated[str, Meta(max_length=200)]
Shape = Annotated[tuple[Number, ...], Meta(max_length=64)]
SourceLine = Annotated[str, Meta(max_length=400)]
Words = Annotated[str, Meta(max_length=2_000)]
# Any value that can be sent. The decoder bounds its size, depth and number of items.
Value = Annotated[Any, Meta(description="bounded by the decoder")]


class Bounded(msgspec.Struct, frozen=True):
    """A record whose texts and rows are cut to their bounds when it is created."""

    def __post_init__(self) -> None:
        for name, most in _longest(type(self)):
            value = getattr(self, name)
            if len(value) > most:
                force_setattr(self, name, value[:most])


class Message(
    Bounded, frozen=True, tag=True, array_like=True, forbid_unknown_fields=True
):
    """A record that is sent as a tuple: its name and its fields."""


def hints_of(kind: Any) -> dict[str, Any]:
    """Return the types of a record's fields, with their bounds."""
    return typing.get_type_hints(kind, include_extras=True)


@functools.cache
def _longest(kind: type[Bounded]) -> tuple[tuple[str, int], ...]:
    """Return the name of each field that is a text or a row, and its bound."""
    annotated = {
        name: typing.get_args(hint)
        for name, hint in hints_of(kind).items()
        if typing.get_origin(hint) is Annotated
    }
    return tuple(
        (name, bound.max_length)
        for name, (inner, bound) in annotated.items()
        if (typing.get_origin(inner) or inner) in (str, tuple)
    )
