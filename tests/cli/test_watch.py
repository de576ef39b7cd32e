"""A session of `invoke watch`, in a terminal as a learner has it."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pexpect
import psutil
import pytest

from grader.checks.attempt import Cancelled
from grader.cli import watch_inputs
from grader.cli.watch import EventQueue, Key, Saved, WatchProblem
from grader.course.document import catalog
from grader.learner.gradebook import Gradebook
from tests.support.commands import INTERRUPTED
from tests.support.grading import grade_attempt
from tests.support.project import ROOT, copy_packages
from tests.support.waiting import LONGEST_S, is_busy, waited

LEFT_OUT = shutil.ignore_patterns("__pycache__")
KEYS = "q quit"
RIGHT = "def double(x):\n    return 2 * x\n"
WRONG = "def double(x):\n    return x * x\n"
ENDLESS = "def double(x):\n    while True:\n        pass\n"


class Project:
    """A project of two lessons: a toy, and lesson 3."""

    def __init__(self, root: Path) -> None:
        self.root = root
        lesson3 = Path("lessons/lesson3_cross_entropy")
        copy_packages(root)
        shutil.copytree(ROOT / lesson3, root / lesson3, ignore=LEFT_OUT)
        for name in (
            "tasks.py",
            "pyproject.toml",
            "solutions/lesson3_cross_entropy.py",
        ):
            shutil.copy(ROOT / name, root / name)
        self.attempt = root / "attempts" / "lesson1_toy.py"
        self.attempt.parent.mkdir()
        self.attempt.write_text(WRONG)

    @contextlib.contextmanager
    def watching(self, *words: str) -> Iterator[pexpect.spawn]:
        terminal = pexpect.spawn(
            sys.executable,
            ["-m", "invoke", "watch", *words],
            cwd=self.root,
            env=os.environ | {"NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"},
            encoding="utf-8",
            dimensions=(50, 90),
            timeout=300,
        )
        try:
            yield terminal
        finally:
            terminal.close(force=True)

    def scores(self, lesson: str = "lesson1_toy") -> list[int]:
        with Gradebook(self.attempt.parent / "gradebook.sqlite") as book:
            return [entry.score for entry in book.history(lesson)]


@pytest.fixture
def project(toy) -> Project:
    return Project(toy.root)


def replace(path: Path, text: str) -> None:
    """Save as many editors do: write another file and move it over the old one."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.replace(path)


def ended(terminal: pexpect.spawn) -> int:
    terminal.expect(pexpect.EOF)
    terminal.close()
    if terminal.exitstatus is None:
        return -terminal.signalstatus
    return terminal.exitstatus


def test_every_save_is_graded_and_what_changed_is_said(project: Project) -> None:
    with project.watching("lesson1") as terminal:
        terminal.expect("0 of 100")
        terminal.expect(KEYS)
        project.attempt.write_text(RIGHT)
        terminal.expect(r"Saved \d\d:\d\d:\d\d, grading \.\.\.")
        terminal.expect("Every exercise of this lesson is right.")
        terminal.expect("100 of 100")
        terminal.expect(KEYS)
        replace(project.attempt, WRONG)
        terminal.expect("1a and 1b are no longer right.")
        terminal.expect("You squared it.")
        terminal.expect(KEYS)
        time.sleep(1)
        replace(project.attempt, WRONG)
        terminal.expect("nothing has changed")
        terminal.expect(KEYS)
        terminal.send("q")
        assert ended(terminal) == 0
    # The text that was wrong at first is wrong again: one row, where it came last.
    assert project.scores() == [100, 0]


def frame_widths(terminal: pexpect.spawn) -> set[int]:
    """How wide the message is that was drawn last, and the line of an exercise."""
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", terminal.before or "")
    lines = [line for line in text.splitlines() if re.match("[╭│╰]|✗ 1a ", line)]
    return {len(line) for line in lines}


