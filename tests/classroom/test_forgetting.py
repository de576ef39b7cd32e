"""One person is erased from a class and from a room, and nobody else is touched."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from grader.learner.gradebook import Gradebook, gradebook_path
from tests.support.commands import run_command
from tests.support.room import Served, id_of, serve_room, stored_in
from tests.support.room_boards import RIGHT, SQUARED, grade, instructor
from tests.support.served_course import NAME, make_course
from tests.support.toy_lesson import PAGE

pytestmark = pytest.mark.usefixtures("share_pool")

ZOE = ("李明", "z47", "li@x.org", "text_of_zoe")
PEOPLE = 60


def attempt(number: int, text: str) -> str:
    """A page that is right or wrong, with a text that nobody else has."""
    body = "2 * x" if number % 3 else "x * x"
    return PAGE.replace("return 2 * x", f"print('{text}'); return {body}")


def traces(folder: Path, *words: str) -> set[tuple[str, str]]:
    """The files below a folder that have one of some words in their name or bytes."""
    found = set()
    for path in folder.rglob("*"):
        shown = str(path.relative_to(folder))
        content = path.read_bytes() if path.is_file() else b""
        for word in words:
            forms = (word, json.dumps(word)[1:-1])
            if word in shown or any(form.encode() in content for form in forms):
                found.add((shown, word))
    return found


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course, and a graded class of sixty with a report and an export."""
    root = make_course(tmp_path)
    folder = root / "submissions"
    rows = [f"p{n:02},Person {n:02},p{n:02}@x.org" for n in range(1, PEOPLE)]
    rows.insert(20, f"{ZOE[1]},{ZOE[0]},{ZOE[2]}")
    for number, row in enumerate(rows):
        learner = row.partition(",")[0]
        (folder / learner).mkdir(parents=True)
        text = ZOE[3] if learner == ZOE[1] else f"text_of_{learner}"
        (folder / learner / f"{NAME}.py").write_text(attempt(number, text))
    (folder / "roster.csv").write_text("\n".join(("learner,name,email", *rows)) + "\n")
    (folder / "comments.csv").write_text(
        f'learner,exercise,comment\np01,1a,"Two\nlines"\n{ZOE[0]},1a,"About\nher"\n'
        "p02,1a,Last\n"
    )
    (folder / "overrides.csv").write_text(
        f"learner,exercise,points,why\r\n{ZOE[2]},1a,7,kind\r\np02,1a,9,fair\r\n"
    )
    for words in (("grade", "--jobs", "0"), ("report",), ("export", "--to", "csv")):
        code, said = run_command(root, f"class.{words[0]}", "submissions", *words[1:])
        assert code == 0, said
    return root


def scores(root: Path) -> dict[str, str]:
    """Everybody's row in the export."""
    code, said = run_command(root, "class.export", "submissions", "--to", "csv")
    assert code == 0, said
    path = root / "submissions" / "export" / "scores.csv"
    with path.open(encoding="utf-8-sig") as file:
        return {row["learner"]: str(row) for row in csv.DictReader(file)}


def test_of_sixty_one_is_forgotten_and_nobody_else(course: Path) -> None:
    folder, before = course / "submissions", scores(course)
    words = (course, "class.forget", "submissions", "李明")
    assert {name.partition("/")[0] for name, _ in traces(folder, *ZOE)} >= {
        *("gradebook.sqlite", "roster.csv", "comments.csv", "overrides.csv"),
        *("report", "export", ZOE[1]),
    }
    code, said = run_command(*words)
    assert (code, "Nothing is erased yet" in said) == (0, True)
    assert len(traces(folder, ZOE[3])) >= 3
    code, said = run_command(*words, "--erase")
    assert code == 0, said
    left = {name for name, _ in traces(folder, *ZOE)}
    assert left  # the export, which is named
    assert all(name.startswith("export/") and name in said for name in left)
    assert (folder / "comments.csv").read_text() == (
        'learner,exercise,comment\np01,1a,"Two\nlines"\np02,1a,Last\n'
    )
    assert (folder / "overrides.csv").read_bytes() == (
        b"learner,exercise,points,why\r\np02,1a,9,fair\r\n"
    )
    assert run_command(course, "class.report", "submissions")[0] == 0
    after = scores(course)
    assert traces(folder, *ZOE) == set()
    assert after.keys() == before.keys() - {ZOE[1]}
    assert len([who for who in after if who[1:].isdigit()]) == PEOPLE - 1
    assert after == {who: row for who, row in before.items() if who != ZOE[1]}
    assert "Nobody in" in run_command(*words)[1]


