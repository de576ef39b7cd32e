"""command: declare commands, share functions among them, and end them."""

from __future__ import annotations

import errno
import importlib
import importlib.util
import inspect
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from grader.cli.table import ALIASES, CORE, commands, is_command
from grader.common import files
from grader.common.errors import GraderError, Misuse
from grader.course.course_folder import is_copy
from grader.course.document import catalog
from grader.course.document.cells import EXERCISE_TAG
from grader.course.installation import (
    explain_missing_docstrings,
    format_command,
    with_developer_tools,
)
from grader.learner.application import Application

if TYPE_CHECKING:
    from grader.cli.render.screen import Screen
    from grader.learner.session import LearnerSession

_FORBIDDEN = (errno.EACCES, errno.EPERM)
_NOT_WRITABLE = (errno.EROFS, *files.FULL)
PASSED, NOT_YET, MISUSE, BROKEN, STOPPED = 0, 1, 2, 3, 130

LARGEST_SEED = 2**32
# The most digits of a number that is typed; `int` refuses more than 4,300.
_MOST_DIGITS = 20
# Some packages of the group `dev` in pyproject.toml, which learners don't need.
_TOOLS = ("mypy", "pre_commit", "pytest", "ruff", "xdist")

LESSON = "the lesson: 3, lesson3 or its full name"
DUE = (
    "anything handed in later is late: 2026-11-25 (the end of that day) or "
    "2026-11-25T18:00; remembered for the named lessons of the class; 'never' to "
    "forget it"
)
EXERCISE = "the tag of one exercise, such as 3e"
# The question when a command lacks a word, and an example answer.
_WANTED = {
    "lesson": ("Which lesson?", "lesson1"),
    "submissions": ("Which folder are the submissions in?", "submissions"),
    "course": ("Which name does the course have?", "statistics"),
    "folder": ("Which folder are the attempts in?", "wrong_answers"),
    "name": ("Which name?", "lesson11_convolutions"),
    "learner": ("Who is it: an id, a name or an address?", "ada"),
    "image": ("Which PNG file has your digit?", "digit.png"),
}


class Program(Application):
    """The application in a terminal: what it draws is on standard output."""

    @cached_property
    def screen(self) -> Screen:
        """The screen that everything is drawn on."""
        from grader.cli.render.screen import Screen

        return Screen()

    def open_own_session(self) -> LearnerSession:
        """Return the learner's own session."""
        from grader.learner.session import LearnerSession

        return LearnerSession.at(self.attempts)

    def open_session_for(self, lesson: catalog.Lesson, path: Path) -> LearnerSession:
        """Return the session for a file; it records only their own working copy."""
        from grader.learner.gradebook import NOBODY
        from grader.learner.session import LearnerSession

        if catalog.is_working_copy(path, lesson, self.root):
            return self.open_own_session()
        return LearnerSession.at(self.attempts, NOBODY)


class Exit(Exception):
    """Raised to end a command, with an exit code and possibly a last sentence."""

    def __init__(self, message: str = "", code: int = PASSED) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class Parameter(msgspec.Struct, frozen=True):
    """One value that a command takes.

    Attributes:
        variable: the name of the function's argument.
        default: the value if nothing is typed; None if it is required.
        help: a description.
        letter: its short option; "" if every letter is taken.
        is_positional: whether it can be typed without its option.
        is_repeated: whether it may be given several times, as a list.
    """

    variable: str
    default: str | int | bool | None
    help: str
    letter: str
    is_positional: bool
    is_repeated: bool

    @property
    def name(self) -> str:
        """The name as it is typed: ``open-files``."""
        return self.variable.strip("_").replace("_", "-")

    @property
    def is_required(self) -> bool:
        """Whether the command needs it."""
        return self.default is None and not self.is_repeated

    @property
    def is_flag(self) -> bool:
        """Whether it takes no value."""
        return isinstance(self.default, bool)

    @property
    def takes_word(self) -> bool:
        """Whether some word can be typed without its option; a tag always can."""
        return self.is_positional or self.variable == "exercise"


