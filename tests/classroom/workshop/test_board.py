"""The boards of a room: what everybody sees, what the instructor sees and changes."""

from __future__ import annotations

import csv
import html
import io
import json
import os
import re
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.classroom.comments import read_comments
from grader.classroom.workshop.board import Sentences, count, without_values
from grader.classroom.workshop.progress import RoomProgress
from grader.classroom.workshop.room_store import PRIVATE
from grader.learner.gradebook import Gradebook
from grader.report import ExerciseResult, Outcome, Report
from tests.support.notebooks import as_notebook, notebook
from tests.support.room import Served, serve_room, stored_in
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
from tests.support.served_course import NAME, STUB, make_course


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Served]:
    with serve_room(make_course(tmp_path), tmp_path / "room") as served:
        yield served


@pytest.mark.promise("projector")
def test_the_board_counts_and_names_nobody(room: Served) -> None:
    board = projector(room)
    ada, bob, eve, zoe = (room.learner(x) for x in ("Ada", "Bob", "Eve", "Zoe"))
    grade(ada, RIGHT)
    grade(bob, SQUARED)
    grade(eve, SQUARED)
    write(zoe, NEITHER)
    room.learner("Idle")
    page = board.get("/board")
    assert counts(page, "1a") == ["1", "2", "1", "1"]
    assert "5 people have joined." in page
    assert "You squared it." in page
    assert "(2 people, 2 now)" in page
    grade(eve, RIGHT)
    again = board.get("/board/now")
    assert counts(again, "1a") == ["2", "1", "1", "1"]
    assert "(2 people, 1 now)" in again
    for one in room.membership.joined:
        assert one.name not in page + again
        assert one.id not in page + again
        assert one.return_code not in page + again


def test_each_takes_home_a_page_of_what_they_themselves_can_do(room: Served) -> None:
    keep = "/take/what_you_can_do.html"
    ada, bob = room.learner("Ada"), room.learner("Bob")
    grade(ada, RIGHT)
    grade(bob, SQUARED)
    assert 'href="/what-you-can-do"' in ada.get("/")
    assert f'href="{keep}"' in ada.get("/what-you-can-do")
    page = ada.get(keep)
    assert "You did every lesson of the course" in page
    assert "from the gradebook of the room that you worked in" in page
    assert "without supervision" not in page
    assert "/what-you-can-do" not in bob.get("/")
    assert bob.ask("GET", keep)[0] == 404


@pytest.mark.promise("projector")
def test_a_mistake_of_one_person_is_not_shown_to_everybody(room: Served) -> None:
    grade(room.learner("Bob"), SQUARED)
    assert "You squared it." not in projector(room).get("/board")
    assert "You squared it." in instructor(room).get("/instructor")


@pytest.mark.promise("projector")
@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("It is {k} times too small.\nDivide.", "It is … times too small."),
        ("Keras knows no {name!r}.", "Keras knows no …"),
        ("Some are odd, such as {kind}. Look.\nNo.", "Some are odd. Look."),
        ("You added up: it is {n} times too big.", "You added up."),
        ("Divide by the classes ({k}).", "Divide by the classes."),
        ("Its shape (n, k) = ({n}, {k}).", "Its shape (n, k) = (…, …)."),
        ("Some are missing: {names}. Look.", "Some are missing: … Look."),
        ("After it, {n} of 4 changed.", "After it, … of 4 changed."),
    ],
)
def test_a_board_shows_no_values_of_anybody(sentence: str, shown: str) -> None:
    assert without_values(sentence) == shown


def test_who_is_wrong_three_times_where_they_are_is_stuck(room: Served) -> None:
    ada, board = room.learner("Ada"), projector(room)
    for body in (SQUARED, NEITHER):
        grade(ada, body)
    assert "tried three" not in board.get("/board/now")
    grade(ada, "return x + 2")
    assert "1 has tried three times or more" in board.get("/board/now")
    assert " stuck</b>" in instructor(room).get("/instructor/now")
    grade(ada, RIGHT)
    assert "tried three" not in board.get("/board/now")


