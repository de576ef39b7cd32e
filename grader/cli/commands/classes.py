"""classes: the commands of somebody who grades a whole class."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from grader.cli.commands.shared import (
    BROKEN,
    DUE,
    LESSON,
    PASSED,
    ROOT,
    STOPPED,
    command,
    parse_seed,
    screen,
)
from grader.document import catalog, no_links
from grader.errors import Misuse

if TYPE_CHECKING:
    from grader.classroom.submissions import FolderContents
    from grader.cli.render.screen import Screen
    from grader.document.catalog import Lesson
    from grader.gradebook import Gradebook

_HELP = {
    "submissions": "the folder with what was handed in",
    "lesson": f"only this lesson (may be given again): {LESSON}",
    "jobs": "gradings at a time; 0 for one after another; one a processor by default",
    "cluster": "grade on the workers of this dask scheduler: tcp://host:8786",
    "roster": "a CSV of who is in the class; roster.csv in the folder by default",
    "gradebook": "the gradebook; gradebook.sqlite in the folder by default",
}


@task(
    name="grade",
    iterable=["lesson"],
    help=_HELP
    | {
        "seed": "of the random inputs, for gradings that are not known yet",
        "due": DUE,
        "require-sandbox": "refuse to grade unless every wall stands",
    },
)
@command
def grade(
    _: Context,
    submissions: str,
    lesson: list[str] | None = None,
    jobs: str = "",
    cluster: str = "",
    seed: str = "",
    roster: str = "",
    due: str = "",
    gradebook: str = "",
    require_sandbox: bool = False,
) -> None:
    """Grade everybody, and go on where an earlier run stopped.

    Exit code 0: everybody is graded. 2: misuse. 3: somebody could not be graded.
    """
    from grader.classroom import coordinator
    from grader.classroom.overrides import overrides_for, read_overrides
    from grader.cli.render.class_view import (
        ClassBar,
        draw_next,
        draw_notices,
        draw_tally,
    )

    paper, folder = screen(), Path(submissions)
    jobs_asked, seed_asked = _whole(jobs, "--jobs"), parse_seed(seed)
    found = _find(folder, lesson or (), roster, due)
    given = overrides_for(read_overrides(folder), found.learners)
    _say_due(folder, lesson or (), found, paper)
    draw_notices(found.notices, paper)
    _refuse_nothing(found, folder)
    began = time.monotonic()
    with (
        open_gradebook(folder, gradebook) as book,
        book.claim(),
        ClassBar(len(found.submissions), paper) as bar,
    ):
        try:
            tally = coordinator.grade_class(
                found.submissions,
                book,
                jobs=jobs_asked,
                cluster=cluster,
                seed=seed_asked,
                require_sandbox=require_sandbox,
                overrides=given,
                on_graded=bar.update,
            )
        except KeyboardInterrupt:
            raise Exit(f"\n{_describe_stop(bar.done, found)}", code=STOPPED) from None
    draw_tally(tally, time.monotonic() - began, paper)
    options = [("--lesson", name) for name in lesson or ()]
    options += [("--roster", roster), ("--gradebook", gradebook)]
    asked = [word for option in options if option[1] for word in option]
    draw_next(shlex.join([submissions, *asked]), len(found.notices), paper)
    raise Exit(code=BROKEN if tally.failed else PASSED)


@task(
    name="regrade",
    iterable=["lesson"],
    help=_HELP | {"write": "keep the new gradings in the gradebook"},
)
@command
def regrade(
    _: Context,
    submissions: str,
    lesson: list[str] | None = None,
    jobs: str = "",
    cluster: str = "",
    roster: str = "",
    gradebook: str = "",
    write: bool = False,
) -> None:
    """Grade again what a changed lesson touches, and show who changes.

    Exit code 0: everybody is graded. 2: misuse. 3: somebody could not be graded.
    """
    from grader.classroom import regrading
    from grader.classroom.overrides import overrides_for, read_overrides
    from grader.cli.render.class_view import ClassBar, draw_regrading

    paper, folder = screen(), Path(submissions)
    jobs_asked = _whole(jobs, "--jobs")
    found = _find(folder, lesson or (), roster, "")
    _refuse_nothing(found, folder)
    given = overrides_for(read_overrides(folder), found.learners)
    with open_gradebook(folder, gradebook) as book, book.claim():
        with ClassBar(len(found.submissions), paper) as bar:
            try:
                done = regrading.regrade_class(
                    found.submissions,
                    book,
                    jobs=jobs_asked,
                    cluster=cluster,
                    overrides=given,
                    on_graded=bar.update,
                )
            except KeyboardInterrupt:
                raise Exit("\nStopped. Nothing is written.", code=STOPPED) from None
        if write:
            done.write(book)
    draw_regrading(done, write, paper)
    raise Exit(code=BROKEN if done.lost else PASSED)


def lessons_named(names: Iterable[str]) -> tuple[Lesson, ...]:
    """Return the lessons asked for, all of them when none is."""
    chosen = tuple(catalog.find(name, ROOT) for name in names)
    return chosen or catalog.lessons(ROOT)


def open_gradebook(folder: Path, path: str) -> Gradebook:
    """Return the class's gradebook: the one named, or the one in the folder."""
    from grader.gradebook import Gradebook

    if not folder.is_dir():
        raise Misuse(f"There is no folder {str(folder)!r} with submissions.")
    or_else = ", or name another file with --gradebook"
    return Gradebook(find_gradebook(folder, path), or_else)


