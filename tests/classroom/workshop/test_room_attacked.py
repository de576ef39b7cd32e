"""A room under attack: nobody fills it, nobody serves it twice, nobody floods a log."""

from __future__ import annotations

import http.client
import logging
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from grader.web.http_server import OncePerMinute
from tests.support.project import ROOT
from tests.support.room import Served, serve_room
from tests.support.room_boards import (
    RIGHT,
    SQUARED,
    counts,
    grade,
    instructor,
    projector,
    write,
)
from tests.support.room_process import SERVE, RoomProcess
from tests.support.served_course import make_course


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Served]:
    with serve_room(make_course(tmp_path), tmp_path / "room") as served:
        yield served


@pytest.mark.promise("room-newcomers")
def test_beyond_60_newcomers_a_minute_the_next_wait_on_a_page_that_tries_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.classroom.workshop.membership._WITHIN_S", 4.0)
    monkeypatch.setattr("grader.classroom.workshop.membership._MOST_NEWCOMERS", 3)
    with serve_room(make_course(tmp_path), tmp_path / "room") as room:
        for number in range(3):
            room.learner(f"Bot {number}")
        ada, code = room.asker(), room.membership.state.code
        status, _, page = ada.fill_in("/join", code=code, name="Ada & Bob")
        assert status == 429
        assert b"This page tries again by itself" in page
        assert b'src="/static/wait.js"' in page
        assert ada.ask("GET", "/static/wait.js")[0] == 200
        # What the page's script sends is what was typed, until it is let in.
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.decode()))
        assert fields["code"] == code
        for one in room.membership.joined:  # who is in comes back at any time
            back = room.asker().fill_in("/return", return_code=one.return_code)
            assert back[0] == 303
        fields["name"] = "Ada"
        while (status := ada.fill_in("/join", **fields)[0]) == 429:
            time.sleep(0.1)
        assert status == 303
        assert "You are here as Ada." in ada.get("/")


