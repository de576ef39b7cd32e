"""turns: who waits for something of which there is not enough, in turn."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

from grader.attempt import Cancelled
from grader.errors import Misuse
from server.jobs import Asked

BUSY_S = 3.0
MOST_WAITING = 300
_LOOK_S = 0.2


class Turns:
    """So many do something at a time; whoever waits is told their place, 0 at the end.

    One that has been at it for some seconds does not count: a loop without an end
    keeps nobody waiting.

    Args:
        most: how many at a time, of those that count.
        at_once: how many with those that do not count.
    """

    def __init__(self, most: int, at_once: int) -> None:
        self._most, self._at_once = most, at_once
        self._waiting: list[object] = []
        self._begun: dict[object, float] = {}
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def take(self, ask: Asked) -> Iterator[None]:
        """Wait for a turn, and have it for as long as this lasts.

        Raises:
            Cancelled: nobody waits for it any more.
            Misuse: too many wait.
        """
        ticket = object()
        with self._changed:
            if len(self._waiting) >= MOST_WAITING:
                raise Misuse("Too many wait for this. Try again in a moment.")
            self._waiting.append(ticket)
            try:
                self._wait(ticket, ask)
                self._begun[ticket] = time.monotonic()
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                del self._begun[ticket]
                self._changed.notify_all()

    def _wait(self, ticket: object, ask: Asked) -> None:
        said = 0
        while self._waiting[0] is not ticket or not self._has_room():
            if ask.cancel.is_set():
                raise Cancelled
            place = self._waiting.index(ticket) + 1
            if place != said:
                ask.say("waiting", {"place": place})
                said = place
            self._changed.wait(_LOOK_S)
        if said:
            ask.say("waiting", {"place": 0})

    def _has_room(self) -> bool:
        since = time.monotonic() - BUSY_S
        counted = sum(begun > since for begun in self._begun.values())
        return counted < self._most and len(self._begun) < self._at_once
