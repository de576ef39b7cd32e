"""A room: who comes in, what is kept of them, and what they hand in."""

from __future__ import annotations

import csv
import html
import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from grader.classroom import submissions
from grader.classroom.class_grading import grade_class
from grader.classroom.class_result import load_class
from grader.classroom.submissions import find
from grader.classroom.workshop.credentials import RateLimiter
from grader.classroom.workshop.membership import Membership
from grader.classroom.workshop.room_store import PRIVATE
from grader.course.document import catalog
from grader.learner.gradebook import Gradebook, gradebook_path
from tests.support.commands import run_command
from tests.support.notebooks import notebook
from tests.support.room import Asker, Served, serve_course, serve_room
from tests.support.served_course import NAME, make_course

ODD_NAMES = (
    *("Ada", "Ada", "../../etc/passwd", "..", "/", "<script>alert(1)</script>"),
    *("李雷", "हिन्दी", "עברית", "Zoë 'the' \"quote\"", "=1+1", "-rf", "\u202eevil"),
    *("x" * 10_000, "🎉🎉", "con", "lesson3", "attempts", "submissions", ".hidden"),
    *("bob_12_34_lesson3", "Full Name_4711_assignsubmission_file_", "a\nb", "me"),
    *("solutions", "O'Neil, Pat", "名" * 200, "roster.csv", "gradebook.sqlite"),
)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Served]:
    root = make_course(tmp_path)
    with serve_room(root, tmp_path / "room") as served:
        yield served


def test_a_learner_joins_on_the_page_and_comes_back_on_another_device(
    room: Served,
) -> None:
    ada = room.learner("Ada Lovelace", "Grace")
    page = ada.get("/")
    assert "You are here as Ada Lovelace and Grace" in page
    code = room.membership.joined[0].return_code
    assert code in page
    phone = room.asker()
    assert phone.ask("GET", "/")[0] == 303
    assert phone.fill_in("/return", return_code=code.lower())[0] == 303
    assert "You are here as Ada Lovelace and Grace" in phone.get("/")
    assert len(room.membership.joined) == 1


@pytest.mark.promise("room-token-secret", "room-folders")
def test_a_token_is_kept_by_the_browser_alone(room: Served) -> None:
    asked = room.asker().fill_in("/join", code=room.membership.state.code, name="Ada")
    cookie = asked[1]["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    token = asked[1]["set-cookie"].partition("=")[2].partition(";")[0]
    assert len(token) >= 43  # 256 bits
    # A browser that is closed forgets it, and its owner has been told.
    assert "max-age" not in cookie
    assert "expires" not in cookie
    assert "or after you closed this browser" in room.learner("Bo").get("/")
    for kept in room.folder.glob("gradebook.sqlite*"):
        assert token.encode() not in kept.read_bytes()
    assert stat.S_IMODE(room.folder.stat().st_mode) == 0o700


OWN = '# %% id="1a"\ndef double(x):\n    return x + {n}\n\n# %% id="1b"\nPRINT = {n}\n'


@pytest.mark.promise("handed-in-again")
def test_a_file_of_ones_own_editor_replaces_another_only_after_a_question(
    room: Served,
) -> None:
    ada = room.learner("Ada")
    path = room.folder_of("Ada") / f"{NAME}.py"
    earlier = room.folder / PRIVATE / "earlier" / room.id_of("Ada")
    first, second = OWN.format(n=1), OWN.format(n=2)
    assert ada.hand_in("lesson1", first, replaces=False) == (200, {})
    assert path.read_text() == first
    assert ada.hand_in("lesson1", first, replaces=False) == (200, {})
    status, said = ada.hand_in("lesson1", second, replaces=False)
    assert (status, said["asks"].startswith("mine.py differs from your file")) == (
        200,
        True,
    )
    assert path.read_text() == first
    assert ada.hand_in("lesson1", second) == (200, {})
    assert path.read_text() == second
    assert "return x + 2" in ada.get("/lesson1")
    assert [x.read_text() for x in earlier.iterdir()] == [first]
    # Each cell's earlier text can be put back.
    told = ada.post("/lesson1/versions", exercise="1a")
    assert told["texts"] == ["def double(x):\n    return x + 1"]
    assert "before another file replaced it" in told["html"]
    assert 'data-action="versions"' in ada.get("/lesson1")
    ben = room.learner("Ben")
    assert ben.post("/lesson1/versions", exercise="1a")["texts"] == []


def test_a_notebook_is_kept_as_the_python_file_that_the_page_goes_on_with(
    room: Served,
) -> None:
    ada = room.learner("Ada")
    content = notebook(("1a", "def double(x):\n    return 2 * x"))
    assert ada.hand_in("lesson1", content, "Mine (2).ipynb") == (200, {})
    assert [path.name for path in room.folder_of("Ada").iterdir()] == [f"{NAME}.py"]
    assert "return 2 * x" in ada.get("/lesson1")
    said = json.loads(ada.ask("POST", "/lesson1/grade", '{"exercise": "1a"}')[2])
    assert said["exercises"]["1a"]["is_right"]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        ("x = 1\n", "a.py", "a.py has no cell of an exercise of lesson 1, such as 1a"),
        ('# %% id="3c"\nx = 1\n', "lesson3.py", "Is it the file of another lesson?"),
        ('# %% id="1a"\nx = 1\n', "a.py", "has no cell of 1b, and your file here has"),
        (b'# %% id="1a"\nx = "\x81"', "a.py", "The byte 0x81 in line 2 is not UTF-8"),
        (b"{", "a.ipynb", "cannot be read as a notebook"),
        (notebook(("1a", "#" * 400_000)), "a.ipynb", "has more than 400 kB of code"),
    ],
    ids=["nothing", "another lesson", "a cell less", "no text", "no notebook", "large"],
)
def test_a_file_that_would_be_of_no_use_is_refused(
    room: Served, content: str | bytes, name: str, said: str
) -> None:
    ada = room.learner("Ada")
    own = OWN.format(n=1)
    assert ada.hand_in("lesson1", own) == (200, {})
    status, told = ada.hand_in("lesson1", content, name)
    assert (status, said in told["problem"]) == (409, True), told
    assert (room.folder_of("Ada") / f"{NAME}.py").read_text() == own


