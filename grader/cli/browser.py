"""browser: the commands that open a lesson in a browser."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from grader.cli.command import (
    LESSON,
    Exit,
    Program,
    command,
    format_path,
    is_number,
)
from grader.common.errors import Misuse
from grader.course import installation
from grader.course.course_folder import project_folder
from grader.course.document import catalog
from grader.course.installation import install_command

if TYPE_CHECKING:
    from grader.cli.render.screen import Screen

# JupyterLab requests news, updates and extensions from other servers; a lesson needs no
# network.
_OFFLINE = (
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
)

PORT = "port to listen on (default: the last one used, or a free one)"


@command(
    help={
        "lesson": LESSON,
        "browser": "open a browser; --no-browser only prints the address",
        "port": "port on this machine (default: 8888, or the next free one)",
    }
)
def lab(app: Program, lesson: str, browser: bool = True, port: str = "") -> None:
    """Open your notebook of a lesson in JupyterLab, and make it if there is none.

    Press Ctrl-C twice to end it.
    """
    found_lesson = app.find(lesson)
    chosen = read_port(port) or 8888
    if importlib.util.find_spec("jupyterlab") is None:
        raise Misuse(
            f"JupyterLab isn't installed. Install it:  {install_command('lab')}"
        )
    path, was_made = own_notebook(app, found_lesson)
    paper = app.screen
    paper.print(
        f"Your notebook is {'made' if was_made else 'here'}: {format_path(path)}"
    )
    paper.print("JupyterLab opens it. To end it, press Ctrl-C here, twice.")
    where = quote(path.relative_to(app.root).as_posix())
    words = [sys.executable, "-m", "jupyterlab", *_OFFLINE]
    words += [
        f"--port={chosen}",
        f"--ServerApp.root_dir={app.root}",
        f"--LabApp.default_url=/lab/tree/{where}",
    ]
    words += [] if browser else ["--no-browser"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        words.append("--allow-root")  # as in a container
        paper.print("You are root, so JupyterLab is started with --allow-root.")
    raise Exit(code=_wait_for(app, words, _make_environment(app, os.environ)))


def own_notebook(app: Program, lesson: catalog.Lesson) -> tuple[Path, bool]:
    """Return the learner's notebook of a lesson, and whether it was made now.

    A new notebook takes over the content of their Python file, if there is one.
    """
    from grader.course.document.notebook_writer import write_notebook

    working_copy = catalog.attempt_path(lesson, app.root)
    write = functools.partial(
        write_notebook, own=working_copy if working_copy.is_file() else None
    )
    return catalog.working_copy(lesson, app.root, write)


def _make_environment(app: Program, around: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which a kernel finds the data and the grader."""
    above = [str(app.root), str(project_folder()), around.get("PYTHONPATH", "")]
    paths = os.pathsep.join(dict.fromkeys(filter(None, above)))
    return {**around, "PYTHONPATH": paths}


def _wait_for(app: Program, words: list[str], environment: dict[str, str]) -> int:
    """Wait until a program has ended; leave Ctrl-C to it, as it asks back."""
    process = subprocess.Popen(words, env=environment, cwd=Path(app.root))
    while process.poll() is None:
        with contextlib.suppress(KeyboardInterrupt):
            process.wait()
    return process.returncode


@command(
    positional=("lesson",),
    is_extensible=True,
    help={
        "lesson": "open this lesson: 3, lesson3 or its full name (or the overview)",
        "port": PORT,
        "browser": "open a browser; --no-browser only prints the address",
    },
)
def serve(app: Program, lesson: str = "", port: str = "", browser: bool = True) -> None:
    """Open the lessons in your browser: read, write, run and grade on one page.

    Only this machine can open it, and what you write goes to the same file in
    attempts/.
    """
    # A folder without lessons is reported before the server starts.
    app.require_lessons()
    first = app.find(lesson).short_name if lesson else ""
    with requiring_web():
        _serve_one(app, read_port(port), browser, first)


@contextlib.contextmanager
def requiring_web() -> Iterator[None]:
    """Say how to install what a page in the browser needs, if it is missing."""
    try:
        yield
    except ImportError as error:
        raise Misuse(
            "The lessons in a browser need Starlette, uvicorn and segno, and "
            f"{error.name} is not installed. Install them:  "
            f"{installation.install_command()}"
        ) from error


def _serve_one(app: Program, port: int, browser: bool, first: str) -> None:
    from grader.web.http_server import serve as serve_lessons

    paper = app.screen

    def say(address: str) -> None:
        paper.print("", "Your lessons are here; only this machine can reach them:")
        paper.print(f"  {address}", "")
        work = format_path(app.root / "attempts")
        paper.print(f"Ctrl-C ends it. Your work is in {work}{os.sep}, as always.")

    serve_lessons(
        app.root, port, say, browser, first, functools.partial(say_taken, paper)
    )


def say_taken(paper: Screen, port: int) -> None:
    """Print that the port of the last time is taken."""
    paper.print(
        f"Port {port}, which you used last time, is taken. Are the lessons already "
        "being served in another terminal? Pages that are open at the old address "
        "don't reach this server, and text that a browser kept there isn't shown here."
    )


def read_port(words: str) -> int:
    """Return the port that was given, or 0 if there is none."""
    if words and not is_number(words):
        raise Misuse(f"--port takes a number such as 8800, not {words!r}.")
    return int(words or 0)
