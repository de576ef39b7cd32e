"""client: the room that a learner has joined, and the requests and results sent to it.

It is stored in a folder beside the gradebook that only its owner can open.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

import msgspec

from grader import files
from grader.document.catalog import Lesson
from grader.errors import Misuse
from grader.report import ExerciseResult, Report
from grader.report.focus import Focus, find_focus
from grader.room_client import outcome_sender
from grader.room_client.outcome_sender import JOINED, REJECTED, UNSENT, Response
from grader.sanitize import clean_line, strip_controls

_FOLDER = ".room"
# On another day, the address may be somebody else's.
LASTS_S = 24 * 3600


class JoinedRoom(msgspec.Struct, frozen=True):
    """A room that was joined.

    Attributes:
        address: the address of the room, ``http://192.168.1.20:8765``.
        token: proves the identity of the sender.
        learner: the learner's name in the room.
        return_code: lets the learner in again on another machine.
        joined_at: the time, in seconds since 1970.
    """

    address: str
    token: str
    learner: str
    return_code: str
    joined_at: float

    @property
    def is_expired(self) -> bool:
        """Whether it was joined so long ago that nothing is sent any more."""
        return not 0 <= time.time() - self.joined_at < LASTS_S


def folder_in(attempts: Path) -> Path:
    """Return the folder with everything about the room."""
    return attempts / _FOLDER


def find_joined_room(attempts: Path) -> JoinedRoom | None:
    """Return the room that was joined, or None if there is none or it can't be read."""
    try:
        content = (folder_in(attempts) / JOINED).read_bytes()
        return msgspec.json.decode(content, type=JoinedRoom)
    except (OSError, msgspec.DecodeError):
        return None


def is_rejected(attempts: Path) -> bool:
    """Return whether the room has answered that it no longer knows the learner."""
    return (folder_in(attempts) / REJECTED).exists()


def save_joined_room(attempts: Path, joined: JoinedRoom) -> None:
    """Record a room, readable only by this user.

    Raises:
        Misuse: if it can't be written.
    """
    folder = folder_in(attempts)
    with files.explain_write_error(folder):
        forget_joined_room(attempts)
        folder.mkdir(mode=0o700, parents=True)
        (folder / UNSENT).mkdir(mode=0o700)
        path = folder / JOINED
        # Writing keeps the permissions of an existing file.
        path.touch(mode=0o600)
        files.write(path, msgspec.json.encode(joined))


def forget_joined_room(attempts: Path) -> None:
    """Forget the room, and what hasn't been sent to it yet."""
    folder = folder_in(attempts)
    if folder.exists():
        with files.explain_write_error(folder):
            shutil.rmtree(folder)


# In seconds, for a whole exchange; there is a second more for each _SLOWEST bytes.
_PATIENCE_S = 10.0
_SLOWEST = 200_000
_LONGEST_WORDS, _LONGEST_NAME = 300, 200
_RETURN_CODE = re.compile(r"[A-Z]{4,20}")
_HOST = re.compile(r"[\w.:-]+", re.ASCII)
_TOKEN = re.compile(r"[!-~]{1,500}")


class _Welcome(msgspec.Struct):
    """A room's answer to somebody who is let in."""

    token: str
    learner: str
    return_code: str = ""
    name: str = ""


class _Refusal(msgspec.Struct):
    """A room's answer to somebody who isn't let in."""

    problem: str


def join(address: str, code: str, name: str) -> JoinedRoom:
    """Join a room for the first time.

    Args:
        address: its address, as `parse_address` returns it.
        code: the room's code.
        name: the learner's name in the room.

    Raises:
        Misuse: if nobody answers there, or the learner isn't let in.
    """
    return _enter(address, {"code": code, "name": name})


def rejoin(address: str, return_code: str) -> JoinedRoom:
    """Join a room again, as the same person as before.

    Raises:
        Misuse: if nobody answers there, or the learner isn't let in.
    """
    return _enter(address, {"return_code": return_code})


