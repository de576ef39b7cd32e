"""http_server: run a server as a process, with an address, a key and limits.

All other limits apply to requests. A connection that never sends a whole request costs
its sender nothing, so it is closed soon, and is the first to be closed if there are too
many.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import functools
import json
import logging
import math
import os
import secrets
import socket
import ssl
import threading
import time
import webbrowser
from asyncio.sslproto import SSLProtocol
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.utils import get_remote_addr

from grader.common.errors import Misuse
from grader.course.document import catalog
from grader.web.app import make_app

HOST = "127.0.0.1"
FIRST_PORT = 8765
_KEPT = ".serve.json"
_LONGEST_PORT = 65_535
_PATIENCE_S, _MINUTE_S = 10.0, 60.0
_NO_MORE_FILES = (
    "The server can't open any more files, so new connections may have to wait"
)


class ServerAddress(msgspec.Struct, frozen=True):
    """The address of the server, and the key to it."""

    port: int
    key: str

    @property
    def address(self) -> str:
        """The address for the learner."""
        return self.at("")

    def at(self, page: str) -> str:
        """Return the address that opens a page, such as ``lesson3``."""
        return f"{self.root}{page}?key={self.key}"

    @property
    def root(self) -> str:
        """The address without the key, for a browser that has opened it before."""
        return f"http://{HOST}:{self.port}/"

    @property
    def hosts(self) -> frozenset[str]:
        """The names that it answers to."""
        return frozenset({f"{HOST}:{self.port}", f"localhost:{self.port}"})


def serve(
    root: Path,
    port: int,
    on_ready: Callable[[str], None],
    opens_browser: bool = True,
    first: str = "",
    on_taken: Callable[[int], None] = lambda port: None,
) -> None:
    """Serve the lessons to this machine's browser until Ctrl-C.

    Args:
        root: the course.
        port: the port; 0 for the previous one, or the first that is free.
        on_ready: called with the address once it can be opened.
        opens_browser: whether to open it in a browser.
        first: the page to open, such as ``lesson1``; "" for the overview.
        on_taken: called with the previous port if that is taken now.

    Raises:
        Misuse: if the port is taken or isn't valid.
    """
    listening, door = listen_locally(root, port, on_taken)
    # Other users of this machine may see the command line that starts a browser, so the
    # address in it works only once.
    once = secrets.token_urlsafe(32)
    app = make_app(root, door.hosts, door.key, once)

    def report_ready() -> None:
        on_ready(door.at(first))
        if opens_browser:
            webbrowser.open(ServerAddress(door.port, once).at(first))

    run_server(app, listening, report_ready)


def run_server(
    app: Any,
    listening: socket.socket,
    when_ready: Callable[[], None],
    tls: ssl.SSLContext | None = None,
    proxy: str = "",
) -> None:
    """Serve an application until Ctrl-C.

    Args:
        app: the application.
        listening: its socket, which is closed at the end.
        when_ready: called from another thread once it can be reached.
        tls: the certificate and the key for https; None for http.
        proxy: the IP address of the proxy in front of it, or "".
    """
    config = configure(app, tls=tls, proxy=proxy)
    # Anybody on the network could fill the terminal, by sending bytes that aren't HTTP
    # or by opening many connections.
    once = OncePerMinute()
    loggers = [logging.getLogger(name) for name in ("uvicorn.error", "asyncio")]
    for logger in loggers:
        logger.addFilter(once)
    server = uvicorn.Server(config)

    # `run` returns only at the end, and the server doesn't report its start.
    def report_ready() -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        when_ready()

    threading.Thread(target=report_ready, daemon=True).start()
    try:
        with listening:
            server.run(sockets=[listening])
    finally:
        for logger in loggers:
            logger.removeFilter(once)


def configure(
    app: Any,
    log_level: str = "warning",
    connections: Connections | None = None,
    tls: ssl.SSLContext | None = None,
    proxy: str = "",
) -> uvicorn.Config:
    """Return the server's configuration for an application.

    Args:
        app: the application.
        log_level: uvicorn's name of the level for messages in the terminal.
        connections: the limits for connections; by default those that the open files of
            this process allow.
        tls: the certificate and the key for https; None for http.
        proxy: the IP address of the proxy whose ``X-Forwarded-For`` and
            ``X-Forwarded-Proto`` are believed; nobody's for "".
    """
    bounds = connections or Connections.within(raise_file_limit())
    make = functools.partial(TlsConnection, tls) if tls else HttpConnection
    # An open page listens forever, so at the end wait only a second for it. uvicorn
    # itself serves http, because its https counts a connection only after a handshake.
    # `TlsConnection` is written for asyncio's own loop.
    return uvicorn.Config(
        app, log_level=log_level, access_log=False, server_header=False,
        timeout_graceful_shutdown=1, ws="none", loop="asyncio",
        http=functools.partial(make, bounds),  # type: ignore[arg-type]
        proxy_headers=bool(proxy), forwarded_allow_ips=proxy, backlog=_AT_ONCE,
    )  # fmt: skip


class OncePerMinute(logging.Filter):
    """Let each type of warning through once a minute.

    Args:
        clock: returns the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._shown_at: dict[str, float] = {}
        self._left_out: Counter[str] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to show a message, and append how many were dropped."""
        if _is_about_an_open_page(record):
            return False
        _shorten_about_open_files(record)
        kind, now = str(record.msg), self._clock()
        if record.levelno > logging.WARNING:
            return True
        if now - self._shown_at.get(kind, -math.inf) < _MINUTE_S:
            self._left_out[kind] += 1
            return False
        self._shown_at[kind] = now
        if left_out := self._left_out.pop(kind, 0):
            record.msg = f"{kind} ({left_out:,} more since the last such line)"
        return True


def _is_about_an_open_page(record: logging.LogRecord) -> bool:
    """Return whether a message only says that a page was still open at the end."""
    error = record.exc_info[1] if record.exc_info else None
    is_cancelled = isinstance(error, asyncio.CancelledError)
    return is_cancelled or "graceful shutdown exceeded" in str(record.msg)


def _shorten_about_open_files(record: logging.LogRecord) -> None:
    """Turn the error that too many files are open into one line.

    While there are too many, asyncio accepts no connection, tries again each second,
    and logs a traceback each time.
    """
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg, record.args = f"{_NO_MORE_FILES} ({error.strerror}).", ()
        record.exc_info = record.exc_text = None


def listen_locally(
    root: Path, port: int, on_taken: Callable[[int], None] = lambda port: None
) -> tuple[socket.socket, ServerAddress]:
    """Return a listening socket and its address, if possible the previous one.

    Then an open page finds the server again after a restart. If the previous port is
    taken now, it is still the one to try the next time: a browser keeps unsaved text
    and outputs by the address.

    Args:
        root: the course.
        port: the port; 0 for the previous one, or the first that is free.
        on_taken: called with the previous port if that is taken now.

    Raises:
        Misuse: if the port is taken or isn't valid.
    """
    path = catalog.attempts_folder(root) / _KEPT
    earlier = _read(path)
    ports = [port] if port else [earlier.port] if earlier else [FIRST_PORT]
    listening = listen(HOST, ports if port else [*ports, 0])
    key = earlier.key if earlier else secrets.token_urlsafe(32)
    door = ServerAddress(listening.getsockname()[1], key)
    if port or not earlier:
        _keep(path, door)
    elif earlier.port != door.port:
        on_taken(earlier.port)
    return listening, door


def listen(host: str, ports: list[int]) -> socket.socket:
    """Return a socket that listens on the first free port of a list.

    Raises:
        Misuse: if none of them is free, or one isn't valid.
    """
    why = ""
    for port in ports:
        if not 0 <= port <= _LONGEST_PORT:
            raise Misuse(f"--port takes a number up to {_LONGEST_PORT}, not {port}.")
        listening = socket.socket()
        if os.name == "posix":  # on other systems it lets others listen, too
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
            listening.listen(128)
        except OSError as error:
            listening.close()
            why = why or error.strerror or str(error)
            continue
        return listening
    raise Misuse(
        f"Port {ports[0]} can't be used on this machine ({why}). Are the lessons "
        f"already being served in another terminal? Leave out --port to use a free one."
    )


def _read(path: Path) -> ServerAddress | None:
    """Return the previous address, or None if it can't be used."""
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        door = ServerAddress(fields["port"], fields["key"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    is_port = type(door.port) is int and 0 < door.port <= _LONGEST_PORT
    return door if is_port and type(door.key) is str and len(door.key) > 30 else None


def _keep(path: Path, door: ServerAddress) -> None:
    """Store the address, readable only by this user."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Make a new file, which isn't anybody's link, so that it has these permissions from
    # the start.
    path.unlink(missing_ok=True)
    how = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(path, how, 0o600), "w", encoding="utf-8") as file:
        json.dump({"port": door.port, "key": door.key}, file)


# The time limits for the head of a request and for the rest: a notebook of 20 MB over a
# poor wifi.
HEAD_S, REST_S = 10.0, 120.0
# A class of 300 may share one address, and a browser has up to six connections, most of
# them for a moment.
MOST_OF_ONE_ADDRESS = 1_000
# The number left for files and for the processes that grade.
_FILES = 200
# asyncio accepts so many connections before any of them is counted and may be closed.
_AT_ONCE = 100
_WANTED = 65_536
_UNKNOWN = 1_024


def raise_file_limit() -> int:
    """Allow this process as many open files as possible; return how many."""
    try:
        import resource
    except ImportError:  # Windows, where sockets aren't files
        return _UNKNOWN
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Some systems report no limit, but don't accept that as a number.
    most = _WANTED if hard == resource.RLIM_INFINITY else min(hard, _WANTED)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return _WANTED
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        return most
    return soft


class Connections:
    """The open connections.

    Args:
        most: the largest number of connections.
        most_of_one: the largest number from one address.
        head_s: the time limit for the head of a request.
    """

    def __init__(
        self,
        most: int,
        most_of_one: int = MOST_OF_ONE_ADDRESS,
        head_s: float = HEAD_S,
    ) -> None:
        self.most, self.most_of_one = most, min(most_of_one, max(1, most // 2))
        self.head_s = head_s
        # Connections that haven't sent a whole request, longest first.
        self.silent: dict[HttpConnection, None] = {}
        self._open: set[HttpConnection] = set()
        self._of_one: Counter[str] = Counter()

    @classmethod
    def within(cls, files: int) -> Connections:
        """Return limits that keep to this many open files."""
        return cls(max(1, files - _FILES))

    def admit(self, new: HttpConnection) -> bool:
        """Return whether a connection is allowed, closing a silent one if necessary."""
        self._open.add(new)
        self._of_one[new.address] += 1
        if self._of_one[new.address] > self.most_of_one:
            return self._make_room(new, new.address)
        return len(self._open) <= self.most or self._make_room(new)

    def leave(self, connection: HttpConnection) -> None:
        """Remove a connection from the count."""
        self.silent.pop(connection, None)
        if connection in self._open:
            self._open.remove(connection)
            self._of_one[connection.address] -= 1
            if not self._of_one[connection.address]:
                del self._of_one[connection.address]

    def _make_room(self, new: HttpConnection, address: str = "") -> bool:
        for connection in self.silent:
            if connection is not new and address in ("", connection.address):
                connection.close()
                return True
        return False


class HttpConnection(H11Protocol):
    """One connection.

    Args:
        among: all that are open.
    """

    # uvicorn's own timeout between two requests restarts with every byte, and doesn't
    # apply before the first one.
    def __init__(self, among: Connections, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._among = among
        self._patience: asyncio.TimerHandle | None = None
        self._waits_s = 0.0
        self.address = ""

    def accept(self, transport: asyncio.Transport) -> None:
        """Count the connection, and start to wait for a request."""
        self.transport = transport
        remote = get_remote_addr(transport)
        self.address = remote[0] if remote else ""
        if self._among.admit(self):
            self._wait(self._among.head_s)
        else:
            self.close()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to talk HTTP."""
        was_accepted = self.transport is not None
        super().connection_made(transport)
        if not was_accepted:
            self.accept(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Remove the connection."""
        self.forget()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Handle the received events."""
        super().handle_events()
        if self.cycle is not None and not self.cycle.response_complete:
            self._wait(REST_S if self.cycle.more_body else 0.0)

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        if self.cycle.response_complete and not self.transport.is_closing():
            self._wait(self._among.head_s)

    def close(self) -> None:
        """Close at once, even if something is still to be sent."""
        self.forget()
        self.transport.abort()

    def forget(self) -> None:
        """Stop waiting, and count the connection no longer."""
        self._wait(0.0)
        self._among.leave(self)

    def _wait(self, seconds: float) -> None:
        """Set a timeout for the next data, once; 0 for none."""
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


class TlsConnection(SSLProtocol):
    """The encryption of one connection, which counts from the moment it is accepted.

    asyncio's own https waits a minute for a handshake, and makes our connection only
    after it.

    Args:
        tls: the certificate and its key.
        among: all that are open.
    """

    # asyncio allocates a buffer of this size for each connection. It is also the
    # longest record of TLS.
    max_size = 16_384

    def __init__(
        self, tls: ssl.SSLContext, among: Connections, *args: Any, **named: Any
    ) -> None:
        # Everything else is made once something arrives: see `get_buffer`.
        self._inner = HttpConnection(among, *args, **named)
        self._tls, self._has_begun = tls, False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection, and wait for the first byte."""
        self._inner.accept(transport)  # type: ignore[arg-type]

    def get_buffer(self, n: int) -> memoryview:
        """Return the buffer for incoming data; begin the handshake the first time.

        The state of a handshake takes 100 kB, so a connection that sends nothing must
        not have one.
        """
        if not self._has_begun:
            self._has_begun = True
            transport, loop = self._inner.transport, self._inner.loop
            super().__init__(loop, self._inner, self._tls, None, server_side=True)  # type: ignore[arg-type]
            super().connection_made(transport)
        return super().get_buffer(n)

    def eof_received(self) -> None:
        """Close the connection at the end of what is sent."""
        return super().eof_received() if self._has_begun else None

    def connection_lost(self, exc: BaseException | None) -> None:
        """Remove the connection, even if there was no handshake."""
        self._inner.forget()
        if self._has_begun:
            super().connection_lost(exc)
