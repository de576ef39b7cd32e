"""event_channel: the one way out of the process in which a page runs."""

from __future__ import annotations

import codecs
import functools
import io
import os
import threading
from typing import Any, TextIO

from grader.sandbox.cell_run.events import (
    MOST_LETTERS,
    CellBegan,
    Event,
    Printed,
    to_line,
)

_CUT = "\n... what this cell prints after that is not shown.\n"


@functools.cache
def open_channel() -> EventChannel:
    """Return the channel of this process: what was its standard output when it
    started.
    """
    channel = EventChannel(os.fdopen(os.dup(1), "w", encoding="utf-8"))
    os.dup2(2, 1)  # what a library writes past Python would stand among the events
    return channel


class EventChannel:
    """Where the events go, one a line, whichever thread sends them."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._left = MOST_LETTERS

    def send(self, event: Event) -> None:
        """Tell an event; of the text of one cell only so much."""
        with self._lock:
            if isinstance(event, CellBegan):
                self._left = MOST_LETTERS
            if isinstance(event, Printed):
                if self._left <= 0:
                    return
                self._left -= len(event.text)
                if self._left <= 0:
                    # By as many letters as it is too long; where it just fits, by none.
                    event = Printed(event.text[: self._left or None] + _CUT)
            self._file.write(to_line(event))
            self._file.flush()


class EventStream(io.RawIOBase):
    """Bytes that are told as text: what stands below `sys.stdout` while cells run."""

    def __init__(self, channel: EventChannel, encoding: str, is_warning: bool) -> None:
        self._channel = channel
        # A letter of several bytes may come in two pieces.
        self._decode = codecs.getincrementaldecoder(encoding)("replace").decode
        self._is_warning = is_warning

    def writable(self) -> bool:
        """Say that it takes bytes."""
        return True

    def write(self, some: Any) -> int:
        """Tell them."""
        if text := self._decode(bytes(some)):
            self._channel.send(Printed(text, self._is_warning))
        return len(some)
