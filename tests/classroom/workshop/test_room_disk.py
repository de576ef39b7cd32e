"""The disk of a room: nobody fills it, and when it is full everybody can still read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.classroom.workshop import folders
from tests.support.room import serve_room
from tests.support.room_boards import (
    RIGHT,
    SQUARED,
    grade,
    instructor,
    projector,
    write,
)
from tests.support.served_course import NAME, make_course
from tests.support.small_disk import fill, small_disk

OWN = '# %% id="1a"\nx = 1\n'


@pytest.mark.promise("room-full-disk")
@pytest.mark.only_on("root")
def test_on_a_full_disk_everybody_can_still_read_and_copy_out(tmp_path: Path) -> None:
    root = make_course(tmp_path)
    with small_disk(tmp_path / "room"), serve_room(root, tmp_path / "room") as room:
        ada, bob, eve = (room.learner(x) for x in ("Ada", "Bob", "Eve"))
        grade(ada, RIGHT)
        write(bob, SQUARED)
        theirs, board = instructor(room), projector(room)
        fill(room.folder)
        for asker, path in (
            *((ada, x) for x in ("/", "/lesson1", "/lesson1/cells")),
            *((ada, f"/take/{x}") for x in (f"{NAME}.py", f"{NAME}.ipynb")),
            *((ada, f"/take/{x}") for x in ("what_you_can_do.html",)),
            (theirs, "/instructor"),
            *((theirs, room.page_of(name)) for name in ("Ada", "Eve")),
            (board, "/board"),
        ):
            status, _, body = asker.ask("GET", path)
            assert (path, status) == (path, 200), body
        status, _, body = bob.ask("POST", "/lesson1/grade", '{"exercise": "1a"}')
        said = json.loads(body)
        assert (status, "You squared it." in said["exercises"]["1a"]["html"]) == (
            200,
            True,
        )
        assert "This grading was not recorded." in said["whole"]
        assert ada.ask("POST", "/lesson1/run", '{"line": 2}')[0] == 200
        # What cannot be done is said, without a path of this machine.
        hint = ada.ask("POST", "/lesson1/hint", '{"exercise": "1a"}')
        base = json.loads(ada.get("/lesson1/cells"))["cells"]["1"]["version"]
        text = f"def double(x):\n    {SQUARED}" + "#" * 9_000
        save = {"number": 1, "base": base, "text": text}
        saved = ada.ask("POST", "/lesson1/save", json.dumps(save))
        joined = room.asker().fill_in(
            "/join", code=room.membership.state.code, name="Zoe"
        )
        _, handed_in = eve.hand_in("lesson1", OWN)
        for status, _, body in (hint, saved, joined):
            assert (status, str(tmp_path).encode() in body) == (409, False), body
            assert b"Tell the person who started it" in body
        assert str(tmp_path) not in said["whole"] + handed_in["problem"]
        assert RIGHT in ada.get("/lesson1")
        (room.folder / "full").unlink()
        ada.post("/lesson1/save", **save)
        assert SQUARED in ada.get("/lesson1")


@pytest.mark.promise("room-disk")
def test_below_500_mb_a_room_says_so_and_takes_what_it_needs_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve_room(make_course(tmp_path), tmp_path / "room") as room:
        ada, eve, theirs = room.learner("Ada"), room.learner("Eve"), instructor(room)
        assert "are free on the disk" not in theirs.get("/instructor")
        monkeypatch.setattr("grader.classroom.workshop.room.LEAST_FREE", 10**18)
        status, said = eve.hand_in("lesson1", OWN)
        assert (status, "nearly full" in said["problem"]) == (409, True)
        for path in ("/instructor", "/instructor/now"):
            assert "MB are free on the disk of this machine" in theirs.get(path)
        assert grade(ada, SQUARED)["exercises"]["1a"]["is_right"] is False
        room.learner("Zoe")
        assert not room.folder_of("Eve").exists()
        monkeypatch.setattr("grader.classroom.workshop.room.LEAST_FREE", 0)
        assert eve.hand_in("lesson1", OWN) == (200, {})


@pytest.mark.promise("room-disk")
def test_of_what_is_handed_in_20_versions_are_kept(tmp_path: Path) -> None:
    path, earlier = tmp_path / "ada" / f"{NAME}.py", tmp_path / "earlier"
    for number in range(30):
        folders.write_with_backup(path, b"x = %d\n" % number, earlier)
    assert path.read_bytes() == b"x = 29\n"
    kept = {one.name: one.read_bytes() for one in earlier.iterdir()}
    assert kept == {f"{NAME}-{n + 1}.py": b"x = %d\n" % n for n in range(9, 29)}


@pytest.mark.promise("room-disk")
def test_of_what_is_handed_in_30_mb_are_kept(tmp_path: Path) -> None:
    earlier = tmp_path / "earlier"
    for number in range(8):
        name = f"{NAME}.ipynb" if number % 2 else f"{NAME}.py"
        folders.write_with_backup(tmp_path / name, bytes([number]) * 9_000_000, earlier)
    kept = sorted(earlier.iterdir(), key=lambda one: one.stem)
    assert [one.read_bytes()[0] for one in kept] == [3, 4, 5]
    assert sum(one.stat().st_size for one in kept) <= 30_000_000


def test_a_file_of_the_course_that_is_gone_is_named_without_its_folder(
    tmp_path: Path,
) -> None:
    root = make_course(tmp_path)
    with serve_room(root, tmp_path / "room") as room:
        ada = room.learner("Ada")
        grade(ada, RIGHT)
        (root / "solutions" / f"{NAME}.py").unlink()
        for name in ("solution", "hint"):
            _, _, body = ada.ask("POST", f"/lesson1/{name}", '{"exercise": "1a"}')
            assert str(tmp_path).encode() not in body
        status, _, body = ada.ask("POST", "/lesson1/solution", '{"exercise": "1a"}')
        problem = json.loads(body)["problem"]
        assert (status, problem.startswith(f"{NAME}.py cannot be read: ")) == (
            409,
            True,
        )