@pytest.mark.parametrize("columns", [60, 96])
def test_what_is_drawn_after_a_resize_fits_the_terminal(
    project: Project, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    with project.watching("lesson1") as terminal:
        terminal.expect(KEYS)
        assert frame_widths(terminal) == {90}
        terminal.setwinsize(50, columns)
        project.attempt.write_text(f"{WRONG}# again\n")
        terminal.expect("Saved")
        terminal.expect(KEYS)
        assert frame_widths(terminal) == {columns}
        terminal.send("q")
        assert ended(terminal) == 0
    assert project.scores() == [0, 0]


def test_a_file_that_cannot_be_read_as_python_is_no_end(project: Project) -> None:
    with project.watching("lesson1") as terminal:
        terminal.expect(KEYS)
        replace(project.attempt, RIGHT.replace("(x):", "(x)"))
        terminal.expect("Your file could not be loaded")
        terminal.expect("SyntaxError")
        terminal.expect("could not be loaded; the last state was 0 of 100.")
        terminal.expect(KEYS)
        replace(project.attempt, RIGHT)
        terminal.expect("Every exercise of this lesson is right.")
        terminal.expect("100 of 100")
        terminal.expect(KEYS)
        replace(project.attempt, RIGHT + "1 / 0\n")
        terminal.expect("Your file doesn't run as it is.")
        terminal.expect("100 of 100")
        terminal.expect("doesn't run as it is")
        terminal.expect(KEYS)
        replace(project.attempt, RIGHT.replace("(x):", "(x)"))
        terminal.expect("could not be loaded; the last state was 100 of 100.")
        terminal.expect(KEYS)
        assert "no longer right" not in terminal.before
        project.attempt.unlink()
        terminal.send("r")
        terminal.expect("cannot be read")
        terminal.expect(r"The\s+last\s+state\s+was\s+100\s+of\s+100\.")
        terminal.expect(KEYS)
        replace(project.attempt, WRONG)
        terminal.expect("1a and 1b are no longer right.")


def test_a_pipe_in_the_place_of_the_file_is_no_end(project: Project) -> None:
    with project.watching("lesson1") as terminal:
        terminal.expect(KEYS)
        project.attempt.unlink()
        os.mkfifo(project.attempt)
        time.sleep(1)
        terminal.send("r")
        terminal.expect("it isn't a regular file")
        terminal.expect(r"The\s+last\s+state\s+was\s+0\s+of\s+100\.")
        terminal.expect(KEYS)
        project.attempt.unlink()
        project.attempt.write_text(RIGHT)
        terminal.expect("100 of 100")
        terminal.expect(KEYS)
        project.attempt.unlink()
        os.mkfifo(project.attempt)
        time.sleep(1)
        terminal.send("q")
        assert ended(terminal) == 0


def test_score_and_verdict_stand_last_where_there_are_few_lines(
    project: Project,
) -> None:
    with project.watching("lesson1") as terminal:
        terminal.expect(KEYS)
        last = terminal.before.splitlines()[-6:]
        assert any("0 of 100" in line and "1a wrong" in line for line in last)
        project.attempt.write_text(RIGHT)
        terminal.expect("100 of 100")
        terminal.expect("all passed")
        terminal.expect(KEYS)


@pytest.mark.slow
def test_a_save_ends_the_grading_that_runs(project: Project) -> None:
    with project.watching("lesson1") as terminal:
        terminal.expect(KEYS)
        project.attempt.write_text(ENDLESS)
        terminal.expect("grading ...")
        time.sleep(1)
        project.attempt.write_text(RIGHT)
        # One call may take 10 seconds; the endless one is not waited for.
        terminal.expect("Not finished.")
        terminal.expect("grading ...")
        terminal.expect("100 of 100")
        terminal.expect(KEYS)
        terminal.send("q")
        assert ended(terminal) == 0
    assert project.scores() == [0, 100]


@pytest.mark.slow
def test_single_keys_ask_for_a_hint_a_run_the_next_lesson_and_the_end(
    project: Project,
) -> None:
    with project.watching("lesson1") as terminal:
        terminal.expect(KEYS)
        terminal.send("h")
        terminal.expect("1a  hint 1 of 3")
        terminal.expect(KEYS)
        terminal.send("r")
        terminal.expect("0 of 100")
        terminal.expect(KEYS)
        terminal.send("H")
        terminal.expect("1a  hint 2 of 3")
        terminal.expect(KEYS)
        terminal.send("n")
        terminal.expect("attempts/lesson3_cross_entropy.py")
        terminal.expect("Lesson 3")
        terminal.expect(KEYS)
        terminal.send("n")
        terminal.expect("No lesson comes after this one.")
        terminal.expect(KEYS)
        shutil.copy(
            project.root / "solutions/lesson3_cross_entropy.py",
            project.attempt.parent,
        )
        terminal.expect("Every exercise of this lesson is right.")
        terminal.expect("100 of 100")
        terminal.expect(KEYS)
        terminal.send("h")
        terminal.expect("nothing left to give a hint for")
        terminal.send("q")
        assert ended(terminal) == 0
    assert project.scores("lesson3_cross_entropy") == [0, 100]


@pytest.mark.slow
def test_keys_end_a_grading_that_would_not_end(project: Project) -> None:
    project.attempt.write_text(ENDLESS)
    with project.watching("lesson1") as terminal:
        terminal.expect(r"Grading \.\.\.")
        time.sleep(1)
        terminal.send("q")
        assert ended(terminal) == 0
    assert project.scores() == []


@pytest.mark.slow
def test_one_exercise_alone_is_watched(project: Project) -> None:
    with project.watching("lesson1", "--exercise", "1b") as terminal:
        terminal.expect("0 of 40")
        terminal.expect(KEYS)
        project.attempt.write_text(RIGHT)
        terminal.expect("Exercise 1b is right.")
    with project.watching("lesson1", "--exercise", "9z") as terminal:
        terminal.expect("has no exercise '9z'")
        assert ended(terminal) == 2


def test_a_file_can_be_looked_at_again_and_again(project: Project) -> None:
    with project.watching("lesson1", "--polling") as terminal:
        terminal.expect(KEYS)
        replace(project.attempt, RIGHT)
        terminal.expect("100 of 100")


@pytest.mark.slow
def test_ctrl_c_leaves_no_process_and_the_terminal_as_it_was(project: Project) -> None:
    project.attempt.write_text(ENDLESS)
    with project.watching("lesson1") as terminal:
        terminal.expect(r"Grading \.\.\.")
        assert waited(lambda: is_busy(terminal.pid))
        processes = psutil.Process(terminal.pid).children(recursive=True)
        assert not terminal.getecho()
        terminal.sendintr()
        terminal.expect("Stopped.")
        terminal.expect(pexpect.EOF)
        assert terminal.getecho()
        assert ended(terminal) in INTERRUPTED
    assert psutil.wait_procs(processes, timeout=LONGEST_S)[1] == []


def test_without_a_terminal_there_are_no_keys(project: Project) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "invoke", "watch", "1"],
        cwd=project.root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "Watching" in line:
            break
    project.attempt.write_text(RIGHT)
    for line in process.stdout:
        if "Watching" in line:
            break
        assert "\x1b" not in line
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=300)
    assert "Ctrl-C ends." in line
    assert project.scores() == [0, 100]


