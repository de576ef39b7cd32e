"""program: the program that people type, `grader` or the course's, with click.

It has the commands of `table`, with their options, help screens, and completion in the
shell. In a copy of the project, tasks.py makes tasks of the same commands for `invoke`.
"""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from grader.cli.command import (
    MISUSE,
    Command,
    Exit,
    Parameter,
    Program,
    encode_for_terminal,
    find_command,
    find_listed,
    finish,
    is_tag,
)
from grader.cli.table import ALIASES, DEFAULT, commands, is_command
from grader.common.errors import GraderError
from grader.course.course_folder import is_copy, is_course, project_folder
from grader.course.document.cells import Document
from grader.course.installation import (
    PACKAGE,
    format_command,
    install_command,
    program_name,
)

_HELP = ("-h", "--help")
# The headings of a help screen: for each, how the names of its commands begin, or all
# of them. A command belongs to the last that fits.
_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "Commands": ("",),
    "To look around": ("demo", "doctor", "init"),
    "For classes": ("class.",),
    "For authors": ("new-course", "dev."),
}


def main(app: Program | None = None) -> int:
    """Run the words that were typed after the program's name; return the exit code.

    Args:
        app: the program; if None, it is for the course around the current folder.
    """
    end = finish(partial(_run, app or Program.here(), sys.argv[1:] or [DEFAULT]))
    if end.message:
        print(end.message, file=sys.stderr)
    return end.code


def _run(app: Program, words: list[str]) -> None:
    """Run the command that the words name.

    Raises:
        Exit: if it ends with an exit code or a sentence; the code is MISUSE if the
            words aren't valid.
    """
    # A shell asks the program that was typed, whichever course is here.
    typed = Path(sys.argv[0]).stem
    variable = f"_{re.sub('[-.]', '_', typed)}_COMPLETE".upper()
    name = typed if variable in os.environ else program_name()
    try:
        CommandGroup(app).main(words, name, variable, standalone_mode=False)
    except click.UsageError as error:
        command = ALIASES.get(words[0], words[0])
        explanation = _explain(error, command if is_command(command) else "")
        raise Exit(encode_for_terminal(explanation), MISUSE) from error
    except click.Abort as error:
        raise KeyboardInterrupt from error
    except SystemExit as end:  # after a completion, or if nobody reads
        raise Exit(code=int(end.code or 0)) from end


class CommandGroup(click.Group):
    """All commands of a course; only the module of the one that runs is imported."""

    def __init__(self, app: Program) -> None:
        names = [*_HELP, "-l", "--list"]
        super().__init__(
            context_settings={"help_option_names": names},
            epilog=f"The options of a command:  {format_command('grade --help')}",
        )
        self._app = app
        version_text = "%(prog)s %(version)s"
        click.version_option(
            None, "--version", "-V", package_name=PACKAGE, message=version_text
        )(self)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the words, in which help may also stand first: ``--help grade``."""
        if args[:1] in (["-h"], ["--help"]) and self.get_command(ctx, args[-1]):
            args = [args[-1], args[0]]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order of the table."""
        return list(commands())

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return the command with a name, or with another word for it."""
        name = ALIASES.get(name, name)
        return _as_click(self._app, name) if is_command(name) else None

    def shell_complete(
        self, ctx: click.Context, incomplete: str
    ) -> list[CompletionItem]:
        """Return the commands or options that begin like this; import no command."""
        if incomplete.startswith("-"):
            return click.Command.shell_complete(self, ctx, incomplete)
        return [CompletionItem(x) for x in commands() if x.startswith(incomplete)]

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write the commands with their descriptions, the learners' first."""
        rows: dict[str, list[tuple[str, str]]] = {heading: [] for heading in _HEADINGS}
        for name in filter(self._is_offered, commands()):
            fits = [x for x, starts in _HEADINGS.items() if name.startswith(starts)]
            rows[fits[-1]].append((name, find_listed(name).text.partition("\n")[0]))
        for heading, entries in rows.items():
            if entries:
                with formatter.section(heading):
                    formatter.write_dl(entries)

    def _is_offered(self, name: str) -> bool:
        """Return whether the course here has what a command needs, if one is here."""
        root = self._app.root
        if name not in ("demo", "draw") or not is_course(root):
            return True
        # These import what only a grading needs otherwise.
        from grader.course.settings import find_demo
        from grader.judge.lesson_info import classifies_drawings

        if name == "demo":
            return find_demo(root) is not None
        return any(map(classifies_drawings, self._app.lessons()))


class _ClickCommand(click.Command):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # For a completion, click would forget every word before an option that still
        # lacks its value.
        if ctx.resilient_parsing and args and args[-1].startswith("-"):
            args = args[:-1]
        return super().parse_args(ctx, args)


