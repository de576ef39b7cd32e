"""message_channel: typed messages between the grader's own processes.

Each message is a msgspec record, sent as msgpack after its length. For anything that an
attempt could write, `sandbox.codec` is used instead, which trusts nothing.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from typing import IO, Any, Generic, TypeVar

import msgspec

_LENGTH = 4
Received = TypeVar("Received")


class MessageChannel(Generic[Received]):
    """Sends and receives messages over two byte streams, such as pipes.

    Any thread may send. A separate thread of the channel reads incoming messages.

    Args:
        reader: where messages come from.
        writer: where messages go.
        kinds: the record that may come, or a union of them.
    """

    def __init__(self, reader: IO[bytes], writer: IO[bytes], kinds: Any) -> None:
        self._reader, self._writer = reader, writer
        self._decoder: msgspec.msgpack.Decoder[Received]
        self._decoder = msgspec.msgpack.Decoder(kinds)
        self._received: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def send(self, message: msgspec.Struct) -> None:
        """Send a message.

        Raises:
            OSError: the other side has closed its end, or this side has closed its own.
        """
        content = msgspec.msgpack.encode(message)
        # In one call, so that messages of several threads don't mix.
        try:
            self._writer.write(len(content).to_bytes(_LENGTH, "big") + content)
            self._writer.flush()
        except ValueError as error:  # another thread has closed it
            raise BrokenPipeError(str(error)) from error

    def receive(self, within_s: float | None = None) -> Received | None:
        """Return the next message; None if none comes in time.

        Raises:
            EOFError: the other side has closed its end.
        """
        try:
            content = self._received.get(timeout=within_s)
        except queue.Empty:
            return None
        if content is None:
            self._received.put(None)  # for the next call
            raise EOFError
        return self._decoder.decode(content)

    def close(self) -> None:
        """Close both streams, once the other side has ended."""
        # A stream can't be closed while another thread reads it.
        self._reading.join()
        self._reader.close()
        with contextlib.suppress(OSError):
            self._writer.close()

    def _read(self) -> None:
        try:
            while len(head := self._reader.read(_LENGTH)) == _LENGTH:
                length = int.from_bytes(head, "big")
                if len(content := self._reader.read(length)) < length:
                    break
                self._received.put(content)
        except (OSError, ValueError):  # it was closed
            pass
        self._received.put(None)