class Told:
    """What `Saves` has told, in order."""

    def __init__(self, path: Path) -> None:
        self.all: list[bytes | str | None] = []
        self._has_come = threading.Semaphore(0)
        self.saves = watch_inputs.FileWatcher(path, self._add, self._add)

    def _add(self, what: bytes | str | None) -> None:
        self.all.append(what)
        self._has_come.release()

    def wait(self) -> None:
        assert self._has_come.acquire(timeout=LONGEST_S)


def test_a_folder_that_tells_nothing_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: object, stop_event: threading.Event, **__: object) -> Iterator[set]:
        while not stop_event.wait(0.05):
            yield set()

    monkeypatch.setattr(watch_inputs, "watch", silent)
    path = tmp_path / "attempt.py"
    path.write_text("1")
    told = Told(path)
    with told.saves:
        path.write_text("2")
        told.wait()
        told.wait()
        path.write_text("3")
        told.wait()
    assert told.all == [b"2", watch_inputs.NO_EVENTS, b"3"]


def test_a_system_without_watches_left_is_no_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> Iterator[set]:
        raise OSError("OS file watch limit reached")

    monkeypatch.setattr(watch_inputs, "watch", refused)
    path = tmp_path / "attempt.py"
    told = Told(path)
    with told.saves:
        told.wait()
        path.write_text("1")
        told.wait()
    assert told.all == [
        watch_inputs.NO_WATCHES.format(why="OS file watch limit reached"),
        b"1",
    ]