class Command:
    """A function that people call by typing its name.

    Its first argument is the program; the others become options, and its docstring
    becomes the help. When it is called, it either returns normally or raises `Exit`.
    """

    def __init__(
        self,
        function: Callable[..., None],
        help: Mapping[str, str],
        positional: tuple[str, ...],
        repeated: tuple[str, ...],
        is_extensible: bool,
    ) -> None:
        self.function = function
        self._is_extensible = is_extensible
        self._help = help
        self._positional = positional
        self._repeated = repeated
        update_wrapper(self, function)

    @cached_property
    def _loaded(self) -> tuple[tuple[Command, ...], tuple[str, ...]]:
        """The extensions, and a sentence about each that cannot be loaded."""
        if not self._is_extensible:
            return (), ()
        from grader.common.extensions import OPTIONS, load, places_of

        extensions, damaged = [], []
        for name, place in places_of(OPTIONS).items():
            if name.startswith(f"{self.function.__name__}."):
                try:
                    extensions.append(load(place, Command))
                except Misuse as error:
                    damaged.append(str(error))
        return tuple(extensions), tuple(damaged)

    @property
    def extensions(self) -> tuple[Command, ...]:
        """Commands that add options to this one; one of these makes its command run."""
        return self._loaded[0]

    @property
    def text(self) -> str:
        """The description, with that of its extensions."""
        functions = (one.function for one in (self, *self.extensions))
        texts = (inspect.getdoc(one) or "" for one in functions)
        return "\n\n".join((*texts, *self._loaded[1]))

    @cached_property
    def _arguments(self) -> Mapping[str, tuple[Command, inspect.Parameter]]:
        """The arguments, and which command takes each: this one or an extension."""
        arguments: dict[str, tuple[Command, inspect.Parameter]] = {}
        for definition in (self, *self.extensions):
            _program, *declared = inspect.signature(
                definition.function
            ).parameters.values()
            for argument in declared:
                arguments.setdefault(argument.name, (definition, argument))
        return arguments

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters, in the order of the function's arguments."""
        letters: set[str] = set()
        parameters = []
        for variable, (owner, argument) in self._arguments.items():
            default = None if argument.default is argument.empty else argument.default
            name = variable.strip("_").replace("_", "-")
            letter = next((x for x in name if x.isalpha() and x not in letters), "")
            letters.add(letter)
            is_repeated = variable in owner._repeated
            is_positional = variable in owner._positional or (
                default is None and not is_repeated
            )
            text = owner._help.get(name, "")
            parameters.append(
                Parameter(variable, default, text, letter, is_positional, is_repeated)
            )
        return tuple(parameters)

    def fill(
        self, name: str, words: Sequence[str], options: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the arguments that words and options give.

        A tag such as 3e is the exercise, wherever it stands, and names its lesson.

        Raises:
            Misuse: if a word is left over, or one is missing.
        """
        values = dict(options)
        if "to" in values and (
            instead := _describe_gone(f"{name} --to {values['to']}")
        ):
            raise Misuse(instead)
        places = [one.variable for one in self.parameters if one.is_positional]
        has_tag = any(one.variable == "exercise" for one in self.parameters)
        for word in words:
            candidates = ["exercise"] if has_tag and is_tag(word) else places
            place = next((one for one in candidates if one not in values), None)
            if place is None:
                raise Misuse(_describe_left_over(name, word))
            values[place] = word
        for parameter in self.parameters:
            if parameter.name == "lesson" and is_tag(tag := values.get("exercise", "")):
                values.setdefault("lesson", tag[:-1])
            if parameter.is_required and parameter.variable not in values:
                raise Misuse(describe_missing(name, parameter.name))
        return values

    def __call__(self, program: Program, *args: Any, **kwargs: Any) -> None:
        """Run the command.

        Raises:
            Exit: if it ends with an exit code or a last sentence.
        """
        try:
            # Report a wrong setting before anything is done.
            _ = program.settings
            self._run(program, *args, **kwargs)
        except GraderError as error:
            raise Exit(encode_for_terminal(str(error)), code=error.exit_code) from error
        except Exit:
            raise
        except Exception as error:
            if isinstance(error, OSError) and (sentence := _describe_refusal(error)):
                raise Exit(encode_for_terminal(sentence), code=MISUSE) from error
            # Only this branch needs it.
            import traceback

            traceback.print_exc()
            words = (
                "The grader itself failed; everything you saved is still there. "
                "Please report this, with the lines above."
            )
            raise Exit(words, code=BROKEN) from error
        except KeyboardInterrupt:
            # There may be no file yet, as after `serve`.
            words = "Nothing is still running, and everything you saved is still there."
            raise Exit(f"\nStopped. {words}", code=STOPPED) from None

    def _run(self, program: Program, *args: Any, **values: Any) -> None:
        """Run the function, or that of an extension if one of its options is given."""
        owners = (self._arguments[name][0] for name, value in values.items() if value)
        chosen = next((one for one in owners if one is not self), self)
        its_own = {x for x, (one, _) in chosen._arguments.items() if one is chosen}
        chosen.function(
            program, *args, **{x: values[x] for x in values if x in its_own}
        )


def command(
    help: Mapping[str, str] | None = None,
    positional: tuple[str, ...] = (),
    repeated: tuple[str, ...] = (),
    is_extensible: bool = False,
) -> Callable[[Callable[..., None]], Command]:
    """Return a decorator that makes a command of a function.

    Args:
        help: the description of each argument, by its name as it is typed.
        positional: optional arguments that can be typed without their option; required
            ones always can.
        repeated: arguments that may be given several times, as a list.
        is_extensible: whether extensions may bring more options of it.
    """
    return lambda function: Command(
        function, help or {}, positional, repeated, is_extensible
    )


def find_command(name: str) -> Command:
    """Return the command with this name, one of `commands`.

    Raises:
        Misuse: if the extension that has it cannot be loaded.
    """
    command: Command
    if name in CORE:
        module, _, function = CORE[name].partition(":")
        command = getattr(importlib.import_module(module), function)
    else:
        from grader.common.extensions import load

        command = load(commands()[name], Command)
    return command


def find_listed(name: str) -> Command:
    """Return a command, or one that says that it cannot be loaded."""
    try:
        return find_command(name)
    except Misuse as error:
        damage = error

    def refuse(_: object, word: str = "") -> None:
        raise damage

    refuse.__doc__ = f"(cannot be loaded)\n\n{damage}"
    return command(positional=("word",))(refuse)


def finish(work: Callable[[], object]) -> Exit:
    """Do what a program was asked for, and return how that ended."""
    # The judge's arrays are small. Threads make sums over them slower, many times
    # slower on a busy machine. NumPy reads this once, when it is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if why := explain_missing_docstrings():
        return Exit(why, MISUSE)
    try:
        try:
            work()
        finally:  # what `work` printed before an error may not be written yet
            sys.stdout.flush()
    except Exit as end:
        return end
    except GraderError as error:
        return Exit(encode_for_terminal(str(error)), error.exit_code)
    except BrokenPipeError:  # the reader, such as head, has enough
        _discard_output()
        return Exit(code=NOT_YET)
    except OSError as error:  # a command reports this itself, for any file
        _discard_output()
        return Exit(f"The output cannot be written ({error.strerror}).", MISUSE)
    except KeyboardInterrupt:
        return Exit(code=STOPPED)
    return Exit()


def _discard_output() -> None:
    # Python flushes once more at its end, and would report that it can't.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def is_tag(word: str) -> bool:
    """Return whether a word has the form of an exercise's tag."""
    return re.fullmatch(EXERCISE_TAG, word, re.IGNORECASE) is not None


def describe_missing(name: str, parameter: str) -> str:
    """Return the question for a word that a command lacks, with an example."""
    question, example = _WANTED.get(parameter, (f"Which {parameter}?", "..."))
    return f"{question} For example:  {format_command(f'{name} {example}')}"


def _describe_gone(words: str) -> str:
    # Few commands need it.
    from grader.cli import gone

    return gone.describe_instead(words)


def _describe_left_over(name: str, word: str) -> str:
    if is_command(ALIASES.get(word, word)):
        return f"Type one command at a time: {word} is another one."
    what = format_command(f"{name} --help")
    return f"{name} has no place for {word!r} here. What it takes:  {what}"


def _describe_refusal(error: OSError) -> str:
    """Return what to do when the system refuses a file, or "" for another error."""
    where = error.filename or "A file"
    if error.errno in _NOT_WRITABLE:
        return files.describe_unwritten(where, error)
    if error.errno in _FORBIDDEN:
        return (
            f"{where} cannot be read or written ({error.strerror}). Change its "
            f"permissions, or put the project into one of your own folders."
        )
    return ""


def require_tools() -> None:
    """Refuse a command that needs `tools`, which only a copy of the project has.

    Raises:
        Misuse: if this is an installed package, which doesn't contain them.
    """
    if not is_copy():
        raise Misuse(
            "This command needs a copy of the whole project with its tests and tools, "
            "which the installed package doesn't have. Clone the project, and run it "
            "there."
        )


def require_developer_tools(command: str) -> None:
    """Refuse a command if the developers' tools that it needs are missing.

    Raises:
        Misuse: if the group `dev` of pyproject.toml isn't installed.
    """
    missing = [name for name in _TOOLS if importlib.util.find_spec(name) is None]
    if not missing:
        return
    raise Misuse(
        f"{command} needs the developer tools, and {missing[0]} is not installed. "
        f"Run:  {with_developer_tools(command)}"
    )


def is_number(words: str) -> bool:
    """Return whether words are a whole number that some command could take."""
    return words.isdecimal() and len(words) <= _MOST_DIGITS


def parse_number(words: str, option: str) -> int | None:
    """Return the number that was typed after an option, or None if there is none."""
    if words and not is_number(words):
        raise Misuse(f"{option} takes a whole number, not {words!r}.")
    return int(words) if words else None


def parse_seed(words: str) -> int | None:
    """Return the seed that was typed, or None if there is none."""
    if not words:
        return None
    if not is_number(words) or int(words) >= LARGEST_SEED:
        raise Misuse(
            f"--seed takes a whole number below {LARGEST_SEED}, not {words!r}."
        )
    return int(words)


def format_path(path: Path) -> str:
    """Return a path as one would type it from the current folder."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # on Windows, if the path is on another drive
        return str(path)
    return str(path) if relative.startswith(os.pardir) else relative


def encode_for_terminal(message: str) -> str:
    """Return a message that any terminal can show."""
    encoding = sys.stderr.encoding or "ascii"
    return message.encode(encoding, "replace").decode(encoding)
