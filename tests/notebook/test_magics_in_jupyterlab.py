"""A learner's notebook in a real JupyterLab, in a real browser."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader.course.document import catalog
from tests.support.accessibility import LOW_CONTRAST
from tests.support.browsers import OpenBrowser, browser_test
from tests.support.commands import run_command
from tests.support.project import ROOT
from tools.shots.browser import Browser

LESSON3 = catalog.find("3", ROOT)
LONGEST_S = 120
XENT = [
    sys.executable,
    "-c",
    "from grader.cli.program import main; raise SystemExit(main())",
]
MEAN = "losses(y, p).mean()"
# What a person does with mouse and keys, said to JupyterLab in its own words.
LAB = """
const app = window.jupyterapp, book = app.shell.currentWidget, cells = book.content.widgets;
const find = id => cells.find(cell => cell.model.id == id);
const shown = cell => cell.outputArea.node;
"""
IS_IDLE = """
return book.sessionContext.session?.kernel?.status == 'idle'
  && cells.every(cell => cell.prompt != '*')
"""


@dataclass
class Lab:
    """A notebook that is open in JupyterLab."""

    browser: Browser

    def do(self, script: str) -> object:
        return self.browser.run(LAB + script)

    def until(self, script: str) -> None:
        last = time.monotonic() + LONGEST_S
        while time.monotonic() < last:
            try:
                if self.do(script):
                    return
            except OSError:  # the page is not that far
                pass
            time.sleep(0.2)
        raise AssertionError(f"it did not come to pass: {script}")

    def run(self, command: str) -> None:
        self.do(
            "window.isDone = false;"
            f"app.commands.execute('notebook:{command}').then(() => window.isDone = true)"
        )
        self.until("return window.isDone")

    def write(self, cell: str, source: str) -> None:
        """Type over a cell's text, and run it; it is not saved."""
        self.do(
            f"const cell = find({json.dumps(cell)});"
            f"cell.model.sharedModel.setSource({json.dumps(source)});"
            "book.content.activeCellIndex = cells.indexOf(cell)"
        )
        self.run("run-cell")

    def feedback(self, cell: str) -> str:
        return str(self.do(f"return shown(find({json.dumps(cell)})).innerText"))


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course in which lesson 3 is done in a Python file, and then goes on in a notebook."""
    root = tmp_path_factory.mktemp("course")
    for part in ("lessons", "solutions"):
        (root / part).symlink_to(ROOT / part)
    (root / "attempts").mkdir()
    text = LESSON3.solution.read_text(encoding="utf-8")
    (root / "attempts" / LESSON3.solution.name).write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def address(course: Path) -> Iterator[str]:
    """Where `invoke lab lesson3` answers."""
    home = course / "home"
    home.mkdir()
    settings = {
        "jupyter_lab_config": {"LabApp": {"expose_app_in_browser": True}},
    }
    for name, words in settings.items():
        (home / f"{name}.json").write_text(json.dumps(words))
    places = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTERLAB_SETTINGS_DIR")
    around = {name: str(home / name) for name in places} | {
        "JUPYTER_CONFIG_DIR": str(home),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }
    log = course / "lab.txt"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*XENT, "lab", "lesson3", "--no-browser", f"--port={free_port()}"],
            cwd=course,
            env={**os.environ, **around},
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        yield _wait_for_address(log, process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=300)


def _wait_for_address(log: Path, process: subprocess.Popen[bytes]) -> str:
    last = time.monotonic() + LONGEST_S
    while time.monotonic() < last and process.poll() is None:
        if found := re.search(r"http://127\.0\.0\.1:\S+token=\w+", log.read_text()):
            return found[0]
        time.sleep(0.2)
    raise AssertionError(log.read_text())


@pytest.fixture
def lab(address: str, open_browser: OpenBrowser) -> Lab:
    browser = open_browser(1280)
    browser.go(address)
    lab = Lab(browser)
    lab.until("return cells.length > 20 && " + IS_IDLE.split("return")[1])
    return lab


@pytest.mark.browser
@pytest.mark.slow
@browser_test
def test_a_notebook_is_worked_on_in_jupyterlab(
    lab: Lab, course: Path, tmp_path: Path
) -> None:
    lab.run("run-all-cells")
    assert (
        lab.do("return document.querySelectorAll('[data-mime-type*=error]').length")
        == 0
    )
    lab.do("book.content.activeCellIndex = cells.length - 1")
    lab.run("insert-cell-below")
    last = str(lab.do("return cells[cells.length - 1].model.id"))

    right = str(lab.do("return find('3e').model.sharedModel.getSource()"))
    assert MEAN in right
    lab.write("3e", right.replace(MEAN, "losses(y, p).sum()"))
    lab.write(last, "%grade 3e")
    said = lab.feedback(last)
    assert "wrong" in said
    assert "You summed over the batch: your loss is exactly 4 times too large." in said
    shots = Path(os.environ.get("LAB_PICTURES", str(tmp_path)))
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        lab.do(f"app.commands.execute('apputils:change-theme', {{theme: '{theme}'}})")
        time.sleep(3)
        lab.do("shown(cells[cells.length - 1]).scrollIntoView({block: 'end'})")
        within = LOW_CONTRAST.replace("'body *'", "'.grader *'")
        assert lab.browser.run(within) == [], theme
        (shots / f"{theme.split()[1]}.png").write_bytes(lab.browser.screenshot())

    lab.write("3e", right)
    lab.write(last, "%grade 3e")
    assert "Exercise 3e is right." in lab.feedback(last)
    lab.write("3e", right.replace(MEAN, "losses(y, p).maen()"))
    lab.run("run-cell")
    lab.do("return book.context.save()")
    time.sleep(1)
    lab.write(last, "%grade 3e")
    number = lab.do("return cells.indexOf(find('3e')) + 1")
    assert f"cell {number}, line " in lab.feedback(last)
    lab.write(last, "%grade")
    assert "85 of 100 points" in lab.feedback(last)
    severe = [told for told in lab.browser.log() if told["level"] == "SEVERE"]
    assert severe == []


def test_a_wrong_port_is_refused_before_a_notebook_is_made(tmp_path: Path) -> None:
    for part in ("lessons", "solutions"):
        (tmp_path / part).symlink_to(ROOT / part)
    code, said = run_command(tmp_path, "lab", "3", "--port", "x")
    assert (code, said.startswith("--port takes a number")) == (2, True)
    assert not (tmp_path / "attempts").exists()


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a shell")
def test_a_missing_jupyterlab_is_a_sentence(course: Path) -> None:
    hide = (
        "import importlib.util as u; real = u.find_spec;"
        "u.find_spec = lambda name, *more: None if name == 'jupyterlab' else "
        "real(name, *more);"
    )
    done = subprocess.run(
        [sys.executable, "-c", hide + XENT[2], "lab", "lesson3"],
        cwd=course, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 2
    assert "JupyterLab isn't installed. Install it:  " in done.stderr
    assert "lab" in done.stderr.partition("Install it:")[2]
