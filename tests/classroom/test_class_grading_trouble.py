"""One submission is one learner's trouble: the class goes on, and what is done is kept."""

from __future__ import annotations

import concurrent.futures
import shutil
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from grader import judge
from grader.classroom import commands as classes
from grader.classroom import submissions
from grader.classroom.class_grading import Tally, grade_class
from grader.cli.command import Exit, Program
from grader.course.document import catalog
from grader.learner.gradebook import Gradebook

pytestmark = pytest.mark.usefixtures("share_pool")

RIGHT = "def double(x):\n    return x + x\n"
SQUARED = "def double(x):\n    return x * x\n"
NAMES = ("ada", "ben", "cy", "dee")


def handed_in(toy) -> tuple[submissions.Submission, ...]:
    folder = toy.root / "submissions"
    return submissions.find(folder, catalog.lessons(toy.root)).submissions


def graded(toy, book: Gradebook, found=None, **words) -> Tally:
    found = handed_in(toy) if found is None else found
    return grade_class(found, book, root=toy.root, **({"jobs": 0} | words))


def standing(book: Gradebook) -> dict[str, int]:
    return {entry.learner: entry.score for entry in book.latest_of_all("lesson1_toy")}


@pytest.fixture
def book(tmp_path: Path):
    with Gradebook(tmp_path / "book.sqlite") as made:
        yield made


@pytest.fixture
def four(toy):
    for name in NAMES:
        toy.hand_in(name, f"{RIGHT}# {name}\n")
    return toy


def test_ctrl_c_loses_no_grading_that_is_done(
    four, book: Gradebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = []

    def interrupted(*args, **kwargs):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(real(*args, **kwargs))
        return done[-1]

    real = judge.grade
    monkeypatch.setattr(judge, "grade", interrupted)
    with pytest.raises(KeyboardInterrupt):
        graded(four, book)
    assert standing(book) == {"ada": 100, "ben": 100}


def test_after_ctrl_c_only_the_others_are_compared(
    four, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(four.root / "submissions")
    app = Program(four.root)
    with pytest.raises(Exit):
        classes.grade(app, folder, jobs="0")
    four.change_checks("equals(6)", "equals(9)")

    def interrupted(*args, **kwargs):
        if done:
            raise KeyboardInterrupt
        done.append(real(*args, **kwargs))
        return done[-1]

    done, real = [], judge.grade
    with monkeypatch.context() as patch:
        patch.setattr(judge, "grade", interrupted)
        with pytest.raises(Exit, match="1 of 4 is graded and kept") as stopped:
            classes.grade(app, folder, jobs="0")
    assert str(stopped.value).endswith("and shows changed scores only for them.")
    capsys.readouterr()
    with pytest.raises(Exit):
        classes.grade(app, folder, jobs="0")
    assert "3 scores change, 1 does not change." in capsys.readouterr().out


def test_a_preview_of_a_class_that_was_never_graded_makes_no_gradebook(four) -> None:
    folder = four.root / "submissions"
    names = {path.name for path in folder.iterdir()}
    with pytest.raises(Exit, match="Nobody has been graded yet") as ended:
        classes.grade(Program(four.root), str(folder), jobs="0", preview=True)
    assert ended.value.code == 2
    assert "class.grade" in str(ended.value)
    assert {path.name for path in folder.iterdir()} == names


@pytest.mark.parametrize("jobs", [0, 1])
def test_a_file_that_goes_away_or_changes_is_its_learners_note(
    four, book: Gradebook, jobs: int
) -> None:
    found = handed_in(four)
    shutil.rmtree(four.root / "submissions" / "ben")
    four.hand_in("cy", SQUARED)
    tally = graded(four, book, found, jobs=jobs)
    assert standing(book) == {"ada": 100, "dee": 100}
    assert (tally.graded, tally.failed) == (4, 2)
    told = {learner: why for learner, _, why in tally.look}
    assert "can't be read any more (No such file or directory)" in told["ben"]
    assert "was changed while the class was graded" in told["cy"]


def test_nobody_gets_the_grading_of_what_another_has_put_in_its_place(
    toy, book: Gradebook
) -> None:
    for name in NAMES:
        toy.hand_in(name, RIGHT)
    found = handed_in(toy)
    toy.hand_in("ada", SQUARED)
    shutil.rmtree(toy.root / "submissions" / "dee")
    graded(toy, book, found)
    assert standing(book) == dict.fromkeys(NAMES, 100)


def test_what_cannot_be_recorded_is_its_learners_note(four, book: Gradebook) -> None:
    found = list(handed_in(four))
    odd = replace(found[1].learner, id="b\udcff", name="Ben")
    found[1] = replace(found[1], learner=odd)
    tally = graded(four, book, found)
    assert standing(book) == {"ada": 100, "cy": 100, "dee": 100}
    assert [(who, "cannot be recorded" in why) for who, _, why in tally.look] == [
        ("Ben", True)
    ]


def test_a_grading_without_exercises_is_no_result(
    four, book: Gradebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def emptied(lesson, request, *others):
        report = real(lesson, request, *others)
        is_bens = b"ben" in request.source
        return replace(report, exercises=()) if is_bens else report

    real = judge.grade
    monkeypatch.setattr(judge, "grade", emptied)
    tally = graded(four, book)
    assert tally.failed == 1
    assert "has no exercises because" in tally.look[0][2]
    assert sorted(standing(book)) == ["ada", "cy", "dee"]
    monkeypatch.undo()
    again = graded(four, book)
    assert (again.graded, again.known) == (1, 3)
    assert standing(book) == dict.fromkeys(NAMES, 100)


def test_where_no_process_is_to_be_had_it_is_tried_again(
    four, book: Gradebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = concurrent.futures.ThreadPoolExecutor
    real, calls = pool.submit, []

    def exhausted(self, *args):
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("can't start new thread")
        return real(self, *args)

    monkeypatch.setattr(pool, "submit", exhausted)
    tally = graded(four, book, jobs=1)
    assert tally.failed == 0
    assert standing(book) == dict.fromkeys(NAMES, 100)


@pytest.mark.skipif(sys.platform == "win32", reason="no name there holds a line's end")
def test_the_end_of_a_line_in_a_name_begins_no_line_of_output(toy) -> None:
    toy.hand_in("ada\nbob: 100 of 100", RIGHT)
    folder = toy.root / "submissions"
    (folder / "kim").mkdir()
    (folder / "kim" / "odd\n.rar").write_text(RIGHT)
    found = submissions.find(folder, catalog.lessons(toy.root))
    assert [one.learner.id for one in found.submissions] == ["ada bob: 100 of 100"]
    (folder / "lone\nfile.rar").write_text(RIGHT)
    found = submissions.find(folder, catalog.lessons(toy.root))
    said = [*found.notices, *(one.display_name for one in found.learners)]
    assert [text for text in said if "lone" in text and "odd" not in text] != []
    assert [text for text in said if "odd" in text] != []
    assert [text for text in said if len(text.splitlines()) != 1] == []
