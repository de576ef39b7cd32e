"""A worker that is a process of its own: how it starts, and when it hangs up.

What is graded here is typed, in processes that think they can't fork.
"""

import json
import os
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pexpect
import psutil
import pytest

from grader.common.errors import SandboxError
from grader.learner.gradebook import Gradebook
from grader.sandbox import Limits, Returned, Worker, WorkerFactory
from grader.sandbox.spawn_starter import SpawnStarter
from grader.sandbox.worker import spawned_worker
from tests.support.notebooks import run_cells
from tests.support.project import ROOT
from tests.support.spawned_workers import Spawning
from tests.support.toy_lesson import PAGE, Toy
from tests.support.waiting import waited

RIGHT = "def double(x):\n    return 2 * x\n"
SQUARED = "def double(x):\n    return x * x\n"
LESSONS = [
    "lesson1",
    pytest.param("lesson3", marks=pytest.mark.slow),
    pytest.param("lesson4", marks=pytest.mark.slow),
    pytest.param("lesson7", marks=(pytest.mark.slow, pytest.mark.tensorflow)),
]
WORKERS = {"spawned_worker"}
on_linux = pytest.mark.only_on("linux")


def run(folder: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "grader", *words],
        cwd=folder,
        env=os.environ | {"COLUMNS": "80", "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=600,
    )
    return done.returncode, done.stdout


@on_linux
@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_is_graded(lesson: str, spawned: Spawning) -> None:
    code, text = run(ROOT, "grade", lesson, "--attempt", "solutions")
    assert (code, "100 of 100" in text) == (0, True), text
    assert spawned.kinds() == WORKERS


@on_linux
@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_is_graded_by_the_child_of_a_launcher(
    lesson: str, launched: Spawning
) -> None:
    code, text = run(ROOT, "grade", lesson, "--attempt", "solutions")
    assert (code, "100 of 100" in text) == (0, True), text
    assert launched.kinds() == WORKERS