def hand_in(joined: JoinedRoom, name: str, content: bytes) -> None:
    """Send a file to the room's folder.

    Raises:
        Misuse: if nobody answers, or the file isn't accepted.
    """
    headers = {
        "Content-Type": "application/octet-stream",
        "X-Attempt-Name": quote(name),
        **outcome_sender.auth_header(joined.token),
    }
    response = _ask(joined.address, "/hand-in", content, headers)
    if not response.is_good:
        raise Misuse(_explain_refusal(response, joined.address))


def parse_address(words: str) -> str:
    """Return the address of a room: only scheme, name and port.

    >>> parse_address("192.168.1.20:8765"), parse_address("https://lab.example/?key=1")
    ('http://192.168.1.20:8765', 'https://lab.example')

    Raises:
        Misuse: if it isn't an address.
    """
    try:
        parts = urlsplit(words if "://" in words else f"http://{words}")
        host, port = parts.hostname or "", parts.port
        host.encode("idna")  # as in the lookup of a name
    except ValueError:
        host, port = "", None
    if not _HOST.fullmatch(host) or parts.scheme not in ("http", "https"):
        raise Misuse(
            f"{words!r} isn't the address of a room. Type the one that the room shows, "
            "such as 192.168.1.20:8765."
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")


def _enter(address: str, proof: dict[str, str]) -> JoinedRoom:
    headers = {"Content-Type": "application/json"}
    # A shell may pass bytes that aren't valid text.
    texts = {key: x.encode("utf-8", "replace").decode() for key, x in proof.items()}
    response = _ask(address, "/join", msgspec.json.encode(texts), headers)
    if not response.is_good:
        raise Misuse(_explain_refusal(response, address))
    try:
        welcome = msgspec.json.decode(response.content, type=_Welcome)
    except msgspec.DecodeError as error:
        raise Misuse(_no_room(address)) from error
    if not _TOKEN.fullmatch(welcome.token):  # it will be in a header
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
        response: Response = outcome_sender.run_within(patience_s, exchange)
        return response
    except http.client.HTTPException as error:
        raise Misuse(_no_room(address)) from error
    except TimeoutError as error:
        with contextlib.suppress(OSError):  # ends a sender that still waits
            if connection.sock:
                connection.sock.shutdown(socket.SHUT_RDWR)
        raise Misuse(
            f"There was no whole answer from {address} within {patience_s:.0f} s. Is "
            "the network slow? Try again, or ask your instructor."
        ) from error
    except OSError as error:
        raise Misuse(
            f"Nobody answers at {address} ({error.strerror or error}). Is this the "
            "address that the room shows, and is this machine in the same network? "
            f"Guest wifi often keeps devices apart; if so, ask your instructor."
        ) from error


def _explain_refusal(response: Response, address: str) -> str:
    """Return a room's answer to somebody who isn't let in, and what to do."""
    try:
        said = msgspec.json.decode(response.content, type=_Refusal).problem
    except msgspec.DecodeError:
        return _no_room(address)
    return f"The room at {address} says: {_shown(said)[:_LONGEST_WORDS]}"


def _shown(words: str) -> str:
    """Return text that a room sent, on one line and safe for a terminal."""
    return strip_controls(clean_line(words))


def _no_room(address: str) -> str:
    return (
        f"Something answers at {address}, but it isn't a room of these lessons. Check "
        f"the address, including the number after the colon."
    )


# Enough for a room that is away for a day; older gradings don't say much any more.
_MOST_WAITING = 1000
_LAST = "last.json"
# The outcome of an exercise, and the name of its mistake or "".
State = tuple[str, str]


class ExerciseOutcome(msgspec.Struct, frozen=True):
    """The result of one exercise: all that a room ever gets from a grading."""

    lesson: str
    exercise: str
    outcome: str
    mistake: str
    points: int
    of: int
    at: str
    id: str

    @property
    def state(self) -> State:
        """The part of the outcome that, when it changes, has to be sent again."""
        return self.outcome, self.mistake


def send_outcomes(
    report: Report, lesson: Lesson, attempts: Path, focus: Focus | None = None
) -> None:
    """Send a grading to the room, if one was joined, without waiting.

    If it can't be written, it isn't sent: a grading never fails because of the room.

    Args:
        report: the grading.
        lesson: the lesson.
        attempts: the folder of the learner's files.
        focus: the exercise that the learner is working on; if None, nothing is known
            of earlier gradings.
    """
    joined = find_joined_room(attempts)
    if joined is None or joined.is_expired:
        return
    folder, focus = folder_in(attempts), focus or find_focus(report.exercises)
    with contextlib.suppress(OSError, Misuse):
        before = _read_states(folder)
        outcomes = select_changed(outcomes_of(report, lesson), before, focus.tag)
        if outcomes:
            _queue(folder / outcome_sender.UNSENT, outcomes)
            states = before | {one.exercise: one.state for one in outcomes}
            files.write(folder / _LAST, msgspec.json.encode(states))
            _start_sender(folder)


def select_changed(
    outcomes: list[ExerciseOutcome], before: Mapping[str, State], focus: str
) -> list[ExerciseOutcome]:
    """Return the outcomes that are new, followed by that of the exercise in focus."""
    if not outcomes:
        return []
    here = next((one for one in outcomes if one.exercise == focus), outcomes[-1])
    others = [one for one in outcomes if before.get(one.exercise) != one.state]
    return [*(one for one in others if one is not here), here]


def outcomes_of(report: Report, lesson: Lesson) -> list[ExerciseOutcome]:
    """Return what a room may learn about a grading, an outcome per exercise."""
    return [
        ExerciseOutcome(
            lesson=lesson.short_name,
            exercise=one.tag,
            outcome=one.outcome.value,
            mistake=_mistake_in(one),
            points=int(one.earned),  # no points by hand here
            of=one.points,
            at=report.started_at,
            id=str(uuid.uuid4()),
        )
        for one in report.exercises
    ]


def count_unsent(attempts: Path) -> int:
    """Count how many gradings still wait to be sent."""
    return len(list((folder_in(attempts) / outcome_sender.UNSENT).glob("*.json")))


def _read_states(folder: Path) -> dict[str, State]:
    """Return the last outcomes that the room got, by exercise; {} if damaged."""
    try:
        content = (folder / _LAST).read_bytes()
        return msgspec.json.decode(content, type=dict[str, State])
    except (OSError, msgspec.DecodeError):
        return {}


def _mistake_in(exercise: ExerciseResult) -> str:
    """Return the name of the mistake, or "" if there is none or it isn't certain."""
    mistakes = exercise.finding.mistakes if exercise.finding else ()
    return mistakes[0].tag if len(mistakes) == 1 else ""


def _queue(folder: Path, outcomes: list[ExerciseOutcome]) -> None:
    """Add a grading to those that wait, in the order of time."""
    waiting = sorted(folder.glob("*.json"))
    for old in waiting[: max(0, len(waiting) + 1 - _MOST_WAITING)]:
        old.unlink(missing_ok=True)
    # The zeros make the order of names the order of time.
    name = f"{time.time_ns():020}-{uuid.uuid4().hex}.json"
    files.write(folder / name, msgspec.json.encode(outcomes))


def _start_sender(folder: Path) -> None:
    """Start the process that sends them, without waiting for it."""
    # On Windows no window opens; elsewhere Ctrl-C doesn't reach another session.
    detached = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", outcome_sender.__file__, str(folder.resolve())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        creationflags=detached,
        start_new_session=True,
    )
    # In a watch session, an ended process would otherwise stay as a zombie.
    threading.Thread(target=process.wait, daemon=True).start()
