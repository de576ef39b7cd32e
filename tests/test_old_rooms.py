"""Rooms that were made before all was in the gradebook still open, converted once."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from grader.errors import Misuse
from grader.gradebook import Gradebook
from grader.web.workshop import room_store
from grader.web.workshop.membership import Membership
from grader.web.workshop.room_store import PRIVATE
from tests.room import Asker, Served, outcomes_in, serve_room, stored_in
from tests.test_room import told
from tests.test_room_board import SQUARED, counts, grade, projector
from tests.test_server import NAME, make_course

NEWER = ("repeated", "shortened")
CODE, BACK = "ABCDEF", "GHJKMNPQ"
TOKEN = "ada's token"
DIGEST = "88a1bc9bcb8dfb6ce8c3a05cb5a0ea1eb0e5dcb84b7a8a3b6a9d5b0c0d1e2f3a"
MEMBER = {"partner": "", "joined_at": "2026-11-20T10:00:00+00:00", "listed_as": ""}
# As a room of before wrote it.
STATE = {
    "code": CODE,
    "board_key": "b" * 43,
    "instructor_key": "i" * 43,
    "is_open": True,
    "lesson": "lesson1",
    "clock_ends_at": 0.0,
    "port": 8765,
    "members": [
        MEMBER
        | {"id": "ada", "name": "Ada", "return_code": BACK, "tokens": [DIGEST]}
        | {"facts": {"email": "ada@x.org"}},
        MEMBER
        | {"id": "bob", "name": "Bob", "return_code": "RSTVWXYZ", "tokens": []}
        | {"facts": {}},
    ],
    "merged": {"ada-2": "ada"},
    "retired": ["eve"],
}


def outcome(learner: str, number: int, **fields: object) -> dict[str, object]:
    said = json.loads(told()) | {"id": f"outcome-{number}"} | fields
    return {"learner": learner, "told": said, "came_at": 1_795_000_000.0 + number}


LINES = [
    outcome("ada-2", 1),
    outcome("bob", 2),
    outcome("ada", 1),  # as `ada-2` had reported it: another learner's of that time
    outcome("bob", 2),  # twice
    outcome("eve", 3),
    outcome("bob", 4, outcome="passed", mistake=""),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_course(tmp_path)


@pytest.fixture
def folder(root: Path) -> Path:
    """The folder of a room of before, in which Ada had one grading."""
    folder = root / "room"
    with serve_room(root, folder) as room:
        grade(room.learner("Ada"), SQUARED)
    with closing(sqlite3.connect(folder / "gradebook.sqlite")) as db:
        for table in (*NEWER, "room", "member", "former_member", "outcome"):
            db.execute(f"DROP TABLE {table}")
        db.execute("PRAGMA user_version = 3")
        db.execute("PRAGMA journal_mode = DELETE")
    (folder / "roster.csv").unlink()
    write_files(folder)
    return folder


def write_files(folder: Path) -> None:
    (folder / PRIVATE / "room.json").write_text(json.dumps(STATE))
    lines = "".join(f"{json.dumps(line)}\n" for line in LINES)
    # As a crash leaves it.
    (folder / PRIVATE / "told.jsonl").write_text(lines + '{"learner": "ada", "to')


def reported(folder: Path) -> list[tuple[str, str]]:
    return stored_in(folder, "SELECT learner, id FROM outcome ORDER BY rowid")


REPORTED = [
    ("ada", "outcome-1"),
    ("bob", "outcome-2"),
    ("eve", "outcome-3"),
    ("bob", "outcome-4"),
]


def came_back(room: Served) -> Asker:
    ada = room.asker()
    assert ada.fill_in("/return", return_code=BACK)[0] == 303
    return ada


def test_a_room_of_before_opens_as_it_was(root: Path, folder: Path) -> None:
    with serve_room(root, folder) as room:
        now = room.membership.state
        assert (now.code, now.board_key, now.lesson) == (CODE, "b" * 43, "lesson1")
        assert now.merged == {"ada-2": "ada"}
        assert now.retired == ("eve",)
        assert [one.id for one in now.members] == ["ada", "bob"]
        assert now.members[0].facts == {"email": "ada@x.org"}
        assert now.members[0].tokens == (DIGEST,)
        ada = came_back(room)
        assert SQUARED in ada.get("/lesson1")
        # Ada was wrong when she was graded, Bob is right by his own editor.
        assert counts(projector(room).get("/board"), "1a") == ["1", "1", "", ""]
    assert reported(folder) == REPORTED
    with Gradebook(folder / "gradebook.sqlite") as book:
        assert [one.score for one in book.history(NAME, "ada")] == [0]


def test_it_is_converted_once_and_its_files_are_kept(root: Path, folder: Path) -> None:
    before = {
        name: (folder / PRIVATE / name).read_bytes()
        for name in ("room.json", "told.jsonl")
    }
    with serve_room(root, folder) as room:
        room.membership.rename("ada", "Ada L.")
        came_back(room)
    kept = {name: (folder / PRIVATE / f"{name}.old").read_bytes() for name in before}
    assert kept == before
    with serve_room(root, folder) as room:
        assert room.membership.member("ada").name == "Ada L."
        assert len(room.membership.member("ada").tokens) == 2
        editor = room.editor("Zoe")
        assert editor.send("/told", told()) == 204
    assert reported(folder)[:4] == REPORTED
    assert len(outcomes_in(folder)) == 5


def test_without_its_gradebook_a_room_that_was_converted_begins_anew(
    tmp_path: Path, folder: Path
) -> None:
    Membership(folder)
    (folder / "gradebook.sqlite").rename(tmp_path / "moved")
    again = Membership(folder)
    assert again.state.code != CODE
    assert outcomes_in(folder) == []


def test_files_of_before_count_no_more_beside_a_room_that_is_in_the_gradebook(
    folder: Path,
) -> None:
    Membership(folder).rename("ada", "Ada L.")
    write_files(folder)  # as if they could not be renamed
    again = Membership(folder)
    assert again.member("ada").name == "Ada L."
    assert reported(folder) == REPORTED


def test_of_a_conversion_that_ends_halfway_nothing_is_left(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(room_store, "_row_of", fail)
        with pytest.raises(Misuse):
            Membership(folder)
    assert stored_in(folder, "SELECT * FROM room") == []
    assert reported(folder) == []
    assert Membership(folder).state.code == CODE
    assert reported(folder) == REPORTED
