"""run_page: the commands that run a page, and the demo of the course's goal."""

from __future__ import annotations

import contextlib
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from grader.cli.command import (
    EXERCISE,
    LESSON,
    MISUSE,
    NOT_YET,
    PASSED,
    Exit,
    Program,
    command,
    format_path,
)
from grader.cli.grading import find_attempt
from grader.common.errors import Misuse
from grader.course import installation, settings
from grader.course.document import attempt_file
from grader.course.document.attempt_file import is_notebook
from grader.course.document.foreign_lines import leave_out_foreign_lines

if TYPE_CHECKING:
    from grader.cli.render.page_view import RunBoard
    from grader.course.document.cells import Cell, Document


@command(
    help={
        "lesson": LESSON,
        "exercise": f"run up to this exercise: {EXERCISE}",
        "attempt": "run this file, or the one in this folder, instead of your working "
        "copy",
    }
)
def run(
    app: Program,
    lesson: str,
    exercise: str = "",
    attempt: str = "",
) -> None:
    """Run your page cell by cell, and see what each cell shows.

    Exit code 0: it ran. 1: a cell ended in your own exception. 2: misuse.
    """
    from grader import judge
    from grader.cli.render import page_view

    found_lesson = app.find(lesson)
    if why := installation.explain_unavailable(
        judge.requirements_of(found_lesson).imports
    ):
        raise Misuse(why)
    page, handed_in = find_attempt(app, found_lesson, attempt, quiet=False)
    if is_notebook(page.name):
        raise Misuse(
            f"{format_path(page)} is a notebook, and its cells run in JupyterLab:  "
            + installation.format_command(f"lab {found_lesson.short_name}")
        )
    document = _open(page, handed_in)
    cells = document.code_cells
    if exercise:
        cells = document.code_up_to(exercise.lower())
        if not cells:
            raise Misuse(f"{format_path(page)} has no exercise {exercise!r}.")
    elif not cells:
        raise Misuse(f"{format_path(page)} has no code to run.")
    paper = app.screen
    title = f"Lesson {found_lesson.number}  {found_lesson.title}"
    page_view.draw_run_head(title, format_path(page), paper, document.notes)
    board = page_view.RunBoard(cells, document, paper)
    _draw_run(app, page, cells, board)
    again = f"grade {found_lesson.short_name}"
    again += f" --attempt {shlex.quote(attempt)}" if attempt else ""
    left_out = () if exercise else document.code_in_text()
    page_view.draw_run_end(board, again, paper, left_out)
    raise Exit(code=NOT_YET if board.has_raised or board.is_ended else PASSED)


@command(
    help={
        "lesson": LESSON,
        "exercise": f"only the tests of this exercise: {EXERCISE}",
        "attempt": "the tests of this file, or of the one in this folder, instead of "
        "those of your working copy",
    }
)
def run_pytest(
    app: Program, lesson: str, exercise: str = "", attempt: str = ""
) -> None:
    """Run the tests that you wrote on your page, with pytest.

    pytest runs outside the sandbox: use --attempt only for a file that you trust.

    Exit code 0: all pass. 1: one fails. 2: misuse.
    """
    from grader import judge
    from grader.learner import page_tests
    from grader.report.sentences import describe_not_run

    if why := page_tests.explain_missing():
        raise Misuse(why)
    found_lesson = app.find(lesson)
    path, handed_in = find_attempt(app, found_lesson, attempt, quiet=False)
    request = judge.GradingRequest.of(
        found_lesson, path, attempt_file.read(path, handed_in)
    )
    with app.pool as pool:
        document, left_out = judge.read_page(found_lesson, request, pool)
    for part in left_out:
        app.screen.print("", f"{describe_not_run(part)} It is left out.")
    tests = page_tests.find_tests(document, exercise.lower())
    if not tests:
        where = f" in exercise {exercise.lower()}" if exercise else ""
        raise Misuse(
            f"{format_path(path)} has no test{where}: a function whose name begins "
            "with test_, at the left margin."
        )
    code = page_tests.run(document, tests, path.stem, app.root)
    raise Exit(code={0: PASSED, 1: NOT_YET}.get(code, MISUSE))


@command()
def demo(app: Program) -> None:
    """See first what the course leads to."""
    from grader.cli.render.page_view import RunBoard, draw_demo_end, draw_demo_head

    paper, page = app.screen, settings.find_demo(app.root)
    if page is None:
        demo_path = format_path(app.root / app.settings.demo)
        raise Misuse(f"This course has no demo: there is no {demo_path}.")
    document = _open(page)
    if why := installation.explain_unavailable(
        _find_imported_libraries(document), "The demo"
    ):
        raise Misuse(why)
    cells = document.code_cells
    draw_demo_head(document, paper)
    board = RunBoard(cells, document, paper, has_heads=False)
    _draw_run(app, page, cells, board)
    if not board.has_raised and not board.is_ended:
        draw_demo_end(document, app.require_lessons()[0].short_name, paper)
    raise Exit(code=NOT_YET if board.has_raised or board.is_ended else PASSED)


def _find_imported_libraries(document: Document) -> set[str]:
    """Return the libraries that a page imports."""
    return set(re.findall(r"(?m)^(?:import|from) (\w+)", document.text))


def _open(page: Path, handed_in: Path | None = None) -> Document:
    from grader.course.document.source import Unreadable

    try:
        document = attempt_file.parse_python(attempt_file.read(page, handed_in))
    except Unreadable as error:
        raise Misuse(f"{format_path(page)}: {error}") from error
    return leave_out_foreign_lines(document)


def _draw_run(
    app: Program,
    page: Path,
    cells: Sequence[Cell],
    board: RunBoard,
) -> None:
    from grader.learner.page_run import Terminal
    from grader.learner.page_run import run as events_of

    paper = app.screen
    terminal = Terminal(paper.width, paper.has_colour, paper.console.encoding)
    events = events_of(page, cells, app.root, terminal)
    # If the drawing ends in any way, including Ctrl-C, end the run too.
    with contextlib.closing(events):
        board.draw(events)
