"""learner_view: draw a learner's progress, hints, history and machine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from rich.padding import Padding
from rich.table import Table

from grader.cli.doctor import Condition
from grader.cli.render.screen import Screen
from grader.course.document.catalog import Lesson
from grader.learner.gradebook import (
    GradingRow,
    LessonStanding,
    NamedMistake,
    Version,
)
from grader.learner.session import CURES_HEADING, OpenHints, OpenSolutions
from grader.report.sentences import format_minute

_BAR_WIDTH = 12


class NextInCourse(msgspec.Struct, frozen=True):
    """The next step in a course.

    Attributes:
        command: the command, or "" when everything is right.
        exercise: the tag and the title of the exercise to work on, or "".
    """

    command: str
    exercise: str = ""


def draw_overview(
    lessons: Sequence[Lesson],
    standings: dict[str, LessonStanding],
    begun: Iterable[str],
    onward: NextInCourse,
    title: str,
    screen: Screen,
    has_demo: bool = False,
) -> None:
    """Draw the lessons, the progress in each, and the command that comes next.

    Args:
        lessons: all of them, in order.
        standings: from the gradebook, by the lesson's name.
        begun: the names of the lessons that have a working copy.
        onward: what comes next.
        title: the name of the course, or "".
        screen: where to draw.
        has_demo: whether the course has a demo.
    """
    if title:
        screen.print("", screen.text(title, "bold"))
    screen.print("")
    for lesson in lessons:
        _draw_lesson(lesson, standings.get(lesson.name), lesson.name in begun, screen)
    screen.print("")
    if not onward.command:
        screen.print(screen.text("Every lesson is done.", "bold green"))
        screen.print("A page to keep with what you can do now:")
        screen.print(screen.command("overview --page"))
        return
    next_words = f"Next: {onward.exercise}".rstrip() if onward.exercise else "Next:"
    screen.print(screen.text(next_words), screen.command(onward.command))
    if has_demo and not standings and not begun:
        screen.print("Or see the goal first:")
        screen.print(screen.command("demo"))
    if not standings:
        screen.print("All commands:", screen.command("--list"))


def _draw_lesson(
    lesson: Lesson, standing: LessonStanding | None, is_begun: bool, screen: Screen
) -> None:
    words, style = _state(standing, is_begun)
    share = standing.best / max(1, standing.points) if standing else 0.0
    title_width = screen.width - 4 - 2 - _BAR_WIDTH - 2 - len("100 of 100")
    screen.print(
        screen.line(
            (f"{lesson.number:>2}  ", "bold"),
            screen.fit(lesson.title, title_width),
            "  ",
            (screen.bar(share, _BAR_WIDTH), style or "dim"),
            "  ",
            (words, style),
        )
    )


def _state(standing: LessonStanding | None, is_begun: bool) -> tuple[str, str]:
    if standing and standing.has_passed:
        return "done", "green"
    if standing:
        return f"{standing.best} of {standing.points}", "yellow"
    return ("begun", "") if is_begun else ("not begun", "dim")


def draw_start(path: str, was_made: bool, lesson: Lesson, screen: Screen) -> None:
    """Print where the working copy is and what to do with it."""
    screen.print("", screen.text(f"Lesson {lesson.number}  {lesson.title}", "bold"))
    words = "Your working copy is made:" if was_made else "Your working copy is here:"
    screen.print(words, screen.line("  ", (path, "bold")), "")
    if path.endswith(".ipynb"):
        screen.print("Open it in VS Code or another notebook editor, or here:")
        screen.print(screen.command(f"lab {lesson.short_name}"))
        screen.print("In a cell, %grade and the exercise's tag grades it. And here:")
        screen.print(screen.command(f"grade {lesson.short_name}"))
        return
    screen.print("Open it in an editor and work from top to bottom. To read it here:")
    screen.print(screen.command(f"read {lesson.short_name}"))
    screen.print("To run it, cell by cell, finished or not:")
    screen.print(screen.command(f"run {lesson.short_name}"))
    screen.print("When something is written:")
    screen.print(screen.command(f"grade {lesson.short_name}"))


def draw_copy_made(path: str, screen: Screen) -> None:
    """Print that a grading has made the working copy."""
    screen.print("", "Your working copy of this lesson is made. Write in it:")
    screen.print(screen.line("  ", (path, "bold")))


def draw_newer(path: str, older: str, screen: Screen) -> None:
    """Print which of two files for one lesson is graded."""
    words = f"The newer of two files is graded; {older} beside it is older:"
    screen.print("", screen.text(words), screen.line("  ", (path, "bold")))


def draw_renumbered(path: str, lesson: Lesson, screen: Screen) -> None:
    """Print that the number in the graded file's name isn't its lesson's."""
    words = f"Judging by its name, this file belongs to lesson {lesson.number}:"
    screen.print("", screen.text(words), screen.line("  ", (path, "bold")))


