"""connection: the worker's end of the line to the judge.

Runs in the worker. What cannot be sent stays here, and a handle goes in its place.
"""

from __future__ import annotations

import select
import socket
import sys
import threading
from typing import Any

import numpy as np

from grader.sandbox import codec
from grader.sandbox.codec import messages
from grader.sandbox.codec.fields import from_fields, to_fields
from grader.sandbox.codec.values import MAX_HANDLES
from grader.sandbox.sympy_serialization import entries, is_shaped, is_symbolic, to_table
from grader.sandbox.worker.exception_messages import safe_text


class Connection:
    """The worker's end of the line to the judge: whole messages, blocking."""

    def __init__(self, line: socket.socket, reply_mb: int) -> None:
        self._line = line
        self._max_bytes = reply_mb << 20
        self._is_sending = threading.Lock()
        self._objects: list[Any] = []
        self._most = MAX_HANDLES

    def is_asked_within(self, seconds: float) -> bool:
        """Return whether the judge says something within `seconds`."""
        return bool(select.select([self._line], [], [], seconds)[0])

    def receive(self, kinds: Any) -> Any:
        """Return the judge's next message, of these kinds; EOFError when the judge is
        gone.
        """
        (size,) = codec.FRAME_LENGTH.unpack(self._exactly(codec.FRAME_LENGTH.size))
        return from_fields(kinds, codec.decode(self._exactly(size)))

    def send(self, message: messages.WorkerMessage | messages.Ready) -> None:
        """Send a message; objects that cannot be sent stay here behind a handle."""
        self._most = len(self._objects) + MAX_HANDLES
        fields = to_fields(message)
        buffers = codec.frame(fields, self._keep, self._max_bytes)
        with self._is_sending:
            self._send_all(buffers)

    def send_if_free(self, message: messages.WorkerMessage) -> None:
        """Send plain data, unless something is being sent at this very moment."""
        # A handler of a signal calls it, in the thread that may be sending right now:
        # to wait here would be to wait for ever.
        if self._is_sending.acquire(blocking=False):
            try:
                self._send_all(codec.frame(to_fields(message)))
            finally:
                self._is_sending.release()

    def _send_all(self, buffers: list[memoryview]) -> None:
        for buffer in buffers:
            self._line.sendall(buffer)

    def object_of(self, handle: int) -> Any:
        """Return the object behind a handle."""
        return self._objects[handle]

    def _exactly(self, size: int) -> bytearray:
        data = bytearray(size)
        view = memoryview(data)
        while view:
            count = self._line.recv_into(view)
            if count == 0:
                raise EOFError
            view = view[count:]
        return data

    def _keep(self, value: Any) -> Any:
        plain = _as_plain(value)
        if plain is not None:
            return plain
        if len(self._objects) >= self._most:
            raise codec.CodecError(f"it holds more than {MAX_HANDLES} objects")
        self._objects.append(value)
        kind = type(value)
        bases = tuple(base.__name__ for base in kind.__mro__)
        number = len(self._objects) - 1
        return codec.Handle(number, kind.__name__, bases, safe_text(repr, value, 200))


def _as_plain(value: Any) -> Any:
    """Return data that `value` stands for, or None when it has to stay in the
    worker.
    """
    if "sympy" in sys.modules:
        symbolic = _as_symbolic(value)
        if symbolic is not None:
            return symbolic
    # A class has the method of its objects, and is none of them.
    if isinstance(value, (type, np.ndarray)) or not hasattr(value, "__array__"):
        return None
    try:
        array = np.asarray(value)
    except Exception:
        return None
    is_plain = array.dtype.kind in "biufcUS" and array.dtype.fields is None
    return array if is_plain else None


def _as_symbolic(value: Any) -> Any:
    """Return a SymPy expression as a table, and rows and matrices of them as lists."""
    try:
        if is_shaped(value):
            return entries(value)
        return codec.ExpressionText(to_table(value)) if is_symbolic(value) else None
    except Exception:
        return None
