"""local_server: the server of one learner as a process, with its address and key."""

from __future__ import annotations

import json
import logging
import math
import os
import secrets
import socket
import threading
import time
import webbrowser
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import uvicorn

from grader.document import catalog
from grader.errors import Misuse
from grader.web.app import make_app
from grader.web.connections import Connections, raise_file_limit

HOST = "127.0.0.1"
FIRST_PORT = 8765
_KEPT = ".serve.json"
_LONGEST_PORT = 65_535
_PATIENCE_S, _MINUTE_S = 10.0, 60.0


class ServerAddress(msgspec.Struct, frozen=True):
    """Where the server is, and who may come in."""

    port: int
    key: str

    @property
    def address(self) -> str:
        """What the learner opens."""
        return f"http://{HOST}:{self.port}/?key={self.key}"

    @property
    def hosts(self) -> frozenset[str]:
        """The names it answers to."""
        return frozenset({f"{HOST}:{self.port}", f"localhost:{self.port}"})


def serve(
    root: Path, port: int, say: Callable[[str], None], opens_browser: bool = True
) -> None:
    """Serve the lessons to this machine's browser until Ctrl-C.

    Args:
        root: the course.
        port: where to listen; 0 for the one of last time, or the first that is free.
        say: called with the address when it can be opened.
        opens_browser: open it there.

    Raises:
        Misuse: the port is taken, or is none.
    """
    listening, door = listen_locally(root, port)
    # Who else uses this machine may see how a browser is started: that address is good
    # for one time alone.
    once = secrets.token_urlsafe(32)
    app = make_app(root, door.hosts, door.key, once)

    def tell() -> None:
        say(door.address)
        if opens_browser:
            webbrowser.open(ServerAddress(door.port, once).address)

    run_server(app, listening, tell)


def run_server(
    app: Any,
    listening: socket.socket,
    when_ready: Callable[[], None],
    certificate: Path | None = None,
    key: Path | None = None,
) -> None:
    """Serve an application until Ctrl-C.

    Args:
        app: the application.
        listening: where it is asked; closed at the end.
        when_ready: called from another thread when it can be reached.
        certificate: for https.
        key: of the certificate.
    """
    config = configure(app, certificate=certificate, key=key)
    # Anybody on the network could fill the terminal with bytes that are no HTTP.
    once = OncePerMinute()
    logging.getLogger("uvicorn.error").addFilter(once)
    server = uvicorn.Server(config)

    # `run` returns at the end, and that it has started, the server does not tell.
    def tell() -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        when_ready()

    threading.Thread(target=tell, daemon=True).start()
    try:
        with listening:
            server.run(sockets=[listening])
    finally:
        logging.getLogger("uvicorn.error").removeFilter(once)


def configure(
    app: Any,
    log_level: str = "warning",
    certificate: Path | None = None,
    key: Path | None = None,
    connections: Connections | None = None,
) -> uvicorn.Config:
    """Return how an application is served.

    Args:
        app: the application.
        log_level: what is told in the terminal, as uvicorn calls it.
        certificate: for https.
        key: of the certificate.
        connections: how many there may be; as the files of this process allow when
            None.
    """
    bounds = connections or Connections.within(raise_file_limit())
    # An open page listens without an end: a second is waited for it, and no longer.
    return uvicorn.Config(
        app, log_level=log_level, access_log=False, server_header=False,
        timeout_graceful_shutdown=1, ws="none", http=bounds.protocol,  # type: ignore[arg-type]
        ssl_certfile=certificate, ssl_keyfile=key,
    )  # fmt: skip


class OncePerMinute(logging.Filter):
    """Lets each kind of warning through once a minute, however often it comes.

    Args:
        clock: the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._shown_at: dict[str, float] = {}
        self._left_out: Counter[str] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a message is shown; how many were not stands behind it."""
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


def listen_locally(root: Path, port: int) -> tuple[socket.socket, ServerAddress]:
    """Return a socket that listens, and the address: that of last time where it is
    free.

    So a page that is open finds the server again when it was started anew.
    """
    path = catalog.attempts_folder(root) / _KEPT
    kept = _read(path)
    wanted = [port] if port else [kept.port] if kept else [FIRST_PORT]
    listening = listen(HOST, wanted if port else [*wanted, 0])
    key = kept.key if kept else secrets.token_urlsafe(32)
    door = ServerAddress(listening.getsockname()[1], key)
    if door != kept:
        _keep(path, door)
    return listening, door


def listen(host: str, ports: list[int]) -> socket.socket:
    """Return a socket that listens on the first of the ports that is free.

    Raises:
        Misuse: none of them is, or one is no port.
    """
    why = ""
    for port in ports:
        if not 0 <= port <= _LONGEST_PORT:
            raise Misuse(f"--port takes a number up to {_LONGEST_PORT}, not {port}.")
        listening = socket.socket()
        if os.name == "posix":  # elsewhere it would let others listen, too
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
        f"Port {ports[0]} cannot be had on this machine ({why}). Are the lessons "
        "served in another terminal already? Leave --port out, and a free one is "
        "chosen."
    )


def _read(path: Path) -> ServerAddress | None:
    """Return the address of last time; None if there is none that can be used."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        door = ServerAddress(told["port"], told["key"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    is_port = type(door.port) is int and 0 < door.port <= _LONGEST_PORT
    return door if is_port and type(door.key) is str and len(door.key) > 30 else None


def _keep(path: Path, door: ServerAddress) -> None:
    """Remember the address, for this user's eyes alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # A new file, by nobody's link, so that these rights are its own from the start.
    path.unlink(missing_ok=True)
    how = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(path, how, 0o600), "w", encoding="utf-8") as file:
        json.dump({"port": door.port, "key": door.key}, file)
