"""program: find the command that was typed, run it, and help if there is none.

An installed package has this program as `grader`, and a course may add another name. In
a copy of the project, `invoke` reads tasks.py, which calls this program, so all of them
work the same.
"""

from __future__ import annotations

import getopt
import itertools
import os
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from grader.cli.command import (
    MISUSE,
    PASSED,
    STOPPED,
    Command,
    Exit,
    Parameter,
    Program,
    encode_for_terminal,
    is_number,
)
from grader.cli.table import DEFAULT, commands, find_command, is_command
from grader.common.errors import GraderError
from grader.course.document.cells import EXERCISE_TAG
from grader.course.installation import PACKAGE, format_command, is_program, own_program

# The question when a command lacks its first word, and an example answer.
_WANTED = {
    "lesson": ("Which lesson?", "lesson1"),
    "submissions": ("Which folder are the submissions in?", "submissions"),
    "course": ("Which name does the course have?", "statistics"),
    "folder": ("Which folder are the attempts in?", "wrong_answers"),
    "name": ("Which name?", "lesson11_convolutions"),
    "learner": ("Who is it: an id, a name or an address?", "ada"),
    "image": ("Which PNG file has your digit?", "digit.png"),
}
_HELP = ("--help", "-h")
_LIST = ("--list", "-l")
_VERSION = ("--version", "-V")
_COMPLETE = "--complete"
_SCRIPT = "--print-completion"


def main(app: Program | None = None) -> int:
    """Run the words that were typed after the program's name; return the exit code.

    Args:
        app: the program; if None, it is for the course around the current folder.
    """
    # The judge's arrays are small. Threads make sums over them slower, many times
    # slower on a busy machine. NumPy reads this once, when it is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if sys.flags.optimize > 1:  # the sentences of the checks are docstrings
        words = "The grader needs docstrings. Unset PYTHONOPTIMIZE, or leave out -OO."
        return _end(Exit(words, code=MISUSE))
    app = app or Program.here()
    try:
        _run(app, sys.argv[1:])
        sys.stdout.flush()
    except Exit as end:
        return _end(end)
    except GraderError as error:  # a command reports this itself; a help screen doesn't
        return _end(Exit(encode_for_terminal(str(error)), code=error.exit_code))
    except BrokenPipeError:  # the reader, such as head, has enough
        _discard_output()
        return 1
    except OSError as error:  # a command reports this itself, for any file
        _discard_output()
        words = f"The output cannot be written ({error.strerror})."
        print(encode_for_terminal(words), file=sys.stderr)
        return MISUSE
    except KeyboardInterrupt:
        return STOPPED
    return PASSED


def _discard_output() -> None:
    # Python flushes once more at its end, and would report that it can't.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _end(end: Exit) -> int:
    if end.message:
        print(end.message, file=sys.stderr)
    return end.code


def program_name() -> str:
    """Return the name that the program was called by: ``invoke`` or its own."""
    return own_program() if is_program() else "invoke"


def _run(app: Program, words: list[str]) -> None:
    """Run the command that the words name.

    Raises:
        Exit: if it ends with an exit code or a sentence; the code is MISUSE if the
            words aren't valid.
    """
    name, *rest = words or [DEFAULT]
    if is_command(name) and set(rest).isdisjoint(_HELP):
        command = find_command(name)
        command(app, **parse(name, command, rest))
        return
    # These draw a help screen or a sentence; a grading must not wait for the imports.
    from grader.cli import completion, help_screens

    option, has_value, value = name.partition("=")
    named = value if has_value else next(iter(rest), "")
    if is_command(name) or (option in _HELP and is_command(named)):
        help_screens.show_command(named if option in _HELP else name)
    elif option in _HELP and not named:
        help_screens.show_program(app)
    elif option in _LIST:
        help_screens.show_list(app, named)
    elif option in _VERSION:
        help_screens.show_version(PACKAGE)
    elif option == _COMPLETE:
        print(*completion.complete(app, rest[1:]), sep="\n")
    elif option == _SCRIPT:
        print(completion.script(named, program_name()))
    else:
        raise _misuse(_describe_unknown(named if option in _HELP else option))