def _as_click(app: Program, name: str) -> click.Command:
    """Return a command for click."""
    command = find_command(name)
    words = [f"[{x.name.upper()}]" for x in command.parameters if x.takes_word]
    required = sum(one.is_required for one in command.parameters)
    words[:required] = [word.strip("[]") for word in words[:required]]
    option_of = {one.variable: _as_option(app, one) for one in command.parameters}
    names = {x for one in option_of.values() for x in (*one.opts, *one.secondary_opts)}

    def run(typed: tuple[str, ...], **options: Any) -> None:
        given = {
            variable: [*value] if isinstance(value, tuple) else value
            for variable, value in options.items()
            if value not in (None, ())
        }
        for variable, value in given.items():
            if isinstance(value, str) and value in names:  # its own was forgotten
                option = option_of[variable].opts[0]
                raise click.BadOptionUsage(option, f"Option {option!r} needs a word.")
        command(app, **command.fill(name, typed, given))

    offer = partial(_complete_word, app, command)
    argument = click.Argument(
        ["typed"], nargs=-1, metavar=" ".join(words), shell_complete=offer
    )
    return _ClickCommand(
        name,
        {"help_option_names": [*_HELP]},
        run,
        [argument, *option_of.values()],
        # The docstrings name `invoke`, which most people type in a copy of the project.
        command.text.replace("`invoke ", f"`{program_name()} "),
    )


def _as_option(app: Program, parameter: Parameter) -> click.Option:
    """Return a parameter as an option for click."""
    inverse = f"/--no-{parameter.name}" if parameter.default is True else ""
    letter = [f"-{parameter.letter}"] if parameter.letter else []
    number = isinstance(parameter.default, int) and not parameter.is_flag
    return click.Option(
        [parameter.variable, f"--{parameter.name}{inverse}", *letter],
        default=None,
        is_flag=parameter.is_flag,
        type=int if number else None,
        multiple=parameter.is_repeated,
        help=parameter.help,
        shell_complete=lambda ctx, _, start: _complete(
            app, parameter.variable, ctx, start
        ),
    )


def _complete_word(
    app: Program, command: Command, ctx: click.Context, _: object, start: str
) -> list[CompletionItem]:
    """Return the shell's completions for a word that doesn't belong to an option."""
    typed = [word for word in ctx.params["typed"] or () if not is_tag(word)]
    still = [
        one.variable
        for one in command.parameters
        if one.takes_word and not ctx.params[one.variable]
    ]
    offered = [place for place in still if place != "exercise"][len(typed) :][:1]
    if "exercise" in still and (start[:1].isdigit() or not offered):
        offered.append("exercise")
    return [item for place in offered for item in _complete(app, place, ctx, start)]


def _complete(
    app: Program, variable: str, ctx: click.Context, start: str
) -> list[CompletionItem]:
    """Return the values of a parameter that begin like this, or ask for files."""
    words = [word for word in ctx.params["typed"] or () if not is_tag(word)]
    try:
        if variable == "lesson":
            values = [x.name if "_" in start else x.short_name for x in app.lessons()]
        elif variable == "exercise":
            lesson = ctx.params.get("lesson") or next(iter(words), "")
            chosen = [app.find(lesson)] if lesson else app.lessons()
            values = [tag for one in chosen for tag in Document.read(one.page).points]
        else:
            return [CompletionItem(start, type="file")]
    except GraderError:  # the command reports it when it runs
        return []
    return [CompletionItem(word) for word in values if word.startswith(start)]


def _explain(error: click.UsageError, name: str) -> str:
    """Return what is wrong with the words after a command's name, and what to type."""
    from grader.cli import gone

    words = error.format_message()
    if isinstance(error, click.NoSuchCommand):
        return _explain_unknown(error.command_name)
    if isinstance(error, click.NoSuchOption):
        if instead := gone.describe_instead(f"{name} {error.option_name}".strip()):
            return instead
        possibilities = error.possibilities or []
        near = difflib.get_close_matches(error.option_name, possibilities, 1, 0.7)
        words = f"{name or program_name()} has no option {error.option_name}."
        words += f" Did you mean {near[0]}?" if near else ""
    return f"{words} Its options:  {format_command(f'{name} --help'.strip())}"


def _explain_unknown(word: str) -> str:
    """Return what to type instead of a word that isn't a command."""
    from grader.cli import gone

    if instead := gone.describe_instead(word):
        return instead
    if _is_declared(word):
        return (
            f"This copy of the project has {word}, but its environment is older. Bring "
            f"it up to date:  {install_command()}"
        )
    start = f"There is no command {word!r}."
    if re.fullmatch(r"(lesson)?\d+\w*", word):
        return f"{start} To have it graded:  {format_command(f'grade {word}')}"
    names = [*commands(), *ALIASES]
    if near := difflib.get_close_matches(word, names, 1, 0.7):
        start += f" Did you mean {ALIASES.get(near[0], near[0])}?"
    return f"{start} All commands:  {format_command('--help')}"


def _is_declared(name: str) -> bool:
    """Return whether this is a copy of the project that declares a command."""
    path = project_folder() / "grader" / "pyproject.toml"
    if not is_copy() or not path.is_file():
        return False
    # Few commands need it.
    import tomllib

    from grader.common.extensions import COMMANDS

    declared = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
    return name in declared.get("entry-points", {}).get(COMMANDS, {})
