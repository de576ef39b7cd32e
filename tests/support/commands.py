"""Commands as they are typed, run in this process."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from unittest import mock

from invoke.program import Program as Invoke

from grader.cli.command import Program
from grader.cli.program import main
from grader.course import course_folder

THIS_COURSE = course_folder.project_folder()

# How a process may end after Ctrl-C; a shell shows 130 for both. With `python -m`,
# Python ends itself by the signal if it came while a text was executed, as dataclasses
# and named tuples do, although the program returns 130.
INTERRUPTED = (130, -signal.SIGINT)


def run_command(
    root: Path, *words: str, program: str = "invoke", folder: Path | None = None
) -> tuple[int, str]:
    """Run a command in a course; return its exit code and all that it prints.

    Args:
        root: the folder of the course.
        *words: what is typed after the program's name.
        program: the name that is typed.
        folder: the current folder, if it is another one.
    """
    with _typed(root, program, words, folder) as read:
        code = main(Program(root))
        return code, read()


def run_invoke(
    root: Path, *words: str, folder: Path | None = None
) -> tuple[int | str | None, str]:
    """Let invoke read tasks.py and run a command, as `run_command` does."""
    with (
        _typed(root, "invoke", words, folder) as read,
        mock.patch.object(sys, "path", [*sys.path]),
        mock.patch.object(sys, "dont_write_bytecode", sys.dont_write_bytecode),
    ):
        try:
            Invoke(name="Invoke", binary="inv[oke]", version="3").run()
        except SystemExit as end:
            return end.code, read()
        finally:
            sys.modules.pop("tasks", None)
        return 0, read()


@contextlib.contextmanager
def _typed(
    root: Path, program: str, words: Sequence[str], folder: Path | None
) -> Iterator[Callable[[], str]]:
    """Type words in a terminal; yield a function that returns what was printed."""
    bytes_ = io.BytesIO()
    screen = io.TextIOWrapper(bytes_, "utf-8", line_buffering=True)
    with contextlib.ExitStack() as stack:
        # The course is no copy of the project, so nothing here says `uv run`.
        stack.enter_context(mock.patch.object(course_folder, "_PROJECT", root))
        stack.enter_context(mock.patch.object(sys, "argv", [program, *words]))
        around = {"COLUMNS": "80", "UV_RUN_RECURSION_DEPTH": "1"}
        stack.enter_context(mock.patch.dict(os.environ, around))
        stack.enter_context(contextlib.chdir(folder or root))
        stack.enter_context(contextlib.redirect_stdout(screen))
        stack.enter_context(contextlib.redirect_stderr(screen))

        def read() -> str:
            screen.flush()
            return bytes_.getvalue().decode("utf-8")

        yield read


PROGRAM = [
    sys.executable,
    "-c",
    "from grader.cli.program import main; raise SystemExit(main())",
]
ENVIRONMENT = os.environ | {
    "COLUMNS": "200",
    "NO_COLOR": "1",
    "PYTHONIOENCODING": "utf-8",
}


def command(root: Path, *words: str) -> str:
    done = subprocess.run(
        [*PROGRAM, *words],
        cwd=root,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    return done.stdout
