"""learner: the commands for learners, except for those that grade."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from contextlib import chdir
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from grader.cli.command import (
    BROKEN,
    EXERCISE,
    LESSON,
    NOT_YET,
    PASSED,
    Exit,
    Program,
    command,
    format_path,
)
from grader.common import files
from grader.common.errors import Misuse
from grader.course.course_folder import is_course
from grader.course.document import catalog
from grader.course.installation import format_command
from grader.course.settings import find_demo, read_title

if TYPE_CHECKING:
    from grader.learner.gradebook import LessonStanding


@command(
    positional=("lesson",),
    help={
        "lesson": f"the gradings of one lesson, and the mistakes named: {LESSON}",
        "page": "write a certificate page: what you can do and what you trained",
    },
)
def overview(app: Program, lesson: str = "", page: bool = False) -> None:
    """Show how far you are, and the one command that comes next."""
    if page:
        if lesson:
            raise Misuse("--page is about the whole course. Leave the lesson out.")
        _write_page(app, app.require_lessons())
    elif lesson:
        _show_gradings(app, app.find(lesson))
    else:
        _show_overview(app)


def _show_overview(app: Program) -> None:
    from grader.cli.render import learner_view

    lessons = app.require_lessons()
    with app.open_gradebook() as book:
        standings = book.standings(lessons=lessons)
    begun = {x.name for x in lessons if catalog.attempt_path(x, app.root).exists()}
    step = exercise = ""
    if todo := _find_next_lesson(app, lessons, standings):
        step = f"{'grade' if todo.name in begun else 'start'} {todo.short_name}"
        if todo.name in standings and (
            at := app.open_own_session().focus(todo).exercise
        ):
            exercise = f"{at.tag}  {at.title}"
    learner_view.draw_overview(
        lessons,
        standings,
        begun,
        learner_view.NextInCourse(step, exercise),
        read_title(app.root),
        app.screen,
        find_demo(app.root) is not None,
    )


def _show_gradings(app: Program, lesson: catalog.Lesson) -> None:
    """Show the gradings of one lesson, and the mistakes that were named."""
    from grader.cli.render import learner_view

    with app.open_gradebook() as book:
        history = book.history(lesson.name)
        mistakes = book.named_mistakes(lesson.name)
    learner_view.draw_history(history, lesson, app.screen)
    learner_view.draw_named(mistakes, app.screen)


def _write_page(app: Program, lessons: Sequence[catalog.Lesson]) -> None:
    """Write a page about what is right in these lessons, beside the gradebook."""
    from grader.cli.render import learner_view
    from grader.learner.gradebook.course_page import FILE_NAME, collect, course_page

    with app.open_gradebook() as book:
        records = collect(lessons, book)
    if not records:
        raise Misuse(
            "No lesson is completely right yet, so the page would be empty. How far "
            f"you are:  {format_command('overview')}"
        )
    path = app.attempts / FILE_NAME
    now = datetime.now().astimezone()
    files.write(path, course_page(read_title(app.root), lessons, records, now))
    learner_view.draw_page_made(format_path(path), app.screen)


@command(help={"lesson": LESSON, "exercise": EXERCISE})
def read(app: Program, lesson: str, exercise: str = "") -> None:
    """Read a lesson, or one exercise of it, in the terminal."""
    from grader.cli.render import page_view
    from grader.course.document.cells import Document

    found_lesson, exercise = app.find(lesson), exercise.lower()
    document = Document.read(found_lesson.page)
    cells = document.cells
    if exercise:
        cells = document.section(exercise)
        if not cells:
            raise Misuse(f"{found_lesson.name} has no exercise {exercise!r}.")
    page_view.draw_cells(cells, app.screen)


@command(
    help={
        "lesson": LESSON,
        "notebook": "make a notebook (ipynb) instead of a Python file",
        "renew": "give cells that you haven't changed the form that the lesson has now",
    }
)
def start(
    app: Program, lesson: str, notebook: bool = False, renew: bool = False
) -> None:
    """Make your working copy of a lesson, and show where it is."""
    from grader.cli.render import learner_view

    found_lesson = app.find(lesson)
    if notebook:
        from grader.cli.browser import own_notebook

        path, was_made = own_notebook(app, found_lesson)
    else:
        path, was_made = catalog.working_copy(found_lesson, app.root)
    learner_view.draw_start(format_path(path), was_made, found_lesson, app.screen)
    if not was_made:
        _offer_new_form(app, found_lesson, path, renew)
    if was_made and (older := catalog.find_older_format(path)):
        app.screen.print("", f"It contains the code of {older.name}.")


def _offer_new_form(
    app: Program, lesson: catalog.Lesson, path: Path, is_wanted: bool
) -> None:
    """Say how many cells the lesson has in another form, or change and count them."""
    from grader.course.document.attempt_file import is_notebook, parse_python, read
    from grader.course.document.cells import Document
    from grader.course.document.renewal import renew
    from grader.course.document.source import Unreadable

    if is_notebook(path.name):
        return
    try:
        document = parse_python(read(path))
    except Unreadable:  # a grading says what is wrong
        return
    text, count = renew(document, Document.read(lesson.page))
    if not count:
        return
    cells = "1 cell" if count == 1 else f"{count} cells"
    if is_wanted:
        _, old = catalog.restore_version(lesson, app.root, text.encode(), ".py")
        app.screen.print("", f"The lesson's new form is in {cells}. Your old file:")
        app.screen.print(f"  {format_path(old or path)}")
        return
    app.screen.print("", f"The lesson has a new form for {cells} that you haven't")
    app.screen.print("changed. To use it, and keep your old file beside the new one:")
    app.screen.print(app.screen.command(f"start {lesson.short_name} --renew"))


@command(
    help={
        "lesson": LESSON,
        "to": "the version you last graded by then: yesterday, 2026-11-25 or "
        "2026-11-25T14:30; 'best' is the one with the highest score",
    }
)
def reset(app: Program, lesson: str, to: str = "") -> None:
    """Make a fresh working copy, or restore an earlier one; your file is kept."""
    from grader.cli.render import learner_view
    from grader.course.document.notebook_writer import write_notebook

    found_lesson = app.find(lesson)
    if to:
        _restore_version(app, found_lesson, to)
        return
    path, old_file = catalog.reset_working_copy(found_lesson, app.root, write_notebook)
    learner_view.draw_reset(
        format_path(path), format_path(old_file) if old_file else None, app.screen
    )


def _restore_version(app: Program, lesson: catalog.Lesson, to: str) -> None:
    """Replace the working copy by the version that was last graded before a time.

    Raises:
        Misuse: if the words aren't a time, or no version was kept from before it.
    """
    from grader.cli.render import learner_view
    from grader.common.dates import parse_due_date

    yesterday = (date.today() - timedelta(days=1)).isoformat()
    words = yesterday if to == "yesterday" else to
    # The overview shows minutes, so gradings in that whole minute are included.
    minute = timedelta(seconds=59)
    until = "" if to == "best" else (parse_due_date(words, "--to") + minute).isoformat()
    with app.open_gradebook() as book:
        version = book.find_version(lesson.name, until)
    if version is None:
        then = f" from before the end of {words}" if until else ""
        raise Misuse(
            f"No graded version of {lesson.short_name} is kept{then}. "
            f"What was graded:  {format_command(f'overview {lesson.short_name}')}"
        )
    path, old_file = catalog.restore_version(
        lesson, app.root, version.content, version.suffix
    )
    learner_view.draw_brought_back(
        format_path(path),
        format_path(old_file) if old_file else None,
        version,
        app.screen,
    )
    if older := catalog.find_older_format(path):
        app.screen.print(
            f"{older.name} is still there. {path.name} is newer, so it is the one that "
            "is graded."
        )


@command(
    positional=("lesson",),
    help={
        "lesson": f"{LESSON}; the one that you worked on last if you leave it out",
        "exercise": EXERCISE,
    },
)
def hint(app: Program, lesson: str = "", exercise: str = "") -> None:
    """Show the next hint: the first is free, each further one needs a graded attempt.

    `invoke hint 3` is about the exercise that you are working on, and
    `invoke hint 3e` about that one. Give the same command again for the next hint.
    """
    if lesson:
        draw_next_hint(app, app.find(lesson), exercise)
        return
    lessons = app.require_lessons()
    with app.open_gradebook() as book:
        standings = book.standings(lessons=lessons)
    next_lesson = _find_next_lesson(app, lessons, standings)
    if next_lesson is None:
        raise Misuse(
            "Every lesson is done. For a hint, name one:  "
            f"{format_command(f'hint {lessons[0].short_name}')}"
        )
    draw_next_hint(app, next_lesson, exercise)


def _find_next_lesson(
    app: Program,
    lessons: Sequence[catalog.Lesson],
    standings: Mapping[str, LessonStanding],
) -> catalog.Lesson | None:
    """Return the lesson that the learner goes on with; None if all are done."""
    from grader.learner.session import find_next_lesson

    path_of = functools.partial(catalog.attempt_path, root=app.root)
    return find_next_lesson(lessons, standings, path_of)


def draw_next_hint(app: Program, lesson: catalog.Lesson, exercise: str = "") -> None:
    """Open the next hint for an exercise, by default the current one."""
    from grader import judge
    from grader.cli.render import learner_view

    session = app.open_own_session()
    info = judge.find_exercise(lesson, exercise or session.current_exercise(lesson))
    learner_view.draw_hints(session.next_hint(lesson, info), lesson, app.screen)


@command(help={"lesson": LESSON, "exercise": EXERCISE})
def solution(app: Program, lesson: str, exercise: str = "") -> None:
    """Show the solution of each exercise that is right or had three graded attempts."""
    from grader import judge
    from grader.cli.render import learner_view

    found_lesson = app.find(lesson)
    tag = judge.find_exercise(found_lesson, exercise).tag if exercise else ""
    opened = app.open_own_session().solutions(found_lesson, tag)
    if opened.code:
        learner_view.draw_solution(opened.code, app.screen)
    if opened.closed:
        learner_view.draw_gate(opened, found_lesson, app.screen)
    raise Exit(code=PASSED if opened.code else NOT_YET)


@command()
def doctor(app: Program) -> None:
    """Check whether this machine is ready."""
    from grader.cli.doctor import examine
    from grader.cli.render import learner_view

    findings = tuple(examine(app.root))
    learner_view.draw_doctor(findings, app.screen)
    if any(finding.is_fatal for finding in findings):
        raise Exit(code=BROKEN)
    raise Exit(code=PASSED if all(x.is_good for x in findings) else NOT_YET)


@command(
    positional=("folder",),
    help={
        "folder": "the folder (default: the current one)",
        "course": "the name of the installed course, if there are several",
    },
)
def init(app: Program, folder: str = ".", course: str = "") -> None:
    """Copy the installed course into a folder, or bring its lessons up to date.

    A file that you wrote or changed stays as it is.
    """
    from grader.course import course_copy
    from grader.report.sentences import count_of

    console, place = app.screen, Path(folder)
    was_there = is_course(place)
    copy = course_copy.create(place, course_copy.choose_installed_course(course))
    if was_there:
        many = count_of(len(copy.written), "file")
        console.print(f"{many} updated; attempts/ is unchanged.")
    else:
        console.print(f"The course is in {place.resolve()}.")
    if copy.kept:
        some = f"{count_of(len(copy.kept), 'file')} kept, because you wrote or changed "
        it = "it" if len(copy.kept) == 1 else "them"
        console.print(f"{some}{it}:", *(f"  {name}" for name in copy.kept))
        console.print("To get the new version of one, delete yours and run init again.")
    if place.resolve() != Path.cwd():
        console.print(f"Go there:  cd {format_path(place.resolve())}")
    with chdir(place):  # show a path as it is typed there
        first = catalog.lessons(Path())[0].short_name
        console.print("Then begin:", console.command(f"start {first}"))
