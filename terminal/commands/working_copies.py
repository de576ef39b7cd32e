"""working_copies: the commands that make a learner's own file, and which file it is."""

from __future__ import annotations

import functools
from pathlib import Path

from invoke.context import Context
from invoke.tasks import task

from grader import catalog
from terminal.commands.shared import LESSON, ROOT, command, screen, shown


@task(help={"lesson": LESSON, "notebook": "a notebook (ipynb) and no Python file"})
@command
def start(_: Context, lesson: str, notebook: bool = False) -> None:
    """Make your working copy of a lesson, and say where it is."""
    from terminal.render import boards

    found = catalog.find(lesson, ROOT)
    get = (
        own_notebook if notebook else functools.partial(catalog.working_copy, root=ROOT)
    )
    path, was_made = get(found)
    boards.draw_start(shown(path), was_made, found, screen())
    if was_made and (older := catalog.older_twin(path)):
        screen().print("", f"It holds what stands in {older.name}.")


@task(help={"lesson": LESSON})
@command
def reset(_: Context, lesson: str) -> None:
    """Make a fresh working copy of a lesson; the old file is kept."""
    from grader.new_notebook import write_notebook
    from terminal.render import boards

    path, kept = catalog.fresh_copy(catalog.find(lesson, ROOT), ROOT, write_notebook)
    boards.draw_reset(shown(path), shown(kept) if kept else None, screen())


def own_notebook(lesson: catalog.Lesson) -> tuple[Path, bool]:
    """The learner's notebook of a lesson, and whether it is made now.

    It takes over what stands in their Python file, where there is one.
    """
    from grader.new_notebook import write_notebook

    own = catalog.attempt_path(lesson, ROOT)
    write = functools.partial(write_notebook, own=own if own.is_file() else None)
    return catalog.working_copy(lesson, ROOT, write)


def attempt_of(lesson: catalog.Lesson, attempt: str, quiet: bool) -> Path:
    """The file to grade; without a path the working copy, made if need be."""
    was_made, is_named = False, bool(attempt) and Path(attempt).is_file()
    if attempt:
        path = catalog.resolve_attempt(lesson, Path(attempt))
    else:
        path, was_made = catalog.working_copy(lesson, ROOT)
    older = None if is_named else catalog.older_twin(path)
    if not quiet and (was_made or older):
        from terminal.render import boards

        if was_made:
            boards.draw_copy_made(shown(path), screen())
        elif older:
            boards.draw_newer(shown(path), older.name, screen())
    return path
