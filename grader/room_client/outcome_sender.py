"""outcome_sender: carry what waits to the room.

It runs as its own process that nobody waits for, as a plain file and by a Python
without site-packages, so that it costs little; it imports the standard library alone.
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
# How long an answer is waited for; the first that does not come ends the process.
PATIENCE_S = 0.3
_LONGEST_S = 3.0
_LARGEST_ANSWER = 65_536
# The room has understood, and would say the same another time.
_REFUSED_FOR_GOOD = (400, 413, 422)
_NOT_KNOWN = (401, 403, 410)


class Response(NamedTuple):
    """What came back."""

    status: int
    content: bytes

    @property
    def is_good(self) -> bool:
        """Whether it was done."""
        return 200 <= self.status < 300


def connect(address: str, patience_s: float) -> http.client.HTTPConnection:
    """Return a connection to a room, straight to its address and through no proxy."""
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
    """Send something, and read what comes back, up to a bound.

    Raises:
        OSError, http.client.HTTPException: nobody answers, or not in HTTP.
    """
    connection.request("POST", path, content, dict(headers))
    with connection.getresponse() as response:
        return Response(response.status, response.read(_LARGEST_ANSWER))


def auth_header(token: str) -> dict[str, str]:
    """Return the header that says who sends something."""
    return {"Authorization": f"Bearer {token}"}


def deliver(folder: Path) -> None:
    """Tell the room what waits in a folder, the oldest first, and remove what is told.

    It ends with the first answer that does not come or that says to try again later;
    what is left waits for the next time. An outcome has its own number, so the
    room counts it once however often it is sent.
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
    """Return what a file holds; nothing where it is spoilt, so that it is in no
    way.
    """
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
    """Deliver what can be delivered in a few seconds, whatever the room does."""
    with contextlib.suppress(TimeoutError):
        run_within(_LONGEST_S, lambda: deliver(folder))


def run_within(seconds: float, work: Callable[[], Any]) -> Any:
    """Return what a function returns, or raise what it raises, before a deadline.

    Raises:
        TimeoutError: it takes longer; nobody waits for it any more.
    """
    # Each wait for a socket has an end, but not their sum: a room may answer drop by
    # drop, and a name may be looked up for long.
    ended: list[tuple[Any, Exception | None]] = []

    def run() -> None:
        try:
            ended.append((work(), None))
        except Exception as error:  # raised again where it is waited for
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
