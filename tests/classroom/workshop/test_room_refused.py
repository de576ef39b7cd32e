"""What a room refuses: nothing is changed by it, and nothing is run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from unittest.mock import Mock

import pytest

from grader.classroom.workshop import room_pages
from grader.classroom.workshop.room_store import PRIVATE
from tests.support.room import Asker, Served, serve_room
from tests.support.room_boards import instructor
from tests.support.served_course import NAME, make_course

SAVE = '{"number": 1, "base": "", "text": "x"}'
ACTS = ("lesson", "clock", "code", "open", "close", "rename", "merge", "remove")
UP = ("../x.py", "..%2fx.py", "....//x.py", "/etc/passwd", "..\\x.py")


class Crowd:
    """A room with two learners and a stranger."""

    def __init__(self, room: Served) -> None:
        self.room = room
        self.ada, self.bob = room.learner("Ada"), room.learner("Bob")
        self.stranger, self.instructor = room.asker(), instructor(room)

    def with_ids(self, words: str) -> str:
        """Put the ids of both learners in the place of their names."""
        for name in ("Ada", "Bob"):
            words = words.replace(name, self.room.id_of(name))
        return words

    def hand_in(self, content: bytes, name: str) -> int:
        """The status of an answer that is no "too soon"."""
        while (status := self.bob.hand_in("lesson1", content, name)[0]) == 429:
            time.sleep(0.2)
        return status

    def state(self) -> object:
        files = sorted(self.room.folder.rglob("*"))
        seen = {str(p): p.read_bytes() for p in files if p.is_file()}
        return self.room.membership.state, seen


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    root = make_course(tmp_path_factory.mktemp("refused"))
    with serve_room(root, root / "room") as room:
        yield Crowd(room)


@pytest.fixture(autouse=True)
def _changes_nothing(crowd: Crowd) -> Iterator[None]:
    before = crowd.state()
    yield
    assert crowd.state() == before
    assert not list(crowd.room.folder.rglob(f"{NAME}.py"))


@pytest.mark.promise("room-other-sites")
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost:1"])
@pytest.mark.parametrize("path", ["/join", "/board", "/lesson1"])
def test_a_foreign_name_of_the_machine(crowd: Crowd, host: str, path: str) -> None:
    assert crowd.ada.ask("GET", path, Host=host)[0] == 421


@pytest.mark.promise("room-other-sites")
@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:1"]
)
@pytest.mark.parametrize(
    "path",
    ["/join", "/return", "/lesson1/save", "/lesson1/run", "/lesson1/hand-in?name=a.py"],
)
def test_a_page_of_somebody_else(crowd: Crowd, origin: str, path: str) -> None:
    assert crowd.ada.ask("POST", path, SAVE, Origin=origin)[0] == 403


@pytest.mark.promise("room-tokens")
@pytest.mark.parametrize(
    "name", ["save", "grade", "run", "hint", "solution", "hand-in?name=a.py"]
)
def test_who_has_not_joined_does_nothing(crowd: Crowd, name: str) -> None:
    assert crowd.stranger.ask("POST", f"/lesson1/{name}", SAVE)[0] == 403
    assert crowd.ada.ask("POST", f"/lesson1/{name}", SAVE, X_Lesson=None)[0] == 403


@pytest.mark.promise("room-tokens")
@pytest.mark.parametrize("token", ["", "x", "x" * 43, "Ada", "../ada", "é"])
def test_a_token_that_is_nobodys(crowd: Crowd, token: str) -> None:
    cookie = f"learner_{crowd.room.port}={token}".encode().decode("latin-1")
    for name in ("save", "hand-in?name=a.py"):
        sent = crowd.stranger.ask("POST", f"/lesson1/{name}", SAVE, Cookie=cookie)
        assert sent[0] == 403
    assert crowd.ada.ask("POST", "/lesson1/save", SAVE, Cookie=cookie)[0] == 403


@pytest.mark.promise("room-tokens")
@pytest.mark.parametrize("path", ["/board", "/board/now", "/board/events", "/instructor", "/instructor/now", "/instructor/events", "/instructor/learner/Ada"])  # fmt: skip
def test_a_board_without_its_key(crowd: Crowd, path: str) -> None:
    path = crowd.with_ids(path)
    for asker in (crowd.stranger, crowd.ada):
        assert asker.ask("GET", path)[0] == 403
        assert asker.ask("GET", f"{path}?key=wrong")[0] == 403
    board_key = crowd.room.membership.state.board_key
    if path.startswith("/instructor"):
        assert crowd.stranger.ask("GET", f"{path}?key={board_key}")[0] == 403


@pytest.mark.promise("room-tokens")
@pytest.mark.parametrize("act", ACTS)
def test_what_the_instructor_alone_may_change(crowd: Crowd, act: str) -> None:
    asked = crowd.with_ids(
        '{"learner": "Ada", "into": "Bob", "name": "x", "lesson": "lesson1"}'
    )
    for asker in (crowd.stranger, crowd.ada):
        assert asker.ask("POST", f"/instructor/{act}", asked)[0] == 403
    foreign = {"Origin": "http://evil.example"}
    assert (
        crowd.instructor.ask("POST", f"/instructor/{act}", asked, **foreign)[0] == 403
    )
    assert (
        crowd.instructor.ask("POST", f"/instructor/{act}", asked, X_Lesson=None)[0]
        == 403
    )


@pytest.mark.parametrize(
    ("act", "asked", "status"),
    [
        ("lesson", '{"lesson": "lesson99"}', 404),
        ("lesson", "{}", 400),
        ("rename", '{"learner": "nobody", "name": "x"}', 404),
        ("rename", '{"learner": "Ada", "name": " "}', 400),
        ("merge", '{"learner": "Ada", "into": "Ada"}', 400),
        ("merge", '{"learner": "Ada", "into": "../Bob"}', 404),
        ("remove", '{"learner": "../.."}', 404),
        ("remove", '{"learner": ""}', 404),
    ],
)
def test_what_the_instructor_cannot_mean(
    crowd: Crowd, act: str, asked: str, status: int
) -> None:
    asked = crowd.with_ids(asked)
    assert crowd.instructor.ask("POST", f"/instructor/{act}", asked)[0] == status


@pytest.mark.promise("room-paths")
@pytest.mark.parametrize("name", ["", "lesson1", "gradebook.sqlite", "a.exe"])
def test_a_file_that_is_none_of_the_course(crowd: Crowd, name: str) -> None:
    assert crowd.hand_in(b"x = 1\n", name) == 400


@pytest.mark.promise("room-paths")
@pytest.mark.parametrize("path", UP)
def test_no_address_leads_out(crowd: Crowd, path: str) -> None:
    for place in ("/static/", "/take/", "/instructor/learner/"):
        asker = crowd.instructor if "instructor" in place else crowd.ada
        assert asker.ask("GET", f"{place}{path}")[0] in (403, 404)


@pytest.mark.parametrize("path", ["/join", "/return"])
def test_more_than_a_form_holds(crowd: Crowd, path: str) -> None:
    assert crowd.bob.ask("POST", path, b"x" * 70_000)[0] == 413
    assert crowd.bob.ask("POST", path, b"", Content_Length=str(70_000))[0] == 413


@pytest.mark.promise("room-paths")
def test_more_than_an_attempt_holds(crowd: Crowd) -> None:
    assert crowd.hand_in(b"#" * 2_000_001, f"{NAME}.py") == 413
    assert (
        crowd.ada.ask("POST", "/lesson1/save", Content_Length="10000000000")[0] == 413
    )


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods(crowd: Crowd, method: str) -> None:
    assert crowd.ada.ask(method, "/lesson1")[0] == 405
    assert crowd.stranger.ask(method, "/join")[0] == 405


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"code": ""},
        {"code": "ABCDEF", "name": "Eve"},
        {"name": "Eve"},
    ],
)
def test_who_does_not_know_the_code(crowd: Crowd, fields: dict) -> None:
    status, headers, page = Asker(crowd.room.port).fill_in("/join", **fields)
    assert status in (403, 429)
    assert "set-cookie" not in headers
    assert b'class="trouble"' in page or b"You will be in soon" in page


@pytest.mark.promise("room-paths")
def test_what_is_kept_of_the_room_is_for_nobodys_eyes(crowd: Crowd) -> None:
    for name in (f"{PRIVATE}/lock", "gradebook.sqlite", "roster.csv"):
        for place in ("/", "/static/", "/take/"):
            assert crowd.ada.ask("GET", f"{place}{name}")[0] == 404


def test_an_error_of_the_program_is_told_as_one(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_pages, "class_csv", Mock(side_effect=KeyError("x")))
    status, _, body = crowd.instructor.ask("GET", "/instructor/class.csv")
    assert status == 500
    assert b"an error in its own code (KeyError)" in body