def find_gradebook(folder: Path, path: str) -> Path:
    """Return where the class's gradebook is, or will be.

    Raises:
        Misuse: the one in the folder, which anybody may have made, is a link.
    """
    from grader.gradebook import gradebook_path

    own = gradebook_path(folder)
    return Path(path) if path else own_place(folder, own.name, "--gradebook")


def own_place(folder: Path, name: str, option: str) -> Path:
    """Return a place of the class's own among its submissions.

    Raises:
        Misuse: a link is there, which would lead to somewhere else.
    """
    try:
        no_links.look(folder, folder / name)
    except OSError as error:
        why = no_links.describe_unread(folder / name, error)
        raise Misuse(f"{why} Or name another with {option}.") from error
    return folder / name


def due_of_class(
    folder: Path, names: Iterable[str], due: str
) -> Mapping[str, datetime]:
    """Return until when each lesson may be handed in; what --due says is kept."""
    from grader.classroom import submissions

    lessons = [lesson.name for lesson in lessons_named(names)]
    named = lessons if list(names) else ()
    return submissions.due_of(folder, lessons, named, due)


def _find(folder: Path, names: Iterable[str], roster: str, due: str) -> FolderContents:
    from grader.classroom import submissions

    names, lessons = list(names), lessons_named(names)
    return submissions.find(
        folder,
        lessons,
        roster=Path(roster) if roster else None,
        due=due_of_class(folder, names, due),
    )


def _say_due(
    folder: Path, names: Iterable[str], found: FolderContents, paper: Screen
) -> None:
    """Say what counts as late, since it may have been said long ago."""
    from grader.classroom.submissions.notices import MOST_NAMES, list_some

    dues = due_of_class(folder, names, "")
    handed_in = {one.lesson for one in found.submissions}
    lessons = [one for one in lessons_named(names) if one.name in handed_in]
    for due in sorted({dues[one.name] for one in lessons if one.name in dues}):
        of = [one.short_name for one in lessons if dues.get(one.name) == due]
        lead = "Late" if len(of) == len(lessons) else f"Of {_listed(of)}, late"
        moment = f"{due.astimezone():%Y-%m-%d %H:%M}"
        paper.print(f"{lead} is what was handed in after {moment}.")
    longer = [x.shown_name for x in found.learners if x.id in found.extended]
    if longer:
        who = list_some(longer, MOST_NAMES)
        paper.print(f"Where it is later, the roster's own date counts for {who}.")
    if dues and any(one.is_of_canvas for one in found.submissions):
        paper.print("Of what Canvas handed out, late is what has LATE in its name.")


def _listed(names: list[str]) -> str:
    """Return names as words: ``lesson1, lesson2 and lesson3``."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _refuse_nothing(found: FolderContents, folder: Path) -> None:
    if not found.submissions:
        raise Misuse(
            f"There is nothing in {str(folder)!r} that can be graded. The part on "
            "collecting in docs/instructors.md says how files have to be called."
        )


def _describe_stop(done: int, found: FolderContents) -> str:
    return (
        f"Stopped. {done} of {len(found.submissions)} {'is' if done == 1 else 'are'} "
        "graded and kept; the same command goes on with the others."
    )


def _whole(words: str, option: str) -> int | None:
    if not words:
        return None
    if not words.isdecimal():
        raise Misuse(f"{option} takes a whole number, not {words!r}.")
    return int(words)
