"""page_tests: run with pytest the tests that a learner has written on a page.

The page is copied to a separate folder, without the cells that only show something.
Its lines keep their numbers. So pytest finds neither the course's settings nor its
plugins, and needs none of ours.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from grader.checks.found_tests import find_named
from grader.course.course_folder import is_copy, project_folder
from grader.course.document.cells import Document
from grader.course.document.source import parse_file
from grader.course.installation import install_command

# What would bring other plugins and options.
_SETTINGS = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")


def explain_missing() -> str:
    """Return why pytest can't be run, and what to do; "" if it can."""
    if find_spec("pytest"):
        return ""
    command = (
        install_command() if is_copy() else f"{sys.executable} -m pip install pytest"
    )
    return f"pytest isn't installed. To install it:  {command}"


def find_tests(document: Document, tag: str) -> list[str]:
    """Return the names of the tests on a page, or of those in an exercise's cell."""
    tests = find_named(parse_file(document.text).body)
    if tag:
        cells = [cell for cell in document.parts if cell.tag == tag]
        tests = [one for one in tests if any(x.has_line(one.lineno) for x in cells)]
    return list(dict.fromkeys(one.name for one in tests))


def run(document: Document, tests: Sequence[str], name: str, root: Path) -> int:
    """Run tests of a page with pytest, which prints to the terminal.

    Args:
        document: the page as a grading runs it.
        tests: the names of the tests.
        name: the name of the file that pytest shows, without its ending.
        root: the course, from which the page imports its data.

    Returns:
        The exit code of pytest.
    """
    with tempfile.TemporaryDirectory() as folder:
        # In an argument, pytest takes brackets and colons for its own.
        page = Path(folder, re.sub(r"[^\w. -]|^-", "_", name) + ".py")
        page.write_text(_with_fixtures(document), encoding="utf-8")
        settings = Path(folder, "pytest.ini")
        settings.write_text("[pytest]\n", encoding="utf-8")
        words = ["-m", "pytest", "-v", "--no-header", "-p", "no:cacheprovider"]
        words += ["--import-mode=importlib", "-c", str(settings)]
        words += [f"{page.name}::{test}" for test in tests]
        # Nothing else may wait in the buffer, because pytest prints by itself.
        sys.stdout.flush()
        done = subprocess.run(
            [sys.executable, *words], cwd=folder, env=_make_environment(root)
        )
    return done.returncode


def _with_fixtures(document: Document) -> str:
    """Return the page's text with the cells that only pytest runs."""
    lines = list(document.lines)
    for cell in document.shown:
        if cell.role == "pytest" or "@pytest.fixture" in cell.source:
            for at, line in enumerate(cell.source.split("\n"), cell.first_line - 1):
                lines[at] = line
    return "\n".join([*lines, ""])


def _make_environment(root: Path) -> dict[str, str]:
    environment = {name: x for name, x in os.environ.items() if name not in _SETTINGS}
    above = [str(root), str(project_folder()), environment.get("PYTHONPATH", "")]
    path = os.pathsep.join(filter(None, above))
    return {**environment, "PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
