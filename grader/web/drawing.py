"""drawing: the results of gradings, runs, hints and solutions as parts of a page."""

from __future__ import annotations

from collections.abc import Sequence

from grader.attempt.syntax_advice import advise_on_line
from grader.checks import Alternative
from grader.document import typeset
from grader.document.markup import Html, join, tag
from grader.document.templates import render
from grader.page_run.figure_html import draw_figure, draw_pictured
from grader.page_run.sandboxed_runner import CellRun
from grader.report import ExerciseResult, Picture, Report
from grader.report.report_html import draw_blocks
from grader.report.sentences import score_line
from grader.report.view import (
    AnotherWay,
    Block,
    Output,
    view_completed,
    view_exercise,
    view_problem,
)
from grader.sandbox.cell_run.events import (
    CellRaised,
    Drew,
    HeldBack,
    Pictured,
    RunEnded,
    Unwritten,
    Waiting,
)
from grader.session import CURES_HEADING, OpenHints, OpenSolutions
from grader.web.take_home import KEEPSAKE

_SHOWN = (CellRaised, Drew, HeldBack, Pictured, RunEnded, Unwritten, Waiting)


def draw_exercise(
    exercise: ExerciseResult,
    alternative: Alternative | None = None,
    pictures: Sequence[Picture] = (),
) -> Html:
    """Return the result of one exercise: its message, folded checks and pictures.

    If the exercise is right, the other way to write it is included.
    """
    way = AnotherWay(alternative.code, alternative.why) if alternative else None
    blocks = view_exercise(exercise, pictures=pictures, another_way=way)
    drawn = draw_blocks(blocks, typeset.code)
    return render("web/verdict.html", exercise=exercise, blocks=drawn)


def draw_report(
    report: Report, can_do: Sequence[str] = (), unrecorded: str = ""
) -> Html:
    """Return the result of the whole page: score, loading problem and general pictures.

    Args:
        report: the grading.
        can_do: what the learner can do now, shown when all is right.
        unrecorded: why the grading isn't in the gradebook, or "".
    """
    others: list[Block] = [x for x in report.pictures if not x.exercise]
    if report.output:
        others.append(Output(report.output, report.output_was_cut))
    is_shown = report.has_passed and not report.partial and can_do
    abilities = draw_blocks(view_completed(report, can_do)) if is_shown else ""
    return render(
        "web/whole.html",
        score=score_line(report),
        unrecorded=unrecorded,
        problem=draw_blocks(view_problem(report)),
        abilities=abilities,
        keepsake=keepsake_link(),
        others=draw_blocks(others),
    )


def keepsake_link() -> Html:
    """Return the link to the page that shows what the learner can do now."""
    return tag("a", "What you can do now: a page to keep", href=f"/take/{KEEPSAKE}")


def draw_run(run: CellRun) -> Html:
    """Return the output of a cell."""
    waits = any(isinstance(event, Waiting) for event in run.events)
    events = (*run.events, *run.above) if waits else run.events
    shown = [(type(x).__name__, x) for x in events if isinstance(x, _SHOWN)]
    return render(
        "web/run.html",
        run=run,
        events=shown,
        figure=draw_figure,
        picture=draw_pictured,
        advise=_advise,
    )


def _advise(event: CellRaised) -> str:
    where = f"line {event.line}"
    return advise_on_line(event.kind, event.message, event.source, where)


def draw_hints(opened: OpenHints) -> Html:
    """Return the open hints, the fix for the mistake named last, and what follows."""
    return render(
        "web/hints.html",
        opened=opened,
        inline=typeset.inline,
        cures_heading=CURES_HEADING,
    )


def draw_solution(opened: OpenSolutions) -> Html:
    """Return a solution, or how many graded attempts are needed to open it."""
    if opened.gate:
        return tag("p", opened.gate)
    code = tag("pre", typeset.code(opened.code), tabindex=0)
    return join((tag("p", "One way to write it:"), code))
