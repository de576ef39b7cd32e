"""A room's folder may come from somebody else: what is in it is data, and checked."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from grader.errors import Misuse
from grader.web.workshop.membership import Membership
from grader.web.workshop.room_state import PRIVATE, read_state
from tests.room import Asker, serve_room
from tests.test_room_board import instructor
from tests.test_server import NAME, make_course

HERE = "192.168.1.2"
TOKEN = "0" * 64
TOLD = {
    "lesson": "lesson1",
    "exercise": "1a",
    "outcome": "wrong",
    "id": "0123456789",
}


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """The folder of a room that Ada joined, closed again."""
    membership = Membership(tmp_path / "room")
    membership.join(membership.now.code, "Ada", "", HERE)
    return tmp_path / "room"


def change(folder: Path, **fields: object) -> None:
    """Write other fields into what the room keeps of itself."""
    path = folder / PRIVATE / "room.json"
    kept = msgspec.json.decode(path.read_bytes())
    path.write_bytes(msgspec.json.encode(kept | fields))


def member(**fields: object) -> dict[str, object]:
    return {"id": "eve", "name": "Eve", "return_code": "ABCDEFGH"} | fields


def here(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_room_that_was_not_touched_opens_again(room: Path) -> None:
    assert [one.id for one in Membership(room).members] == ["ada"]


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
    "nested without an end": {"lesson": [[[[]]]]},
}


@pytest.mark.parametrize("what", FORGED)
def test_what_no_room_wrote_is_refused(tmp_path: Path, room: Path, what: str) -> None:
    change(room, **FORGED[what])
    before = here(tmp_path), here(room)
    with pytest.raises(Misuse, match=r"room\.json, cannot be read"):
        Membership(room)
    assert (here(tmp_path), here(room)) == before


SPECIAL: dict[str, Callable[[Path, Path], None]] = {
    "a link to a file": lambda path, outside: path.symlink_to(outside / "secret"),
    "a link to a folder": lambda path, outside: path.symlink_to(outside),
    "a link to nothing": lambda path, outside: path.symlink_to(outside / "evil"),
    "a pipe": lambda path, _: os.mkfifo(path),
}
PLACES = (
    "ada",
    f"ada/{NAME}.py",
    f"ada/{NAME}.ipynb",
    "roster.csv",
    "gradebook.sqlite",
    ".room",
    ".room/room.json",
    ".room/told.jsonl",
    ".room/lock",
    ".room/earlier",
    ".room/earlier/ada",
)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
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
    said = "a link; it is not followed" if "link" in kind else "a pipe; it is not read"
    for use in (read_state, Membership):
        with pytest.raises(Misuse, match=said):
            use(room)
    assert here(outside) == {"secret"}


def test_a_learners_clone_in_a_room_may_hold_links_of_its_own(room: Path) -> None:
    (room / "ada" / "clone").mkdir(parents=True)
    (room / "ada" / "clone" / "python").symlink_to("/usr/bin/python3")
    assert [one.id for one in Membership(room).members] == ["ada"]


def test_forged_lines_of_editors_are_passed_over(tmp_path: Path) -> None:
    root = make_course(tmp_path)
    folder = root / "room"
    with serve_room(root, folder) as room:
        room.learner("Ada")
    before = here(root), here(folder)
    lines = [
        {"learner": "../evil", "told": TOLD, "came_at": 1e9},
        {"learner": "", "told": TOLD, "came_at": 1e9},
        {"learner": "ada", "told": TOLD | {"outcome": "forged"}, "came_at": 1e9},
        {"learner": "ada", "told": TOLD | {"id": "../evil"}, "came_at": 1e9},
        {"learner": "ada", "told": TOLD | {"mistake": "2b.x"}, "came_at": 1e9},
        {"learner": "ada", "told": TOLD | {"points": 10**9}, "came_at": 1e9},
        {"learner": "ada", "told": TOLD, "came_at": 1e300},
        [[[]]],
        {"learner": "ada", "told": TOLD, "came_at": 1e9},
    ]
    told = b"\n".join(map(msgspec.json.encode, lines))
    (folder / PRIVATE / "told.jsonl").write_bytes(told + b"\n" + b"[" * 100_000)
    with serve_room(root, folder) as room:
        page = instructor(room).get("/instructor/now")
        assert page.count("Ada") >= 1
        assert "evil" not in page
    assert (here(root), here(folder)) == before


def test_an_empty_key_opens_no_page(tmp_path: Path) -> None:
    root = make_course(tmp_path)
    with serve_room(root, root / "room") as room:
        # As a folder from before could have had it.
        kept = msgspec.structs.replace(room.membership.now, instructor_key="")
        room.membership._kept = kept
        stranger: Asker = room.asker()
        for path in ("/instructor", "/instructor?key="):
            assert stranger.ask("GET", path)[0] == 403
