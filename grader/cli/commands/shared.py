"""shared: what every command shares: how it ends, and where the project is."""

from __future__ import annotations

import errno
import functools
import importlib.util
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke.context import Context
from invoke.exceptions import Exit

from grader import course, files
from grader.document import catalog
from grader.errors import GraderError, Misuse
from grader.machine import is_copy, with_developer_tools

if TYPE_CHECKING:
    from grader.cli.render.screen import Screen
    from grader.gradebook import Gradebook
    from grader.session import LearnerSession

_FORBIDDEN = (errno.EACCES, errno.EPERM)
_NOT_WRITABLE = (errno.EROFS, *files.FULL)
ROOT = course.ROOT
PASSED, NOT_YET, MISUSE, BROKEN, STOPPED = 0, 1, 2, 3, 130

LARGEST_SEED = 2**32
# Some of the group `dev` in pyproject.toml, which a learner does without.
_TOOLS = ("mypy", "pre_commit", "pytest", "ruff", "xdist")

LESSON = "the lesson: 3, lesson3 or its full name"
DUE = (
    "what was handed in later is late: 2026-11-25 (all that day) or 2026-11-25T18:00; "
    "remembered with the class, for the lessons named; never to forget it"
)
EXERCISE = "the tag of one exercise, such as 3e"


def command(function: Callable[..., None]) -> Callable[..., None]:
    """End with a sentence and an exit code, whatever happens."""

    @functools.wraps(function)
    def told(context: Context, *args: Any, **kwargs: Any) -> None:
        try:
            function(context, *args, **kwargs)
        except GraderError as error:
            raise Exit(printable(str(error)), code=error.exit_code) from error
        except Exit:
            raise
        except Exception as error:
            if isinstance(error, OSError) and (said := _describe_refusal(error)):
                raise Exit(printable(said), code=MISUSE) from error
            traceback.print_exc()
            words = (
                "The grader itself failed; your file is as you saved it. "
                "Please report this, with the lines above."
            )
            raise Exit(words, code=BROKEN) from error
        except KeyboardInterrupt:
            words = "Stopped. Nothing runs on, and your file is as you saved it."
            raise Exit(f"\n{words}", code=STOPPED) from None

    return told


def _describe_refusal(error: OSError) -> str:
    """Return what to do when the system refuses a file; "" when it is another error."""
    where = error.filename or "A file"
    if error.errno in _NOT_WRITABLE:
        return files.describe_unwritten(where, error)
    if error.errno in _FORBIDDEN:
        return (
            f"{where} cannot be read or written ({error.strerror}). Give yourself "
            "that right, or put the project into a folder of your own."
        )
    return ""


def gradebook() -> Gradebook:
    """Return the learner's own gradebook."""
    from grader.gradebook import open_learners

    return open_learners(ROOT)


def own_session() -> LearnerSession:
    """Return the learner's own session."""
    from grader.session import LearnerSession

    return LearnerSession.at(catalog.attempts_folder(ROOT))


def session_for(lesson: catalog.Lesson, path: Path) -> LearnerSession:
    """Return the session for a file: only the learner's own working copy counts."""
    from grader.gradebook import NOBODY
    from grader.session import LearnerSession

    if catalog.is_working_copy(path, lesson, ROOT):
        return own_session()
    return LearnerSession.at(catalog.attempts_folder(ROOT), NOBODY)


def screen() -> Screen:
    """Return a screen that is drawn on standard output."""
    from grader.cli.render.screen import Screen

    return Screen()


def require_tools() -> None:
    """Refuse a command that measures or packs a copy of the project elsewhere.

    Raises:
        Misuse: this is an installed package, which holds no tools.
    """
    if not is_copy():
        raise Misuse(
            "This command is for a copy of the project, with its tests and tools; the "
            "package that is installed here has none. Clone the project, and type it "
            "there."
        )


def require_developer_tools(command: str) -> None:
    """Refuse a command that needs the developers' tools where they are missing.

    Raises:
        Misuse: the group `dev` of pyproject.toml is not installed.
    """
    missing = [name for name in _TOOLS if importlib.util.find_spec(name) is None]
    if not missing:
        return
    raise Misuse(
        f"{command} needs the developers' tools, and {missing[0]} is not installed. "
        f"Run:  {with_developer_tools(command)}"
    )


def parse_seed(words: str) -> int | None:
    """Return the seed that was asked for; None when none was."""
    if not words:
        return None
    if not words.isdecimal() or int(words) >= LARGEST_SEED:
        raise Misuse(
            f"--seed takes a whole number below {LARGEST_SEED}, not {words!r}."
        )
    return int(words)


def shown(path: Path) -> str:
    """Return a path as one would type it from here."""
    try:
        shown = os.path.relpath(path)
    except ValueError:  # on Windows nothing leads from one drive to another
        return str(path)
    return str(path) if shown.startswith(os.pardir) else shown


def printable(message: str) -> str:
    """Return a message that any terminal can show."""
    encoding = sys.stderr.encoding or "ascii"
    return message.encode(encoding, "replace").decode(encoding)