def test_work_at_another_exercise_is_no_try() -> None:
    standings = RoomProgress()

    def note(number: int, pressed: str, **outcomes: Outcome) -> None:
        exercises = tuple(
            ExerciseResult(name[1:], "", 10, outcome, ())
            for name, outcome in outcomes.items()
        )
        report = Report(NAME, "", "", str(number), 0, exercises)
        standings.note_report("ada", "lesson1", report, 0.0, pressed)

    wrong, right = Outcome.WRONG, Outcome.PASSED
    for number in range(3):
        note(number, "1a", _1a=wrong, _1b=wrong)
    assert standings.is_stuck("ada", "lesson1")
    note(4, "1b", _1a=right, _1b=wrong)
    note(5, "1b", _1a=right, _1b=wrong)
    assert standings.at("ada", "lesson1", "1a").tries == 4
    assert standings.at("ada", "lesson1", "1b").tries == 3
    note(6, "1b", _1=Outcome.NOT_ATTEMPTED, _1a=right, _1b=wrong)
    seat = standings.seat("ada")
    assert seat is not None
    assert seat.exercise == "1b"
    assert standings.at("ada", "lesson1", "1a").tries == 4
    assert standings.at("ada", "lesson1", "1b").tries == 4


def test_the_board_is_the_same_after_a_new_start(tmp_path: Path) -> None:
    root = make_course(tmp_path)
    with serve_room(root, tmp_path / "room") as first:
        grade(first.learner("Ada"), SQUARED)
        write(first.learner("Zoe"), NEITHER)
        before = projector(first).get("/board/now")
    with serve_room(root, tmp_path / "room") as second:
        after = projector(second).get("/board/now")
    assert counts(before, "1a") == ["", "1", "1", ""]
    port = re.compile(r":\d+|<path d=.*?>")  # it may be another one
    assert port.sub("", after) == port.sub("", before)


def test_nothing_is_left_under_the_name_of_who_was_taken_out_or_merged(
    room: Served,
) -> None:
    asker = instructor(room)
    for name in ("Ada", "Bob", "Eve"):
        page = room.learner(name)
        grade(page, SQUARED)
        page.post("/lesson1/hint", exercise="1a")
    ada, bob, eve = (room.id_of(name) for name in ("Ada", "Bob", "Eve"))
    asker.post("/instructor/remove", learner=bob)
    asker.post("/instructor/merge", learner=eve, into=ada, is_sure="yes")
    for table in ("grading", "hint"):
        query = f"SELECT DISTINCT learner FROM {table} ORDER BY learner"
        assert stored_in(room.folder, query) == [("",), (ada,)]


def test_the_instructor_sees_who_is_where_and_what_they_wrote(room: Served) -> None:
    bob, asker = room.learner("Bob", "Eve"), instructor(room)
    grade(bob, SQUARED)
    bob.post("/lesson1/hint", exercise="1a")
    page = asker.get("/instructor")
    row = re.search(r"<tr><th[^>]*><a[^>]*>Bob and Eve</a>.*?</tr>", page, re.S)
    assert row is not None
    cells = re.findall(r"<td[^>]*>(.*?)</td>", row[0])
    assert cells[:6] == ["1a", "0", "now", "1", "1", "You squared it."]
    theirs = asker.get(room.page_of("Bob"))
    assert "You squared it." in theirs
    assert "x * x" in re.sub(r"<[^>]+>", "", theirs)
    assert '<td class="wrong">wrong</td>' in theirs
    grade(bob, RIGHT)
    theirs = asker.get(room.page_of("Bob"))
    assert '<td class="right">right</td>' in theirs
    assert "passed</td>" not in theirs
    assert asker.ask("GET", "/instructor/learner/nobody")[0] == 404
    cleo = room.learner("Cleo")
    assert cleo.ask("POST", "/lesson1/grade", '{"exercise": "1a"}')[0] == 200
    theirs = asker.get(room.page_of("Cleo"))
    assert "Their last report" in theirs
    assert "<h3>1a</h3>" not in theirs  # it is in the table, and has nothing to say


