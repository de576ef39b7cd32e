"""grading: the commands that grade, once or on every save, and what they show next."""

from __future__ import annotations

import contextlib
import functools
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from grader.cli.command import (
    BROKEN,
    EXERCISE,
    LESSON,
    NOT_YET,
    PASSED,
    Exit,
    Program,
    command,
    describe_missing,
    format_path,
    parse_seed,
)
from grader.common import files
from grader.common.errors import Misuse
from grader.course.document import attempt_file, catalog
from grader.course.document.cells import Document
from grader.course.installation import format_command

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from contextlib import AbstractContextManager

    from grader.cli.render.grading import SolvedExercise
    from grader.learner.gradebook import LessonStanding
    from grader.learner.session import Conclusion, LearnerSession
    from grader.report import Report
    from grader.report.view import NextCommands


class Autograder(Protocol):
    """Another system that grades with ``--to``; made of ``--out`` and `open_files`."""

    def answering(self, lesson: catalog.Lesson) -> AbstractContextManager[None]:
        """Report to the learner why a submission can't be graded, if it can't."""

    def open_hand_in(
        self, lesson: catalog.Lesson, folder: Path
    ) -> tuple[Path, bytes, Document] | None:
        """Return the file in a hand-in that counts, its bytes and its page, if any."""

    def write(self, report: Report) -> None:
        """Write the result for the other system."""


# A grading in a terminal that took longer says how the next one is quicker.
SLOW_S = 5.0


