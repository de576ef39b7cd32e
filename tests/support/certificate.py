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


def connect(
    port: int, scheme: str, patience_s: float, address: str = "127.0.0.1"
) -> http.client.HTTPConnection:
    """A connection to a server here, from an address, which is not open yet."""
    place, where = ("127.0.0.1", port), (address, 0)
    if scheme == "http":
        return http.client.HTTPConnection(
            *place, timeout=patience_s, source_address=where
        )
    return http.client.HTTPSConnection(
        *place, timeout=patience_s, source_address=where, context=for_browser()
    )
