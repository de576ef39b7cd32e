"""A full disk loses nothing, and what is said of it is true."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from grader.cli import doctor
from grader.common import files
from grader.common.errors import Misuse
from grader.course.document import catalog
from grader.course.document.notebook_writer import write_notebook
from tests.support.project import ROOT, copy_packages, iterate_modules
from tests.support.small_disk import fill, small_disk

LEFT_OUT = shutil.ignore_patterns("__pycache__")
MINE = "def double(x):\n    return x * x\n"


class Project:
    """A project of one small lesson, whose attempts lie on a disk of 300 KB."""

    def __init__(self, root: Path) -> None:
        self.root = root
        copy_packages(root)
        for name in ("tasks.py", "pyproject.toml"):
            shutil.copy(ROOT / name, root)
        self.attempts = root / "attempts"
        self.attempt = self.attempts / "lesson1_toy.py"

    def run(self, *words: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "invoke", *words],
            cwd=self.root,
            env=os.environ | {"COLUMNS": "80", "PYTHONIOENCODING": "utf-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        return done.returncode, " ".join(done.stdout.split())


@pytest.fixture
def project(toy) -> Iterator[Project]:
    made = Project(toy.root)
    with small_disk(made.attempts):
        yield made


def is_true_of_a_full_disk(text: str) -> bool:
    """Whether the reason is given, and nothing is advised that cannot be done."""
    no_space = "No space left on device" in text or "disk is full" in text
    return no_space and "--gradebook" not in text and "Traceback" not in text


def test_start_makes_no_empty_file(project: Project) -> None:
    fill(project.attempts)
    for words in ("start", "grade"):
        code, text = project.run(words, "lesson1")
        assert (code, is_true_of_a_full_disk(text)) == (2, True), text
        assert sorted(p.name for p in project.attempts.iterdir()) == ["full"]


def test_reset_leaves_the_learner_s_file_in_its_place(project: Project) -> None:
    project.attempt.write_text(MINE)
    fill(project.attempts)
    code, text = project.run("reset", "lesson1")
    assert (code, is_true_of_a_full_disk(text)) == (2, True), text
    assert "The file that was there is unchanged." in text
    assert project.attempt.read_text() == MINE
    assert not (project.attempts / "earlier").exists()


@pytest.mark.slow
@pytest.mark.parametrize("has_gradebook", [False, True])
def test_a_grading_is_shown_though_it_cannot_be_recorded(
    project: Project, has_gradebook: bool
) -> None:
    project.attempt.write_text(MINE)
    if has_gradebook:
        project.run("grade", "lesson1")
    fill(project.attempts)
    code, text = project.run("grade", "lesson1")
    assert (code, is_true_of_a_full_disk(text)) == (2, True), text
    assert "You squared it." in text
    assert project.attempt.read_text() == MINE
    (project.attempts / "full").unlink()
    assert project.run("grade", "lesson1")[0] == 1
    code, text = project.run("overview", "lesson1")
    assert text.count(" of 100") == 1, text  # the same text is one row


def test_watch_goes_on(project: Project) -> None:
    project.attempt.write_text(MINE)
    fill(project.attempts)
    words = ["-m", "invoke", "watch", "lesson1"]
    environment = os.environ | {"NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    terminal = pexpect.spawn(
        sys.executable,
        words,
        cwd=project.root,
        env=environment,
        encoding="utf-8",
        dimensions=(50, 200),
        timeout=300,
    )
    try:
        terminal.expect("You squared it.")
        terminal.expect("(No space left on device|disk is full)")
        terminal.expect("q quit")
        (project.attempts / "full").unlink()
        project.attempt.write_text(MINE.replace("x * x", "2 * x"))
        terminal.expect("100 of 100")
        terminal.expect("q quit")
        terminal.send("q")
        terminal.expect(pexpect.EOF)
    finally:
        terminal.close(force=True)
    assert "100 of 100" in project.run("overview", "lesson1")[1]


def test_a_class_loses_no_grading(project: Project, toy) -> None:
    toy.hand_in("ada", MINE.replace("x * x", "2 * x"))
    toy.hand_in("bob", MINE)
    book = ("--gradebook", "attempts/class.sqlite", "--jobs", "0")
    fill(project.attempts)
    code, text = project.run("class.grade", "submissions", *book)
    no_space = "No space left on device" in text or "disk is full" in text
    assert (code, no_space, "Traceback" in text) == (2, True, False), text
    assert "begin a new one" not in text
    assert (toy.root / "submissions/bob/lesson1_toy.py").read_text() == MINE
    (project.attempts / "full").unlink()
    code, text = project.run("class.grade", "submissions", *book)
    assert (code, "2 graded" in text) == (0, True), text


def test_what_cannot_be_renamed_is_written_as_it_is(tmp_path: Path) -> None:
    files.write(Path(os.devnull), b"x")
    assert not Path(os.devnull).is_file()
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    target.chmod(0o600)
    link.symlink_to(target)
    files.write(link, b"new")
    assert (link.is_symlink(), target.read_bytes()) == (True, b"new")
    assert target.stat().st_mode & 0o777 == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {"target", "link"}


def test_a_copy_is_made_where_no_links_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refused)
    path = tmp_path / "new"
    assert files.write_new(path, b"one")
    assert not files.write_new(path, b"two")
    assert (path.read_bytes(), len(list(tmp_path.iterdir()))) == (b"one", 1)


def test_a_write_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "attempt.py"
    path.write_text(MINE)
    monkeypatch.setattr(Path, "replace", lambda *_: path.rmdir())
    with pytest.raises(Misuse, match=r"attempt.py cannot be written"):
        files.write(path, b"")
    assert [p.name for p in tmp_path.iterdir()] == ["attempt.py"]
    assert path.read_text() == MINE


def test_nothing_is_written_in_another_way() -> None:
    """Only `files` writes; other writers work in a temporary folder, or on a stream."""
    ways = (".write_text(", ".write_bytes(", '.open("wb")', '.open("xb")')
    writers = {
        str(path.relative_to(ROOT))
        for path in iterate_modules()
        if any(way in path.read_text(encoding="utf-8") for way in ways)
    }
    temporary = {
        "grader/learner/page_tests.py",
        "grader/authoring/verify/seeds.py",
        "grader/authoring/verify/trials.py",
        "grader/classroom/submissions/hand_in_times.py",
        "grader/authoring/course_site/__init__.py",
        "grader/authoring/course_site/lesson_pages.py",
        "grader/classroom/packing/__init__.py",
    }
    of_the_system = {"grader/sandbox/resource_monitor.py"}  # in /proc
    assert writers - temporary - of_the_system == {"grader/common/files.py"}


def test_a_file_that_is_held_for_a_moment_is_replaced_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, tries = tmp_path / "mine.py", []
    path.write_text("old")

    def refuse(new: Path, goal: Path, replace=os.replace) -> None:
        tries.append(goal)
        if len(tries) <= held_for:
            raise PermissionError(errno.EACCES, "Access is denied")
        replace(new, goal)

    monkeypatch.setattr(os, "replace", refuse)
    held_for = 1
    with pytest.raises(Misuse, match="cannot be written"):
        files.write(path, b"new")  # nobody holds a file here
    assert (len(tries), path.read_text()) == (1, "old")
    monkeypatch.setattr(files, "_WAITS_S", (0.0, 0.0, 0.0))
    tries.clear()
    held_for = 3
    files.write(path, b"new")
    assert (len(tries), path.read_text()) == (4, "new")
    tries.clear()
    held_for = 4
    with pytest.raises(Misuse, match="cannot be written"):
        files.write(path, b"newer")
    assert path.read_text() == "new"
    assert [one.name for one in tmp_path.iterdir()] == ["mine.py"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EROFS, "Its disk can only be read."),
        (errno.ENAMETOOLONG, "Choose a shorter name"),
        (errno.EACCES, "give yourself the right to write"),
    ],
)
def test_why_a_file_is_not_written_is_said(number: int, words: str) -> None:
    error = OSError(number, os.strerror(number))
    assert words in files.describe_unwritten("mine.py", error)


def test_the_doctor_looks_at_the_disk_that_attempts_are_on(project: Project) -> None:
    fill(project.attempts)
    found = next(x for x in doctor.examine(project.root) if x.name == "disk")
    assert (found.is_good, found.words) == (False, "0 GB free")


def test_a_lesson_on_a_disk_with_room_is_as_before(toy) -> None:
    lesson = catalog.find("1", toy.root)
    path, was_made = catalog.working_copy(lesson, toy.root)
    assert was_made
    path.write_text(MINE)
    assert catalog.working_copy(lesson, toy.root) == (path, False)
    path, kept = catalog.reset_working_copy(lesson, toy.root, write_notebook)
    assert kept is not None
    assert kept.read_text() == MINE
    assert path.read_bytes() == lesson.page.read_bytes()
