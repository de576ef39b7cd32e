"""joined_room: which room the learner has joined, and as whom.

It lies in a folder of its own beside the gradebook, which only its owner can open.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import msgspec

from grader import files
from grader.room_client.outcome_sender import JOINED, UNKNOWN, UNTOLD

_FOLDER = ".room"
# Another day, and the address may be somebody else's.
LASTS_S = 24 * 3600


class JoinedRoom(msgspec.Struct, frozen=True):
    """A room that was joined.

    Attributes:
        address: where the room is, ``http://192.168.1.20:8765``.
        token: what proves who sends something.
        learner: how the room calls the learner.
        return_code: what lets them in again elsewhere.
        joined_at: when, in seconds since 1970.
    """

    address: str
    token: str
    learner: str
    return_code: str
    joined_at: float

    @property
    def is_over(self) -> bool:
        """Whether it was joined so long ago that nothing is sent any more."""
        return not 0 <= time.time() - self.joined_at < LASTS_S


def folder_in(attempts: Path) -> Path:
    """Return where all that is about the room lies."""
    return attempts / _FOLDER


def find(attempts: Path) -> JoinedRoom | None:
    """Return the room that was joined; None if there is none, or nothing readable of
    it.
    """
    try:
        content = (folder_in(attempts) / JOINED).read_bytes()
        return msgspec.json.decode(content, type=JoinedRoom)
    except (OSError, msgspec.DecodeError):
        return None


def is_unknown(attempts: Path) -> bool:
    """Return whether the room has said that it does not know the learner any more."""
    return (folder_in(attempts) / UNKNOWN).exists()


def keep(attempts: Path, joined: JoinedRoom) -> None:
    """Remember a room, for this user's eyes alone.

    Raises:
        Misuse: it cannot be written.
    """
    folder = folder_in(attempts)
    with files.explain_write_error(folder):
        forget(attempts)
        folder.mkdir(mode=0o700, parents=True)
        (folder / UNTOLD).mkdir(mode=0o700)
        path = folder / JOINED
        # What is written takes over the rights of what stood there.
        path.touch(mode=0o600)
        files.write(path, msgspec.json.encode(joined))


def forget(attempts: Path) -> None:
    """Forget the room, and what it was not told yet."""
    folder = folder_in(attempts)
    if folder.exists():
        with files.explain_write_error(folder):
            shutil.rmtree(folder)