@pytest.mark.promise("room-newcomers")
def test_who_never_wrote_anything_makes_room_first(
    room: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.classroom.workshop.membership.MOST_MEMBERS", 4)
    ada, eve = room.learner("Ada"), room.learner("Eve")
    write(ada, RIGHT)
    write(eve, RIGHT)
    bots = [room.learner(name) for name in ("Bot", "Other bot")]
    bots[0].get("/")  # was here after the other one
    room.learner("Zoe")
    assert [one.name for one in room.membership.joined] == ["Ada", "Eve", "Bot", "Zoe"]
    assert bots[1].ask("GET", "/")[0] == 303
    for asker in (room.learner("Kim"), room.learner("Mia")):
        write(asker, RIGHT)
    status, _, page = room.asker().fill_in(
        "/join", code=room.membership.state.code, name="Late"
    )
    assert (status, b"The room is full." in page) == (409, True)
    assert [one.name for one in room.membership.joined] == ["Ada", "Eve", "Kim", "Mia"]


@pytest.mark.promise("room-newcomers")
def test_the_instructor_removes_everybody_without_work(tmp_path: Path) -> None:
    roster = tmp_path / "class.csv"
    roster.write_text("learner,name\nkim,Kim\n")
    with serve_room(make_course(tmp_path), tmp_path / "room", roster) as room:
        ada, eve = room.learner("Ada"), room.learner("Eve")
        bots = [room.learner(f"Bot {number}") for number in range(5)]
        kim = room.learner("Kim")
        write(ada, RIGHT)
        write(eve, RIGHT)
        asker = instructor(room)
        assert "Remove everybody who has no work" in asker.get("/instructor")
        asker.post("/instructor/remove-idle")
        assert [one.name for one in room.membership.joined] == ["Ada", "Eve"]
        assert [one.name for one in room.membership.members] == ["Kim", "Ada", "Eve"]
        assert {one.ask("GET", "/")[0] for one in (*bots, kim)} == {303}
        assert RIGHT in ada.get("/lesson1")
        assert "You are here as Kim" in room.learner("Kim").get("/")


@pytest.mark.promise("room-ids")
def test_nobody_gets_the_results_of_somebody_who_had_their_name(
    tmp_path: Path,
) -> None:
    root = make_course(tmp_path)
    with serve_room(root, tmp_path / "room") as room:
        asker = instructor(room)
        grade(room.learner("Bob"), SQUARED)
        asker.post("/instructor/remove", learner=room.id_of("Bob"))
        room.learner("Bob")
    with serve_room(root, tmp_path / "room") as room:
        assert counts(projector(room).get("/board"), "1a") == ["", "", "", "1"]


@pytest.mark.promise("room-ids")
def test_a_room_that_begins_anew_gives_nobody_the_results_of_others(
    tmp_path: Path,
) -> None:
    root = make_course(tmp_path)
    with serve_room(root, tmp_path / "room") as room:
        grade(room.learner("Bob"), SQUARED)
        grade(room.learner("Ada"), RIGHT)
        shutil.rmtree(room.folder_of("Ada"))
    with closing(sqlite3.connect(tmp_path / "room" / "gradebook.sqlite")) as db, db:
        for table in ("room", "member", "former_member"):
            db.execute(f"DELETE FROM {table}")
    (tmp_path / "room" / "roster.csv").unlink()
    with serve_room(root, tmp_path / "room") as room:
        for name in ("Ada", "Bob"):
            room.learner(name)
        assert counts(projector(room).get("/board"), "1a") == ["", "", "", "2"]
    with serve_room(root, tmp_path / "room") as room:
        assert counts(projector(room).get("/board"), "1a") == ["", "", "", "2"]


@pytest.mark.promise("room-one-server")
def test_one_server_serves_a_room(tmp_path: Path) -> None:
    root = make_course(tmp_path)
    first = RoomProcess(root, tmp_path / "room")
    first.start()
    try:
        before = first.code
        words = (str(root), str(tmp_path / "room"), "0")
        second = subprocess.run(
            [sys.executable, "-u", "-c", SERVE, *words],
            cwd=ROOT, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert second.returncode != 0
        assert "is open already: another terminal serves it" in second.stderr
        assert first.code == before
    finally:
        assert first.kill() == []
    first.start()  # what was killed holds nothing
    assert first.kill() == []


@pytest.mark.promise("room-terminal")
def test_bytes_that_are_no_http_are_one_line_a_minute(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    room = RoomProcess(make_course(tmp_path), tmp_path / "room")
    room.start()
    try:
        for _ in range(30):
            line = http.client.HTTPConnection("127.0.0.1", room.port, timeout=300)
            line.connect()
            line.sock.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
            assert line.sock.recv(100).startswith(b"HTTP/1.1 400")
            line.close()
    finally:
        room.kill()
    assert capfd.readouterr().err.count("Invalid HTTP request") == 1


@pytest.mark.promise("room-proxy")
@pytest.mark.parametrize("proxy", ["", "127.0.0.2", "127.0.0.1"])
def test_only_a_named_proxy_says_who_asks(tmp_path: Path, proxy: str) -> None:
    is_believed = proxy == "127.0.0.1"
    with serve_room(make_course(tmp_path), tmp_path / "room", proxy=proxy) as room:
        eve, body = room.asker(), "code=WRONGG&name=Eve"
        kind = "application/x-www-form-urlencoded"
        found = [
            eve.ask(
                "POST", "/join", body, X_Lesson=None, Content_Type=kind,
                X_Forwarded_For=f"192.168.1.{number}",
            )[0]
            for number in range(40)
        ]  # fmt: skip
        assert set(found) == ({403} if is_believed else {403, 429})
        key = room.membership.state.instructor_key
        _, headers, _ = room.asker().ask(
            "GET", f"/instructor?key={key}", X_Forwarded_Proto="https"
        )
        assert ("secure" in headers["set-cookie"].lower()) == is_believed


@pytest.mark.promise("room-terminal")
def test_what_was_left_out_of_a_log_is_counted() -> None:
    now = [0.0]
    once = OncePerMinute(clock=lambda: now[0])

    def show(level: int, words: str) -> str:
        record = logging.LogRecord("", level, "", 0, words, None, None)
        return record.getMessage() if once.filter(record) else ""

    assert [show(logging.WARNING, "odd") for _ in range(3)] == ["odd", "", ""]
    assert show(logging.WARNING, "other") == "other"
    assert [show(logging.ERROR, "broken") for _ in range(2)] == ["broken", "broken"]
    now[0] = 60.0
    assert show(logging.WARNING, "odd") == "odd (2 more since the last such line)"
