"""program: all commands in one program, and how it is started.

An installed package has it as `xent`. In a copy of the project `invoke` reads tasks.py,
which hands over to it, so both are the same.
"""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from invoke.collection import Collection
from invoke.exceptions import Exit, ParseError
from invoke.program import Program

from grader.cli.commands import (
    author,
    classes,
    joining,
    learner,
    notebooks,
    run_page,
    serving,
    setting_up,
    watching,
    working_copies,
)
from grader.cli.commands.shared import MISUSE, printable
from grader.document.exercise_tag import EXERCISE_TAG
from grader.machine import PACKAGE, typed

# What is asked when a command lacks its first word, and an example of one.
_WANTED = {
    "lesson": ("Which lesson?", "lesson1"),
    "submissions": ("Which folder, with what was handed in?", "submissions"),
    "name": ("Which name?", "lesson11_convolutions"),
    "address": ("Which room, and which code?", "192.168.1.20:8765 CODE"),
    "code": ("Which code?", "192.168.1.20:8765 CODE"),
}


LEARNING = (
    learner.overview,
    run_page.demo,
    working_copies.start,
    learner.read,
    run_page.run,
    notebooks.lab,
    learner.grade,
    watching.watch,
    serving.serve,
    learner.hint,
    learner.solution,
    working_copies.reset,
    learner.progress,
    joining.join,
    joining.hand_in,
    joining.leave,
    learner.doctor,
    setting_up.init,
)
TEACHING = (
    classes.grade,
    classes.regrade,
    classes.export,
    classes.report,
    classes.pack,
)
WRITING = (
    author.build,
    author.new,
    author.mistake,
    author.verify,
    author.check,
    author.bench,
    author.site,
)


def commands() -> Collection:
    """Return every command, under the name that is typed."""
    found = Collection(*LEARNING)
    found.default = "overview"
    found.add_collection(Collection("class", *TEACHING))
    found.add_collection(Collection("dev", *WRITING))
    return found


class CourseProgram(Program):
    """invoke's program, with this project's words where something was mistyped."""

    def parse_core(self, argv: list[str] | None) -> None:
        """Read the options before a command."""
        super().parse_core(argv)
        # invoke switches bytecode off here. What a command imports, the judge and the
        # lesson, would then be compiled at every grading: 0.25 s of 0.5 s.
        sys.dont_write_bytecode = False

    def print_version(self) -> None:
        """Print the version of what is installed."""
        # Where nobody asks for it, its imports are not paid for.
        import importlib.metadata

        print(f"{self.name} {importlib.metadata.version(PACKAGE)}")

    def parse_tasks(self) -> None:
        """Refuse words that are no command: misuse, exit code 2; invoke's own is 1."""
        try:
            super().parse_tasks()
        except ParseError as error:
            words = _describe_misuse(str(error), self)
            raise Exit(printable(words), code=MISUSE) from error


def _helped(words: list[str], names: Iterable[str]) -> str:
    """Return the command after which help is asked for; invoke knows it only before
    one.
    """
    name = next((word for word in words if word in names), "")
    after = words[words.index(name) :] if name else []
    return name if {"--help", "-h"} & set(after) else ""


def _name_first(words: list[str]) -> list[str]:
    """Name a first word that may be left out, as invoke reads it.

    >>> _name_first(["progress", "lesson3"]), _name_first(["progress", "--page"])
    (['progress', '--lesson', 'lesson3'], ['progress', '--page'])
    """
    match words:
        case [("progress" | "init") as name, first, *others] if first[:1] != "-":
            return [
                name,
                "--lesson" if name == "progress" else "--folder",
                first,
                *others,
            ]
    return words


def _describe_misuse(said: str, program: Program) -> str:
    """Return what to type instead, where invoke says what it cannot make sense of."""
    names = sorted(program.collection.task_names)
    asked = next((word for word in sys.argv[1:] if word in names), "")
    if match := re.search(r"'([\w.-]+)' did not receive .*: '(\w+)'", said):
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
    if asked and re.fullmatch(EXERCISE_TAG, word):
        return f"An exercise is named by an option:  --exercise {word}"
    if word:
        return (
            f"There is no command {word!r}.{_nearest(word, names)} All commands:  "
            + typed("--list")
        )
    return f"{said.rstrip('!.')}. All commands:  {typed('--list')}"


def _nearest(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, 1, 0.7)
    return f" Did you mean {near[0]}?" if near else ""


def main() -> int:
    """Run what was typed after the program's name, and return the exit code."""
    name = "xent" if Path(sys.argv[0]).stem == "xent" else "invoke"
    namespace = commands()
    helped = _helped(sys.argv[1:], namespace.task_names)
    program = CourseProgram(
        name=name,
        binary=name,
        binary_names=[name],
        namespace=namespace,
    )
    words = ["--help", helped] if helped else _name_first(sys.argv[1:])
    try:
        program.run([sys.argv[0], *words])
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads it, such as head, has enough
        # Python flushes once more at its end, and would say that it cannot.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0
