"""grading: draw the blocks of a report, and the feedback on right exercises."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from grader.cli.render.screen import Screen, style_of
from grader.report import ExerciseResult, Outcome, Picture, Report
from grader.report.focus import Focus, find_focus
from grader.report.sentences import count_of, ungraded_points
from grader.report.view import (
    ANOTHER_WAY,
    PRINTED,
    Abilities,
    Block,
    BriefMessage,
    Details,
    Exercises,
    Facts,
    FullMessage,
    Mistakes,
    NextCommands,
    NextStep,
    Output,
    Position,
    Sentence,
    Tone,
    Trace,
    view_footer,
    view_report,
)

if TYPE_CHECKING:
    from grader.checks import Alternative

_WORD_WIDTH = max(len(outcome) for outcome in Outcome)
_LABEL_WIDTH = 9
_OUTPUT_LINES = 12
_OUTPUT_LETTERS = 20_000
_TRACE_LINES = 8
_VALUE_LINES = 12
_FEW = 3
_TONES = {
    Tone.CLAIM: "dim",
    Tone.WARNING: "bold yellow",
    Tone.REMARK: "italic",
    Tone.NOTE: "dim",
    Tone.PROGRESS: "bold",
    Tone.SUCCESS: "bold green",
}


class SolvedExercise(msgspec.Struct, frozen=True):
    """An exercise that is right, and another way to write it, if there is one."""

    exercise: ExerciseResult
    alternative: Alternative | None = None


def draw(
    report: Report,
    screen: Screen,
    commands: NextCommands,
    successes: Sequence[SolvedExercise] = (),
    is_in_full: bool = False,
    focus: Focus | None = None,
) -> None:
    """Draw a whole report; the message comes last, so that it doesn't scroll away.

    Args:
        report: the grading.
        screen: where to draw.
        commands: the commands that come next.
        successes: the right exercises to report.
        is_in_full: whether to show everything about them.
        focus: the exercise to show; if None, nothing is known of earlier gradings.
    """
    focus = focus or find_focus(report.exercises)
    verdicts: list[Block] = []
    message: list[Block] = []
    for block in view_report(report, commands, focus):
        (message if message or _begins_message(block) else verdicts).append(block)
    head = () if commands.is_watching else ("", *_head(report, screen))
    is_long = [isinstance(block, Output | Picture) for block in verdicts]
    long = sum(is_long)  # they come first
    screen.print(
        *_draw_verdicts(verdicts[:long], screen),
        *head,
        "",
        *_draw_verdicts(verdicts[long:], screen),
    )
    if successes and is_in_full:
        _draw_in_full(successes, screen)
    elif successes:
        is_whole = report.has_passed and not report.partial
        tell = _draw_way_to_more if is_whole else _draw_in_short
        again = commands.grade("" if is_whole else successes[-1].exercise.tag)
        tell(successes, screen, "" if commands.is_watching else again)
    footer = view_footer(report, commands)
    has_standing = commands.is_watching and not report.problem
    screen.print(
        "",
        *(part for block in message for part in _draw_block(block, screen)),
        "",
        *(screen.text(line.words, "dim") for line in footer),
        *(("", _standing(report, focus, screen)) if has_standing else ()),
    )


def _begins_message(block: Block) -> bool:
    is_success = isinstance(block, Sentence) and block.tone is Tone.SUCCESS
    return is_success or isinstance(block, FullMessage | BriefMessage | Abilities)


def _head(report: Report, screen: Screen) -> Iterator[RenderableType]:
    yield screen.line((f"{_lesson(report)}  {report.title}", "bold"))
    yield _score_line(report, screen, screen.width)
    if words := ungraded_points(report):
        yield screen.text(f"{words}.", "magenta")
    yield screen.text(report.attempt, "dim")


def _standing(report: Report, focus: Focus, screen: Screen) -> Text:
    """Return the score and the verdict in one line, for a terminal with few lines."""
    first = focus.exercise_in(report)
    outcome = first.outcome if first else Outcome.PASSED
    what = f"{first.tag} {first.word}" if first else f"all {outcome.word}"
    if first is None and not report.is_whole:
        outcome, what = Outcome.RAISED, "doesn't run as it is"
    words = f"  {screen.glyph(outcome)} {what}"
    line = screen.line((f"{_lesson(report)}  ", "bold"))
    room = screen.width - line.cell_len - len(words)
    line.append_text(_score_line(report, screen, room))
    return line.append_text(screen.text(words, style_of(outcome)))


def _lesson(report: Report) -> str:
    number = re.match(r"lesson(\d+)", report.lesson)
    return f"Lesson {number[1]}" if number else report.lesson


def _score_line(report: Report, screen: Screen, width: int) -> Text:
    words = f"{report.score} of {report.full_points}"
    if report.partial:
        words += f"  (exercise {report.partial} only)"
    room = min(40, width - len(words) - 3)
    bar = screen.bar(report.score / max(1, report.full_points), max(0, room))
    style = "green" if report.has_passed else "yellow"
    return screen.line((bar, style), "  ", (words, "bold"))


def _draw_verdicts(blocks: Iterable[Block], screen: Screen) -> Iterator[RenderableType]:
    """Yield blocks, with an empty line below the warnings."""
    was_warning = False
    for block in blocks:
        is_warning = isinstance(block, Sentence) and block.tone is Tone.WARNING
        if was_warning and not is_warning:
            yield Text()
        was_warning = is_warning
        yield from _draw_block(block, screen)
    if was_warning:
        yield Text()


def _draw_block(block: Block, screen: Screen) -> Iterator[RenderableType]:
    match block:
        case Sentence(words, tone, about) if about:
            lead = screen.line("  ", (f"{about}  ", "bold"))
            yield screen.beside(lead, screen.text(words, "italic"))
        case Sentence(words, tone):
            yield from (Text(),) if tone is Tone.PROGRESS else ()
            yield screen.text(words, _TONES.get(tone, ""))
        case Output():
            yield from _draw_output(block, screen)
        case Picture():
            yield from draw_picture(block, screen)
        case Exercises(exercises):
            yield from (_exercise_line(exercise, screen) for exercise in exercises)
        case FullMessage():
            yield _panel(block, screen)
            yield Text()
        case BriefMessage(tag, outcome, words):
            sign = (f"{screen.glyph(outcome)} ", style_of(outcome))
            lead = screen.line(sign, (f"{tag}  ", "bold"))
            yield screen.beside(lead, screen.text(words))
        case Abilities(lead, can_do):
            yield screen.text(lead, "bold green")
            yield from (screen.beside("  - ", words) for words in can_do)
        case NextStep(words, commands):
            yield screen.text(words)
            yield from map(screen.command, commands)


def draw_picture(picture: Picture, screen: Screen) -> Iterator[RenderableType]:
    """Yield a picture below its title."""
    from grader import pictures

    yield Text()
    yield screen.text(picture.title, "bold")
    yield pictures.drawn(picture)


def _exercise_line(exercise: ExerciseResult, screen: Screen) -> Text:
    style = style_of(exercise.outcome)
    points = f"{exercise.earned:>3} of {exercise.points:>2}"
    rest = 2 + 4 + 2 + _WORD_WIDTH + 2 + len(points)
    return screen.line(
        (f"{screen.glyph(exercise.outcome)} ", f"bold {style}"),
        (screen.fit(exercise.tag, 4), "bold"),
        screen.fit(exercise.title, max(8, screen.width - rest)),
        "  ",
        (f"{exercise.word:<{_WORD_WIDTH}}", style),
        f"  {points}",
    )


def _draw_output(output: Output, screen: Screen) -> Iterator[RenderableType]:
    """Yield what the attempt printed: marked, shortened, without control characters."""
    text = output.text[:_OUTPUT_LETTERS]
    lines = screen.text(text).plain.rstrip().splitlines()
    if not lines:
        return
    mark = "|" if screen.is_ascii else "│"
    left_out = len(lines) - _OUTPUT_LINES
    yield Text()
    yield screen.text(f"{PRINTED}:")
    for line in lines[:_OUTPUT_LINES]:
        yield screen.line("  ", (f"{mark} ", "dim"), screen.cut(line, screen.width - 4))
    was_cut = output.was_cut or len(text) < len(output.text)
    if left_out > 0 or was_cut:
        more = count_of(left_out, "more line") if left_out > 0 else "more"
        many = ", and more that was cut" if was_cut else ""
        yield screen.line("  ", (f"({more}{many})", "dim"))


def _panel(message: FullMessage, screen: Screen) -> RenderableType:
    """Return a panel; if there is no room, its title is cut but its outcome isn't."""
    word, style = message.word, style_of(message.outcome)
    room = screen.width - len(word) - 10
    title = screen.cut(message.title, room)
    heading = screen.line(
        (f"{screen.glyph(message.outcome)} ", style),
        (title, "bold"),
        "  " if word else "",
        (word, style),
    )
    return Panel(
        Group(*_draw_finding(message.blocks, screen)),
        title=heading,
        title_align="left",
        border_style=style if style != "dim" else "",
        padding=(1, 2),
        width=screen.width,
    )


