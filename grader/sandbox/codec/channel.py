"""channel: the judge's end of the line to one worker, which may lie, stall or hang up.

Nothing here blocks: a worker that doesn't read or write costs the judge only the time
it chose to wait. A frame that is too long is refused before any of it is stored. The
worker's output arrives on a second line and is discarded beyond a bound.
"""

from __future__ import annotations

import select
import selectors
import socket
import struct
from collections import deque
from typing import Any

from grader.sandbox import codec

_CHUNK = 1 << 16
# Enough for a struct ucred: process, user and group.
_CREDENTIALS = struct.Struct("3i")


class HungUp(Exception):
    """The worker has closed its end."""


class Channel:
    """Messages to and from one worker, and the text that it prints.

    Args:
        messages: the judge's end for messages.
        prints: the judge's end for the worker's output.
        reply_bytes: the longest message that is accepted.
        output_bytes: how much of the printed text is kept.

    Attributes:
        printed_bytes: how much was printed, including discarded text.
        output_was_cut: whether some of the printed text was discarded.
        taken_bytes: the least memory that the last message takes.
    """

    def __init__(
        self,
        messages: socket.socket,
        prints: socket.socket,
        reply_bytes: int,
        output_bytes: int,
    ) -> None:
        self._messages = messages
        self._prints: socket.socket | None = prints
        self._reply_bytes = reply_bytes
        self._output_bytes = output_bytes
        self._outgoing: deque[memoryview] = deque()
        self._header = bytearray()
        self._body: bytearray | None = None
        self._filled = 0
        self._printed = bytearray()
        self.printed_bytes = 0
        self.output_was_cut = False
        self.taken_bytes = 0
        self._selector = selectors.DefaultSelector()
        for end in (messages, prints):
            end.setblocking(False)
            self._selector.register(end, selectors.EVENT_READ)

    @property
    def output(self) -> str:
        """The text that the worker has printed so far, up to the bound."""
        return self._printed.decode("utf-8", "replace")

    def forget_output(self) -> None:
        """Forget what was printed until now."""
        self.drain()
        self._printed.clear()
        self.output_was_cut = False

    def send(self, message: list[memoryview]) -> None:
        """Send a `codec.frame`; calls of `wait` send the rest."""
        self._outgoing.extend(message)
        self._write()

    def wait(self, seconds: float) -> Any:
        """Return the next message, or None if none arrives within about `seconds`.

        Raises:
            HungUp: the worker has closed its end.
            codec.CodecError: the worker sent something that isn't a message.
        """
        for key, events in self._selector.select(seconds):
            if key.fileobj is not self._messages:
                self._read_prints()
                continue
            if events & selectors.EVENT_WRITE:
                self._write()
            # One message at most: `has_unasked` sees what follows it.
            if events & selectors.EVENT_READ:
                return self._read()
        return None

    def peer_process(self) -> int:
        """Return the number of the process that sent the waiting message; 0 if unknown.

        The kernel vouches for it, and translates it out of the worker's namespace.
        """
        if not hasattr(socket, "SO_PASSCRED"):
            return 0
        size = socket.CMSG_SPACE(_CREDENTIALS.size)
        try:
            _, ancillary, _, _ = self._messages.recvmsg(1, size, socket.MSG_PEEK)
        except OSError:
            return 0
        for level, kind, data in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                return int(_CREDENTIALS.unpack(data)[0])
        return 0

    def wait_until_readable(self, seconds: float) -> bool:
        """Return whether something arrives within `seconds`, without reading it."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._messages, selectors.EVENT_READ)
            return bool(selector.select(seconds))

    def has_unasked(self) -> bool:
        """Return whether the worker sent something without being asked."""
        # The length of a message, or a part of it, counts as well.
        try:
            return bool(self._messages.recv(1, socket.MSG_PEEK)) or bool(self._header)
        except OSError:
            return bool(self._header)

    def has_hung_up(self) -> bool:
        """Return whether the worker has closed its end, if the system reports that."""
        if not hasattr(select, "poll"):
            return False
        poll = select.poll()
        # No event has to be requested: poll always reports a closed peer.
        poll.register(self._messages, 0)
        return bool(poll.poll(0))

    def drain(self, seconds: float = 0.2) -> None:
        """Read what has been printed so far, for at most about `seconds`."""
        # A bounded number of pieces: an attempt may print as fast as we read.
        most = max(1, int(seconds * 5000))
        while most and self._prints is not None and self._read_prints():
            most -= 1

    def close(self) -> None:
        """Close both lines, which shows the worker that the judge is gone."""
        self._selector.close()
        self._messages.close()
        if self._prints is not None:
            self._prints.close()

    def _write(self) -> None:
        try:
            while self._outgoing:
                sent = self._messages.send(self._outgoing[0])
                self._outgoing[0] = self._outgoing[0][sent:]
                if not self._outgoing[0]:
                    self._outgoing.popleft()
        except BlockingIOError:
            pass
        except OSError as error:
            raise HungUp from error
        # Watch for writing only while something is queued: the line is writable nearly
        # always, so `wait` would return at once.
        wants = selectors.EVENT_READ
        if self._outgoing:
            wants |= selectors.EVENT_WRITE
        self._selector.modify(self._messages, wants)

    def _read(self) -> Any:
        if self._body is None and not self._read_header():
            return None
        assert self._body is not None
        self._filled += self._receive(memoryview(self._body)[self._filled :])
        if self._filled < len(self._body):
            return None
        body, self._body, self._header = self._body, None, bytearray()
        value, self.taken_bytes = codec.decode_weighed(body)
        return value

    def _read_header(self) -> bool:
        """Read the length of the next message; return whether it is complete."""
        missing = bytearray(codec.FRAME_LENGTH.size - len(self._header))
        count = self._receive(memoryview(missing))
        self._header += missing[:count]
        if len(self._header) < codec.FRAME_LENGTH.size:
            return False
        (size,) = codec.FRAME_LENGTH.unpack(self._header)
        # Check it before allocating memory: a bare length can claim any amount.
        if size > self._reply_bytes or size == 0:
            megabytes = self._reply_bytes >> 20
            raise codec.CodecError(f"it is empty or larger than {megabytes} MB")
        self._body, self._filled = bytearray(size), 0
        return True

    def _receive(self, space: memoryview) -> int:
        try:
            count = self._messages.recv_into(space)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise HungUp from error
        if count == 0:
            raise HungUp
        return count

    def _read_prints(self) -> bool:
        """Read a piece and keep it up to the bound; return whether there was one."""
        assert self._prints is not None
        try:
            data = self._prints.recv(_CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        # This isn't the end of the worker: an attempt may close this line and still
        # answer.
        if not data:
            self._selector.unregister(self._prints)
            self._prints.close()
            self._prints = None
            return False
        self.printed_bytes += len(data)
        free = self._output_bytes - len(self._printed)
        self._printed += data[:free]
        self.output_was_cut |= len(data) > free
        return True