@pytest.mark.promise("room-paths")
@pytest.mark.parametrize("name", ["../x.py", "/etc/passwd.py", "..\\x.py", "<b>.py"])
def test_the_name_of_a_file_leads_nowhere(room: Served, name: str) -> None:
    ada, before = room.learner("Ada"), set(room.folder.parent.rglob("*.py"))
    assert ada.hand_in("lesson1", OWN.format(n=1), name) == (200, {})
    new = set(room.folder.parent.rglob("*.py")) - before
    assert new == {room.folder_of("Ada") / f"{NAME}.py"}


def test_a_room_knows_everybody_after_a_new_start(tmp_path: Path) -> None:
    root = make_course(tmp_path)
    with serve_room(root, tmp_path / "room") as first:
        ada, code = first.learner("Ada"), first.membership.state.code
        (token,) = ada.cookies.values()
    with serve_room(root, tmp_path / "room") as second:
        again = second.asker()
        again.cookies = {f"learner_{second.port}": token}
        assert "You are here as Ada" in again.get("/")
        assert second.membership.state.code == code


def test_a_page_of_somebody_else_saves_nothing_for_who_came_in_since(
    room: Served,
) -> None:
    """Two learners use one browser; the first one's page is still open."""
    ada, ben = room.learner("Ada"), room.learner("Ben")
    first, second = room.id_of("Ada"), room.id_of("Ben")
    base = json.loads(ada.get("/lesson1/cells"))["cells"]["1"]["version"]
    save = {"number": 1, "base": base, "text": "def double(x): 2"}
    status, _, said = ben.ask(
        "POST", "/lesson1/save", json.dumps(save), X_Learner=first
    )
    assert status == 409
    assert "Somebody else has come in" in json.loads(said)["problem"]
    assert ben.ask("GET", "/lesson1/cells", X_Learner=first)[0] == 409
    assert not (room.folder / second / f"{NAME}.py").exists()
    # Who is one person now may go on with the page of either.
    room.membership.merge(first, second)
    for page in (first, second):
        told = ada.ask("POST", "/lesson1/save", json.dumps(save), X_Learner=page)
        assert told[0] == 200
    assert (room.folder / second / f"{NAME}.py").exists()


NAMES_OF_ALL_SCRIPTS = (
    *("Łukasz Nowak", "Gülşah Yılmaz", "Γιώργος Παππάς", "Дмитрий Иванов"),
    *("鈴木花", "محمد علي", "Chloë Test"),
)


@pytest.fixture
def listed(tmp_path: Path) -> Iterator[Served]:
    """A room with a roster that has an id in each script."""
    rows = (f"{name.replace(' ', '.')},{name}\n" for name in NAMES_OF_ALL_SCRIPTS)
    roster = tmp_path / "class.csv"
    roster.write_text(f"learner,name\n{''.join(rows)}", encoding="utf-8")
    with serve_room(make_course(tmp_path), tmp_path / "room", roster) as served:
        yield served