@contextmanager
def page_of_lesson1(root: Path) -> Iterator[Any]:
    """Serve a course; yield a function that asks its first lesson's page."""
    with subprocess.Popen(
        [sys.executable, "-m", "grader", "serve", "--no-browser"],
        cwd=root,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            address = next(x.strip() for x in server.stdout if "http://" in x)
            at = urlsplit(address)
            cookies = urllib.request.HTTPCookieProcessor(CookieJar())
            browser = urllib.request.build_opener(cookies)
            browser.open(address).close()
            browser.addheaders = [("Origin", f"http://{at.netloc}"), ("X-Lesson", "1")]

            def ask(path: str, **what: object) -> Any:
                page = f"http://{at.netloc}/lesson1/{path}"
                body = json.dumps(what).encode() if what else None
                with browser.open(page, body) as answer:
                    return json.load(answer)

            yield ask
        finally:
            server.terminate()


@on_linux
@pytest.mark.parametrize("way", ["spawned", "launched"])
def test_a_page_runs_a_cell_and_is_graded(
    way: str, toy: Toy, request: pytest.FixtureRequest
) -> None:
    spawning: Spawning = request.getfixturevalue(way)
    stub = PAGE.replace("    return 2 * x\n", "    raise NotImplementedError('1a')\n")
    cell = "# %%\nprint('it is', double(21))\n"
    (toy.checks.parent / "lesson.py").write_text(stub + cell)
    (toy.root / "attempts").mkdir()
    (toy.root / "attempts" / "lesson1_toy.py").write_text(PAGE + cell)
    with page_of_lesson1(toy.root) as ask:
        *_, last = ask("cells")["cells"].values()
        assert "it is 42" in ask("run", line=last["line"])["html"]
        graded = ask("grade", exercise="1a")["exercises"]["1a"]
    assert graded["is_right"] is True
    assert spawning.kinds() == WORKERS


@on_linux
def test_a_saved_file_is_graded_while_it_is_watched(
    toy: Toy, spawned: Spawning
) -> None:
    attempt = toy.root / "attempts" / "lesson1_toy.py"
    attempt.parent.mkdir()
    attempt.write_text(SQUARED)
    terminal = pexpect.spawn(
        sys.executable,
        ["-m", "grader", "watch", "lesson1"],
        cwd=toy.root,
        env=os.environ | {"NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"},
        encoding="utf-8",
        timeout=300,
    )
    try:
        terminal.expect("You squared it")
        terminal.expect("q quit")
        attempt.write_text(RIGHT)
        terminal.expect("100 of 100")
        terminal.expect("q quit")
        terminal.send("q")
        terminal.expect(pexpect.EOF)
    finally:
        terminal.close(force=True)
    assert terminal.exitstatus == 0
    assert spawned.kinds() == WORKERS


@on_linux
@pytest.mark.slow
def test_a_notebook_is_graded(toy: Toy, spawned: Spawning) -> None:
    folder = toy.root / "attempts"
    folder.mkdir()
    *_, graded = run_cells(("%load_ext grader", RIGHT, "%grade 1a"), folder)
    shown = [one["data"]["text/plain"] for one in graded.outputs if "data" in one]
    assert "60 of 60 points" in shown[-1]
    assert spawned.kinds() == WORKERS


@on_linux
@pytest.mark.slow
def test_a_class_of_three_is_graded(toy: Toy, spawned: Spawning) -> None:
    for learner, source in (("ada", RIGHT), ("bob", SQUARED), ("cleo", "1 / 0")):
        toy.hand_in(learner, source)
    code, text = run(toy.root, "class.grade", "submissions", "--jobs", "2")
    assert code == 0, text
    with Gradebook(toy.root / "submissions" / "gradebook.sqlite") as book:
        scores = {x.learner: x.score for x in book.latest_of_all("lesson1_toy")}
    assert scores == {"ada": 100, "bob": 0, "cleo": 0}
    assert spawned.kinds() == WORKERS


FAILS = 'echo "$0: no Python here" >&2\nexit 7'


@on_linux
@pytest.mark.parametrize("forks", [False, True])
def test_that_no_worker_can_be_started_is_said(
    toy: Toy, spawned: Spawning, forks: bool
) -> None:
    spawned.use_python(FAILS)
    if forks:
        text = (spawned.folder / "sitecustomize.py").read_text()
        replaced = text.replace("can_fork = lambda: False", "can_fork = lambda: True")
        (spawned.folder / "sitecustomize.py").write_text(replaced)
    for words in (("grade", "1", "--attempt", "solutions"), ("doctor",)):
        code, said = run(toy.root, *words)
        said = " ".join(said.split())
        assert code == 3, said
        assert "worker could not be started" in said
        assert "no Python here" in said
        assert "Traceback" not in said
    assert "This machine is ready" not in said
    assert spawned.kinds() == ({"fork_server"} if forks else WORKERS)


@on_linux
@pytest.mark.parametrize("fresh", [False, True])
def test_that_there_is_no_python_is_said(
    fresh: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with (
        pytest.raises(SandboxError, match=r"could not be started: .*No such file"),
        WorkerFactory(fresh=fresh, uses_bubblewrap=False) as factory,
    ):
        factory.start(RIGHT.encode(), "attempt.py", Limits())


def test_a_worker_that_cannot_import_a_library_says_so() -> None:
    starter = SpawnStarter(("no_such_library",), False, "", False)
    worker = Worker(starter, b"", "attempt.py", Limits())
    with pytest.raises(SandboxError) as raised:
        worker.load()
    first, *_, last, hint = str(raised.value).splitlines()
    assert first == (
        "A worker could not be started: it ended with exit code 1. Its last lines:"
    )
    assert last == "ModuleNotFoundError: No module named 'no_such_library'"
    assert hint.startswith("To see what this machine lacks:  ")
    assert "/" not in raised.value.for_others
    assert not starter._running


@on_linux
def test_the_worker_is_known_and_not_its_launcher(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher = tmp_path / "python"
    launcher.write_text(f'#!/bin/sh\n"{sys.executable}" "$@"\nexit $?\n')
    launcher.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(launcher))
    starter = SpawnStarter(("numpy",), False, "", False)
    worker = Worker(starter, RIGHT.encode(), "attempt.py", Limits())
    assert isinstance(worker.load(), Returned)
    python = psutil.Process(worker._process.pid)
    parent = python.parent()
    assert parent is not None
    assert parent.pid != os.getpid()
    assert worker.call("double", (21,)) == Returned(42)
    worker.kill()
    assert waited(lambda: not (python.is_running() or parent.is_running()))


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def seen(line):
    """What is seen of the line, or None while it is waited for."""
    told = []
    look = threading.Thread(
        target=lambda: told.append(spawned_worker._has_hung_up(line)), daemon=True
    )
    look.start()
    look.join(60)
    return told[0] if told else None


def test_a_judge_that_says_nothing_has_not_hung_up(ends):
    line, _ = ends
    assert seen(line) is False


def test_a_message_stays_for_the_server(ends):
    line, judge = ends
    judge.send(b"call")
    assert seen(line) is False
    assert b"call" == line.recv(9)


def test_a_closed_line_is_hung_up(ends):
    line, judge = ends
    judge.close()
    assert seen(line) is True


@pytest.mark.skipif(not hasattr(socket, "MSG_DONTWAIT"), reason="not on Windows")
def test_a_message_that_the_server_was_quicker_to_read_is_not_waited_for(
    ends, monkeypatch
):
    # Whoever waits for the line keeps it open, and the judge is not told of its end.
    line, _ = ends
    monkeypatch.setattr(spawned_worker.select, "select", lambda *_: ([line], [], []))
    assert seen(line) is False
