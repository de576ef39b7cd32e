"""grading: draw a report: score, one line an exercise, one message in full."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from grader.cli.render.message import Ways, message
from grader.cli.render.screen import STYLES, Screen
from grader.cli.render.success import (
    Success,
    draw_in_full,
    draw_in_short,
    draw_way_to_more,
)
from grader.report import ExerciseResult, Outcome, Report
from grader.report.report_lines import (
    count_of,
    find_unconfined,
    isolation_line,
    not_run_lines,
    reused_lines,
)

__all__ = ["Ways", "draw", "draw_pictures"]

_WORD_WIDTH = max(len(outcome) for outcome in Outcome)
_OUTPUT_LINES = 12
_OUTPUT_LETTERS = 20_000


def draw(
    report: Report,
    screen: Screen,
    ways: Ways,
    successes: Sequence[Success] = (),
    in_full: bool = False,
    verbose: bool = False,
) -> None:
    """Draw a whole report: the message comes last, so that it does not scroll away.

    Args:
        report: the grading.
        screen: where to draw.
        ways: the commands that come next.
        successes: the exercises that are right and of which something is told.
        in_full: whether all is told of them.
        verbose: name the sandbox layers even if none that matters is missing.
    """
    screen.print(*_draw_output(report, screen))
    draw_pictures(report, screen)
    head = () if ways.is_watching else ("", *_head(report, screen))
    # A file that does not load says nothing about any one exercise.
    told = () if report.problem else report.exercises
    screen.print(
        *head,
        "",
        *_draw_not_run(report, screen),
        *(_exercise_line(exercise, screen) for exercise in told),
        *_remarks(report, screen),
        *_kept(report, screen),
        *_draw_notes(report, screen),
    )
    if successes and in_full:
        draw_in_full(successes, screen)
    elif successes:
        is_whole = report.has_passed and not report.partial
        tell = draw_way_to_more if is_whole else draw_in_short
        tell(successes, screen, "" if ways.is_watching else ways.again)
    has_standing = ways.is_watching and not report.problem
    standing = ("", _standing(report, screen)) if has_standing else ()
    foot = _foot(report, screen, verbose)
    screen.print("", *message(report, screen, ways), *foot, *standing)


def draw_pictures(report: Report, screen: Screen) -> None:
    """Draw the pictures of a report."""
    if not report.pictures:
        return
    from grader import pictures

    for picture in report.pictures:
        screen.print("", screen.text(picture.title, "bold"), pictures.drawn(picture))


def _head(report: Report, screen: Screen) -> Iterator[RenderableType]:
    yield screen.line((f"{_lesson(report)}  {report.title}", "bold"))
    yield _score_line(report, screen, screen.width)
    yield screen.text(report.attempt, "dim")


def _standing(report: Report, screen: Screen) -> Text:
    """Score and verdict in one line, for a terminal that has few of them."""
    first = report.first_not_passed
    outcome = first.outcome if first else Outcome.PASSED
    what = f"{first.tag if first else 'all'} {outcome}"
    if first is None and not report.is_whole:
        outcome, what = Outcome.RAISED, "doesn't run as it is"
    words = f"  {screen.glyph(outcome)} {what}"
    line = screen.line((f"{_lesson(report)}  ", "bold"))
    room = screen.width - line.cell_len - len(words)
    line.append_text(_score_line(report, screen, room))
    return line.append_text(screen.text(words, STYLES[outcome]))


def _lesson(report: Report) -> str:
    number = re.match(r"lesson(\d+)", report.lesson)
    return f"Lesson {number[1]}" if number else report.lesson


def _score_line(report: Report, screen: Screen, width: int) -> Text:
    words = f"{report.score} of {report.points}"
    if report.partial:
        words += f"  (exercise {report.partial} alone)"
    room = min(40, width - len(words) - 3)
    bar = screen.bar(report.score / max(1, report.points), max(0, room))
    style = "green" if report.has_passed else "yellow"
    return screen.line((bar, style), "  ", (words, "bold"))


def _exercise_line(exercise: ExerciseResult, screen: Screen) -> Text:
    style = STYLES[exercise.outcome]
    points = f"{exercise.earned:>3} of {exercise.points:>2}"
    rest = 2 + 4 + 2 + _WORD_WIDTH + 2 + len(points)
    return screen.line(
        (f"{screen.glyph(exercise.outcome)} ", f"bold {style}"),
        (screen.fit(exercise.tag, 4), "bold"),
        screen.fit(exercise.title, max(8, screen.width - rest)),
        "  ",
        (f"{exercise.outcome:<{_WORD_WIDTH}}", style),
        f"  {points}",
    )


def _remarks(report: Report, screen: Screen) -> Iterator[RenderableType]:
    for exercise in report.exercises:
        for remark in exercise.remarks:
            lead = screen.line("  ", (f"{exercise.tag}  ", "bold"))
            yield screen.beside(lead, screen.text(remark, "italic"))


def _draw_not_run(report: Report, screen: Screen) -> Iterator[Text]:
    """Yield what does not run of the file, and an empty line below it."""
    if lines := not_run_lines(report):
        yield from (screen.text(line, "bold yellow") for line in lines)
        yield Text()


def _draw_notes(report: Report, screen: Screen) -> Iterator[Text]:
    """Yield what somebody should know of the file that was graded."""
    for note in report.notes:
        yield screen.text(note, "dim")


def _kept(report: Report, screen: Screen) -> Iterator[Text]:
    for tags, words in reused_lines(report):
        yield screen.line("  ", (f"{tags}  ", "bold"), (words, "italic"))


def _draw_output(report: Report, screen: Screen) -> Iterator[RenderableType]:
    """Yield what the attempt printed: behind a mark, bounded, without a control
    character.
    """
    text = report.output[:_OUTPUT_LETTERS]
    lines = screen.text(text).plain.rstrip().splitlines()
    if not lines:
        return
    mark = "|" if screen.is_ascii else "│"
    left_out = len(lines) - _OUTPUT_LINES
    yield Text()
    yield screen.text("Your program printed:")
    for line in lines[:_OUTPUT_LINES]:
        width = min(len(line), screen.width - 4)
        yield screen.line("  ", (f"{mark} ", "dim"), screen.fit(line, width))
    was_cut = report.output_was_cut or len(text) < len(report.output)
    if left_out > 0 or was_cut:
        more = count_of(left_out, "more line") if left_out > 0 else "more"
        many = ", and much that was cut" if was_cut else ""
        yield screen.line("  ", (f"({more}{many})", "dim"))


def _foot(
    report: Report, screen: Screen, verbose: bool = False
) -> Iterator[RenderableType]:
    yield Text()
    yield screen.text(
        f"{report.wall_s:.1f} s. The same inputs again: --seed {report.seed}", "dim"
    )
    found = report.isolation
    if found is not None and (verbose or find_unconfined(found)):
        yield screen.text(isolation_line(found), "dim")
