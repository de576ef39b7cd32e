"""asking: what is asked of a room while the learner waits: to come in, to hand in."""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import time
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

import msgspec

from grader.clean import clean, one_line
from grader.errors import Misuse
from grader.room_client import outcome_sender
from grader.room_client.joined_room import JoinedRoom
from grader.room_client.outcome_sender import Response

# For a whole exchange, and so many bytes a second more for what is sent.
_PATIENCE_S = 10.0
_SLOWEST = 200_000
_LONGEST_WORDS, _LONGEST_NAME = 300, 200
_RETURN_CODE = re.compile(r"[A-Z]{4,20}")
_HOST = re.compile(r"[\w.:-]+", re.ASCII)
_TOKEN = re.compile(r"[!-~]{1,500}")


class _Welcome(msgspec.Struct):
    """What a room says to somebody who comes in."""

    token: str
    learner: str
    return_code: str = ""
    name: str = ""


class _Refusal(msgspec.Struct):
    """What a room says to somebody whom it does not let in."""

    problem: str


def join(address: str, code: str, name: str) -> JoinedRoom:
    """Come into a room for the first time.

    Args:
        address: where it is, as `address_of` gives it.
        code: the room's code.
        name: what the learner is to be called there.

    Raises:
        Misuse: nobody answers there, or one is not let in.
    """
    return _come_in(address, {"code": code, "name": name})


def come_back(address: str, return_code: str) -> JoinedRoom:
    """Come into a room again, as who one was there.

    Raises:
        Misuse: nobody answers there, or one is not let in.
    """
    return _come_in(address, {"return_code": return_code})


def hand_in(joined: JoinedRoom, name: str, content: bytes) -> None:
    """Send a file into the room's folder.

    Raises:
        Misuse: nobody answers, or it is not taken.
    """
    headers = {
        "Content-Type": "application/octet-stream",
        "X-Attempt-Name": quote(name),
        **outcome_sender.proof_of(joined.token),
    }
    response = _ask(joined.address, "/hand-in", content, headers)
    if not response.is_good:
        raise Misuse(_explain_refusal(response, joined.address))


def address_of(words: str) -> str:
    """Return an address as a room's: scheme, name and port, and nothing behind them.

    >>> address_of("192.168.1.20:8765"), address_of("https://lab.example/?key=1")
    ('http://192.168.1.20:8765', 'https://lab.example')

    Raises:
        Misuse: it is none.
    """
    try:
        parts = urlsplit(words if "://" in words else f"http://{words}")
        host, port = parts.hostname or "", parts.port
        host.encode("idna")  # as it is done when it is looked up
    except ValueError:
        host, port = "", None
    if not _HOST.fullmatch(host) or parts.scheme not in ("http", "https"):
        raise Misuse(
            f"{words!r} is no address of a room. Type the one that the room shows, "
            "such as 192.168.1.20:8765."
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")


def _come_in(address: str, proof: dict[str, str]) -> JoinedRoom:
    headers = {"Content-Type": "application/json"}
    # A shell may hand over what is no text.
    texts = {key: x.encode("utf-8", "replace").decode() for key, x in proof.items()}
    response = _ask(address, "/join", msgspec.json.encode(texts), headers)
    if not response.is_good:
        raise Misuse(_explain_refusal(response, address))
    try:
        welcome = msgspec.json.decode(response.content, type=_Welcome)
    except msgspec.DecodeError as error:
        raise Misuse(_no_room(address)) from error
    if not _TOKEN.fullmatch(welcome.token):  # it is to stand in a header
        raise Misuse(_no_room(address))
    is_code = _RETURN_CODE.fullmatch(welcome.return_code)
    return JoinedRoom(
        address,
        welcome.token,
        _shown(welcome.name or welcome.learner)[:_LONGEST_NAME],
        welcome.return_code if is_code else "",
        time.time(),
    )


def _ask(
    address: str, path: str, content: bytes, headers: Mapping[str, str]
) -> Response:
    patience_s = _PATIENCE_S + len(content) / _SLOWEST
    connection = outcome_sender.connect(address, patience_s)

    def exchange() -> Response:
        with contextlib.closing(connection):
            return outcome_sender.post(connection, path, content, headers)

    try:
        response: Response = outcome_sender.within(patience_s, exchange)
        return response
    except http.client.HTTPException as error:
        raise Misuse(_no_room(address)) from error
    except TimeoutError as error:
        with contextlib.suppress(OSError):  # ends what still waits
            if connection.sock:
                connection.sock.shutdown(socket.SHUT_RDWR)
        raise Misuse(
            f"There was no whole answer from {address} within {patience_s:.0f} s. Is "
            "the network slow? Try again, or ask your instructor."
        ) from error
    except OSError as error:
        raise Misuse(
            f"Nobody answers at {address} ({error.strerror or error}). Is this the "
            "address that the room shows, and is this machine in the same network? A "
            "wifi for guests often keeps its devices apart; then ask your instructor."
        ) from error


def _explain_refusal(response: Response, address: str) -> str:
    """Return what a room answers to somebody whom it does not let in, and what to
    do.
    """
    try:
        said = msgspec.json.decode(response.content, type=_Refusal).problem
    except msgspec.DecodeError:
        return _no_room(address)
    return f"The room at {address} says: {_shown(said)[:_LONGEST_WORDS]}"


def _shown(words: str) -> str:
    """Return what a room sent, harmless for a terminal and on one line."""
    return clean(one_line(words))


def _no_room(address: str) -> str:
    return (
        f"Something answers at {address}, and it is no room of these lessons. Look at "
        "the address once more, with the number after the colon."
    )
