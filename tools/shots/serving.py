"""serving: serve an application from a thread."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from grader.web.http_server import Connections, configure


@contextmanager
def served(
    app: Any,
    listening: socket.socket,
    connections: Connections | None = None,
    tls: ssl.SSLContext | None = None,
    proxy: str = "",
) -> Iterator[None]:
    """Serve an application on a listening socket for as long as this lasts."""
    server = uvicorn.Server(configure(app, "critical", connections, tls, proxy))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