@command(
    positional=("lesson",),
    help={
        "lesson": f"{LESSON}; the one whose file you saved last if you leave it out",
        "attempt": "grade this file, or the one in this folder, instead of your "
        "working copy",
        "exercise": f"grade only this exercise: {EXERCISE}",
        "seed": "repeat a grading with the seed that it printed",
        "more": "for right exercises, also show what was checked and another way to "
        "write it",
        "json": "write the report to this file as JSON; - writes it to the terminal",
        "to": "write the result of another system's autograder, such as gradescope",
        "out": "output folder for --to (default: where that system looks for it)",
        "open-files": "with --to, if Landlock is missing: hand over a score although "
        "learners' code can read the solutions",
        "require-sandbox": "refuse to grade unless every layer of the sandbox works",
        "debug": "keep the output of the workers and show where; to debug the grader",
    },
)
def grade(
    app: Program,
    lesson: str = "",
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
    from grader.judge.request import GradingRequest
    from grader.learner.grading_service import prelaunch
    from grader.sandbox import debug_log

    began_s, quiet = time.monotonic(), json == "-"
    course = app.require_lessons()
    found = _find_lesson(app, lesson, attempt, course)
    if json not in ("", "-"):
        files.require_writable(Path(json))
    autograder = _find_autograder(to, out, open_files) if to else None
    # These options ask for a run, so that an earlier verdict doesn't count.
    runs_everything = bool(seed or require_sandbox or to or debug)
    log = debug_log.begin() if debug else None
    # The service starts workers while the libraries that draw are imported.
    with prelaunch(app.pool, found, require_sandbox) as service:
        with autograder.answering(found) if autograder else contextlib.nullcontext():
            path, source, page = _open_attempt(app, found, attempt, quiet, autograder)
        session = app.open_session_for(found, path)
        request = GradingRequest.of(
            found,
            path,
            source,
            seed=parse_seed(seed),
            require_sandbox=require_sandbox,
            exercise=exercise.lower(),
            document=page,
        )
        request = session.complete(request, found, runs_everything)
        from grader.cli.render.training import TrainingBar

        with TrainingBar(app.screen, f"Grading {found.short_name} ...") as bar:
            report = service.grade(
                request,
                on_progress=None if quiet else bar.update,
                on_check=lambda at: bar.say(f"Grading {found.short_name} ... {at}"),
            )
        if autograder:
            autograder.write(report)
        done = session.conclude(report, found, source, path.suffix, course)
        if not quiet:
            commands = next_commands(found, attempt, session, course, done.standings)
            _draw_report(app, done, found, commands, more, log)
            _draw_quicker_ways(app, found, time.monotonic() - began_s)
        _write_json(report, json)
        done.require_recorded()
    raise Exit(code=_exit_code(report))


@command(
    help={
        "lesson": LESSON,
        "attempt": "watch this file, or the one in this folder, instead of your "
        "working copy",
        "exercise": f"grade only this exercise: {EXERCISE}",
        "polling": "check the file again and again, for systems that don't report "
        "saves",
    }
)
def watch(
    app: Program,
    lesson: str,
    attempt: str = "",
    exercise: str = "",
    polling: bool = False,
) -> None:
    """Grade your attempt whenever you save it, until you press q.

    h: the next hint. n: the next lesson. r: run again. q: quit.
    """
    from grader import judge
    from grader.cli.learner import draw_next_hint
    from grader.cli.render.watch_view import WatchBoard
    from grader.cli.watch import Key, Watcher

    course = app.require_lessons()
    current: catalog.Lesson | None = catalog.find_among(lesson, course)
    while current is not None:
        path, _handed_in = find_attempt(app, current, attempt, quiet=False)
        if exercise:
            exercise = judge.find_exercise(current, exercise).tag
        onward = catalog.lesson_after(current, course)
        session = app.open_session_for(current, path)
        standings = session.standings(course)
        commands = next_commands(current, attempt, session, course, standings, True)
        watcher = Watcher(
            app.pool,
            current,
            path,
            WatchBoard(app.screen, format_path(path), commands),
            session=session,
            hint=functools.partial(draw_next_hint, app, current),
            exercise=exercise or None,
            polling=polling,
            is_last=onward is None,
        )
        current = onward if watcher.run() is Key.NEXT else None
        # For the next lesson, grade the learner's own copy as a whole.
        attempt = exercise = ""


def _find_lesson(
    app: Program, lesson: str, attempt: str, course: Sequence[catalog.Lesson]
) -> catalog.Lesson:
    """Return the lesson that was named, or else the one whose file was saved last."""
    if not lesson and not attempt:
        lesson = catalog.find_saved_last(course, app.root)
    if not lesson:
        raise Misuse(describe_missing("grade", "lesson"))
    return catalog.find_among(lesson, course)


def find_attempt(
    app: Program, lesson: catalog.Lesson, attempt: str, quiet: bool
) -> tuple[Path, Path | None]:
    """Return the file to grade: the named one, or the working copy, made if necessary.

    Returns:
        The file, and the path that was named, or None for the working copy. No link
        below that path is followed.
    """
    was_made, named = False, Path(attempt) if attempt else None
    if named:
        path = catalog.resolve_attempt(lesson, named)
    else:
        path, was_made = catalog.working_copy(lesson, app.root)
    older = None if path == named else catalog.find_older_format(path)
    is_renumbered = catalog.is_renumbered(path, lesson)
    if not quiet and (was_made or older or is_renumbered):
        from grader.cli.render import learner_view

        if was_made:
            learner_view.draw_copy_made(format_path(path), app.screen)
        elif older:
            learner_view.draw_newer(format_path(path), older.name, app.screen)
        elif is_renumbered:
            learner_view.draw_renumbered(format_path(path), lesson, app.screen)
    return path, named


def next_commands(
    lesson: catalog.Lesson,
    attempt: str,
    session: LearnerSession,
    course: Sequence[catalog.Lesson],
    standings: Mapping[str, LessonStanding],
    is_watching: bool = False,
) -> NextCommands:
    """Return the commands that come after a grading."""
    again = f"grade {lesson.short_name}"
    again += f" --attempt {shlex.quote(attempt)}" if attempt else ""
    return session.next_commands(
        lesson, course, standings, again, is_watching=is_watching
    )


def _find_autograder(to: str, out: str, open_files: bool) -> Autograder:
    """Return the autograder of another system.

    Raises:
        Misuse: if there is none of this name, or this isn't where it grades.
    """
    from grader.common.extensions import AUTOGRADERS, load, places_of

    places = places_of(AUTOGRADERS)
    if to not in places:
        message = f"--to takes {' or '.join(places)} here, not {to!r}."
        message = (
            message if places else "No autograder is installed, so leave --to out."
        )
        raise Misuse(message)
    autograder: Autograder = load(places[to])(out, open_files)
    return autograder


def _open_attempt(
    app: Program,
    lesson: catalog.Lesson,
    attempt: str,
    quiet: bool,
    autograder: Autograder | None,
) -> tuple[Path, bytes, Document]:
    """Return the file to grade, its bytes, and its page.

    Args:
        app: the running program.
        lesson: the lesson to grade.
        attempt: the path that was named; "" for the working copy.
        quiet: don't report that a copy was made.
        autograder: the other system, if any. It refuses a file with a second name on
            the disk, because what was unpacked for it has only one.
    """
    folder = Path(attempt)
    if autograder and folder.is_dir():
        opened = autograder.open_hand_in(lesson, folder)
        if opened is not None:
            return opened
    path, handed_in = find_attempt(app, lesson, attempt, quiet)
    source = attempt_file.read(path, handed_in, must_have_one_name=bool(autograder))
    return path, source, attempt_file.open_attempt(source, path)


def _draw_quicker_ways(app: Program, lesson: catalog.Lesson, took_s: float) -> None:
    """After a slow grading, say how the next one takes less time."""
    if took_s < SLOW_S:
        return
    watch, serve = (
        format_command(f"{word} {lesson.short_name}") for word in ("watch", "serve")
    )
    app.screen.print(
        "",
        f"That took {took_s:.0f} s. To grade again sooner, use one of these, which "
        f"keep the libraries loaded:  {watch}  {serve}  or a notebook.",
    )


def _draw_report(
    app: Program,
    done: Conclusion,
    lesson: catalog.Lesson,
    commands: NextCommands,
    more: bool,
    log: Path | None,
) -> None:
    from grader.cli.render import grading

    report, focus = done.report, done.focus
    shows_all = more or bool(report.partial)
    successes = find_successes(
        report, lesson, None if shows_all else focus.became_right
    )
    paper = app.screen
    grading.draw(report, paper, commands, successes, more, focus)
    if log:
        paper.print(paper.text(f"The output of the workers is in {log}.", "dim"))


def find_successes(
    report: Report, lesson: catalog.Lesson, tags: Collection[str] | None
) -> tuple[SolvedExercise, ...]:
    """Return the right exercises to report: those with these tags, or all for None."""
    from grader import judge
    from grader.cli.render.grading import SolvedExercise

    is_reported = (lambda tag: True) if tags is None else tags.__contains__
    right = [x for x in report.exercises if x.is_right and is_reported(x.tag)]
    if not right:
        return ()
    ways = {info.tag: info.alternative for info in judge.exercises(lesson)}
    return tuple(SolvedExercise(exercise, ways[exercise.tag]) for exercise in right)


def _write_json(report: Report, where: str) -> None:
    """Write a report to a file, to the terminal for "-", or nowhere for ""."""
    if not where:
        return
    from grader.report.report_json import to_json

    if where == "-":
        sys.stdout.write(to_json(report).decode() + "\n")
    else:
        files.write(Path(where), to_json(report) + b"\n")


def _exit_code(report: Report) -> int:
    if report.is_broken:
        return BROKEN
    return PASSED if report.has_passed else NOT_YET