@pytest.mark.parametrize(
    ("suffix", "content", "shown"),
    [
        ("ipynb", notebook(("1a", f"def double(x):\n    {SQUARED}")), "x * x"),
        ("ipynb", STUB, "hasn't changed any exercise yet"),
        ("ipynb", b"{", "cannot be read as a notebook"),
        ("py", f"def double(x):\n    {SQUARED}".encode(), "x * x"),
        ("py", b'# %% id="1a"\nx = "\x81"', "The byte 0x81 in line 2 is not UTF-8"),
    ],
    ids=["notebook", "untouched", "no notebook", "no cells", "no text"],
)
def test_whatever_file_a_learner_has_is_shown_to_the_instructor(
    room: Served, suffix: str, content: bytes | str, shown: str
) -> None:
    content = as_notebook(content) if isinstance(content, str) else content
    room.learner("Ada")
    asker = instructor(room)
    page = asker.get(room.page_of("Ada"))
    assert "There is no file of lesson 1" in page
    room.folder_of("Ada").mkdir()
    (room.folder_of("Ada") / f"{NAME}.{suffix}").write_bytes(content)
    page = re.sub(r"<[^>]+>", "", asker.get(room.page_of("Ada")))
    assert f"In {NAME}.{suffix}." in page
    assert shown in page


def test_a_file_that_is_handed_in_counts_as_begun(room: Served) -> None:
    content = notebook(("1a", f"def double(x):\n    {SQUARED}"))
    assert room.learner("Ada").hand_in("lesson1", content, "a.ipynb") == (200, {})
    assert counts(projector(room).get("/board"), "1a") == ["", "", "1", ""]


def test_of_two_files_of_one_person_the_newer_one_counts(room: Served) -> None:
    for name in ("Ada", "Ada"):
        room.learner(name)
    old, new = (room.folder_of(one) for one in ("Ada (2)", "Ada"))
    for place, content, at in (
        (old / f"{NAME}.ipynb", notebook(("1a", SQUARED)), 1_000),
        (new / f"{NAME}.py", f'# %% id="1a"\n{RIGHT}'.encode(), 2_000),
    ):
        place.parent.mkdir()
        place.write_bytes(content)
        os.utime(place, (at, at))
    asker = instructor(room)
    asker.post("/instructor/merge", learner=old.name, into=new.name, is_sure="yes")
    assert f"In {NAME}.py." in asker.get(room.page_of("Ada"))
    assert (new / f"{NAME}.ipynb").stat().st_mtime == 1_000


def test_the_lesson_of_the_hour_reaches_open_pages(room: Served) -> None:
    ada, asker = room.learner("Ada"), instructor(room)
    assert "Your class is at" not in ada.get("/")
    asker.post("/instructor/lesson", lesson="lesson1")
    assert 'Your class is at <a href="/lesson1">lesson 1</a>.' in ada.get("/")
    status, _, _ = asker.ask("POST", "/instructor/lesson", '{"lesson": "lesson99"}')
    assert status == 404
    assert room.membership.state.lesson == "lesson1"


@pytest.mark.promise("handed-in-again")
def test_two_names_of_one_person_become_one(room: Served) -> None:
    first, second, asker = room.learner("Ada"), room.learner("Ada"), instructor(room)
    grade(first, SQUARED)
    grade(second, RIGHT)
    grade(room.learner("Eve"), SQUARED)
    old, new = room.id_of("Ada (2)"), room.id_of("Ada")
    asker.post("/instructor/merge", learner=old, into=new, is_sure="yes")
    page = asker.get(room.page_of("Ada"))
    assert "Compare the two" in page
    assert [x.name for x in room.membership.joined] == ["Ada", "Eve"]
    assert RIGHT in (room.folder / new / f"{NAME}.py").read_text()
    kept = list((room.folder / PRIVATE / "earlier" / new).iterdir())
    assert [SQUARED in x.read_text() for x in kept] == [True]
    assert not (room.folder / old).exists()
    with Gradebook(room.folder / "gradebook.sqlite") as book:
        assert [x.score for x in book.history(NAME, new)] == [0, 100]
        assert book.history(NAME, old) == ()
    assert RIGHT in first.get("/lesson1") and RIGHT in second.get("/lesson1")  # noqa: PT018
    assert counts(projector(room).get("/board"), "1a") == ["1", "1", "", ""]