def test_ids_in_all_scripts_save_and_grade(listed: Served) -> None:
    """The page sends whose it is in a header, which takes Latin-1 only."""
    room, ben = listed, listed.learner("Ben")
    for name in NAMES_OF_ALL_SCRIPTS:
        asker, learner = room.learner(name), name.replace(" ", ".")
        page = re.search('data-learner="([^"]+)"', asker.get("/lesson1"))
        assert page is not None
        assert page[1] == learner
        sent = {"X_Learner": quote(learner)}
        base = json.loads(asker.get("/lesson1/cells"))["cells"]["1"]["version"]
        save = json.dumps({"number": 1, "base": base, "text": "def double(x): 2"})
        assert asker.ask("POST", "/lesson1/save", save, **sent)[0] == 200, name
        assert (room.folder / learner / f"{NAME}.py").is_file()
        status, _, graded = asker.ask("POST", "/lesson1/grade", "{}", **sent)
        assert status == 200, name
        assert "1a" in json.loads(graded)["exercises"]
        assert ben.ask("GET", "/lesson1/cells", **sent)[0] == 409
        key = room.membership.state.instructor_key
        asker.ask("GET", f"/instructor?key={key}")
        assert name in asker.get(f"/instructor/learner/{quote(learner)}")


@pytest.mark.promise("room-folders")
def test_names_of_any_kind_have_a_safe_folder_each(room: Served) -> None:
    askers = [room.learner(name) for name in ODD_NAMES if name.strip()]
    for asker in askers:
        base = json.loads(asker.get("/lesson1/cells"))["cells"]["1"]["version"]
        asker.post("/lesson1/save", number=1, base=base, text="def double(x): 2")
    ids = [one.id for one in room.membership.joined]
    assert len({x.casefold() for x in ids}) == len(ODD_NAMES)
    assert all((room.folder / x / f"{NAME}.py").is_file() for x in ids)
    # Beside an open gradebook, SQLite has two files of its own.
    inside = {
        x.name.removesuffix("-wal").removesuffix("-shm") for x in room.folder.iterdir()
    }
    assert inside == {*ids, PRIVATE, "roster.csv", "gradebook.sqlite"}
    page = askers[5].get("/")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_class_finds_everybody_of_a_room_under_their_own_name(room: Served) -> None:
    for name in ODD_NAMES:
        content = f'# %% id="1a"\n# {name[:9]!r}\n'
        assert room.learner(name).hand_in("lesson1", content) == (200, {})
    lessons = catalog.lessons(room.folder.parent)
    found = find(room.folder, lessons)
    expected = {one.id for one in room.membership.joined}
    assert {x.learner.id for x in found.submissions} == expected
    assert found.notices == ()


def test_the_results_of_a_room_have_names_and_its_folders_have_none(
    room: Served,
) -> None:
    for name, partner in (("Ada Lovelace", "Grace Hopper"), ("李明", "")):
        assert room.learner(name, partner).hand_in("lesson1", OWN.format(n=1))[0] == 200
    ids = {room.id_of("Ada Lovelace"), room.id_of("李明")}
    assert ids == {"learner-1", "learner-2"}
    assert ids <= {path.name for path in room.folder.iterdir()}
    root, names = room.folder.parent, {"Ada Lovelace", "Grace Hopper", "李明"}
    for words in (("grade", "--jobs", "0"), ("report",), ("export", "--to", "csv")):
        code, said = run_command(root, f"class.{words[0]}", "room", *words[1:])
        assert code == 0, said
        assert "learner-" not in said
    page = (room.folder / "report" / "class.html").read_text(encoding="utf-8")
    assert all(name in page for name in names)
    with (room.folder / "export" / "scores.csv").open(encoding="utf-8-sig") as file:
        assert {row["name"] for row in csv.DictReader(file)} - {""} == names


def test_names_of_a_roster_are_chosen_once(tmp_path: Path) -> None:
    roster = tmp_path / "class.csv"
    roster.write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section\n"
        '"Lovelace, Ada",41,s41,ada,A\n"Hopper, Grace",42,s42,grace,A\n'
    )
    with serve_room(make_course(tmp_path), tmp_path / "room", roster) as room:
        asker, code = room.asker(), room.membership.state.code
        assert "<option>Lovelace, Ada</option>" in asker.get(f"/join?code={code}")
        assert asker.fill_in("/join", code=code, listed="Lovelace, Ada")[0] == 303
        assert "Lovelace" not in room.asker().get(f"/join?code={code}")
        other = room.asker().fill_in("/join", code=code, listed="Lovelace, Ada")
        assert other[0] == 409
        for words in ("return code", "If it isn't you, tell your instructor."):
            assert words in html.unescape(other[2].decode())
    rows = (tmp_path / "room" / "roster.csv").read_text().splitlines()
    assert rows[1] == 'ada,"Lovelace, Ada",,ada,s41,41,Canvas,A,,'


