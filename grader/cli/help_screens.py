"""help_screens: show the list of commands, and the options of each."""

from __future__ import annotations

import importlib.metadata
import shutil
import textwrap
from collections.abc import Iterable

from grader.cli.command import (
    MISUSE,
    Exit,
    Parameter,
    Program,
    encode_for_terminal,
)
from grader.cli.program import program_name
from grader.cli.table import DEFAULT, commands, find_command
from grader.course.course_folder import is_course
from grader.course.installation import format_command

_INDENT = "  "
_GAP = 3
_CORE = (
    (
        "--print-completion=STRING",
        "Print the tab-completion script for your preferred shell (bash|zsh|fish).",
    ),
    ("-h [STRING], --help[=STRING]", "Show core or per-task help and exit."),
    (
        "-l [STRING], --list[=STRING]",
        "List available tasks, optionally limited to a namespace.",
    ),
    ("-V, --version", "Show version and exit."),
)


def show_version(package: str) -> None:
    """Print the version of the installed package."""
    print(f"{program_name()} {importlib.metadata.version(package)}")


def show_program(app: Program) -> None:
    """Print the options that work without a command, and every command."""
    print(f"Usage: {program_name()} [--core-opts] <subcommand> [--subcommand-opts]")
    print("\nCore options:\n")
    _show_columns(_CORE)
    show_list(app)


def show_list(app: Program, namespace: str = "") -> None:
    """Print every command, or those of a namespace, with its description.

    Raises:
        Exit: if there is no such namespace.
    """
    start = f"{namespace}." if namespace else ""
    names = [x for x in commands() if x.startswith(start) and _is_offered(app, x)]
    if not names:
        words = f"There are no commands in {namespace!r}. All commands:  "
        raise Exit(encode_for_terminal(words + format_command("--list")), code=MISUSE)
    names.sort(key=lambda name: (name.count("."), name))
    print("Subcommands:\n")
    _show_columns((name, _doc(name).partition("\n")[0]) for name in names)
    if not namespace:
        print(f"Default task: {DEFAULT}\n")


def _is_offered(app: Program, name: str) -> bool:
    """Return whether the course here has what a command needs, if a course is here."""
    if name not in ("demo", "draw") or not is_course(app.root):
        return True
    # These import what only a grading needs otherwise.
    from grader.course.settings import find_demo
    from grader.judge.lesson_info import classifies_drawings

    if name == "demo":
        return find_demo(app.root) is not None
    return any(map(classifies_drawings, app.lessons()))


def show_command(name: str) -> None:
    """Print a command's description and options."""
    parameters = find_command(name).parameters
    words = [name, *(_word(one) for one in parameters if one.is_positional)]
    words += ["[--options]"] if parameters else []
    print(f"Usage: {program_name()} {' '.join(words)}")
    print("\nDocstring:")
    # The docstrings use `invoke`, which most people type, in a copy of the project.
    text = _doc(name).replace("`invoke ", f"`{program_name()} ")
    print(textwrap.indent(text, _INDENT))
    print("\nOptions:")
    if parameters:
        _show_columns(sorted(map(_option, parameters), key=lambda row: row[0].lower()))
    else:
        print(f"{_INDENT}none\n")


def _doc(name: str) -> str:
    return find_command(name).text


def _word(parameter: Parameter) -> str:
    word = parameter.name.upper()
    return word if parameter.is_required else f"[{word}]"


def _option(parameter: Parameter) -> tuple[str, str]:
    """Return how an option is typed, and its description."""
    if parameter.is_flag:
        inverse = "[no-]" if parameter.default else ""
        spelled = f"--{inverse}{parameter.name}"
        letter = f"-{parameter.letter}, "
    else:
        kind = "INT" if isinstance(parameter.default, int) else "STRING"
        spelled, letter = f"--{parameter.name}={kind}", f"-{parameter.letter} {kind}, "
    return f"{letter if parameter.letter else ''}{spelled}", parameter.help


def _show_columns(rows: Iterable[tuple[str, str]]) -> None:
    """Print rows of two columns; wrap the second one."""
    rows = tuple(rows)
    first = max(len(lead) for lead, _ in rows) + len(_INDENT) + _GAP
    width = max(20, shutil.get_terminal_size().columns - first - 1)
    for lead, text in rows:
        lines = textwrap.wrap(text, width) or [""]
        print(f"{_INDENT}{lead}".ljust(first) + lines[0])
        for line in lines[1:]:
            print(" " * first + line)
    print()
