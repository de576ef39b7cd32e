"""server_sent_events: report what happens to the pages that are open."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

# A browser has six connections to a server; pages that listen leave some to save.
MOST_STREAMS = 3
_MOST_WAITING = 100
_PULSE_S = 1.0


class Events:
    """Hands events from any thread to every page that listens.

    A page that does not read loses events, and holds up nobody.

    Args:
        most: how many pages may listen.
    """

    def __init__(self, most: int = MOST_STREAMS) -> None:
        self._most = most
        self._listeners: dict[asyncio.Queue[str], asyncio.AbstractEventLoop] = {}

    def tell(self, kind: str, what: dict[str, Any]) -> None:
        """Tell everybody who listens."""
        words = f"event: {kind}\ndata: {json.dumps(what)}\n\n"
        # Told from any thread, and a queue of asyncio is for its loop's thread alone.
        for queue, loop in list(self._listeners.items()):
            loop.call_soon_threadsafe(_offer, queue, words)

    @property
    def is_heard(self) -> bool:
        """Whether a page listens."""
        return bool(self._listeners)

    def is_full(self) -> bool:
        """Return whether as many pages listen as may."""
        return len(self._listeners) >= self._most

    async def listen(self) -> AsyncIterator[str]:
        """Yield what is told from now on, and a pulse, so that a lost page is
        noticed.
        """
        queue: asyncio.Queue[str] = asyncio.Queue(_MOST_WAITING)
        self._listeners[queue] = asyncio.get_running_loop()
        try:
            # A page that lost the server asks again every second. What is sent at once
            # lets it know that it is connected.
            yield "retry: 1000\n: begun\n\n"
            while True:
                try:
                    yield await asyncio.wait_for(queue.get(), _PULSE_S)
                except TimeoutError:
                    yield ": alive\n\n"
        finally:
            del self._listeners[queue]


def _offer(queue: asyncio.Queue[str], words: str) -> None:
    if not queue.full():
        queue.put_nowait(words)
