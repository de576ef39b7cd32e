"""A class judges anew what a room has kept; `test_view_in_every_medium` shows what is kept."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from grader.classroom.class_grading import grade_class
from grader.classroom.submissions import find
from grader.course.document import catalog
from grader.learner.gradebook import Gradebook, gradebook_path
from tests.support.room import id_of, serve_room
from tests.support.toy_lesson import Toy

RIGHT = "def double(x):\n    return 2 * x"
KEPT = "unchanged since"


@pytest.fixture
def trains(toy: Toy) -> Toy:
    """A lesson that says that it trains, and so keeps verdicts."""
    toy.change_checks("LESSON = lesson()", "LESSON = lesson(trains=True)")
    return toy


def grade_twice_in_a_room(root: Path, comment: str) -> None:
    with serve_room(root, root / "room") as room:
        ada = room.learner("Ada")
        base = json.loads(ada.get("/lesson1/cells"))["cells"]["1"]["version"]
        ada.post("/lesson1/save", number=1, base=base, text=RIGHT)
        first = ada.post("/lesson1/grade")
        cell = json.loads(ada.get("/lesson1/cells"))["cells"]["1"]
        text, base = comment + RIGHT, cell["version"]
        ada.post("/lesson1/save", number=1, base=base, text=text)
        time.sleep(2.1)  # a room takes one grading in two seconds
        second = ada.post("/lesson1/grade")
    assert KEPT not in json.dumps(first)
    assert KEPT in second["exercises"]["1a"]["html"]


@pytest.mark.parametrize("comment", ["", "# mine\n"])
def test_in_a_class_no_verdict_counts_that_was_kept_in_a_room(
    trains: Toy, comment: str
) -> None:
    grade_twice_in_a_room(trains.root, comment)
    lessons = catalog.lessons(trains.root)
    ada = id_of(trains.root / "room", "Ada")
    with Gradebook(gradebook_path(trains.root / "room")) as book:
        latest = book.latest("lesson1_toy", ada)
        assert latest is not None
        assert latest.exercises[0].is_kept
        found = find(trains.root / "room", lessons).submissions
        tally = grade_class(found, book, jobs=0, root=trains.root)
        latest = book.latest("lesson1_toy", ada)
    # The same bytes were judged once; with a comment more they never were.
    assert (tally.graded, tally.known) == ((1, 0) if comment else (0, 1))
    assert latest is not None
    assert not any(exercise.is_kept for exercise in latest.exercises)