def parse(name: str, command: Command, words: list[str]) -> dict[str, Any]:
    """Return the arguments in the words after a command's name.

    Raises:
        Exit: if the command doesn't accept them.
    """
    pairs, plain = _split_options(name, command, words)
    options = command.options
    values: dict[str, Any] = {}
    for option, value in pairs:
        parameter = options[option]
        if parameter.is_flag:
            values[parameter.variable] = not option.startswith("--no-")
        elif value in options:  # its value was forgotten
            raise _misuse(f"--{parameter.name} needs a word after it.")
        elif parameter.is_repeated:
            values.setdefault(parameter.variable, []).append(value)
        else:
            values[parameter.variable] = _convert(parameter, value)
    for parameter in command.parameters:
        if parameter.is_positional and parameter.variable not in values and plain:
            values[parameter.variable] = plain.pop(0)
    if plain:
        raise _misuse(_describe_unknown(plain[0], name))
    for parameter in command.parameters:
        if parameter.is_required and parameter.variable not in values:
            for option, value in pairs:
                if said := _describe_gone(f"{name} --{options[option].name} {value}"):
                    raise _misuse(said)
            wanted = parameter.name
            question, example = _WANTED.get(wanted, (f"Which {wanted}?", "..."))
            raise _misuse(
                f"{question} For example:  {format_command(f'{name} {example}')}"
            )
    return values


def _split_options(
    name: str, command: Command, words: list[str]
) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the options among words, with their values, and the other words.

    Raises:
        Exit: if the command has no such option, or one lacks its value.
    """
    options = command.options
    for word in itertools.takewhile(lambda word: word != "--", words):
        # getopt would accept the beginning of an option for the whole option.
        if word.startswith("--") and (option := word.partition("=")[0]) not in options:
            raise _misuse(_describe_option(name, option, options))
    short = (x[1:] + ":" * (not options[x].is_flag) for x in options if x[1] != "-")
    long = (x[2:] + "=" * (not options[x].is_flag) for x in options if x[1] == "-")
    try:
        return getopt.gnu_getopt(words, "".join(short), [*long])
    except getopt.GetoptError as error:
        option = f"--{error.opt}" if len(error.opt) > 1 else f"-{error.opt}"
        raise _misuse(_describe_option(name, option, options)) from None


def _convert(parameter: Parameter, value: str) -> str | int:
    """Return a value as the type that the command takes.

    Raises:
        Exit: if it isn't a number, but must be.
    """
    if not isinstance(parameter.default, int):
        return value
    if not is_number(value):
        words = f"--{parameter.name} takes a whole number, not {value!r}."
        raise _misuse(words)
    return int(value)


def _misuse(words: str) -> Exit:
    return Exit(encode_for_terminal(words), code=MISUSE)


def _describe_option(name: str, option: str, options: Mapping[str, Parameter]) -> str:
    """Return what to type instead of an invalid option."""
    if known := options.get(option):
        takes = "takes no word" if known.is_flag else "needs a word after it"
        return f"--{known.name} {takes}."
    if said := _describe_gone(f"{name} {option}"):
        return said
    long = [word for word in options if word.startswith("--")]
    return (
        f"{name} has no option {option}.{_nearest(option, long)} Its options:  "
        + format_command(f"--help {name}")
    )


def _describe_unknown(word: str, name: str = "") -> str:
    """Return what to type instead of a word that isn't a command.

    Args:
        word: the word.
        name: the command that it follows, if any.
    """
    if said := _describe_gone(word):
        return said
    if name and re.fullmatch(EXERCISE_TAG, word):
        return f"Name an exercise with an option:  --exercise {word}"
    if name and is_command(word):
        return f"Type one command at a time: {word} is another one."
    return (
        f"There is no command {word!r}.{_nearest(word, commands())} All commands:  "
        + format_command("--list")
    )


def _describe_gone(words: str) -> str:
    # A valid command must not wait for these imports.
    from grader.cli import gone

    return gone.describe_instead(words)


def _nearest(word: str, known: Iterable[str]) -> str:
    # A valid command must not wait for this import.
    import difflib

    near = difflib.get_close_matches(word, sorted(known), 1, 0.7)
    return f" Did you mean {near[0]}?" if near else ""
