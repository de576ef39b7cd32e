"""Commands as they are typed, run in this process."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import pkgutil
import sys
from pathlib import Path
from unittest import mock

import grader
from grader import course_folder
from grader.cli.command import Program
from grader.cli.program import main

THIS_COURSE = course_folder.ROOT


def run_command(root: Path, *words: str) -> tuple[int, str]:
    """Run a command in a course; return its exit code and all that it prints."""
    bytes_ = io.BytesIO()
    screen = io.TextIOWrapper(bytes_, "utf-8", line_buffering=True)
    with contextlib.ExitStack() as stack:
        for module, name in _places_of_this_course():
            stack.enter_context(mock.patch.object(module, name, root))
        stack.enter_context(mock.patch.object(sys, "argv", ["invoke", *words]))
        stack.enter_context(mock.patch.dict(os.environ, COLUMNS="80"))
        stack.enter_context(contextlib.chdir(root))
        stack.enter_context(contextlib.redirect_stdout(screen))
        stack.enter_context(contextlib.redirect_stderr(screen))
        code = main(Program(root))
        screen.flush()
    return code, bytes_.getvalue().decode("utf-8")


def _places_of_this_course() -> list[tuple[object, str]]:
    """The modules that know which course and which copy this is, and by which name."""
    # All of the commands: one that is imported later would keep a test's course.
    for folder in ("cli", "notebook"):
        for module in pkgutil.walk_packages(
            [str(Path(grader.__path__[0]) / folder)], f"grader.{folder}."
        ):
            importlib.import_module(module.name)
    return [
        (module, name)
        for path, module in sys.modules.items()
        for name in ("PROJECT", "ROOT")
        if path.startswith("grader.") and getattr(module, name, None) == THIS_COURSE
    ]