def test_only_saves_and_keys_end_a_grading() -> None:
    inbox = EventQueue()
    now = datetime.now()
    for event in (Key.HINT, WatchProblem("x"), Saved(None, now)):
        inbox.put(event)
        assert not inbox.cancel.is_set()
    inbox.put(Saved(b"", now))
    assert inbox.cancel.is_set()
    for _ in range(4):
        inbox.take()
    assert not inbox.cancel.is_set()
    assert inbox.is_empty()


@pytest.mark.slow
def test_a_cancelled_grading_gives_no_report(toy) -> None:
    attempt = toy.root / "attempt.py"
    attempt.write_text(ENDLESS)
    cancel = threading.Event()
    threading.Timer(1.5, cancel.set).start()
    with pytest.raises(Cancelled):
        grade_attempt(catalog.find("1", toy.root), attempt, cancel=cancel)


@pytest.mark.slow
def test_what_was_trained_is_kept_until_something_of_it_changes(
    project: Project, toy
) -> None:
    toy.change_checks("lesson()", "lesson(trains=True)")
    gradebook = project.attempt.parent / "gradebook.sqlite"

    def kept() -> list[bool]:
        with Gradebook(gradebook) as book:
            report = book.latest("lesson1_toy")
        assert report is not None
        return [exercise.is_kept for exercise in report.exercises]

    replace(project.attempt, RIGHT)
    with project.watching("lesson1") as terminal:
        terminal.expect("100 of 100")
        terminal.expect(KEYS)
        assert not any(kept())
        replace(project.attempt, f"{RIGHT}# the same\n")
        terminal.expect(r"1a, 1b\S* *\S*unchanged since \d\d:\d\d: kept")
        terminal.expect("100 of 100")
        terminal.expect(KEYS)
        assert all(kept())
        terminal.send("r")
        terminal.expect("100 of 100")
        terminal.expect(KEYS)
        assert not any(kept())
        replace(project.attempt, RIGHT.replace("2 * x", "x + x"))
        terminal.expect("100 of 100")
        terminal.expect(KEYS)
        assert not any(kept())
        terminal.send("q")
        assert ended(terminal) == 0
    with project.watching("lesson1") as terminal:  # a new session knows it, too
        terminal.expect("kept")
        terminal.expect(KEYS)
        terminal.send("q")
        assert ended(terminal) == 0
    assert all(kept())


@pytest.mark.slow
def test_grade_keeps_the_verdicts_of_ones_own_copy_alone(project: Project, toy) -> None:
    toy.change_checks("lesson()", "lesson(trains=True)")
    other = project.root / "mine.py"

    def grade(*words: str) -> str:
        command = [sys.executable, "-m", "invoke", "grade", "lesson1", *words]
        done = subprocess.run(
            command, cwd=project.root, capture_output=True, encoding="utf-8", check=True
        )
        return done.stdout

    replace(project.attempt, RIGHT)
    other.write_text(RIGHT)
    assert "kept" not in grade()
    assert "kept" in grade()
    assert "kept" not in grade("--seed", "5")
    for _ in range(2):
        assert "kept" not in grade("--attempt", "mine.py")