def _draw_finding(blocks: Sequence[Block], screen: Screen) -> Iterator[RenderableType]:
    """Yield the blocks of a message, with facts and position in one table."""
    lines = [x for block in blocks for x in _flatten(block)]
    rows: list[tuple[str, str]] = []
    for block, after in itertools.zip_longest(lines, lines[1:]):
        match block:
            case Sentence(words, tone):
                yield screen.text(words, _TONES.get(tone, ""))
            case Facts(facts):
                rows += facts
            case Position(where):
                rows += [(where, block.marked)] if block.source else []
            case Trace(frames):
                yield Text()
                yield from (screen.text(x, "dim") for x in frames[-_TRACE_LINES:])
            case Mistakes():
                yield from _draw_mistakes(block, screen)
                yield Text()
        if rows and not isinstance(after, Facts | Position):
            yield Text()
            yield _table(rows, screen)
            rows = []


def _flatten(block: Block) -> tuple[Block, ...]:
    """Return the details of a message as blocks, because a terminal can't fold them."""
    return block.blocks if isinstance(block, Details) else (block,)


def _table(rows: Sequence[tuple[str, str]], screen: Screen) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    widest = max(_LABEL_WIDTH, *(len(label) for label, _ in rows))
    table.add_column(width=widest, no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in rows:
        table.add_row(screen.text(label, "dim"), screen.text(_bound(value)))
    return table


def _bound(value: str) -> str:
    lines = value.rstrip().splitlines()
    if len(lines) > _VALUE_LINES:
        lines = [*lines[: _VALUE_LINES - 1], "..."]
    return "\n".join(lines)


def _draw_mistakes(mistakes: Mistakes, screen: Screen) -> Iterator[RenderableType]:
    """Yield the known mistakes that give exactly this answer."""
    arrow = "->" if screen.is_ascii else "→"
    if mistakes.lead:
        yield screen.text(mistakes.lead)
    for words in mistakes.sentences:
        table = Table.grid(padding=(0, 1, 0, 0))
        table.add_column(width=len(arrow), no_wrap=True)
        table.add_column(overflow="fold")
        sentence = screen.text(words, "bold yellow")
        table.add_row(screen.text(arrow, "bold yellow"), sentence)
        yield table


def _draw_in_full(successes: Sequence[SolvedExercise], screen: Screen) -> None:
    """Draw every claim that was checked, and the other way to write each exercise."""
    for success in successes:
        claims = _claims(success)
        screen.print("", _heading(success, screen), *_list(claims, screen))
        if success.alternative:
            screen.print(*_draw_alternative(success.alternative, screen))


def _draw_in_short(
    successes: Sequence[SolvedExercise], screen: Screen, again: str
) -> None:
    """Draw some claims of the last exercise that has become right, and how to see more.

    Args:
        successes: the exercises that are right now but weren't before.
        screen: where to draw.
        again: the command that grades the last one again; "" to leave out how to see
            more.
    """
    last = successes[-1]
    claims = _claims(last)
    few = _choose_few(last)
    words = f"What was checked in {last.exercise.tag}:"
    screen.print("", words, *_list(few, screen))
    more = len(claims) - _FEW
    if again and (last.alternative or more > 0):
        and_more = count_of(more, "more claim") if more > 0 else ""
        way = "another way to write it" if last.alternative else ""
        words = " and ".join(filter(None, (and_more, way)))
        screen.print(f"{words[0].upper()}{words[1:]}:")
        screen.print(screen.command(f"{again} --more"))


def _draw_way_to_more(
    successes: Sequence[SolvedExercise], screen: Screen, again: str
) -> None:
    """Print the command that shows everything about a lesson that has become right."""
    if again:
        has_ways = any(success.alternative for success in successes)
        words = ", and other ways to write it" if has_ways else ""
        screen.print("", f"What was checked{words}:", screen.command(f"{again} --more"))


def _heading(success: SolvedExercise, screen: Screen) -> Text:
    exercise = success.exercise
    return screen.line(
        (f"{exercise.tag} is right. ", "bold green"), "This was checked:"
    )


def _claims(success: SolvedExercise) -> list[str]:
    return [check.full_sentence for check in success.exercise.checks if check.sentence]


def _choose_few(success: SolvedExercise) -> list[str]:
    """Return some claims, beginning with those that have the learner's numbers."""
    checks = [check for check in success.exercise.checks if check.sentence]
    chosen = sorted(checks, key=lambda check: not check.measured)
    return [check.full_sentence for check in chosen[:_FEW]]


def _list(claims: Sequence[str], screen: Screen) -> Iterator[RenderableType]:
    mark = (f"  {screen.glyph(Outcome.PASSED)} ", "green")
    return (screen.beside(mark, claim) for claim in claims)


def _draw_alternative(way: Alternative, screen: Screen) -> Iterator[RenderableType]:
    yield Text()
    yield screen.text(f"{ANOTHER_WAY}:")
    yield Padding(screen.text(way.code.strip("\n")), (0, 0, 0, 4))
    yield screen.beside("  ", way.why)
