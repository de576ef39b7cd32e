"""learner: the commands of somebody who learns."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from grader import course, files
from grader.cli.command import (
    BROKEN,
    EXERCISE,
    LESSON,
    NOT_YET,
    PASSED,
    ROOT,
    Exit,
    command,
    gradebook,
    own_session,
    parse_seed,
    screen,
    session_for,
    shown,
)
from grader.cli.commands import autograding
from grader.cli.commands.joining import describe_room
from grader.cli.commands.next_steps import successes_of, ways_on
from grader.cli.commands.working_copies import attempt_of
from grader.document import attempt_file, catalog
from grader.errors import Misuse
from grader.machine import typed

if TYPE_CHECKING:
    from grader.report import Report


@command()
def overview() -> None:
    """Say where you stand, and the one command that comes next."""
    from grader.cli.render import learner_view

    lessons = catalog.course(ROOT)
    with gradebook() as book:
        standings = book.standings(lessons=lessons)
    begun = {x.name for x in lessons if catalog.attempt_path(x, ROOT).exists()}
    todo = next(
        (
            x
            for x in lessons
            if x.name not in standings or not standings[x.name].has_passed
        ),
        None,
    )
    step = ""
    if todo:
        step = f"{'grade' if todo.name in begun else 'start'} {todo.short_name}"
    title = course.title(ROOT)
    paper = screen()
    learner_view.draw_overview(lessons, standings, begun, step, title, paper)
    if told := tuple(describe_room()):
        paper.print("", *told)


@command(help={"lesson": LESSON, "exercise": EXERCISE})
def read(lesson: str, exercise: str = "") -> None:
    """Read a lesson, or one exercise of it, in the terminal."""
    from grader.cli.render import page_view
    from grader.document import build

    found, exercise = catalog.find(lesson, ROOT), exercise.lower()
    cells = build.cells_of(found)
    if exercise:
        cells = build.section(cells, exercise)
        if not cells:
            raise Misuse(f"{found.name} has no exercise {exercise!r}.")
    page_view.draw_cells(cells, screen())


@command(
    help={
        "lesson": LESSON,
        "attempt": "grade this file, or the one in this folder, instead of your copy",
        "exercise": f"grade one exercise alone: {EXERCISE}",
        "seed": "repeat a grading with the seed that it printed",
        "more": "of all that is right: what was checked, and another way to write it",
        "json": "write the report to this file as JSON; - writes it to the terminal",
        "to": autograding.TO,
        "out": autograding.OUT,
        "open-files": autograding.OPEN_FILES,
        "require-sandbox": "refuse to grade unless every wall stands",
        "debug": "keep what the workers say, and tell where; for a fault of the grader",
    }
)
def grade(
    lesson: str,
    attempt: str = "",
    exercise: str = "",
    seed: str = "",
    more: bool = False,
    json: str = "",
    to: str = "",
    out: str = "",
    open_files: bool = False,
    require_sandbox: bool = False,
    debug: bool = False,
) -> None:
    """Grade your attempt.

    Exit code 0: all right. 1: not yet. 2: misuse. 3: the grader's own fault.
    """
    from grader import judge
    from grader.sandbox import debugging

    found = catalog.find(lesson, ROOT)
    hand_over = autograding.writer(to, out, open_files) if to else None
    kept = debugging.begin() if debug else None
    # What starts workers gets ready while the libraries that draw are imported.
    with judge.prelaunch(found, require_sandbox) as pool:
        from grader.cli.render import grading
        from grader.cli.render.training import TrainingBar

        with autograding.answering(to, out, found):
            path, handed_in = attempt_of(found, attempt, quiet=json == "-")
            # What was unpacked for an autograder has one name on its disk.
            source = attempt_file.read(path, handed_in, is_alone=bool(to))
            text = attempt_file.open_as_python(source, path)
        paper, session = screen(), session_for(found, path)
        # A seed, or a wall, that is asked for says that something is to be run.
        is_anew = bool(seed or require_sandbox or to or debug)
        with TrainingBar(paper, f"Grading {found.short_name} ...") as bar:
            report = judge.grade(
                found,
                path,
                source=source,
                text=text,
                seed=parse_seed(seed),
                exercise=exercise.lower() or None,
                require_sandbox=require_sandbox,
                on_progress=bar.update if json != "-" else None,
                on_check=lambda at, _: bar.say(f"Grading {found.short_name} ... {at}"),
                earlier=None if is_anew else session.earlier(found),
                pool=pool,
            )
    if hand_over:
        hand_over(report)
    if json == "-":
        _print_json(report)
    else:
        told = successes_of(report, found, path, in_full=more)
        grading.draw(session.redact(report), paper, ways_on(found, attempt), told, more)
        if json:
            _write_json(report, Path(json))
    session.record(report, found, source, path.suffix)
    if kept and json != "-":
        paper.print(paper.text(f"What the workers said is in {kept}.", "dim"))
    raise Exit(code=_exit_code(report))


@command(help={"lesson": LESSON, "exercise": EXERCISE})
def hint(lesson: str, exercise: str = "") -> None:
    """Show the next hint: the first is free, each further one needs a graded attempt.

    `invoke hint 3` is about the exercise where you are, and `invoke hint 3 --exercise
    3e` about that one. Give the same command again for the next hint.
    """
    draw_next_hint(catalog.find(lesson, ROOT), exercise)


def draw_next_hint(found: catalog.Lesson, exercise: str = "") -> None:
    """Go one step up the hint ladder of an exercise; by default the one at hand."""
    from grader import judge
    from grader.cli.render import learner_view

    session = own_session()
    info = judge.find_exercise(found, exercise or session.current_exercise(found))
    learner_view.draw_hint(session.next_hint(found, info), found, screen())


@command(help={"lesson": LESSON, "exercise": EXERCISE})
def solution(lesson: str, exercise: str = "") -> None:
    """Show the solution of each exercise that is right or had three graded attempts."""
    from grader import judge
    from grader.cli.render import learner_view

    found = catalog.find(lesson, ROOT)
    tag = judge.find_exercise(found, exercise).tag if exercise else ""
    opened = own_session().solutions(found, tag)
    if opened.code:
        learner_view.draw_solution(opened.code, screen())
    if opened.closed:
        learner_view.draw_gate(opened, found, screen())
    raise Exit(code=PASSED if opened.code else NOT_YET)


@command(
    positional=("lesson",),
    help={
        "lesson": f"every grading of one, and what was named: {LESSON}",
        "page": "write a page to keep: what you can do now, and what you trained",
    },
)
def progress(lesson: str = "", page: bool = False) -> None:
    """Show what you have had graded, and how it went."""
    from grader.cli.render import learner_view, success

    lessons = catalog.lessons(ROOT)
    if page:
        if lesson:
            raise Misuse("--page is about the whole course. Leave the lesson out.")
        success.draw_page_made(shown(_write_page(catalog.course(ROOT))), screen())
        return
    chosen = catalog.find(lesson, ROOT) if lesson else None
    with gradebook() as book:
        history = {found.name: book.history(found.name) for found in lessons}
        named = {found.name: book.named_mistakes(found.name) for found in lessons}
        standings = book.standings(lessons=lessons)
    if chosen:
        learner_view.draw_history(history[chosen.name], chosen, screen())
        learner_view.draw_named(named[chosen.name], screen())
    else:
        learner_view.draw_progress(lessons, history, standings, named, screen())


@command()
def doctor() -> None:
    """Look whether this machine is ready."""
    from grader.cli import doctor as looking
    from grader.cli.render import learner_view

    findings = tuple(looking.examine(ROOT))
    learner_view.draw_doctor(findings, screen())
    raise Exit(code=PASSED if all(x.is_good for x in findings) else NOT_YET)


def _write_page(lessons: Sequence[catalog.Lesson]) -> Path:
    """Write what is right of these lessons as a page beside the gradebook."""
    from grader.classroom.course_page import FILE_NAME, collect, course_page

    with gradebook() as book:
        records = collect(lessons, book)
    if not records:
        raise Misuse(
            "No lesson is right as a whole yet, so nothing can stand on the page. "
            f"Where you stand:  {typed('progress')}"
        )
    path = catalog.attempts_folder(ROOT) / FILE_NAME
    now = datetime.now().astimezone()
    files.write(path, course_page(course.title(ROOT), lessons, records, now))
    return path


def _print_json(report: Report) -> None:
    from grader.report.report_json import to_json

    sys.stdout.write(to_json(report).decode() + "\n")


def _write_json(report: Report, path: Path) -> None:
    from grader.report.report_json import to_json

    files.write(path, to_json(report) + b"\n")


def _exit_code(report: Report) -> int:
    if report.is_broken:
        return BROKEN
    return PASSED if report.has_passed else NOT_YET
