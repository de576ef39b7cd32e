"""notebooks: the command that opens a lesson's notebook in JupyterLab."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from grader.cli.command import LESSON, ROOT, Exit, command, screen, shown
from grader.cli.commands.working_copies import own_notebook
from grader.document import catalog
from grader.errors import Misuse
from grader.machine import PROJECT, install_command

# JupyterLab asks for news, updates and extensions elsewhere; a lesson needs no network.
_OFFLINE = (
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
)


@command(
    help={
        "lesson": LESSON,
        "browser": "open a browser; --no-browser prints the address alone",
        "port": "where it answers on this machine; 8888, or the next free one",
    }
)
def lab(lesson: str, browser: bool = True, port: int = 8888) -> None:
    """Open your notebook of a lesson in JupyterLab; it is made if need be.

    Ctrl-C twice ends it.
    """
    found = catalog.find(lesson, ROOT)
    if importlib.util.find_spec("jupyterlab") is None:
        raise Misuse(
            f"JupyterLab is not installed here. Install it:  {install_command('lab')}"
        )
    path, was_made = own_notebook(found)
    paper = screen()
    paper.print(f"Your notebook is {'made' if was_made else 'here'}: {shown(path)}")
    paper.print("JupyterLab opens it. To end it, press Ctrl-C here, twice.")
    where = quote(path.relative_to(ROOT).as_posix())
    words = [sys.executable, "-m", "jupyterlab", f"--port={port}", *_OFFLINE]
    words += [f"--ServerApp.root_dir={ROOT}", f"--LabApp.default_url=/lab/tree/{where}"]
    words += [] if browser else ["--no-browser"]
    raise Exit(code=_follow(words, _make_environment(os.environ)))


def _make_environment(around: Mapping[str, str]) -> dict[str, str]:
    """Return the learner's own, in which a kernel finds the lessons' data and the
    grader.
    """
    above = [str(ROOT), str(PROJECT), around.get("PYTHONPATH", "")]
    paths = os.pathsep.join(dict.fromkeys(filter(None, above)))
    return {**around, "PYTHONPATH": paths}


def _follow(words: list[str], environment: dict[str, str]) -> int:
    """Wait until a program has ended; Ctrl-C is its own, and it asks back."""
    process = subprocess.Popen(words, env=environment, cwd=Path(ROOT))
    while process.poll() is None:
        with contextlib.suppress(KeyboardInterrupt):
            process.wait()
    return process.returncode
