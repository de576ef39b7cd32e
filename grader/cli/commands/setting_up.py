"""setting_up: the command that makes a course from an installed package."""

from __future__ import annotations

import contextlib
from pathlib import Path

from grader import course
from grader.cli.command import command, screen, shown


@command(
    positional=("folder",),
    help={"folder": "where; the folder you are in when left out"},
)
def init(folder: str = ".") -> None:
    """Make a course in a folder, or bring its lessons up to date.

    A file that you wrote or changed stays as it is.
    """
    from grader.report.report_lines import count_of

    console, place = screen(), Path(folder)
    was_there = course.is_course(place)
    made = course.make(place)
    if was_there:
        many = count_of(len(made.written), "file")
        console.print(f"{many} brought up to date; attempts/ is as it was.")
    else:
        console.print(f"The course is in {place.resolve()}.")
    if made.kept:
        some = f"{count_of(len(made.kept), 'file')} kept, because you wrote or changed "
        it = "it" if len(made.kept) == 1 else "them"
        console.print(f"{some}{it}:", *(f"  {name}" for name in made.kept))
        console.print("To get the new version of one, delete yours; then init again.")
    if place.resolve() != Path.cwd():
        console.print(f"Go there:  cd {shown(place.resolve())}")
    with contextlib.chdir(place):  # a path is typed as it is found from there
        console.print("Then begin:", console.command("start lesson1"))