def test_two_become_one_although_the_room_was_killed_meanwhile(tmp_path: Path) -> None:
    root = make_course(tmp_path)
    with serve_room(root, tmp_path / "room") as room:
        room.learner("Ada")
        grade(room.learner("Ada"), RIGHT, '{"exercise": "1a"}')
        ada = room.id_of("Ada")
        room.membership.merge(room.id_of("Ada (2)"), ada)  # and no more
    with serve_room(root, tmp_path / "room") as room:
        assert counts(projector(room).get("/board"), "1a") == ["1", "", "", ""]
    with Gradebook(tmp_path / "room" / "gradebook.sqlite") as book:
        assert [x.score for x in book.history(NAME, ada)] == [60]


@pytest.mark.promise("room-token-secret")
def test_who_is_taken_out_counts_nowhere_and_loses_nothing(room: Served) -> None:
    bob, asker = room.learner("Bob"), instructor(room)
    grade(bob, RIGHT)
    former = room.id_of("Bob")
    page = asker.get(room.page_of("Bob"))
    assert f"Their folder, {former}, is moved into .room/removed" in page
    asker.post("/instructor/remove", learner=former)
    assert bob.ask("POST", "/lesson1/grade", "{}")[0] == 403
    assert bob.ask("GET", "/")[0] == 303
    kept = room.folder / PRIVATE / "removed" / f"{former}-1" / f"{NAME}.py"
    assert RIGHT in kept.read_text()
    assert "Bob" not in (room.folder / "roster.csv").read_text()
    with Gradebook(room.folder / "gradebook.sqlite") as book:
        assert book.latest_of_all(NAME) == ()
    assert counts(projector(room).get("/board"), "1a") == [""] * 4


def test_a_name_is_changed_and_its_folder_stays(room: Served) -> None:
    bob, asker = room.learner("Bob"), instructor(room)
    write(bob, RIGHT)
    learner = room.id_of("Bob")
    asker.post("/instructor/rename", learner=learner, name="Robert <b>")
    assert "You are here as Robert &lt;b&gt;." in bob.get("/")
    row = (room.folder / "roster.csv").read_text().splitlines()[1]
    assert row.startswith(f"{learner},Robert <b>")
    assert RIGHT in bob.get("/lesson1")


@pytest.mark.promise("room-code")
def test_the_code_is_changed_and_the_room_closed(room: Served) -> None:
    ada, asker, old = room.learner("Ada"), instructor(room), room.membership.state.code
    asker.post("/instructor/code")
    assert room.asker().fill_in("/join", code=old, name="Eve")[0] == 403
    room.learner("Bob")
    asker.post("/instructor/close")
    code = room.membership.state.code
    said = room.asker().fill_in("/join", code=code, name="Eve")
    assert (said[0], b"closed to newcomers" in said[2]) == (403, True)
    assert code not in projector(room).get("/board")
    back = room.asker().fill_in(
        "/return", return_code=room.membership.joined[0].return_code
    )
    assert back[0] == 303
    assert "You are here as Ada" in ada.get("/")


def test_a_clock_is_set_and_taken_away(room: Served) -> None:
    asker, board = instructor(room), projector(room)
    asker.post("/instructor/clock", minutes="5")
    # What is left is told, since the clock of a phone may be wrong.
    for page in (board.get("/board/now"), asker.get("/instructor/now")):
        left = re.search(r'data-left="([\d.]+)"', page)
        assert left is not None
        assert 290 < float(left[1]) <= 300
    asker.post("/instructor/clock", minutes="0")
    assert "data-left" not in board.get("/board/now")
    for words in ("-1", "x", "1e9", ""):
        body = json.dumps({"minutes": words})
        assert asker.ask("POST", "/instructor/clock", body)[0] == 400


