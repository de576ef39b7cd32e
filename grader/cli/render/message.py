"""message: the one finding that is shown in full, and the next step."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from msgspec.structs import replace
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from grader.cli.render.screen import STYLES, Screen
from grader.report import ExerciseResult, Finding, Outcome, Report
from grader.report.report_lines import (
    STUCK,
    claim_line,
    facts_of,
    find_others,
    others_line,
    right_line,
    where_in,
)

_NAMED_LINE = re.compile(r"(?:Syntax|Indentation)Error: .* on line (\d+)\b")
_LABEL_WIDTH = 9
_TRACE_LINES = 8
_ONE_FRAME = 2  # lines: a trace of one frame says no more than the line above it
_VALUE_LINES = 12


class Ways(msgspec.Struct, frozen=True):
    """The commands that come next, as one types them after `invoke`.

    Attributes:
        again: grades the same attempt again.
        lesson: the short name of the lesson, ``lesson3``.
        onward: what follows when all is right, or "" when every lesson is done.
        is_last: whether no lesson follows; `onward` is then one that was left out.
        is_watching: whether saving is enough to be graded again.
        title: of the lesson that `onward` leads to, or "".
        can_do: what the learner can do when the whole lesson is right.
    """

    again: str
    lesson: str
    onward: str = ""
    is_watching: bool = False
    is_last: bool = False
    title: str = ""
    can_do: tuple[str, ...] = ()


def message(report: Report, screen: Screen, ways: Ways) -> Iterator[RenderableType]:
    """Yield the one message that is shown in full, and the next step."""
    first = report.first_not_passed
    if first is None:
        yield from _all_right(report, screen, ways)
        return
    problem = report.problem and replace(report.problem, call="", look="")
    title, word = f"{first.tag}  {first.title}", f"{first.outcome}"
    if problem is not None:
        # The outcome is an exercise's; the sentence says what became of the file.
        title, word = "Your file could not be loaded", ""
        title = "Nothing is in it" if report.is_empty else title
    finding = problem or first.finding or Finding("")
    parts = [
        *_draw_claim(first, screen, problem),
        *_draw_facts(finding, screen),
        *_draw_mistakes(finding, screen),
    ]
    yield _panel((title, word), first.outcome, Group(*parts), screen)
    yield Text()
    yield from _next_step(first, finding, report, screen, ways)
    if problem is None:
        yield from _others(report, screen, ways)


def _panel(
    titles: tuple[str, str], outcome: Outcome, body: RenderableType, screen: Screen
) -> RenderableType:
    """Return a panel; of its two titles the first is cut where there is no room."""
    (title, word), style = titles, STYLES[outcome]
    room = screen.width - len(word) - 10
    heading = screen.line(
        (f"{screen.glyph(outcome)} ", style),
        (screen.fit(title, min(room, len(title))), "bold"),
        "  " if word else "",
        (word, style),
    )
    return Panel(
        body,
        title=heading,
        title_align="left",
        border_style=style if style != "dim" else "",
        padding=(1, 2),
        width=screen.width,
    )


def _draw_claim(
    first: ExerciseResult, screen: Screen, problem: Finding | None
) -> Iterator[RenderableType]:
    """Yield the sentence of the check that did not pass: what is not true yet."""
    if problem is None and (line := claim_line(first)):
        yield screen.line((line, "bold"))
        yield Text()


def _draw_facts(finding: Finding, screen: Screen) -> Iterator[RenderableType]:
    """Yield what was called, what was expected, what came, and where."""
    if finding.sentence:
        yield screen.text(finding.sentence)
    rows = [
        *facts_of(finding),
        (where_in(finding), _source(finding)),
    ]
    if any(value for _, value in rows):
        yield Text()
        yield _table([(label, value) for label, value in rows if value], screen)
    lines = finding.trace.rstrip().splitlines()
    if len(lines) > _ONE_FRAME:
        yield Text()
        yield from (screen.line((line, "dim")) for line in lines[-_TRACE_LINES:])


def _source(finding: Finding) -> str:
    """Return the line of the attempt, with a caret below the column it is about."""
    column = (finding.column or 0) if finding.source else 0
    indent = len(finding.source) - len(finding.source.lstrip())
    caret = "\n" + " " * (column - 1 - indent) + "^" if column > indent else ""
    return finding.source.strip() + caret


def _table(rows: list[tuple[str, str]], screen: Screen) -> Table:
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


def _draw_mistakes(finding: Finding, screen: Screen) -> Iterator[RenderableType]:
    """Yield the known mistakes that give exactly this answer."""
    if not finding.mistakes:
        return
    yield Text()
    arrow = "->" if screen.is_ascii else "→"
    if len(finding.mistakes) > 1:
        yield screen.text("It is one of these; they give the same answer:")
    for mistake in finding.mistakes:
        table = Table.grid(padding=(0, 1, 0, 0))
        table.add_column(width=len(arrow), no_wrap=True)
        table.add_column(overflow="fold")
        sentence = screen.text(mistake.full_sentence, "bold yellow")
        table.add_row(screen.text(arrow, "bold yellow"), sentence)
        yield table


def _next_step(
    first: ExerciseResult,
    finding: Finding,
    report: Report,
    screen: Screen,
    ways: Ways,
) -> Iterator[RenderableType]:
    needed = finding.needs
    exercise = f"--exercise {needed or first.tag}"
    if first.outcome is Outcome.BROKEN:
        yield screen.text(
            "This is the grader's own fault. It costs you nothing, and your file is "
            "as it was. Please report it, with this command:"
        )
        yield screen.command(f"{ways.again} {exercise} --seed {report.seed}")
        return
    if report.is_empty:
        yield screen.text(
            "Is something missing that you wrote? Undo in your editor may bring it "
            "back. And this makes a fresh copy of the lesson's text:"
        )
        yield screen.command(f"reset {ways.lesson}")
        return
    where = ", ".join(filter(None, (report.attempt, _where_to_change(finding))))
    is_to_write = first.outcome is Outcome.NOT_ATTEMPTED or bool(needed)
    what = f"exercise {needed}" if needed else "it"
    verb = f"write {what} in" if is_to_write else "change"
    if needed and needed in (part.exercise for part in report.not_run):
        verb, is_to_write = f"mend exercise {needed} in", False
    if ways.is_watching:
        yield screen.text(f"Next: {verb} {where}, and save.")
        return
    yield screen.text(f"Next: {verb} {where}, save, and grade again.")
    alone = f" --exercise {report.partial}" if report.partial and not needed else ""
    yield screen.command(ways.again + alone)
    if report.problem is None and is_to_write:
        yield screen.text("What is asked, and a hint when you are stuck:")
        yield screen.command(f"read {ways.lesson} {exercise}")
        yield screen.command(f"hint {ways.lesson} {exercise}")
    elif report.problem is None:
        yield screen.text(STUCK)
        yield screen.command(f"hint {ways.lesson} {exercise}")


def _where_to_change(finding: Finding) -> str:
    """Return the line that a finding is about; with it the one that Python names, where
    the mistake may as well be: a bracket is opened there.
    """
    where = where_in(finding)
    named = _NAMED_LINE.match(finding.sentence)
    if named is None or finding.cell is not None or finding.line is None:
        return where
    return f"line {named[1]} or {finding.line}"


def _others(report: Report, screen: Screen, ways: Ways) -> Iterator[RenderableType]:
    """Yield what else went wrong, in one line."""
    if others := find_others(report):
        alone = "" if ways.is_watching else " To see one of them alone:"
        yield screen.line(others_line(report), alone)
        if alone:
            yield screen.command(f"{ways.again} --exercise {others[0].tag}")


def _all_right(report: Report, screen: Screen, ways: Ways) -> Iterator[RenderableType]:
    if report.partial:
        yield screen.text(right_line(report), "bold green")
        yield screen.text("Now the whole lesson:")
        yield screen.command(ways.again)
        return
    if not report.is_whole:
        yield from _all_but_not_run(report, screen, ways)
        return
    now = " You can now" if ways.can_do else ""
    yield screen.text(f"{right_line(report)}{now}", "bold green")
    yield from (screen.beside("  - ", words) for words in ways.can_do)
    if not ways.onward:
        yield screen.text("You have done every lesson of the course.")
        yield screen.text("What you can do now, on a page to keep:")
        yield screen.command("progress --page")
        return
    last = "That was the last lesson. The first that is not done"
    lead, title = last if ways.is_last else "Next", ways.title and f" {ways.title}"
    yield screen.text(f"{lead}:{title}")
    yield screen.command(ways.onward)


def _all_but_not_run(
    report: Report, screen: Screen, ways: Ways
) -> Iterator[RenderableType]:
    """Yield the next step where all is right but what does not run."""
    yield screen.text(right_line(report), "bold green")
    where = ", ".join(filter(None, (report.attempt, where_in(report.not_run[0]))))
    if ways.is_watching:
        yield screen.text(f"Next: mend {where}, and save.")
        return
    yield screen.text(f"Next: mend {where}, save, and grade again.")
    yield screen.command(ways.again)
