"""setting_up: the command that makes a course from an installed package."""

from __future__ import annotations

import contextlib
from pathlib import Path

from invoke.context import Context
from invoke.tasks import task

from grader import course
from terminal.commands.shared import command, screen, shown


@task(help={"folder": "where; the folder you are in when left out"})
@command
def init(_: Context, folder: str = ".") -> None:
    """Make a course in a folder, or bring its lessons up to date."""
    console, place = screen(), Path(folder)
    was_there = course.is_course(place)
    written = course.make(place)
    if was_there:
        count = f"{len(written)} file{'' if len(written) == 1 else 's'}"
        console.print(f"{count} brought up to date; attempts/ is as it was.")
    else:
        console.print(f"The course is in {place.resolve()}.")
    if place.resolve() != Path.cwd():
        console.print(f"Go there:  cd {shown(place.resolve())}")
    with contextlib.chdir(place):  # a path is typed as it is found from there
        console.print("Then begin:", console.command("start lesson1"))