@pytest.mark.parametrize(
    ("word", "said"),
    [("nobody", "Nobody in"), ("Ada", "could be ada1 or ada2"), ("h1", "Forget l1")],
)
def test_who_is_not_one_person_is_not_forgotten(
    tmp_path: Path, word: str, said: str
) -> None:
    root = make_course(tmp_path)
    folder = root / "submissions"
    for learner in ("ada1", "ada2", "h1"):
        (folder / learner).mkdir(parents=True)
        (folder / learner / f"{NAME}.py").write_text(attempt(1, learner))
    (folder / "roster.csv").write_text(
        "learner,name,pair_of\nada1,Ada,\nada2,Ada,\nh1,Hana,\nl1,Lea,h1\n"
    )
    before = {x: x.read_bytes() for x in folder.rglob("*.py")}
    code, told = run_command(root, "class.forget", "submissions", word, "--erase")
    assert (code, said in " ".join(told.split())) == (2, True), told
    assert {x: x.read_bytes() for x in folder.rglob("*.py")} == before
    if word == "h1":
        for one in ("l1", "h1"):
            words = ("class.forget", "submissions", one, "--erase")
            assert run_command(root, *words)[0] == 0
            assert (folder / "h1").exists() == (one == "l1")


def write_in(room: Served, name: str, body: str, partner: str = "") -> str:
    """Somebody who joins, writes, and has it graded; their return code."""
    one = room.learner(name, partner)
    grade(one, f"print('text of {name}'); {body}", '{"exercise": "1a"}')
    one.post("/lesson1/hint", exercise="1a")
    one.post("/lesson1/help", exercise="1b", wanted=True)
    return room.membership.joined[-1].return_code


@pytest.mark.promise("room-forgotten", "room-ids")
@pytest.mark.parametrize("is_out", [False, True])
def test_one_of_a_room_is_forgotten(tmp_path: Path, is_out: bool) -> None:
    root, folder = make_course(tmp_path), tmp_path / "room"
    with serve_room(root, folder) as room:
        code = write_in(room, "Zora Neale", SQUARED)
        ben = write_in(room, "Ben", RIGHT)
        write_in(room, "Zora Neale Hurston", SQUARED)
        asker = instructor(room)
        ids = {x.name: x.id for x in room.membership.joined}
        zora, other = ids["Zora Neale"], ids["Zora Neale Hurston"]
        comment = {"exercise": "1a", "comment": "To her."}
        asker.post("/instructor/comment", learner=zora, **comment)
        merged = {"learner": other, "into": zora, "is_sure": "yes"}
        asker.post("/instructor/merge", **merged)
        words = ("class.forget", "room", zora, "--erase")
        if is_out:
            asker.post("/instructor/remove", learner=zora)
    kept = id_of(folder, "Ben")
    query = f"SELECT learner, report FROM grading WHERE learner = '{kept}'"
    before = stored_in(folder, query)
    assert before
    assert traces(folder, "Zora", code, "text of Zora", "To her.")
    exit_code, said = run_command(root, *words)
    assert exit_code == 0, said
    assert traces(folder, "Zora", code, "text of Zora", zora, other, "To her.") == set()
    assert stored_in(folder, query) == before
    with Gradebook(gradebook_path(folder)) as book:
        assert book.learners() == {kept}
    with serve_room(root, folder) as room:
        room.learner("Kim")
        assert room.id_of("Kim") not in (zora, other, kept)
        back = room.asker()
        assert back.fill_in("/return", return_code=ben)[0] == 303
        assert RIGHT in back.get("/lesson1")


def test_nobody_is_forgotten_while_the_room_is_open(tmp_path: Path) -> None:
    from grader.classroom.workshop.room_store import claim

    root, folder = make_course(tmp_path), tmp_path / "room"
    with serve_room(root, folder) as room, claim(folder):
        write_in(room, "Ben", RIGHT)
        code, said = run_command(root, "class.forget", "room", "Ben", "--erase")
        assert (code, "Ctrl-C" in said) == (2, True)
        assert (room.folder_of("Ben") / f"{NAME}.py").exists()


def test_an_id_that_begins_like_another_is_somebody_elses(tmp_path: Path) -> None:
    root, folder = make_course(tmp_path), tmp_path / "room"
    for learner in ("learner-1", "learner-12"):
        (folder / learner).mkdir(parents=True)
        (folder / learner / f"{NAME}.py").write_text(attempt(1, learner))
    for words in (("grade", "--jobs", "0"), ("report",)):
        assert run_command(root, f"class.{words[0]}", "room", *words[1:])[0] == 0
    removed = folder / ".room" / "removed"
    for name in ("learner-1-1", "learner-1-2-1"):
        (removed / name).mkdir(parents=True)
    words = ("class.forget", "room", "learner-1", "--erase")
    assert run_command(root, *words)[0] == 0
    assert not (folder / "learner-1").exists()
    pages = (folder / "report" / "learners").iterdir()
    assert [path.name for path in pages] == ["learner-12.html"]
    assert [path.name for path in removed.iterdir()] == ["learner-1-2-1"]
