"""The project's commands for `invoke`, which reads them here.

`invoke --list` names them, and `invoke` shows which comes next. Their code is in
`grader.cli`.
"""

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

# invoke turns bytecode off before it reads this file, and then every command would
# compile the grader again.
sys.dont_write_bytecode = False

from grader.cli import main  # noqa: E402

program = Path(sys.argv[0])
if __name__ == "__main__" or {program.stem, program.parent.name} & {"invoke", "inv"}:
    # This is the parser of `xent`, so both accept the same words and report the same
    # typos.
    sys.exit(main())

from invoke.collection import Collection  # noqa: E402
from invoke.context import Context  # noqa: E402
from invoke.exceptions import Exit as InvokeExit  # noqa: E402
from invoke.tasks import Task  # noqa: E402

from grader.cli.command import Command, Exit, Program  # noqa: E402
from grader.cli.table import commands, find_command  # noqa: E402


def body_of(command: Command) -> Callable[..., None]:
    """Return a command as a function with the first argument that invoke passes."""

    def body(_: Context, **values: Any) -> None:
        try:
            command(Program.here(), **values)
        except Exit as end:
            raise InvokeExit(end.message or None, end.code) from end

    context = inspect.Parameter("_", inspect.Parameter.POSITIONAL_ONLY)
    own = [
        inspect.Parameter(
            one.variable,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=inspect.Parameter.empty if one.is_required else one.default,
        )
        for one in sorted(command.parameters, key=lambda one: not one.is_required)
    ]
    body.__signature__ = inspect.Signature([context, *own])  # type: ignore[attr-defined]
    body.__doc__ = command.text
    return body


def make_task(name: str, command: Command) -> Any:
    """Return a command as an invoke task."""
    return Task(
        body_of(command),
        name=name,
        positional=[one.variable for one in command.parameters if one.is_required],
        iterable=[one.variable for one in command.parameters if one.is_repeated],
        help={one.name: one.help for one in command.parameters},
    )


# This is for other programs made with invoke that read this file.
namespace = Collection()
for path in commands():
    parent, _, name = path.rpartition(".")
    if parent and parent not in namespace.collections:
        namespace.add_collection(Collection(parent))
    inside = namespace.collections[parent] if parent else namespace
    inside.add_task(make_task(name, find_command(path)), default=path == "overview")
