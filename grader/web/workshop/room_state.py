"""room_state: what a room stores about itself, in one file."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

from grader import files
from grader.classroom.file_names import plain
from grader.clean import one_line
from grader.document import no_links
from grader.document.attempt_file import SUFFIXES
from grader.errors import Misuse
from grader.gradebook.database import lock_file
from grader.web.workshop import credentials
from grader.web.workshop.folders import is_folder
from grader.web.workshop.members import LONGEST_NAME, Member

PRIVATE = ".room"
_FILE, _LOCK = "room.json", "lock"
_LARGEST = 50_000_000
_KEY = re.compile(r"[\w-]{32,128}", re.ASCII)
_TOKEN = re.compile(r"[0-9a-f]{64}")
_LAST_TIME = 1e11  # in seconds since 1970: so far ahead is no hour


class RoomState(msgspec.Struct, frozen=True):
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

    Raises:
        Misuse: it cannot be made, or something in the folder leads out of it.
    """
    private = folder / PRIVATE
    refuse_links(folder)
    with files.explain_write_error(folder):
        # `mode` is not for what is there already, nor for the folders above.
        private.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        private.chmod(0o700)
    return private


def refuse_links(folder: Path) -> None:
    """See that what a room reads and writes is in its own folder.

    Whoever made the folder could have put a link, a pipe or a device there.

    Raises:
        Misuse: something there is none of a room's own files and folders.
    """
    level = [(path, found, path.name) for path, found in no_links.entries_of(folder)]
    while level:
        path, found, top = level.pop()
        is_whole = top == PRIVATE
        # In a learner's folder a clone of theirs may lie, with links of its own.
        is_read = is_whole or path.parent == folder or path.suffix in SUFFIXES
        if is_read and (why := no_links.describe(found)):
            raise Misuse(f"{path}: {why}")
        if stat.S_ISDIR(found.st_mode) and (is_whole or path.parent == folder):
            level += [(*one, top) for one in no_links.entries_of(path)]


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
            held.enter_context(lock_file(path, problem))
        except sqlite3.Error as error:
            raise Misuse(
                f"The room {folder} cannot be locked ({error}). Choose a folder on a "
                "disk of this machine."
            ) from error
        yield


def read_state(folder: Path) -> RoomState:
    """Return what was kept; new codes and keys where nothing is.

    Raises:
        Misuse: it is spoilt, or something in the folder leads out of it.
    """
    refuse_links(folder)
    path = folder / PRIVATE / _FILE
    if not path.exists():
        return RoomState(
            credentials.make_code(), credentials.make_token(), credentials.make_token()
        )
    try:
        kept = msgspec.json.decode(files.read(path, _LARGEST), type=RoomState)
        why = _describe_fault(kept)
    except (OSError, msgspec.DecodeError, RecursionError) as error:
        why = str(error)
    if why:
        raise Misuse(
            f"What the room keeps of itself, {path}, cannot be read ({why}). Move "
            "that file away: a new room begins, and what learners wrote stays there."
        )
    return kept


def _describe_fault(kept: RoomState) -> str:
    """Return what no room has written into its file; "" where there is nothing.

    The file may come with a folder that somebody else made. An empty key would open
    the instructor's page to everybody, and the id "../ada" is a folder elsewhere.
    """
    keys = (kept.board_key, kept.instructor_key)
    if not all(_KEY.fullmatch(key) for key in keys) or keys[0] == keys[1]:
        return "a key of a page is none"
    if len(credentials.read_code(kept.code)) < credentials.LETTERS:
        return "the room's code is none"
    if not (0 <= kept.port < 2**16 and 0 <= kept.clock_ends_at < _LAST_TIME):
        return "its port or its clock is none"
    ids = [one.id for one in kept.members]
    for name in (*ids, *kept.retired, *kept.merged, *kept.merged.values()):
        if not is_folder(name):
            return f"the id {name[:80]!r} is no learner's"
    if len(set(map(plain, ids))) < len(ids):
        return "two learners have one id"
    for one in kept.members:
        names = (one.name, one.partner)
        if any(len(x) > 2 * LONGEST_NAME or one_line(x) != x for x in names):
            return f"the name of {one.id} is none"
        if (
            one.return_code
            and len(credentials.read_code(one.return_code)) < credentials.LETTERS
        ):
            return f"the return code of {one.id} is none"
        if not all(_TOKEN.fullmatch(token) for token in one.tokens):
            return f"a token of {one.id} is none"
    return ""


def write_state(folder: Path, kept: RoomState) -> None:
    """Keep it, whole or not at all.

    Raises:
        Misuse: it cannot be written.
    """
    files.write(folder / PRIVATE / _FILE, msgspec.json.encode(kept))
