"""fields: a message as the tuple that it is on the line, and back.

The tuple holds the name of the message's record, then its fields. Whoever reads one
checks the name, the number of fields and the type of each before it believes that it is
a message at all.
"""

from __future__ import annotations

import functools
import types
import typing
from typing import Any

from msgspec.structs import astuple

from grader.codec.values import CodecError


def to_fields(message: Any) -> tuple[Any, ...]:
    """Take a message apart, into the tuple that it is on the line."""
    return type(message).__name__, *astuple(message)


def from_fields(kinds: Any, fields: Any) -> Any:
    """Build the message that a tuple from the line is.

    Args:
        kinds: the record that may come now, or a union of them.
        fields: what came.

    Raises:
        CodecError: it is not one of these messages.
    """
    match fields:
        case (str(name), *values):
            kind, hints = _kinds_of(kinds).get(name, (None, ()))
            is_whole = len(values) == len(hints) and all(map(_fits, values, hints))
            if kind is not None and is_whole:
                return kind(*values)
    raise CodecError("it is not an answer")


@functools.cache
def _kinds_of(kinds: Any) -> dict[str, tuple[Any, tuple[Any, ...]]]:
    """Return each record by its name, with its fields' types; None is any type."""
    records = typing.get_args(kinds) or (kinds,)
    return {
        kind.__name__: (kind, tuple(map(_types, typing.get_type_hints(kind).values())))
        for kind in records
    }


def _types(hint: Any) -> frozenset[type] | None:
    if hint is Any:
        return None
    alternatives = (
        typing.get_args(hint) if isinstance(hint, types.UnionType) else [hint]
    )
    return frozenset(typing.get_origin(one) or one for one in alternatives)


def _fits(value: Any, allowed: frozenset[type] | None) -> bool:
    # By `type`: a truth value is an int to `isinstance`, and no number of a question.
    return allowed is None or type(value) in allowed
