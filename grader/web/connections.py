"""connections: how many there may be, and how long one may say nothing.

Everything else that is bounded begins with a request. A connection that never sends one
whole costs its sender nothing, so it is closed soon, and the first to make room.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

# So long the head of a request may take to come, and the rest of it: a notebook of
# 20 MB over a poor wifi.
HEAD_S, REST_S = 10.0, 120.0
# A class of 300 may sit behind one address, and a browser has up to six connections,
# most of them for a moment.
MOST_OF_ONE_ADDRESS = 1_000
# What is left for files and for the processes that grade.
_FILES = 200
_WANTED = 65_536
_UNKNOWN = 1_024


def raise_file_limit() -> int:
    """Let this process have as many open files as it may; return how many."""
    try:
        import resource
    except ImportError:  # Windows, where sockets are no files
        return _UNKNOWN
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Some systems say that there is no limit, and take no such number.
    most = _WANTED if hard == resource.RLIM_INFINITY else min(hard, _WANTED)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return _WANTED
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        return most
    return soft


class Connections:
    """Those that are open.

    Args:
        most: how many there may be.
        most_of_one: how many of one address.
        head_s: so long the head of a request may take.
    """

    def __init__(
        self,
        most: int,
        most_of_one: int = MOST_OF_ONE_ADDRESS,
        head_s: float = HEAD_S,
    ) -> None:
        self.most, self.most_of_one = most, min(most_of_one, max(1, most // 2))
        self.head_s = head_s
        # Those of which no whole request has come, the longest first.
        self.silent: dict[HttpConnection, None] = {}
        self._open: set[HttpConnection] = set()
        self._of_one: Counter[str] = Counter()

    @classmethod
    def within(cls, files: int) -> Connections:
        """Return what keeps to so many open files."""
        return cls(max(1, files - _FILES))

    def protocol(self, *args: Any, **named: Any) -> HttpConnection:
        """Return what a new connection is read by, for uvicorn."""
        return HttpConnection(self, *args, **named)

    def admit(self, new: HttpConnection) -> bool:
        """Return whether a connection may be; one that says nothing makes room for
        it.
        """
        self._open.add(new)
        self._of_one[new.address] += 1
        if self._of_one[new.address] > self.most_of_one:
            return self._make_room(new, new.address)
        return len(self._open) <= self.most or self._make_room(new)

    def leave(self, one: HttpConnection) -> None:
        """Count one no more."""
        self.silent.pop(one, None)
        if one in self._open:
            self._open.remove(one)
            self._of_one[one.address] -= 1
            if not self._of_one[one.address]:
                del self._of_one[one.address]

    def _make_room(self, new: HttpConnection, address: str = "") -> bool:
        for one in self.silent:
            if one is not new and address in ("", one.address):
                one.close()
                return True
        return False


class HttpConnection(H11Protocol):
    """One connection.

    Args:
        among: all that are open.
    """

    # uvicorn's own time between two requests begins anew with every byte, and does not
    # begin at all before the first one.
    def __init__(self, among: Connections, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._among = among
        self._patience: asyncio.TimerHandle | None = None
        self._waits_s = 0.0
        self.address = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        if self._among.admit(self):
            self._wait(self._among.head_s)
        else:
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._wait(0.0)
        self._among.leave(self)
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Take in what came."""
        super().handle_events()
        if self.cycle is not None and not self.cycle.response_complete:
            self._wait(REST_S if self.cycle.more_body else 0.0)

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        if self.cycle.response_complete and not self.transport.is_closing():
            self._wait(self._among.head_s)

    def close(self) -> None:
        """Hang up at once, whatever is still to be sent."""
        self._wait(0.0)
        self._among.leave(self)
        self.transport.abort()

    def _wait(self, seconds: float) -> None:
        """Wait so long, once, for what has not come; 0 for nothing any more."""
        if seconds == self._waits_s:
            return
        self._waits_s = seconds
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        self._among.silent.pop(self, None)
        if seconds:
            self._patience = self.loop.call_later(seconds, self.close)
            self._among.silent[self] = None