def test_another_device_of_the_instructor_sees_each_change(room: Served) -> None:
    laptop, phone = instructor(room), instructor(room)
    before = room.membership.state.code
    laptop.post("/instructor/code")
    code = room.membership.state.code
    assert code != before
    page = phone.get("/instructor/now")
    assert f"Code <b>{code}</b>." in page
    assert "Close the room to newcomers" in page
    laptop.post("/instructor/close")
    page = phone.get("/instructor/now")
    assert "closed to newcomers" in page
    assert "Let newcomers in" in page
    assert 'data-hour="lesson1"' in page
    laptop.post("/instructor/message", message="Look up:\n<b>1a</b>")
    page = phone.get("/instructor/now")
    assert "Everybody reads: Look up: &lt;b&gt;1a&lt;/b&gt;" in page
    assert "Take the message back" in page
    laptop.post("/instructor/clock", minutes="5")
    assert "Stop the clock" in phone.get("/instructor/now")


def test_everybody_is_told_a_message_the_clock_and_the_lesson(room: Served) -> None:
    bob, asker = room.learner("Bob"), instructor(room)
    nothing = {"lesson": "", "message": "", "left": None, "revealed": [], "help": ""}
    hour = json.loads(bob.get("/hour"))
    begun = hour.pop("number")
    assert hour == nothing
    asker.post("/instructor/lesson", lesson="lesson1")
    asker.post("/instructor/message", message="Look up, please. " * 30)
    asker.post("/instructor/clock", minutes="1")
    hour = json.loads(bob.get("/hour"))
    assert hour["number"] > begun
    assert hour["lesson"] == "lesson1"
    assert hour["message"].startswith("Look up, please. Look up")
    assert len(hour["message"]) == 300
    assert 50 < hour["left"] <= 60
    asker.post("/instructor/message", message="")
    assert json.loads(bob.get("/hour"))["message"] == ""
    assert room.asker().ask("GET", "/hour", Accept="*/*")[0] == 403


def test_the_solution_of_an_exercise_is_opened_to_everybody(room: Served) -> None:
    bob, asker = room.learner("Bob"), instructor(room)

    def solution(exercise: str) -> str:
        return str(bob.post("/lesson1/solution", exercise=exercise)["html"])

    assert "opens when it is right" in solution("1a")
    asker.post("/instructor/reveal", exercise="1a")
    assert "One way to write it" in solution("1a")
    assert "opens when it is right" in solution("1b")
    assert json.loads(bob.get("/hour"))["revealed"] == ["1a"]
    assert "open to everybody: 1a." in asker.get("/instructor/now")
    status, _, said = asker.ask("POST", "/instructor/reveal", '{"exercise": "9z"}')
    assert (status, b"There is no exercise 9z" in said) == (400, True)


def test_the_instructor_takes_the_table_along(room: Served) -> None:
    grade(room.learner("=Bob", "Eve"), SQUARED)
    asker = instructor(room)
    status, headers, body = asker.ask("GET", "/instructor/class.csv")
    assert status == 200
    assert headers["content-disposition"] == 'attachment; filename="class.csv"'
    (row,) = csv.DictReader(io.StringIO(body.decode("utf-8-sig")))
    assert (row["name"], row["partner"], row["at"]) == ("'=Bob", "Eve", "1a")
    assert (row["tries"], row["last feedback"]) == ("1", "You squared it.")
    assert (row["1a"], row["1b"]) == ("wrong", "wrong")
    assert room.learner("Ada").ask("GET", "/instructor/class.csv")[0] == 403


def test_a_comment_on_the_page_of_a_learner_is_kept_for_the_report(
    room: Served,
) -> None:
    grade(room.learner("Bob"), SQUARED)
    asker = instructor(room)
    bob = room.id_of("Bob")
    asker.post("/instructor/comment", learner=bob, exercise="1a", comment="See <me>.")
    assert "See &lt;me&gt;." in asker.get(room.page_of("Bob"))
    (row,) = read_comments(room.folder)
    assert (row.learner, row.part, row.words) == (bob, "1a", "See <me>.")
    for exercise, words in (("9z", "x"), ("1a", " "), ("1a", "x" * 2_001)):
        asked = {"learner": bob, "exercise": exercise, "comment": words}
        assert asker.ask("POST", "/instructor/comment", json.dumps(asked))[0] == 400


