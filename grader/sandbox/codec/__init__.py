"""codec: convert values to bytes and back, without any code in them.

`codec.values` has the complete list of types that may be sent. The decoder trusts no
input. It bounds bytes, depth, items, keys and dimensions, accepts only what the
encoder can have written, and raises `CodecError` for anything else.

A message is a frame: its length in eight bytes, then one value.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from grader.sandbox.codec.decoder import Decoder
from grader.sandbox.codec.encoder import Encoder
from grader.sandbox.codec.values import (
    INSTEAD,
    CallbackHandle,
    CodecError,
    ExpressionText,
    Handle,
    Record,
    has_labels,
)

__all__ = [
    "FRAME_LENGTH",
    "INSTEAD",
    "CallbackHandle",
    "CodecError",
    "ExpressionText",
    "Handle",
    "Record",
    "decode",
    "decode_weighed",
    "encode",
    "frame",
    "has_labels",
]

FRAME_LENGTH = struct.Struct("<Q")


def frame(
    value: Any,
    keep: Callable[[Any], Any] | None = None,
    max_bytes: int = 1 << 31,
) -> list[memoryview]:
    """Return the buffers of one message, to be sent one after another.

    Args:
        value: the value to send.
        keep: called with an object that can't be sent; returns what to send instead.
            Without it, such an object is a `CodecError`.
        max_bytes: the longest message, without the eight bytes of its length.

    Raises:
        CodecError: the value can't be sent.
    """
    encoder = Encoder(keep, max_bytes)
    encoder.write(value)
    # The length is known only after everything is written; it joins the first buffer.
    first, *others = encoder.buffers
    begun = FRAME_LENGTH.pack(encoder.size) + first
    return [memoryview(part) for part in (begun, *others)]


def encode(value: Any) -> bytes:
    """Return the body of a message in one piece.

    >>> decode(encode({"loss": [1, 2.5, None]}))
    {'loss': [1, 2.5, None]}
    """
    return b"".join(frame(value))[FRAME_LENGTH.size :]


def decode(body: bytes | bytearray) -> Any:
    """Return the value of a message.

    Raises:
        CodecError: the bytes aren't exactly one message within all bounds.
    """
    return decode_weighed(body)[0]


def decode_weighed(body: bytes | bytearray) -> tuple[Any, int]:
    """Decode a message, and return a lower bound on the memory it takes.

    Returns:
        The value, and the number of bytes. A large array is a view of `body` if that
        is a bytearray.

    Raises:
        CodecError: the encoder can't have written these bytes.
    """
    decoder = Decoder(bytearray(body) if isinstance(body, bytes) else body)
    try:
        return decoder.whole(), decoder.taken_bytes
    except CodecError:
        raise
    except (ValueError, TypeError, OverflowError, MemoryError) as error:
        # UnicodeDecodeError is a ValueError, as is NumPy's error for a bad shape.
        why = f"the message cannot be read ({type(error).__name__})"
        raise CodecError(why) from None