TWO_ADAS = (
    "First name,Last name,Email address\nAda,L,ada1@x.org\nAda,L,ada2@x.org\n"
    "Bob,M,bob@x.org\n"
)


def test_namesakes_of_a_roster_are_told_apart(tmp_path: Path) -> None:
    roster = tmp_path / "class.csv"
    roster.write_text(TWO_ADAS)
    with serve_room(make_course(tmp_path), tmp_path / "room", roster) as room:
        code = room.membership.state.code
        page = room.asker().get(f"/join?code={code}")
        assert re.findall(r"<option>([^<]+)<", page) == ["Ada L", "Bob M"]
        asked = room.asker().fill_in("/join", code=code, listed="Ada L")
        assert (asked[0], b'name="number"' in asked[2]) == (400, True)
        who = {"code": code, "listed": "Ada L"}
        assert room.asker().fill_in("/join", **who, number="ada")[0] == 400
        assert room.asker().fill_in("/join", **who, number="ADA2@x.org")[0] == 303
        assert [x.id for x in room.membership.joined] == ["ada2@x.org"]
        # The instructor sees which of the two it is.
        table = instructor_of(room).get("/instructor")
        assert "Ada L (ada2@x.org)" in table


def instructor_of(room: Served) -> Asker:
    """Somebody who has the key of the instructor's page."""
    asker = room.asker()
    asker.ask("GET", f"/instructor?key={room.membership.state.instructor_key}")
    return asker


@pytest.mark.promise("room-names")
def test_names_are_for_those_who_know_the_code_and_ids_for_nobody(
    tmp_path: Path,
) -> None:
    roster = tmp_path / "class.csv"
    roster.write_text(TWO_ADAS)
    with serve_room(make_course(tmp_path), tmp_path / "room", roster) as room:
        code, asker = room.membership.state.code, room.asker()
        for path in ("/", "/join", "/join?code=", "/lesson1"):
            _, headers, body = asker.ask("GET", path)
            body += asker.ask("GET", headers.get("location", path))[2]
            assert b"Bob" not in body
        assert asker.ask("GET", "/join?code=WRONGG")[0] == 403
        assert b"Bob" not in asker.ask("GET", "/join?code=WRONGG")[2]
        page = asker.get(f"/join?code={code}")
        refused = asker.fill_in("/join", code=code, name="  ")[2].decode()
        for shown in (page, refused):
            assert "Bob M" in shown
            assert "@x.org" not in shown
            assert "ada1" not in shown
        room.membership.set_open(False)
        assert b"Bob" not in asker.ask("GET", f"/join?code={code}")[2]
        # The wrong codes of a page count like those of a form.
        room.membership.set_open(True)
        tried = {asker.ask("GET", "/join?code=WRONGG")[0] for _ in range(60)}
        assert 429 in tried


def test_every_page_without_a_token_leads_to_joining_and_back(room: Served) -> None:
    code = room.membership.state.code
    for path in ("/", "/lesson1", "/lesson99", "/search?q=a", "/take/all.zip", "/x/y"):
        asker = room.asker()
        status, headers, _ = asker.ask("GET", path)
        assert (status, headers["location"].split("?")[0]) == (303, "/join")
    asker = room.asker()
    door = asker.ask("GET", "/lesson1")[1]["location"]
    assert 'name="to" value="lesson1"' in asker.get(door)
    page = asker.get(f"{door}&code={code}")
    assert 'name="to" value="lesson1"' in page
    joined = asker.fill_in("/join", code=code, name="Ada", to="lesson1")
    assert joined[1]["location"] == "/lesson1"
    mine = room.membership.joined[0].return_code
    back = room.asker().fill_in("/return", return_code=mine, to="lesson1")
    assert back[1]["location"] == "/lesson1"
    for elsewhere in ("/evil.example", "//evil.example", "lesson99", "http://x"):
        joined = room.asker().fill_in("/join", code=code, name="Bob", to=elsewhere)
        assert joined[1]["location"] == "/"
    # A script of an open page gets an answer that it can show.
    status, _, said = room.asker().ask("GET", "/lesson1/cells", Accept="*/*")
    assert (status, b"Open its address and join" in said) == (403, True)