def test_the_page_of_a_learner_has_the_comments_that_their_report_has(
    room: Served,
) -> None:
    room.learner("Bob Smith")
    asker, file = instructor(room), room.folder / "comments.csv"
    head, by_id = "learner,exercise,comment\n", room.id_of("Bob Smith").upper()
    file.write_text(f"{head}bob smith,1a,By name.\n{by_id},1b,By id.\n")
    page = asker.get(room.page_of("Bob Smith"))
    assert "By name." in page
    assert "By id." in page
    file.write_text(f"{head}bob smith,1a,\n")
    page = html.unescape(asker.get(room.page_of("Bob Smith")))
    assert "line 2: the cell under 'comment' is empty." in page


def test_the_board_counts_who_is_still_at_an_earlier_lesson() -> None:
    progress, numbers = RoomProgress(), {"lesson1": 1, "lesson3": 3, "lesson4": 4}
    for who, lesson in (("ada", "lesson1"), ("ben", "lesson3"), ("cy", "lesson4")):
        progress.sit(who, lesson, "x", 1.0)
    for number in range(3):
        outcome = Outcome.WRONG
        progress.at("ada", "lesson1", "x").take(outcome, "", str(number))
    people = dict.fromkeys(("ada", "ben", "cy", "dee"), 1)
    board = count("lesson3", (), people, progress, Sentences({}), numbers)
    assert (board.people, board.earlier, board.stuck) == (4, 1, 1)


NAMES = (
    "Łukasz Żółć", "Şeyma Öztürk İ", "Νίκος Παππάς", "Дмитрий Иванов", "鈴木花", "محمد علي",
    "A" * 60, "Anna Müller", "Anna Müller",
)  # fmt: skip


def test_names_of_all_scripts_save_run_and_grade(room: Served) -> None:
    for name in NAMES:
        one = room.learner(name)
        (learner,) = re.findall(r'data-learner="([^"]+)"', one.get("/lesson1"))
        who = {"X_Learner": urllib.parse.quote(learner)}
        base = json.loads(one.get("/lesson1/cells"))["cells"]["1"]
        text = f"def double(x):\n    {RIGHT}"
        saved = {"number": 1, "base": base["version"], "text": text}
        asked = {"save": saved, "run": {"line": base["line"]}}
        for act, what in (asked | {"grade": {"exercise": "1a"}}).items():
            status, _, said = one.ask(
                "POST", f"/lesson1/{act}", json.dumps(what), **who
            )
            assert status == 200, (name, act, said)
        assert json.loads(said)["exercises"]["1a"]["is_right"], name
        assert text in (room.folder / learner / f"{NAME}.py").read_text()
    roster = (room.folder / "roster.csv").read_text().splitlines()
    shown = [row["name"] for row in csv.DictReader(roster)]
    assert shown == [*NAMES[:-1], "Anna Müller (2)"]


def test_boards_hear_that_something_is_new(room: Served) -> None:
    with listening(room, projector(room), "/board/events") as lines:
        write(room.learner("Ada"), RIGHT)
        assert b"event: board\n" in lines


def test_a_page_hears_the_whole_state_of_the_class(room: Served) -> None:
    bob, asker = room.learner("Bob"), instructor(room)
    asker.post("/instructor/message", message="Look up.")
    with listening(room, bob, "/events") as lines:
        asker.post("/instructor/lesson", lesson="lesson1")
        assert b"event: hour\n" in lines
        data = next(lines).removeprefix(b"data: ")
    told, later = json.loads(data), json.loads(bob.get("/hour"))
    assert told.pop("number") < later.pop("number")
    assert told == later
    assert (told["lesson"], told["message"]) == ("lesson1", "Look up.")
