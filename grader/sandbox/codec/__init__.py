"""codec: values to bytes and back, with no code in them.

What may cross is a closed list, held in `codec.values`. The decoder trusts nobody. It
bounds bytes, depth, items, keys and dimensions, accepts only what the encoder can
have written, and answers anything else with `CodecError`.

A message is a frame: its length in eight bytes, then one value.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from grader.sandbox.codec.decoder import Decoder
from grader.sandbox.codec.encoder import Encoder
from grader.sandbox.codec.values import (
    CallbackHandle,
    CodecError,
    ExpressionText,
    Handle,
)

__all__ = [
    "FRAME_LENGTH",
    "CallbackHandle",
    "CodecError",
    "ExpressionText",
    "Handle",
    "decode",
    "decode_weighed",
    "encode",
    "frame",
]

FRAME_LENGTH = struct.Struct("<Q")


def frame(
    value: Any,
    keep: Callable[[Any], Any] | None = None,
    max_bytes: int = 1 << 31,
) -> list[memoryview]:
    """Return the buffers of one message, to be sent one after another.

    Args:
        value: what is sent.
        keep: called with an object that cannot be sent; returns what is sent instead.
            Without it such an object is a `CodecError`.
        max_bytes: the longest message, without the eight bytes of its length.

    Raises:
        CodecError: the value cannot be sent.
    """
    encoder = Encoder(keep, max_bytes)
    encoder.write(value)
    # The length goes with the first buffer: it is known only when all is written.
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
        CodecError: the bytes are not exactly one message within all bounds.
    """
    return decode_weighed(body)[0]


def decode_weighed(body: bytes | bytearray) -> tuple[Any, int]:
    """Decode a message, and count how many bytes of memory it takes at least.

    Returns:
        The value, and that number. A large array is a view of `body`, if that is a
        bytearray.

    Raises:
        CodecError: it is not what the encoder writes.
    """
    decoder = Decoder(bytearray(body) if isinstance(body, bytes) else body)
    try:
        return decoder.whole(), decoder.taken_bytes
    except CodecError:
        raise
    except (ValueError, TypeError, OverflowError, MemoryError) as error:
        # UnicodeDecodeError is a ValueError; a shape NumPy cannot hold is one too.
        why = f"the message cannot be read ({type(error).__name__})"
        raise CodecError(why) from None
