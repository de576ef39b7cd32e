"""smoke: type what a learner types first, on whatever system this is.

`python -m tools.smoke` grades and runs a lesson, watches a file, opens a page and runs
a notebook, in a copy of the course, with the environment that runs it. It prints what
it tries, and ends with what went wrong.
"""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from grader.course.course_folder import PARTS, project_folder

_LESSON = "lesson3_cross_entropy"
_LONGEST_S = 300


def main() -> None:
    """Try everything, one after another.

    Raises:
        AssertionError: if something doesn't do what a learner expects.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        course = Path(scratch, "course")
        course.mkdir()
        for name in ("course.toml", "pyproject.toml", "tasks.py"):
            shutil.copy(project_folder() / name, course)
        for part in PARTS:
            shutil.copytree(project_folder() / part, course / part)
        for step in (_grade, _run, _watch, _serve, _work_in_a_notebook):
            print(step.__name__.strip("_").replace("_", " "), flush=True)
            step(course)


def _grade(course: Path) -> None:
    _type(course, "grade", "lesson3", "--attempt", "solutions", shows="100 of 100")


def _run(course: Path) -> None:
    words = ("run", "lesson1", "--attempt", "solutions")
    _type(course, *words, shows="Every cell ran to its end.")


def _watch(course: Path) -> None:
    _type(course, "start", "lesson3", shows="attempts")
    attempt = course / "attempts" / f"{_LESSON}.py"
    with _started(course, "watch", "lesson3") as lines:
        _read_until(lines, "of 100")
        shutil.copy(course / "solutions" / attempt.name, attempt)
        _read_until(lines, "100 of 100")


def _serve(course: Path) -> None:
    with _started(course, "serve", "--no-browser", "--port", "0") as lines:
        address = _read_until(lines, "http://").strip()
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        browser = urllib.request.build_opener(cookies)
        browser.open(address, timeout=_LONGEST_S).close()
        origin = f"http://{urlsplit(address).netloc}"
        browser.addheaders = [("Origin", origin), ("X-Lesson", "1")]

        def ask(path: str, **what: object) -> str:
            body = json.dumps(what).encode() if what else None
            with browser.open(f"{origin}/{path}", body, _LONGEST_S) as answer:
                return str(answer.read().decode())

        _require("Softmax of a whole batch", ask("lesson3"))
        cells = json.loads(ask("lesson3/cells"))["cells"]
        ask("lesson3/run", line=min(cell["line"] for cell in cells.values()))
        ask("lesson3/grade", exercise="3b")


def _work_in_a_notebook(course: Path) -> None:
    from nbclient import NotebookClient

    nbformat: Any = importlib.import_module("nbformat")  # its functions have no types
    folder = course / "attempts"
    folder.mkdir(exist_ok=True)
    shutil.copy(course / "solutions" / f"{_LESSON}.py", folder)
    _type(course, "start", "lesson3", "--notebook", shows=".ipynb")
    book = nbformat.read(folder / f"{_LESSON}.ipynb", as_version=4)
    words = ("%load_ext grader", "%grade 3b")
    book.cells += map(nbformat.v4.new_code_cell, words)
    where = {"metadata": {"path": str(folder)}}
    NotebookClient(book, timeout=_LONGEST_S, resources=where).execute()
    _require("3b", json.dumps(book.cells[-1].outputs))


def _type(course: Path, *words: str, shows: str) -> None:
    """Type a command, and require that it ends well and shows something."""
    done = subprocess.run(
        [sys.executable, "-m", "invoke", *words],
        cwd=course,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        timeout=_LONGEST_S,
    )
    _require(shows, done.stdout)
    _require("0", str(done.returncode))


@contextmanager
def _started(course: Path, *words: str) -> Iterator[IO[str]]:
    """Start a command that goes on; yield what it prints, and end it."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "invoke", *words],
        cwd=course,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    # Whoever reads then finds the end.
    timer = threading.Timer(_LONGEST_S, process.kill)
    timer.start()
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        timer.cancel()
        process.terminate()
        process.communicate()


def _read_until(lines: IO[str], words: str) -> str:
    """Return the first line with these words."""
    seen = []
    for line in lines:
        if words in line:
            return line
        seen.append(line)
    _require(words, "".join(seen))
    raise AssertionError


def _require(words: str, text: str) -> None:
    assert words in text, f"{words!r} isn't in:\n{text}"


if __name__ == "__main__":
    main()
