"""words: what every command shares: how it ends, and where the project is."""

from __future__ import annotations

import difflib
import errno
import functools
import os
import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke.context import Context
from invoke.exceptions import Exit, ParseError
from invoke.program import Program

from grader import catalog, files
from grader.errors import GraderError, Misuse
from grader.machine import typed

if TYPE_CHECKING:
    from grader.gradebook import Gradebook
    from grader.render.screen import Screen

_FORBIDDEN = (errno.EACCES, errno.EPERM)
_NOT_WRITABLE = (errno.EROFS, *files.FULL)
ROOT = Path(__file__).resolve().parents[2]
PASSED, NOT_YET, MISUSE, BROKEN, STOPPED = 0, 1, 2, 3, 130

LARGEST_SEED = 2**32
# What is asked when a command lacks its first word, and an example of one.
_WANTED = {
    "lesson": ("Which lesson?", "lesson1"),
    "submissions": ("Which folder, with what was handed in?", "submissions"),
    "name": ("Which name?", "lesson10_entropy"),
}

LESSON = "the lesson: 3, lesson3 or lesson3_cross_entropy"
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
            _refuse_help(function.__name__, (*args, *kwargs.values()))
            function(context, *args, **kwargs)
        except GraderError as error:
            raise Exit(_sentence(str(error)), code=error.exit_code) from error
        except Exit:
            raise
        except Exception as error:
            if isinstance(error, OSError) and (said := _refused(error)):
                raise Exit(_sentence(said), code=MISUSE) from error
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


def _refuse_help(name: str, words: tuple[Any, ...]) -> None:
    """Say how to ask for help, which is not as elsewhere."""
    # invoke takes what follows a command for its first word, whatever it is.
    if "--help" in words or "-h" in words:
        raise Misuse(
            f"What {name} takes is shown by:  {typed('--help')}, and its name after "
            f"that. All commands:  {typed('--list')}"
        )


def _refused(error: OSError) -> str:
    """What to do when the system refuses a file; "" when it is another error."""
    where = error.filename or "A file"
    if error.errno in _NOT_WRITABLE:
        return files.unwritten(where, error)
    if error.errno in _FORBIDDEN:
        return (
            f"{where} cannot be read or written ({error.strerror}). Give yourself "
            "that right, or put the project into a folder of your own."
        )
    return ""


def gradebook() -> Gradebook:
    from grader.gradebook import Gradebook, gradebook_path

    return Gradebook(gradebook_path(catalog.attempts_folder(ROOT)))


def screen() -> Screen:
    from grader.render.screen import Screen

    return Screen()


def seed_of(words: str) -> int | None:
    """The seed that was asked for; None when none was."""
    if not words:
        return None
    if not words.isdecimal() or int(words) >= LARGEST_SEED:
        raise Misuse(
            f"--seed takes a whole number below {LARGEST_SEED}, not {words!r}."
        )
    return int(words)


def shown(path: Path) -> str:
    """A path as one would type it from here."""
    shown = os.path.relpath(path)
    return str(path) if shown.startswith(os.pardir) else shown


def _sentence(message: str) -> str:
    """A message that any terminal can show."""
    encoding = sys.stderr.encoding or "ascii"
    return message.encode(encoding, "replace").decode(encoding)


def _parse_or_misuse(program: Program, parse: Callable[[Program], None]) -> None:
    """Words that are no command are misuse, which is exit code 2; invoke's own is 1."""
    try:
        parse(program)
    except ParseError as error:
        words = _misused(str(error), program)
        raise Exit(_sentence(words), code=MISUSE) from error


def _misused(said: str, program: Program) -> str:
    """What to type instead, where invoke says what it cannot make sense of."""
    names = sorted(program.collection.task_names)
    asked = next((word for word in sys.argv[1:] if word in names), "")
    if match := re.search(r"'([\w.]+)' did not receive .*: '(\w+)'", said):
        name, wanted = match.groups()
        question, example = _WANTED.get(wanted, (f"Which {wanted}?", "..."))
        return f"{question} For example:  {typed(f'{name} {example}')}"
    if match := re.search(r"Flag <Argument: ([\w-]+)[^>]*> needed value", said):
        return f"--{match[1]} needs a word after it."
    match = re.search(r"No idea what '(.+)' is", said)
    word = match[1] if match else ""
    if word.startswith("-") and asked:
        options = program.collection[asked].get_arguments()
        known = [f"--{x}" for one in options for x in one.names if len(x) > 1]
        return (
            f"{asked} has no option {word}.{_nearest(word, known)} What it takes:  "
            + typed(f"--help {asked}")
        )
    if word:
        return (
            f"There is no command {word!r}.{_nearest(word, names)} All commands:  "
            + typed("--list")
        )
    return f"{said.rstrip('!.')}. All commands:  {typed('--list')}"


def _nearest(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, 1, 0.7)
    return f" Did you mean {near[0]}?" if near else ""


# invoke has no other place for this: it makes its program before it reads tasks.py.
Program.parse_tasks = functools.partialmethod(  # type: ignore[method-assign, assignment]
    _parse_or_misuse, Program.parse_tasks
)
