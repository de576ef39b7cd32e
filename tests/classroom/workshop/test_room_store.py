"""A room's folder may come from somebody else: what is in it is data, and checked."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from grader.classroom.workshop.membership import Membership
from grader.classroom.workshop.room_state import Member
from grader.classroom.workshop.room_store import read_state
from grader.common.errors import GraderError, Misuse
from grader.learner.gradebook import Gradebook
from grader.learner.gradebook.database import Database
from grader.learner.gradebook.rows import MIGRATIONS
from tests.support.room import Asker, id_of, serve_room, stored_in
from tests.support.room_boards import RIGHT, counts, grade, instructor, projector
from tests.support.served_course import NAME, make_course

HERE = "192.168.1.2"
TOKEN = "0" * 64
BOOK = "gradebook.sqlite"


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """The folder of a room that Ada joined, closed again."""
    membership = Membership(tmp_path / "room")
    membership.join(membership.state.code, "Ada", "", HERE)
    return tmp_path / "room"


def forge_database(folder: Path, **fields: Any) -> None:
    """Write other fields into what the room keeps of itself in the gradebook."""
    with closing(sqlite3.connect(folder / "gradebook.sqlite")) as db, db:
        for name, value in fields.items():
            if name == "members":
                db.execute("DELETE FROM member")
                for one in value:
                    row = msgspec.to_builtins(Member("", "")) | one
                    row |= {x: json.dumps(row[x]) for x in ("tokens", "facts")}
                    marks = ", ".join(f":{column}" for column in row)
                    columns = ", ".join(row)
                    db.execute(f"INSERT INTO member ({columns}) VALUES ({marks})", row)
            elif name in ("merged", "retired"):
                pairs = value.items() if name == "merged" else [(x, "") for x in value]
                db.executemany("INSERT INTO former_member VALUES (?, ?)", pairs)
            else:
                text = json.dumps(value) if isinstance(value, list) else value
                db.execute(f"UPDATE room SET {name} = ?", (text,))


def member(**fields: object) -> dict[str, object]:
    return {"id": "eve", "name": "Eve", "return_code": "ABCDEFGH"} | fields


def here(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_room_that_was_not_touched_opens_again(room: Path) -> None:
    assert [one.name for one in Membership(room).members] == ["Ada"]


def test_a_room_of_the_version_before_opens(room: Path) -> None:
    kept = read_state(room)
    for file in room.glob(f"{BOOK}*"):
        file.unlink()
    with closing(Database(room / BOOK, MIGRATIONS[:5])) as old, old.writing():
        for table, record in (("room", kept), ("member", kept.members[0])):
            rows = old.rows(f"SELECT name FROM pragma_table_info('{table}')")
            row = {name: getattr(record, name) for (name,) in rows}
            lists = {k: json.dumps(row[k]) for k in ("tokens", "facts") if k in row}
            old.insert(table, row | lists)
    membership = Membership(room)
    assert membership.state == kept
    membership.join(kept.code, "Bob", "", HERE)
    assert [one.name for one in Membership(room).members] == ["Ada", "Bob"]


FORGED: dict[str, dict[str, object]] = {
    "a folder above": {"members": [member(id="../evil")]},
    "a folder from the root": {"members": [member(id="/tmp/evil")]},
    "the room itself": {"members": [member(id="")]},
    "what the room keeps": {"members": [member(id=".room")]},
    "a folder on Windows": {"members": [member(id="..\\evil")]},
    "a drive": {"members": [member(id="c:evil")]},
    "an id with a line's end": {"members": [member(id="eve\n")]},
    "two with one id": {"members": [member(), member(id="EVE")]},
    "a retired id": {"retired": ["../evil"]},
    "merged into a folder above": {"merged": {"eve": "../evil"}},
    "merged from a folder above": {"merged": {"../evil": "ada"}},
    "no key of the instructor": {"instructor_key": ""},
    "no key of the board": {"board_key": ""},
    "a short key": {"instructor_key": "x"},
    "one key for both": {"instructor_key": "k" * 43, "board_key": "k" * 43},
    "no code": {"code": ""},
    "a code of digits": {"code": "123456"},
    "no return code to speak of": {"members": [member(return_code="A")]},
    "no hash of a token": {"members": [member(tokens=[""])]},
    "a name of two lines": {"members": [member(name="Eve\nSaved.")]},
    "a name without an end": {"members": [member(name="x" * 1000)]},
    "a port that is none": {"port": 99999},
    "a clock without an end": {"clock_ends_at": 1e300},
}


WRONG_TYPES: dict[str, dict[str, Any]] = {
    "bytes for a key": {"instructor_key": b"k" * 43},
    "a word for a port": {"port": "none"},
    "a word for a time": {"clock_ends_at": "none"},
    "a number for yes or no": {"is_open": 7},
    "bytes for a name": {"members": [member(name=b"Eve")]},
    "a number for tokens": {"members": [member(tokens=7)]},
    "numbers for tokens": {"members": [member(tokens=[7])]},
    "a word for facts": {"members": [member(facts="none")]},
}


@pytest.mark.promise("foreign-rooms")
@pytest.mark.parametrize("what", [*FORGED, *WRONG_TYPES])
def test_what_no_room_wrote_into_a_gradebook_is_refused(
    tmp_path: Path, room: Path, what: str
) -> None:
    forge_database(room, **(FORGED | WRONG_TYPES)[what])
    refused(tmp_path, room, "")


def refused(tmp_path: Path, room: Path, why: str) -> None:
    """A room is not opened, in one sentence, and nothing is changed in it."""
    path, before = room / "gradebook.sqlite", (here(tmp_path), here(room))
    content = path.read_bytes()
    for use in (read_state, Membership):
        with pytest.raises(
            Misuse, match=rf"gradebook\.sqlite, cannot be.*{why}"
        ) as said:
            use(room)
        assert said.value.exit_code == 2
        assert "Move that file away: a new room begins" in str(said.value)
    assert (here(tmp_path), here(room)) == before
    assert path.read_bytes() == content


SCHEMAS = {
    "a trigger": "CREATE TRIGGER t AFTER INSERT ON member BEGIN DELETE FROM grading; END",
    "a view": "CREATE VIEW v AS SELECT 1",
    "a view for a table": "DROP TABLE hint; CREATE VIEW hint AS SELECT 1 AS learner",
    "a table": "CREATE TABLE other (x)",
    "a virtual table": "CREATE VIRTUAL TABLE other USING fts5(x)",
    "an index that computes": "CREATE INDEX i ON member (hex(name))",
    "no table of members": "DROP TABLE member",
    "no index": "DROP INDEX grading_of_learner",
    "a table of another kind": "DROP TABLE member; CREATE TABLE member (id TEXT)",
    "a column that computes": "ALTER TABLE room ADD COLUMN x AS (hex(code))",
    "a newer version": "PRAGMA user_version = 99",
    "no version": "PRAGMA user_version = -1",
    "two rooms": "INSERT INTO room SELECT * FROM room",
}


@pytest.mark.promise("foreign-rooms")
@pytest.mark.parametrize("what", SCHEMAS)
def test_a_schema_that_no_gradebook_has_is_refused(
    tmp_path: Path, room: Path, what: str
) -> None:
    with closing(sqlite3.connect(room / "gradebook.sqlite")) as db:
        db.executescript(SCHEMAS[what])
    refused(tmp_path, room, "")


def spoil(path: Path, at: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)


SPOILT: dict[str, Callable[[Path], object]] = {
    "no database": lambda path: path.write_bytes(b"x" * 9000),
    "half of one": lambda path: os.truncate(path, path.stat().st_size // 2),
    "a schema of noise": lambda path: spoil(path, 100, b"\xff" * 3000),
    "a page of noise": lambda path: spoil(path, 3 * 4096, b"\xff" * 4096),
}


@pytest.mark.promise("foreign-rooms")
@pytest.mark.parametrize("what", SPOILT)
def test_a_gradebook_that_is_damaged_is_refused(
    tmp_path: Path, room: Path, what: str
) -> None:
    SPOILT[what](room / "gradebook.sqlite")
    refused(tmp_path, room, "")


@pytest.mark.promise("foreign-rooms")
def test_a_value_that_is_too_large_is_refused(
    tmp_path: Path, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.learner.gradebook.database.LARGEST_VALUE", 1_000_000)
    with closing(sqlite3.connect(room / "gradebook.sqlite")) as db, db:
        db.execute("UPDATE room SET lesson = zeroblob(2000000)")
    refused(tmp_path, room, "too big")


@pytest.mark.promise("foreign-rooms")
def test_more_than_a_room_holds_is_refused(
    tmp_path: Path, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.classroom.workshop.room_store._LARGEST_STATE", 10_000)
    forge_database(room, retired=[f"learner-{number}" for number in range(2_000)])
    refused(tmp_path, room, "more than a room does")


@pytest.mark.promise("foreign-rooms")
def test_a_journal_that_names_another_file_is_refused(
    tmp_path: Path, room: Path
) -> None:
    """SQLite would delete a file that a journal calls the journal above it."""
    other = tmp_path / "precious"
    other.write_bytes(b"precious")
    with closing(sqlite3.connect(room / "gradebook.sqlite")) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    name = str(other).encode()
    tail = len(name).to_bytes(4, "big") + sum(name).to_bytes(4, "big")
    magic = bytes.fromhex("d9d505f920a163d7")
    page = b"\0\0\0\1" + name + tail + magic
    (room / "gradebook.sqlite-journal").write_bytes(magic + bytes(504) + page)
    refused(tmp_path, room, "names another file")
    assert other.read_bytes() == b"precious"


SPECIAL: dict[str, Callable[[Path, Path], None]] = {
    "a link to a file": lambda path, outside: path.symlink_to(outside / "secret"),
    "a link to a folder": lambda path, outside: path.symlink_to(outside),
    "a link to nothing": lambda path, outside: path.symlink_to(outside / "evil"),
    "a pipe": lambda path, _: os.mkfifo(path),
}
PLACES = (
    "ada",
    "roster.csv",
    "gradebook.sqlite",
    ".room",
    "gradebook.sqlite-wal",
    "gradebook.sqlite-shm",
    "gradebook.sqlite-journal",
    ".room/lock",
    ".room/earlier",
    ".room/earlier/ada",
)


@pytest.mark.promise("foreign-rooms")
@pytest.mark.only_on("posix")
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", SPECIAL)
def test_nothing_in_a_room_leads_out_of_it(
    tmp_path: Path, room: Path, place: str, kind: str
) -> None:
    outside, path = tmp_path / "outside", room / place
    outside.mkdir()
    (outside / "secret").write_text("learner,name\nroot,0:0\n")
    if path.exists():
        path.rename(tmp_path / "moved")
    path.parent.mkdir(exist_ok=True)
    SPECIAL[kind](path, outside)
    said = "a link, which isn't followed" if "link" in kind else "a pipe; it isn't read"
    for use in (read_state, Membership):
        with pytest.raises(Misuse, match=said):
            use(room)
    assert here(outside) == {"secret"}


def test_a_learners_clone_in_a_room_may_hold_links_of_its_own(room: Path) -> None:
    clone = room / id_of(room, "Ada") / "clone"
    clone.mkdir(parents=True)
    (clone / "python").symlink_to("/usr/bin/python3")
    assert [one.name for one in Membership(room).members] == ["Ada"]


@pytest.mark.promise("foreign-rooms")
def test_forged_gradings_and_hints_are_passed_over(tmp_path: Path) -> None:
    root = make_course(tmp_path)
    folder = root / "room"
    with serve_room(root, folder) as room:
        grade(room.learner("Ada"), RIGHT)
        before = projector(room).get("/board/now")
    good = stored_in(folder, "SELECT * FROM grading")[0]
    ada = id_of(folder, "Ada").encode()
    names = [row[1] for row in stored_in(folder, "PRAGMA table_info(grading)")]
    nested = json.dumps(json.loads(good[-1]) | {"x": 0})[:-2] + "[" * 100_000
    forged: list[dict[str, object]] = [
        {"learner": ada},
        {"learner": "../evil"},
        {"lesson": b"lesson1"},
        {"lesson": "../evil"},
        {"report": nested},
        {"report": b"{}"},
        {"started_at": "never", "report": good[-1].replace("20", "99")},
    ]
    with closing(sqlite3.connect(folder / BOOK)) as db, db:
        for one in forged:
            row = dict(zip(names, good, strict=True)) | {"id": None} | one
            marks = ", ".join(f":{name}" for name in names)
            db.execute(f"INSERT INTO grading VALUES ({marks})", row)
        hints = [(ada, NAME, "1a", 1), ("../evil", NAME, b"1a", 1), (1, 2, 3, 4)]
        for hint in hints:
            db.execute("INSERT INTO hint VALUES (?, ?, ?, ?, 0, '')", hint)
    with serve_room(root, folder) as room:
        after = projector(room).get("/board/now")
        assert counts(after, "1a") == counts(before, "1a") == ["1", "", "", ""]
        assert "evil" not in instructor(room).get("/instructor")
        room.learner("Eve")


@pytest.mark.promise("foreign-rooms")
def test_an_empty_key_opens_no_page(tmp_path: Path) -> None:
    root = make_course(tmp_path)
    with serve_room(root, root / "room") as room:
        # As a folder from before could have had it.
        kept = msgspec.structs.replace(room.membership.state, instructor_key="")
        room.membership._state = kept
        stranger: Asker = room.asker()
        for path in ("/instructor", "/instructor?key="):
            assert stranger.ask("GET", path)[0] == 403


def test_a_schema_that_is_not_utf_8_is_a_damaged_file(room: Path) -> None:
    path = room / BOOK
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    content = path.read_bytes()
    place = content.index(b"NULL", content.index(b"CREATE TABLE room"))
    path.write_bytes(content[:place] + b"\xff" + content[place + 1 :])
    with pytest.raises(Misuse, match="malformed database schema"):
        read_state(room)
    with pytest.raises(GraderError, match=r"Move the file\s+away"):
        Gradebook(path)
