"""working_copies: the commands that make a learner's own file, and which file it is."""

from __future__ import annotations

import functools
from datetime import date, timedelta
from pathlib import Path

from grader.cli.command import LESSON, ROOT, command, gradebook, screen, shown
from grader.document import catalog
from grader.errors import Misuse
from grader.machine import typed


@command(help={"lesson": LESSON, "notebook": "a notebook (ipynb) and no Python file"})
def start(lesson: str, notebook: bool = False) -> None:
    """Make your working copy of a lesson, and say where it is."""
    from grader.cli.render import learner_view

    found = catalog.find(lesson, ROOT)
    get = (
        own_notebook if notebook else functools.partial(catalog.working_copy, root=ROOT)
    )
    path, was_made = get(found)
    learner_view.draw_start(shown(path), was_made, found, screen())
    if was_made and (older := catalog.older_twin(path)):
        screen().print("", f"It holds what stands in {older.name}.")


@command(
    help={
        "lesson": LESSON,
        "to": "what you had graded last by then: yesterday, 2026-11-25 or "
        "2026-11-25T14:30; best is what scored highest",
    }
)
def reset(lesson: str, to: str = "") -> None:
    """Make a fresh working copy of a lesson, or an earlier one; yours is kept."""
    from grader.cli.render import learner_view
    from grader.document.notebook_writer import write_notebook

    found = catalog.find(lesson, ROOT)
    if to:
        _bring_back(found, to)
        return
    path, kept = catalog.fresh_copy(found, ROOT, write_notebook)
    learner_view.draw_reset(shown(path), shown(kept) if kept else None, screen())


def _bring_back(lesson: catalog.Lesson, to: str) -> None:
    """Replace the working copy by what was graded last until a moment.

    Raises:
        Misuse: these words are no moment, or nothing was kept from before it.
    """
    from grader.classroom.due_dates import moment_of
    from grader.cli.render import learner_view

    yesterday = (date.today() - timedelta(days=1)).isoformat()
    words = yesterday if to == "yesterday" else to
    # progress tells minutes: what was graded in that minute is meant.
    minute = timedelta(seconds=59)
    until = "" if to == "best" else (moment_of(words, "--to") + minute).isoformat()
    with gradebook() as book:
        version = book.find_version(lesson.name, until)
    if version is None:
        then = f" from before the end of {words}" if until else ""
        raise Misuse(
            f"No graded version of {lesson.short_name} is kept{then}. "
            f"What was graded:  {typed(f'progress {lesson.short_name}')}"
        )
    path, kept = catalog.bring_back(lesson, ROOT, version.content, version.suffix)
    learner_view.draw_brought_back(
        shown(path), shown(kept) if kept else None, version, screen()
    )


def own_notebook(lesson: catalog.Lesson) -> tuple[Path, bool]:
    """Return the learner's notebook of a lesson, and whether it is made now.

    It takes over what stands in their Python file, where there is one.
    """
    from grader.document.notebook_writer import write_notebook

    own = catalog.attempt_path(lesson, ROOT)
    write = functools.partial(write_notebook, own=own if own.is_file() else None)
    return catalog.working_copy(lesson, ROOT, write)


def attempt_of(
    lesson: catalog.Lesson, attempt: str, quiet: bool
) -> tuple[Path, Path | None]:
    """Return the file to grade; without a path the working copy, made if need be.

    Returns:
        The file, and the path that was named, below which no link is followed; None for
        the working copy.
    """
    was_made, named = False, Path(attempt) if attempt else None
    if named:
        path = catalog.resolve_attempt(lesson, named)
    else:
        path, was_made = catalog.working_copy(lesson, ROOT)
    older = None if path == named else catalog.older_twin(path)
    if not quiet and (was_made or older):
        from grader.cli.render import learner_view

        if was_made:
            learner_view.draw_copy_made(shown(path), screen())
        elif older:
            learner_view.draw_newer(shown(path), older.name, screen())
    return path, named
