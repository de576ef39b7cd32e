"""The commands of this course as tasks, for `invoke`, which reads this file.

`invoke --list` names them, and `invoke` shows which comes next. The course's own
program has the same commands; their code is in `grader.cli`. Of tasks and options that
don't exist, invoke itself says that, with the code 1; the program says what to type.
"""

import importlib.util
import inspect
import itertools
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # maybe by a Python that has no invoke
    print(f"Type:  uv run invoke {shlex.join(sys.argv[1:])}".rstrip(), file=sys.stderr)
    raise SystemExit(2)

# invoke turns bytecode off before it reads this file, and then every command would
# compile the grader again.
sys.dont_write_bytecode = False

# Another package with this name may come first on Python's path.
HERE = Path(__file__).resolve().parent
spec = importlib.util.find_spec("grader")
places = [*(spec.submodule_search_locations or (spec.origin,))] if spec else []
if (HERE / "grader").is_dir() and Path(places[0] or "").resolve() != HERE / "grader":
    print(
        f"Python finds another grader before this project's: {places[0]}. Rename it, "
        "or take its folder off Python's path (PYTHONPATH).",
        file=sys.stderr,
    )
    raise SystemExit(2)

from invoke.collection import Collection  # noqa: E402
from invoke.context import Context  # noqa: E402
from invoke.exceptions import Exit  # noqa: E402
from invoke.tasks import Task  # noqa: E402

from grader.cli.command import Command, Program, find_listed, finish  # noqa: E402
from grader.cli.table import ALIASES, DEFAULT, commands  # noqa: E402

NAMES = {*commands(), *ALIASES}


def find_words(name: str, command: Command) -> list[str]:
    """Return the parameters whose words are typed without their options.

    invoke has no words that can be left out. So one that can is declared only if there
    is a word for it wherever this task was typed: in `invoke hint lesson3`. A required
    one is left out if it is missing everywhere: then the command asks for it.
    """
    needed = sum(one.is_required for one in command.parameters)
    options = [one for one in command.parameters if not one.is_flag]
    takers = {x for one in options for x in (f"--{one.name}", f"-{one.letter}")}
    counts = []
    for at in (at for at, typed in enumerate(sys.argv) if typed == name):
        own = itertools.takewhile(lambda word: word not in NAMES, sys.argv[at + 1 :])
        pairs = itertools.pairwise([name, *own])
        counts.append(sum(x[:1] != "-" and last not in takers for last, x in pairs))
    most = max(counts, default=needed)
    found = [one for one in command.parameters if one.takes_word]
    if most > len(found):  # invoke then names the first word that has no place
        found = [one for one in found if one.is_positional]
    found.sort(key=lambda one: not one.is_positional)
    count = min(most, max(needed, min(counts, default=0)))
    return [one.variable for one in found[:count]]


def body_of(name: str, command: Command, words: list[str]) -> Callable[..., None]:
    """Return a command as a function of keywords, after the context of invoke."""

    def body(_: Context, **values: Any) -> None:
        own = {one.variable: one.default for one in command.parameters}
        given = {x: y for x, y in values.items() if y not in (None, [], own[x])}
        typed = [given.pop(word) for word in words if word in given]
        app = Program.here()
        end = finish(lambda: command(app, **command.fill(name, typed, given)))
        if end.code:
            raise Exit(end.message or None, end.code)

    empty = inspect.Parameter.empty
    body.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter("_", inspect.Parameter.POSITIONAL_ONLY),
            *(
                inspect.Parameter(
                    one.variable,
                    inspect.Parameter.KEYWORD_ONLY,
                    default=empty if one.variable in words else one.default,
                )
                for one in command.parameters
            ),
        ]
    )
    body.__doc__ = command.text
    return body


def make_task(name: str) -> Any:
    """Return a command as a task."""
    command = find_listed(name)
    others = [word for word, meant in ALIASES.items() if meant == name]
    words = next(filter(None, (find_words(x, command) for x in (name, *others))), [])
    return Task(
        body_of(name, command, words),
        name=name.rpartition(".")[2],
        aliases=others,
        positional=words,
        iterable=[one.variable for one in command.parameters if one.is_repeated],
        help={one.name: one.help for one in command.parameters},
    )


namespace = Collection()
for path in commands():
    parent = path.rpartition(".")[0]
    if parent and parent not in namespace.collections:
        namespace.add_collection(Collection(parent))
    inside = namespace.collections[parent] if parent else namespace
    inside.add_task(make_task(path), default=path == DEFAULT)
