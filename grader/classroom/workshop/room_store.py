"""room_store: store a room in the gradebook of its class."""

from __future__ import annotations

import contextlib
import sqlite3
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from grader.classroom.workshop import credentials
from grader.classroom.workshop.room_state import Member, RoomState, describe_fault
from grader.common import files
from grader.common.errors import Misuse
from grader.course.document import no_links
from grader.learner.gradebook import Gradebook, gradebook_path
from grader.learner.gradebook.database import Database, lock_file
from grader.learner.gradebook.integrity import ForeignDatabase, open_untrusted
from grader.learner.gradebook.rows import MIGRATIONS

PRIVATE = ".room"
_LOCK = "lock"
_LARGEST_STATE = 50_000_000
_ROOM_COLUMNS = (
    *("code", "board_key", "instructor_key", "is_open", "lesson", "clock_ends_at"),
    *("port", "message", "revealed", "last_number"),
)
_MEMBER_COLUMNS = Member.__struct_fields__
_JSON_COLUMNS = ("tokens", "facts", "revealed")


def make_private(folder: Path) -> Path:
    """Make the room's private folder, for this user only, and return it.

    Raises:
        Misuse: if it can't be made, or something in the folder leads out of it.
    """
    private = folder / PRIVATE
    refuse_links(folder)
    with files.explain_write_error(folder):
        # `mode` doesn't apply to existing folders, nor to the parent folders.
        private.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        private.chmod(0o700)
    return private


def refuse_links(folder: Path) -> None:
    """Refuse links, pipes and devices in a room's own files and folders.

    Somebody else may have made the folder, with links that lead out of it. Links in a
    learner's folder are allowed, because the room neither follows nor writes to them.

    Raises:
        Misuse: if something is neither a regular file nor a folder.
    """
    level, private = no_links.entries_of(folder), folder / PRIVATE
    while level:
        path, status = level.pop()
        if why := no_links.describe(status):
            raise Misuse(f"{path}: {why}")
        if stat.S_ISDIR(status.st_mode) and private in (path, *path.parents):
            level += no_links.entries_of(path)


@contextlib.contextmanager
def claim(folder: Path) -> Iterator[None]:
    """Claim a room as its only server.

    Raises:
        Misuse: if another one serves it, or the folder can't be used.
    """
    # Each of two servers would store only those who joined at its own address.
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
    """Return the stored state of a room, or a new one if there is none.

    Raises:
        Misuse: if it is damaged, or something in the folder leads out of it.
    """
    refuse_links(folder)
    state = _read_stored_state(gradebook_path(folder))
    if state is not None:
        return state
    keys = credentials.make_token(), credentials.make_token()
    return RoomState(credentials.make_code(), *keys)


def write_state(folder: Path, state: RoomState) -> None:
    """Store the state of a room, in one transaction.

    Raises:
        GraderError: if it can't be written.
    """
    former = dict.fromkeys(state.retired, "") | state.merged
    path = gradebook_path(folder)
    with contextlib.closing(Database(path, MIGRATIONS)) as db, db.writing():
        room = {name: getattr(state, name) for name in _ROOM_COLUMNS}
        db.replace_rows("room", [_row_of(room)])
        members = map(msgspec.structs.asdict, state.members)
        db.replace_rows("member", map(_row_of, members))
        db.replace_rows(
            "former_member",
            [{"id": one, "merged_into": into} for one, into in former.items()],
        )


def read_learners(folder: Path) -> frozenset[str]:
    """Return all ids under which something is recorded in a room."""
    with Gradebook(gradebook_path(folder)) as book:
        return book.learners()


def _read_stored_state(path: Path) -> RoomState | None:
    """Return the state of the room in a gradebook, or None if it has none."""
    if not path.exists():
        return None
    try:
        with open_untrusted(path, MIGRATIONS) as db:
            state = _state_in(db)
    except (ForeignDatabase, msgspec.DecodeError, RecursionError) as error:
        raise _unreadable(path, str(error)) from error
    if state is not None and (why := describe_fault(state)):
        raise _unreadable(path, why)
    return state


def _state_in(db: sqlite3.Connection) -> RoomState | None:
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    if "room" not in tables:  # an older gradebook
        return None
    of_room, of_member = _present(db, "room"), _present(db, "member")
    rows = db.execute(f"SELECT {', '.join(of_room)} FROM room LIMIT 2").fetchall()
    if not rows:
        return None
    if len(rows) > 1:
        raise ForeignDatabase("it contains two rooms")
    sizes = "+".join(f"length({column})" for column in of_member)
    for query in (
        f"SELECT total(100 + {sizes}) FROM member",
        "SELECT total(100 + length(id) + length(merged_into)) FROM former_member",
    ):
        if db.execute(query).fetchone()[0] > _LARGEST_STATE:
            raise ForeignDatabase("it contains more than a room does")
    members = db.execute(f"SELECT {', '.join(of_member)} FROM member ORDER BY rowid")
    former = db.execute("SELECT id, merged_into FROM former_member ORDER BY rowid")
    pairs = former.fetchall()
    room = _fields_of(of_room, rows[0])
    if room["is_open"] in (0, 1):
        room["is_open"] = bool(room["is_open"])
    return msgspec.convert(
        room
        | {
            "members": [_fields_of(of_member, row) for row in members],
            "merged": {x: into for x, into in pairs if into != ""},
            "retired": [x for x, into in pairs if into == ""],
        },
        RoomState,
    )


def _present(db: sqlite3.Connection, table: str) -> list[str]:
    """Return the columns that a table has; older gradebooks have fewer."""
    columns = _ROOM_COLUMNS if table == "room" else _MEMBER_COLUMNS
    rows = db.execute(f"PRAGMA table_info({table})").fetchall()
    there = {name for _, name, *_ in rows}
    return [name for name in columns if name in there]


def _row_of(fields: Mapping[str, object]) -> dict[str, object]:
    """Return the fields of a room or a member as its table has them."""
    lists = [name for name in _JSON_COLUMNS if name in fields]
    encoded = {name: msgspec.json.encode(fields[name]).decode() for name in lists}
    return {**fields, **encoded}


def _fields_of(columns: Sequence[str], row: Sequence[object]) -> dict[str, object]:
    fields = dict(zip(columns, row, strict=True))
    lists = [name for name in _JSON_COLUMNS if name in fields]
    # A value of another type isn't JSON, and is refused as such.
    decoded = {name: msgspec.json.decode(str(fields[name])) for name in lists}
    return fields | decoded


def _unreadable(path: Path, why: str) -> Misuse:
    return Misuse(
        f"The room's own data, {path}, cannot be read ({why}). Move "
        "that file away: a new room begins, and what learners wrote stays there."
    )
