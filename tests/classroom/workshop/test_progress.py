"""Who needs the instructor in a room, and what the boards say of it."""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.classroom import submissions
from grader.classroom.class_grading import grade_class
from grader.classroom.workshop import room as room_module
from grader.course.document import catalog
from grader.learner.gradebook import Gradebook, gradebook_path
from tests.support.room import Served, serve_room
from tests.support.room_boards import (
    NEITHER,
    RIGHT,
    SQUARED,
    counts,
    grade,
    instructor,
    listening,
    projector,
    write,
)
from tests.support.served_course import NAME, make_course


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Served]:
    with serve_room(make_course(tmp_path), tmp_path / "room") as served:
        yield served


def rows_of(page: str) -> list[str]:
    """The rows of the instructor's table, without their markup."""
    _, *rows = re.findall(r"<tr><th.*?</tr>", page, re.S)
    return [html.unescape(" ".join(re.sub("<[^>]*>", " ", x).split())) for x in rows]


def test_who_works_on_paper_is_not_away(
    room: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.learner("Gone Gus")
    ida, now = room.learner("Ida on paper"), time.time()
    monkeypatch.setattr(time, "time", lambda: now + 420)
    assert " away" not in instructor(room).get("/instructor/now")
    monkeypatch.setattr(room_module, "_AWAY_AFTER_S", 0.0)
    with listening(room, ida, "/events"):
        rows = rows_of(instructor(room).get("/instructor/now"))
    assert [row.split()[0] for row in rows] == ["Ida", "Gone"]
    assert [" away" in row for row in rows] == [False, True]
    assert all("7 min ago" in row for row in rows)


def test_who_needs_help_says_so_and_takes_it_back(tmp_path: Path) -> None:
    root = make_course(tmp_path)
    with serve_room(root, tmp_path / "room") as room:
        bob, asker = room.learner("Bob"), instructor(room)
        assert 'data-action="help"' in bob.get("/lesson1")
        for _ in range(3):
            grade(room.learner("Stuck"), SQUARED)
        bob.post("/lesson1/help", exercise="1a", wanted=True)
        assert json.loads(bob.get("/hour"))["help"] == "1a"
        row = rows_of(asker.get("/instructor/now"))[0]
        assert row.startswith("Bob wants help with 1a")
        assert "They asked for help with 1a." in asker.get(room.page_of("Bob"))
        bob.post("/lesson1/help", wanted=False)
        assert "wants help" not in asker.get("/instructor/now")
        unknown = json.dumps({"exercise": "9z", "wanted": True})
        assert bob.ask("POST", "/lesson1/help", unknown)[0] == 400
        # Whoever helped, or a right answer, ends it, too.
        bob.post("/lesson1/help", exercise="1a", wanted=True)
        asker.post("/instructor/helped", learner=room.id_of("Bob"))
        assert json.loads(bob.get("/hour"))["help"] == ""
        bob.post("/lesson1/help", exercise="1a", wanted=True)
        grade(bob, RIGHT)
        assert json.loads(bob.get("/hour"))["help"] == ""
        bob.post("/lesson1/help", exercise="1b", wanted=True)
    with serve_room(root, tmp_path / "room") as again:
        assert "wants help with 1b" in instructor(again).get("/instructor/now")


def test_the_instructor_sees_what_a_learner_reads_without_a_name(room: Served) -> None:
    bob = room.learner("Bob")
    for number in range(3):
        grade(bob, f"return x + {number + 1}", '{"exercise": "1a"}')
    (row,) = rows_of(instructor(room).get("/instructor/now"))
    assert "Bob stuck" in row
    assert re.search(r"This is not the expected value\. Expected \S+, got \S+\.", row)
    grade(bob, "return (x")
    (row,) = rows_of(instructor(room).get("/instructor/now"))
    assert "SyntaxError: '(' was never closed" in row


def test_what_was_said_and_opened_survives_a_restart(tmp_path: Path) -> None:
    root = make_course(tmp_path)
    with serve_room(root, tmp_path / "room") as room:
        asker = instructor(room)
        asker.post("/instructor/message", message="Look up.")
        asker.post("/instructor/reveal", exercise="1a")
    with serve_room(root, tmp_path / "room") as again:
        bob, asker = again.learner("Bob"), instructor(again)
        hour = json.loads(bob.get("/hour"))
        assert (hour["message"], hour["revealed"]) == ("Look up.", ["1a"])
        solution = bob.post("/lesson1/solution", exercise="1a")["html"]
        assert "One way to write it" in solution
        asker.post("/instructor/conceal")
        assert json.loads(bob.get("/hour"))["revealed"] == []


def test_two_are_merged_only_after_a_question(room: Served) -> None:
    for name in ("Ada", "Ada"):
        write(room.learner(name), RIGHT)
    two = {"learner": room.id_of("Ada (2)"), "into": room.id_of("Ada")}
    asker = instructor(room)
    goal = asker.post("/instructor/merge", **two)["goal"]
    assert len(room.membership.joined) == 2
    page = asker.get(goal)
    assert "Are they one person?" in page
    assert page.count(f"{NAME}.py, 20") == 2
    asker.post("/instructor/merge", **two, is_sure="yes")
    assert [one.name for one in room.membership.joined] == ["Ada"]


def test_a_pair_counts_as_two(room: Served) -> None:
    grade(room.learner("Ada", "Grace"), SQUARED)
    room.learner("Bob")
    board, asker = projector(room), instructor(room)
    page = board.get("/board/now")
    assert "3 people have joined, on 2 pages." in page
    assert counts(page, "1a") == ["", "2", "", "1"]
    assert "You squared it." not in page  # it would reveal who they are
    assert "3 in the room, on 2 pages" in asker.get("/instructor/now")
    # A partner who has joined as well is counted once.
    room.learner("Grace")
    assert "3 people have joined." in board.get("/board/now")


@pytest.mark.parametrize("is_changed", [False, True])
def test_grading_the_class_is_nobodys_try(tmp_path: Path, is_changed: bool) -> None:
    root, folder = make_course(tmp_path), tmp_path / "room"
    with serve_room(root, folder) as room:
        bob, cleo = room.learner("Bob"), room.learner("Cleo")
        grade(bob, SQUARED, '{"exercise": "1a"}')
        write(cleo, SQUARED)
        if is_changed:
            write(bob, NEITHER)
        before = rows_of(instructor(room).get("/instructor/now"))
    found = submissions.find(folder, catalog.lessons(root))
    with Gradebook(gradebook_path(folder)) as book:
        assert grade_class(found.submissions, book, jobs=0, root=root).graded == 2
    with serve_room(root, folder) as room:
        after = rows_of(instructor(room).get("/instructor/now"))
        assert after[0].replace(" away", "") == before[0]
        assert [" … in progress" in row for row in after] == [False, True]
        asked = room.asker()
        code = next(x.return_code for x in room.membership.joined if x.name == "Cleo")
        asked.fill_in("/return", return_code=code)
        gate = asked.post("/lesson1/solution", exercise="1a")["html"]
        assert "after 3 more graded attempts" in gate
