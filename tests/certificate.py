"""The certificate of tests that talk https, on this machine alone."""

from __future__ import annotations

import http.client
import ssl
from pathlib import Path

# Its certificate and its key.
FILE = Path(__file__).with_name("localhost.pem")
SCHEMES = ("http", "https")


def for_server(scheme: str) -> ssl.SSLContext | None:
    """What a server needs for a scheme."""
    if scheme == "http":
        return None
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(FILE)
    return tls


def for_browser() -> ssl.SSLContext:
    """What somebody needs who asks it."""
    return ssl.create_default_context(cafile=str(FILE))


def connect(port: int, scheme: str, patience_s: float) -> http.client.HTTPConnection:
    """A connection to a server here, which is not open yet."""
    if scheme == "http":
        return http.client.HTTPConnection("127.0.0.1", port, timeout=patience_s)
    return http.client.HTTPSConnection(
        "127.0.0.1", port, timeout=patience_s, context=for_browser()
    )
