"""kept: what a room knows of itself, in one file that is read at the next start."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec

from grader import files
from grader.errors import Misuse
from grader.gradebook.ledger import hold
from server.room import codes
from server.room.members import Member

PRIVATE = ".room"
_FILE, _LOCK = "room.json", "lock"


class Kept(msgspec.Struct, frozen=True):
    """What a room keeps of itself; a file for the instructor's eyes alone."""

    code: str
    board_key: str
    instructor_key: str
    is_open: bool = True
    lesson: str = ""
    clock_ends_at: float = 0.0
    port: int = 0
    members: tuple[Member, ...] = ()
    merged: dict[str, str] = {}
    # The ids of those who were taken out: nobody has one of them again.
    retired: tuple[str, ...] = ()


def make_private(folder: Path) -> Path:
    """Return the part of the room that is nobody's folder; all of it is this user's
    alone.
    """
    private = folder / PRIVATE
    with files.told(folder):
        # `mode` is not for what is there already, nor for the folders above.
        private.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        private.chmod(0o700)
    return private


@contextlib.contextmanager
def claim(folder: Path) -> Iterator[None]:
    """Be the only server of a room, until the end.

    Raises:
        Misuse: another one serves it, or the folder cannot be used.
    """
    # Two servers would each write down those who joined at their own address alone.
    problem = (
        f"The room {folder} is open already: another terminal serves it. End that one "
        "with Ctrl-C first, or name another folder."
    )
    path = make_private(folder) / _LOCK
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(hold(path, problem))
        except sqlite3.Error as error:
            raise Misuse(
                f"The room {folder} cannot be locked ({error}). Choose a folder on a "
                "disk of this machine."
            ) from error
        yield


def read_kept(folder: Path) -> Kept:
    """Return what was kept; new codes and keys where nothing is.

    Raises:
        Misuse: it is spoilt.
    """
    path = folder / PRIVATE / _FILE
    if not path.exists():
        return Kept(codes.make_code(), codes.make_token(), codes.make_token())
    try:
        return msgspec.json.decode(path.read_bytes(), type=Kept)
    except (OSError, msgspec.DecodeError) as error:
        raise Misuse(
            f"What the room keeps of itself, {path}, cannot be read ({error}). Move "
            "that file away: a new room begins, and what learners wrote stays there."
        ) from error


def write_kept(folder: Path, kept: Kept) -> None:
    """Keep it, whole or not at all.

    Raises:
        Misuse: it cannot be written.
    """
    files.write(folder / PRIVATE / _FILE, msgspec.json.encode(kept))
