"""drawing: what a grading, a run, a hint or a solution says, as parts of a page."""

from __future__ import annotations

from collections.abc import Sequence

from grader.checks import Alternative
from grader.document import typeset
from grader.document.markup import Html, join, tag
from grader.page_run.sandboxed_runner import CellRun
from grader.report import ExerciseResult, Picture, Report
from grader.report.report_html import draw_checks, draw_finding, outcome_words
from grader.report.report_lines import (
    claim_line,
    not_run_lines,
    override_lines,
    reused_words,
    right_line,
    score_line,
)
from grader.report.report_pictures import drawn
from grader.sandbox.cell_run.events import (
    CellRaised,
    Drew,
    Event,
    HeldBack,
    RunEnded,
    Unwritten,
    Waiting,
)
from grader.session import CURES_HEADING, OpenHints, OpenSolutions
from grader.web.take_home import KEEPSAKE


def draw_exercise(
    exercise: ExerciseResult,
    alternative: Alternative | None = None,
    pictures: Sequence[Picture] = (),
) -> Html:
    """Return what a grading says of one exercise: its message first, its checks folded,
    its own pictures among it.

    Of one that is right, the other way to write it is told as well.
    """
    finding = exercise.finding
    points = f"{exercise.earned} of {exercise.points} points"
    head = tag("p", outcome_words(exercise.outcome), f", {points}", class_="verdict")
    kept = reused_words(exercise)
    said = (*([kept] if kept else ()), *override_lines(exercise), *exercise.remarks)
    checks = Html("")
    if exercise.checks:
        words = tag("summary", f"What was checked ({len(exercise.checks)})")
        checks = tag("details", words, draw_checks(exercise))
    return join(
        (
            head,
            tag("p", claim) if (claim := claim_line(exercise)) else "",
            draw_finding(finding) if finding else "",
            *(tag("p", sentence) for sentence in said),
            *(drawn(one) for one in pictures if one.exercise == exercise.tag),
            checks,
            _draw_alternative(alternative) if alternative and exercise.is_right else "",
        )
    )


def _draw_alternative(way: Alternative) -> Html:
    return tag(
        "details",
        tag("summary", "Another way to write it"),
        tag("pre", typeset.code(way.code), class_="python", tabindex=0),
        tag("p", way.why),
    )


def draw_report(
    report: Report, can_do: Sequence[str] = (), unrecorded: str = ""
) -> Html:
    """Return what a grading says of the whole page: its score, and why it could not
    load, and the pictures that belong to no exercise.

    Args:
        report: the grading.
        can_do: what one can do now, shown when all is right.
        unrecorded: that the grading is not in the gradebook, and why, or "".
    """
    problem = Html("")
    if report.problem is not None:
        title = (
            "Nothing is in it" if report.is_empty else "Your page could not be loaded"
        )
        problem = tag("div", tag("h3", title), draw_finding(report.problem))
    printed = Html("")
    if report.output:
        cut = "\n[cut here: it printed more]" if report.output_was_cut else ""
        words = tag("summary", "What your page printed while it was graded")
        printed = tag("details", words, tag("pre", report.output, cut, tabindex=0))
    return join(
        (
            tag("p", tag("strong", score_line(report))),
            tag("p", unrecorded, class_="trouble", role="alert") if unrecorded else "",
            problem,
            *(tag("p", line) for line in not_run_lines(report)),
            _draw_abilities(report, can_do) if report.has_passed and can_do else "",
            *(drawn(picture) for picture in report.pictures if not picture.exercise),
            printed,
        )
    )


def _draw_abilities(report: Report, can_do: Sequence[str]) -> Html:
    words = f"{right_line(report)} You can now"
    lines = tag("ul", *(tag("li", line) for line in can_do))
    return join((tag("p", words), lines, tag("p", keepsake_link())))


def keepsake_link() -> Html:
    """Return the way to the page that tells what the learner can do now."""
    return tag("a", "What you can do now: a page to keep", href=f"/take/{KEEPSAKE}")


def draw_run(run: CellRun) -> Html:
    """Return what a run of a cell has shown."""
    cut = "\n[cut here: it printed more]" if run.was_cut else ""
    printed = tag("pre", run.printed, cut, tabindex=0) if run.printed else ""
    waits = any(isinstance(event, Waiting) for event in run.events)
    told = (*run.events, *run.above) if waits else run.events
    shown = [part for event in told if (part := _draw_event(event))]
    if not printed and not shown:
        return tag("p", "It ran, and shows nothing.", class_="quiet")
    return join((printed, *shown))


def _draw_event(event: Event) -> Html:
    match event:
        case Drew(png, panels):
            titles = ", ".join(panel.title for panel in panels if panel.title)
            words = f"A figure: {titles}" if titles else "A figure without a title"
            return tag("img", src=f"data:image/png;base64,{png}", alt=words)
        case CellRaised(kind, message, line, source, function):
            where = f"Line {line}, in {function}" if function else f"Line {line}"
            place = tag("p", _link(line, where), ": ", tag("code", source))
            return join(
                (tag("p", tag("b", kind), ": ", message), place if line else "")
            )
        case Unwritten(word, line):
            what = f"Exercise {word}" if word else "A value"
            return tag("p", what, " is not written yet: ", _link(line, f"line {line}"))
        case Waiting(name, line):
            words = "is made in a cell that did not come to its end: "
            return tag("p", tag("code", name), " ", words, _link(line, f"line {line}"))
        case HeldBack(lines):
            links = [_link(line, f"line {line}") for line in lines]
            first = "What this cell shows answers a prediction. Write yours first: "
            return tag("p", first, *links)
        case RunEnded(words):
            return tag("p", words)
    return Html("")


def _link(line: int, words: str) -> Html:
    return tag("a", words, href=f"#line-{line}", data_line=line)


def draw_hints(opened: OpenHints) -> Html:
    """Return the hints that are open, what mends the mistake named last, and what
    follows.
    """
    items = [tag("li", typeset.inline(hint)) for hint in opened.hints]
    parts = [tag("p", f"Hints for {opened.exercise}"), tag("ol", *items)]
    if opened.cures:
        parts.append(tag("p", CURES_HEADING))
        parts += [tag("p", cure, class_="mistake") for cure in opened.cures]
    return join((*parts, tag("p", opened.outlook) if opened.outlook else ""))


def draw_solution(opened: OpenSolutions) -> Html:
    """Return a solution, or how many graded attempts still open it."""
    if opened.gate:
        return tag("p", opened.gate)
    code = tag("pre", typeset.code(opened.code), tabindex=0)
    return join((tag("p", "One way to write it:"), code))
