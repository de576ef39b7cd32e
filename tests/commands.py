"""Commands as they are typed, run in this process."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from pathlib import Path
from unittest import mock

from grader.cli.command import Program
from grader.cli.program import main
from grader.course import course_folder

THIS_COURSE = course_folder.project_folder()

# How a process may end after Ctrl-C; a shell shows 130 for both. With `python -m`,
# Python ends itself by the signal if it came while a text was executed, as dataclasses
# and named tuples do, although the program returns 130.
INTERRUPTED = (130, -signal.SIGINT)


def run_command(root: Path, *words: str) -> tuple[int, str]:
    """Run a command in a course; return its exit code and all that it prints."""
    bytes_ = io.BytesIO()
    screen = io.TextIOWrapper(bytes_, "utf-8", line_buffering=True)
    with contextlib.ExitStack() as stack:
        # The course is no copy of the project, so nothing here says `uv run`.
        stack.enter_context(mock.patch.object(course_folder, "_PROJECT", root))
        stack.enter_context(mock.patch.object(sys, "argv", ["invoke", *words]))
        stack.enter_context(mock.patch.dict(os.environ, COLUMNS="80"))
        stack.enter_context(contextlib.chdir(root))
        stack.enter_context(contextlib.redirect_stdout(screen))
        stack.enter_context(contextlib.redirect_stderr(screen))
        code = main(Program(root))
        screen.flush()
    return code, bytes_.getvalue().decode("utf-8")
