"""A class in a room, and then what it is graded, reported and exported as."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grader.classroom.class_grading import grade_class
from grader.classroom.submissions import find
from grader.course.document import catalog, page_builder
from grader.course.document.cells import Document
from grader.learner.gradebook import Gradebook
from tests.support.project import ROOT
from tests.support.room import Asker, Served, id_of, serve_room
from tests.support.room_boards import counts, projector

LESSON = catalog.find("lesson3", ROOT)
TAGS = ("3a", "3b", "3c", "3d", "3e", "3f", "3g", "3h", "3i")
PEOPLE, IDLE = 25, 3


def page_with(solved: tuple[str, ...], wrong: tuple[str, ...] = ()) -> bytes:
    """The lesson's page, with some exercises right and others wrong."""
    text = LESSON.page.read_text()
    for cell in Document.from_python(text).cells:
        if cell.tag in (*solved, *wrong) and not cell.is_text and cell.source.strip():
            right = page_builder.solution_code(LESSON.solution, cell.tag)
            new = (
                right
                if cell.tag in solved
                else f"{right}\nsoftmax = cross_entropy = None"
            )
            text = text.replace(cell.source, new)
    return text.encode()


def work(room: Served, number: int) -> None:
    """One learner's hour: a half of the lesson, and then some more of it."""
    asker = room.learner(f"Learner {number}")
    asker.get("/lesson3")
    if number < IDLE:
        return
    for done in (number % 4, number % 5 + 4):  # two files that differ
        assert asker.hand_in("lesson3", page_with(TAGS[:done])) == (200, {})
        grade(asker)


def grade(asker: Asker) -> None:
    for _ in range(100):
        status, _, said = asker.ask("POST", "/lesson3/grade", "{}")
        if status != 429:
            assert status == 200, said
            return
        time.sleep(0.2)


@pytest.mark.slow
def test_a_class_has_the_same_results_as_its_board(tmp_path: Path) -> None:
    folder = tmp_path / "room"
    with serve_room(ROOT, folder) as room:
        room.membership.set_lesson("lesson3")
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda number: work(room, number), range(PEOPLE)))
        late = room.learner("Own editor")
        assert late.hand_in("lesson3", page_with(TAGS)) == (200, {})
        board = projector(room).get("/board")
    begun = PEOPLE - IDLE + 1
    found = find(folder, catalog.lessons(ROOT))
    assert len(found.submissions) == begun
    with Gradebook(folder / "gradebook.sqlite") as book:
        done = []
        grade_class(found.submissions, book, jobs=0, on_graded=done.append, root=ROOT)
        new = {x.submission.learner.name for x in done if x.is_new}
        assert new <= {"Own editor"}  # it equals somebody's who was graded
        gradings = {
            e.learner: len(book.history(LESSON.name, e.learner))
            for e in book.latest_of_all(LESSON.name)
        }
        assert Counter(gradings.values()) == {2: begun - 1, 1: 1}
        # Whoever handed in and pressed nothing was not graded while the room was open.
        here = [name for name in gradings if name != id_of(folder, "Own editor")]
        latest = [book.latest(LESSON.name, learner) for learner in here]
    for place, tag in enumerate(TAGS):
        right = sum(r.exercises[place].is_right for r in latest if r)
        assert int(counts(board, tag)[0] or 0) == right
    for words in (("report",), ("export", "--to", "csv")):
        run_command(f"class.{words[0]}", str(folder), *words[1:])
    page = next(folder.glob("*.html"), None) or next(folder.rglob("*.html"))
    assert all(f"Learner {n}" in page.read_text() for n in range(IDLE, PEOPLE))
    rows = list(
        csv.DictReader(next(folder.rglob("export/*.csv")).read_text().splitlines())
    )
    names = Counter(next(iter(row.values())) for row in rows)
    assert len(rows) >= begun
    assert set(names.values()) == {1}


def run_command(*words: str) -> str:
    command = [sys.executable, "-m", "invoke", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, re.sub(r"\s+", " ", done.stdout + done.stderr)
    return done.stdout