def draw_reset(path: str, old_file: str | None, screen: Screen) -> None:
    """Print where the fresh copy and the old file are."""
    screen.print("A fresh copy is made:", screen.line("  ", (path, "bold")))
    if old_file:
        screen.print("Your old file is kept:", screen.line("  ", (old_file, "bold")))


def draw_brought_back(
    path: str, old_file: str | None, version: Version, screen: Screen
) -> None:
    """Print which version is restored, and where the replaced file is."""
    score = f"{version.score} of {version.points} points"
    when = _to_local_time(version.started_at)
    screen.print(f"Restored the version graded at {when} ({score}):")
    screen.print(screen.line("  ", (path, "bold")))
    if old_file:
        screen.print("Your version until now is kept:")
        screen.print(screen.line("  ", (old_file, "bold")))


def _to_local_time(moment: str) -> str:
    """Return a time by this machine's clock, to the minute."""
    with contextlib.suppress(ValueError):
        moment = datetime.fromisoformat(moment).astimezone().isoformat()
    return format_minute(moment)


def draw_hints(opened: OpenHints, lesson: Lesson, screen: Screen) -> None:
    """Draw the open hints, with the newest one set off, and when the next one opens."""
    tag, last = opened.exercise, len(opened.hints)
    screen.print("")
    for number, hint in enumerate(opened.hints, 1):
        style = "bold" if number == last else "dim"
        screen.print(screen.text(f"{tag}  hint {number} of {opened.total}", "cyan"))
        screen.print(Padding(screen.text(hint, style), (0, 0, 1, 4)))
    if opened.cures:
        screen.print(screen.text(CURES_HEADING, "cyan"))
    for cure in opened.cures:
        screen.print(Padding(screen.text(cure, "bold"), (0, 0, 1, 4)))
    if opened.outlook and not opened.command:
        screen.print(opened.outlook)
    elif opened.outlook:
        # The whole lesson is graded, but only one exercise's solution is shown.
        what = tag if opened.command == "solution" else lesson.short_name
        command = screen.command(f"{opened.command} {what}")
        screen.print(opened.outlook, command)


def draw_gate(solutions: OpenSolutions, lesson: Lesson, screen: Screen) -> None:
    """Print when the solutions open that aren't open yet."""
    screen.print("", solutions.gate, screen.command(f"hint {solutions.closed[0]}"))


def draw_solution(code: str, screen: Screen) -> None:
    """Print code without wrapping or cutting lines, so that it can be copied."""
    shown = screen.text(code)
    if screen.has_colour:
        from rich.syntax import Syntax

        syntax = Syntax("", "python", theme="ansi_dark", background_color="default")
        shown = syntax.highlight(shown.plain)
    shown.rstrip()
    screen.console.print(shown, soft_wrap=True)


def draw_page_made(path: str, screen: Screen) -> None:
    """Print where the page to keep is."""
    screen.print("Your page is made. Open it in a browser, print it, keep it:")
    screen.print(screen.line("  ", (path, "bold")))


def draw_named(mistakes: Sequence[NamedMistake], screen: Screen) -> None:
    """Draw the mistakes of a lesson that were named, for a second look."""
    if not mistakes:
        return
    screen.print("", "Mistakes that were named, to look at again:")
    for mistake in mistakes:
        many = mistake.versions
        often = f" In {many} versions of your file." if many > 1 else ""
        now = " Right when last graded." if mistake.is_right else ""
        lead = screen.line("  ", (f"{mistake.exercise}  ", "bold"))
        screen.print(screen.beside(lead, f"{mistake.sentence}{often}{now}"))


def draw_history(
    gradings: Sequence[GradingRow], lesson: Lesson, screen: Screen
) -> None:
    """Draw the gradings of one lesson, each on one line."""
    screen.print("", screen.text(f"Lesson {lesson.number}  {lesson.title}", "bold"))
    if not gradings:
        screen.print("Not graded yet.", screen.command(f"grade {lesson.short_name}"))
    for grading in gradings:
        when = _to_local_time(grading.started_at)
        scope = f"exercise {grading.partial} alone" if grading.partial else ""
        score = f"{grading.score:>3} of {grading.points:<3}"
        screen.print(
            screen.line(
                (when, "dim"), f"  {score}  ", scope, f"  --seed {grading.seed}"
            )
        )


def draw_doctor(findings: Sequence[Condition], screen: Screen) -> None:
    """Draw the conditions of this machine, and what to do about them."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(2):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        word, style = ("good", "green") if finding.is_good else ("look", "yellow")
        table.add_row(
            screen.text(word, f"bold {style}"),
            screen.text(finding.name, "bold"),
            screen.text("\n".join(filter(None, (finding.words, finding.remedy)))),
        )
    screen.print("", table)
    screen.print("")
    if all(finding.is_good for finding in findings):
        screen.print(screen.text("This machine is ready.", "bold green"))
    else:
        screen.print("The lines marked `look` say what to do.")
