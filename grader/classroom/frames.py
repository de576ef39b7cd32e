"""frames: messages over two streams of bytes, as pipes are on every system."""

from __future__ import annotations

import contextlib
import queue
import threading
from typing import IO

_LENGTH = 4


class Frames:
    """Sends and receives messages; those that come are read by a thread.

    Args:
        theirs: where messages come from.
        ours: where messages go.
    """

    def __init__(self, theirs: IO[bytes], ours: IO[bytes]) -> None:
        self._theirs, self._ours = theirs, ours
        self._come: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def send(self, message: bytes) -> None:
        """Send a message.

        Raises:
            OSError: nobody reads any more.
        """
        self._ours.write(len(message).to_bytes(_LENGTH, "big") + message)
        self._ours.flush()

    def receive(self, within_s: float | None = None) -> bytes | None:
        """Return the next message; None if none comes in time.

        Raises:
            EOFError: nobody sends any more.
        """
        try:
            message = self._come.get(timeout=within_s)
        except queue.Empty:
            return None
        if message is None:
            self._come.put(None)  # for whoever asks next
            raise EOFError
        return message

    def close(self) -> None:
        """Close both streams, once the other side has ended."""
        # A stream that another thread reads cannot be closed before that ends.
        self._reading.join()
        self._theirs.close()
        with contextlib.suppress(OSError):
            self._ours.close()

    def _read(self) -> None:
        try:
            while len(head := self._theirs.read(_LENGTH)) == _LENGTH:
                length = int.from_bytes(head, "big")
                if len(message := self._theirs.read(length)) < length:
                    break
                self._come.put(message)
        except (OSError, ValueError):  # it was closed
            pass
        self._come.put(None)