def test_what_is_not_there_is_a_page(room: Served) -> None:
    ada, instructor = room.learner("Ada"), instructor_of(room)
    for asker, path in (
        *((ada, path) for path in ("/lesson99", "/take/x.py", "/a/b/c", "/static/x")),
        (instructor, "/instructor/learner/nobody"),
    ):
        status, headers, body = asker.ask("GET", path)
        assert (status, headers["content-type"][:9]) == (404, "text/html")
        assert b"There is no such page." in body
        assert b'href="/"' in body
    assert ada.ask("GET", "/lesson99/cells", Accept="*/*")[2].startswith(b"{")


def test_the_big_button_leads_to_the_lesson_of_the_class(tmp_path: Path) -> None:
    with serve_course(tmp_path) as room:
        ada = room.learner("Ada")
        button = r'<a class="button main" href="([^"]+)">([^<]+)<'
        assert re.findall(button, ada.get("/")) == [("/lesson3", "Start lesson 3")]
        room.membership.set_lesson("lesson4")
        assert re.findall(button, ada.get("/")) == [("/lesson4", "Start lesson 4")]


def test_a_roster_that_somebody_wrote_is_taken_in_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "room"
    (folder / "ada").mkdir(parents=True)
    (folder / "roster.csv").write_text("learner,name\nada,Ada Lovelace\n")
    membership = Membership(folder)
    assert [(x.id, x.name, x.is_listed) for x in membership.members] == [
        ("ada", "Ada Lovelace", True)
    ]
    kept = folder / PRIVATE / "earlier" / "roster-1.csv"
    assert kept.read_text() == "learner,name\nada,Ada Lovelace\n"
    assert [x.id for x in Membership(folder).members] == ["ada"]


@pytest.mark.promise("room-code")
def test_after_ten_wrong_codes_the_right_ones_of_others_still_let_in(
    room: Served,
) -> None:
    asker = room.asker()
    wrong = [asker.fill_in("/join", code="WRONGG", name="Eve")[0] for _ in range(12)]
    assert set(wrong) == {403}
    assert room.asker().fill_in("/return", return_code="WRONGGGG")[0] == 403
    code = room.membership.state.code
    assert room.asker().fill_in("/join", code=code, name="Ada")[0] == 303
    assert [one.name for one in room.membership.joined] == ["Ada"]


def test_a_pace_forgets_what_is_long_ago() -> None:
    now = [0.0]
    pace = RateLimiter(2, 60.0, clock=lambda: now[0])
    assert [pace.takes("a") for _ in range(3)] == [True, True, False]
    assert pace.takes("b")
    now[0] = 61.0
    assert pace.takes("a")


@pytest.mark.parametrize("is_listed", [True, False])
def test_a_pair_is_two_people_with_one_file(tmp_path: Path, is_listed: bool) -> None:
    roster = tmp_path / "class.csv"
    roster.write_text("learner,name\nh1,鈴木花\nl1,Łukasz Nowak\n" if is_listed else "")
    given = roster if is_listed else None
    root, folder = make_course(tmp_path), tmp_path / "room"
    with serve_room(root, folder, given) as room:
        asker, code = room.asker(), room.membership.state.code
        who = {"listed" if is_listed else "name": "鈴木花"}
        # The list proposes partners, and any other name can be typed.
        page = asker.get(f"/join?code={code}")
        is_proposed = '<option value="Łukasz Nowak">' in page
        assert is_proposed == is_listed
        filled = asker.fill_in("/join", code=code, partner="łukasz nowak", **who)
        assert filled[0] == 303
        (member,) = room.membership.joined
    (folder / member.id).mkdir(exist_ok=True)
    name = catalog.lessons(root)[0].name
    source = root / "solutions" / f"{name}.py"
    (folder / member.id / f"{name}.py").write_bytes(source.read_bytes())
    found = submissions.find(folder, catalog.lessons(root))
    with Gradebook(gradebook_path(folder)) as book:
        grade_class(found.submissions, book, jobs=0, root=root)
        result = load_class(book, [name], found)
    scores = {one.learner.display_name.casefold(): one.score for one in result.learners}
    full = result.lessons[0].points
    assert scores == {"鈴木花": full, "łukasz nowak": full}
    notes = [note for one in result.learners for note in one.notes]
    assert not any("nothing was handed in" in note for note in notes)
    assert any("worked with 鈴木花" in note for note in notes)
    assert not any("the same file" in notice for notice in result.notices)
    with serve_room(root, folder) as room:  # opened again, nobody is there twice
        assert len(room.membership.joined) == 1
        assert len(room.membership.members) == (2 if is_listed else 1)
