"""What a program makes once, and hands to whatever needs the course."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from grader.cli import grading, learner
from grader.cli.command import Exit, Program
from grader.course.document import catalog
from tests.support.toy_lesson import Toy

pytestmark = pytest.mark.usefixtures("share_pool")


def begin(app: Program, old: str, new: str) -> None:
    """Write a learner's file: the solution, changed."""
    (lesson,) = app.lessons()
    path = catalog.attempt_path(lesson, app.root)
    path.parent.mkdir()
    path.write_text(lesson.solution.read_text().replace(old, new))


def grade(app: Program) -> int:
    with pytest.raises(Exit) as ended:
        grading.grade(app, "1")
    return ended.value.code


def test_two_courses_work_in_one_process(
    toy: Toy,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path_factory.mktemp("other") / "course"
    shutil.copytree(toy.root, folder)
    toy.change_checks("double(x) is twice x.", "Doubled.")
    first, second = Program(toy.root), Program(folder)
    begin(first, "2 * x", "2 * x")
    begin(second, "2 * x", "x * x")
    assert [grade(first), grade(second), grade(first)] == [0, 1, 0]
    capsys.readouterr()
    for app, scores in ((first, [100]), (second, [0])):
        with app.open_gradebook() as book:
            assert [one.score for one in book.history("lesson1_toy")] == scores
        learner.overview(app)
        is_done = "Every lesson is done." in capsys.readouterr().out
        assert is_done == (app is first)


def test_the_course_around_the_current_folder_is_the_one_here(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = toy.root / "lessons" / "lesson1_toy"
    monkeypatch.chdir(inside)
    assert Program.here().root == toy.root.resolve() == Path.cwd().parents[1]
