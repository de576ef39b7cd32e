"""outcome_sender: send the waiting gradings to the room.

It runs as a separate process, and nobody waits for it. To start quickly, it runs as a
plain file in a Python without site-packages, and imports only the standard library.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

JOINED = "joined.json"
UNSENT = "untold"
REJECTED = "unknown"
# How long to wait for an answer; the first one that doesn't come ends the process.
PATIENCE_S = 0.3
_LONGEST_S = 3.0
_LARGEST_ANSWER = 65_536
# The room has understood the request, and would refuse it again.
_REFUSED_FOR_GOOD = (400, 413, 422)
_NOT_KNOWN = (401, 403, 410)


class Response(NamedTuple):
    """The answer to a request."""

    status: int
    content: bytes

    @property
    def is_good(self) -> bool:
        """Whether the request succeeded."""
        return 200 <= self.status < 300


def connect(address: str, patience_s: float) -> http.client.HTTPConnection:
    """Return a connection straight to a room's address, without a proxy."""
    parts = urlsplit(address)
    is_safe = parts.scheme == "https"
    kind = http.client.HTTPSConnection if is_safe else http.client.HTTPConnection
    return kind(parts.hostname or "", parts.port, timeout=patience_s)


def post(
    connection: http.client.HTTPConnection,
    path: str,
    content: bytes,
    headers: Mapping[str, str],
) -> Response:
    """Send something, and read the answer, up to a limit.

    Raises:
        OSError, http.client.HTTPException: if nobody answers, or not in HTTP.
    """
    connection.request("POST", path, content, dict(headers))
    with connection.getresponse() as response:
        return Response(response.status, response.read(_LARGEST_ANSWER))


def auth_header(token: str) -> dict[str, str]:
    """Return the header that identifies the sender."""
    return {"Authorization": f"Bearer {token}"}


def deliver(folder: Path) -> None:
    """Send the waiting gradings to the room, oldest first, deleting each after sending.

    It stops at the first answer that doesn't come or that says to try again later; the
    rest waits for the next time. Each outcome has its own number, so the room counts it
    once, even if it is sent several times.
    """
    joined = json.loads((folder / JOINED).read_bytes())
    connection = connect(joined["address"], PATIENCE_S)
    proof = auth_header(joined["token"])
    try:
        for path in sorted((folder / UNSENT).glob("*.json")):
            for outcome in _read_outcomes(path):
                status = _send(connection, outcome, proof)
                if status in _NOT_KNOWN:
                    (folder / REJECTED).touch()
                if not (200 <= status < 300 or status in _REFUSED_FOR_GOOD):
                    return
            path.unlink(missing_ok=True)
            (folder / REJECTED).unlink(missing_ok=True)
    except (OSError, http.client.HTTPException):
        return  # the room is away
    finally:
        connection.close()


def _read_outcomes(path: Path) -> list[Any]:
    """Return the outcomes in a file, or [] if it is damaged and can be deleted."""
    try:
        return list(json.loads(path.read_bytes()))
    except ValueError:
        return []


def _send(
    connection: http.client.HTTPConnection, outcome: Any, proof: Mapping[str, str]
) -> int:
    headers = {"Content-Type": "application/json", **proof}
    return post(connection, "/told", json.dumps(outcome).encode(), headers).status


def deliver_soon(folder: Path) -> None:
    """Send what can be sent in a few seconds, whatever the room does."""
    with contextlib.suppress(TimeoutError):
        run_within(_LONGEST_S, lambda: deliver(folder))


def run_within(seconds: float, work: Callable[[], Any]) -> Any:
    """Return what a function returns, or raise what it raises, before a deadline.

    Raises:
        TimeoutError: if it takes longer; its result is then ignored.
    """
    # Each wait for a socket has a timeout, but their sum doesn't. A room may answer
    # byte by byte, and looking up a name may take long.
    ended: list[tuple[Any, Exception | None]] = []

    def run() -> None:
        try:
            ended.append((work(), None))
        except Exception as error:  # raised again by the caller's thread
            ended.append((None, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not ended:
        raise TimeoutError(f"no whole answer within {seconds:.0f} s")
    result, error = ended[0]
    if error is not None:
        raise error
    return result


if __name__ == "__main__":
    deliver_soon(Path(sys.argv[1]))
