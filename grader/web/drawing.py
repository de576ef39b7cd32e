"""drawing: the results of gradings, runs, hints and solutions as parts of a page."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Sequence

import msgspec

from grader.checks import Alternative
from grader.checks.attempt.advice import advise_on_a_cell
from grader.course.document import typeset
from grader.course.document.catalog import Lesson
from grader.course.document.cells import Document
from grader.course.document.kept_figures import OF_SOLUTION, KeptFigure
from grader.course.document.markup import Html, join, tag
from grader.course.document.predictions import HELD_BACK
from grader.course.document.source import without_comments
from grader.course.document.templates import render
from grader.learner.gradebook import NamedMistake
from grader.learner.page_run.figure_html import draw_figure, draw_pictured
from grader.learner.page_run.sandboxed_runner import CellRun
from grader.learner.session import CURES_HEADING, CellVersion, OpenHints, OpenSolutions
from grader.report import (
    ExerciseResult,
    Finding,
    Outcome,
    Picture,
    Report,
    whole_if_possible,
)
from grader.report.focus import Focus
from grader.report.report_html import draw_blocks
from grader.report.sentences import count_of, format_clock, score_line
from grader.report.view import (
    FIX_LATER,
    AnotherWay,
    Block,
    BriefMessage,
    Output,
    has_fix_later,
    view_changes,
    view_completed,
    view_exercise,
    view_in_brief,
    view_problem,
)
from grader.sandbox.cell_run.events import (
    CellRaised,
    Drew,
    HeldBack,
    Pictured,
    RunEnded,
    Slid,
    Tabled,
    Unwritten,
    Waiting,
)
from grader.web.sliders import draw_slider
from grader.web.take_home import CAN_DO

# Comparing takes time up to the square of the number of lines.
_MOST_DIFF_LINES = 500
_LONGEST_COMPARED = 50_000
_LINE = re.compile(r"\b[Ll]ine (\d{1,7})\b")
_SHOWN = (
    *(CellRaised, Drew, HeldBack, Pictured, RunEnded, Slid, Tabled, Unwritten),
    Waiting,
)


class WayOn(msgspec.Struct, frozen=True):
    """What a right exercise leads to, on the page of its lesson.

    Attributes:
        exercise: the exercise to go on with, or None.
        is_end: whether every exercise is right.
    """

    exercise: ExerciseResult | None = None
    is_end: bool = False


class LessonEnd(msgspec.Struct, frozen=True):
    """What is shown, besides its points, when all of a lesson is right.

    Attributes:
        number: the number of the lesson.
        following: the lesson after it, or None.
        can_do: what one can do now.
        fixed: the mistakes that the learner made, in exercises that are right now.
    """

    number: int
    following: Lesson | None = None
    can_do: Sequence[str] = ()
    fixed: Sequence[NamedMistake] = ()


def draw_exercise(
    exercise: ExerciseResult,
    alternative: Alternative | None = None,
    pictures: Sequence[Picture] = (),
    onward: WayOn | None = None,
    notes: Sequence[str] = (),
) -> Html:
    """Return the result of one exercise: its message, its checks and pictures.

    If the exercise is right, the other way to write it is included, and the way on.
    `notes` are about the file.
    """
    way = AnotherWay(alternative.code, alternative.why) if alternative else None
    blocks = view_exercise(exercise, pictures=pictures, another_way=way)
    drawn = draw_blocks(blocks, typeset.code, has_lines=onward is not None)
    return render(
        "web/verdict.html",
        exercise=exercise,
        blocks=drawn,
        onward=onward if exercise.is_right else None,
        notes=notes,
        fix_later=FIX_LATER if has_fix_later(exercise) else "",
    )


def find_marked_lines(exercise: ExerciseResult) -> list[tuple[int, str]]:
    """Return the lines that an exercise's result is about, each with its sign."""
    line = _line_of(exercise.finding) if exercise.finding else None
    is_right_by_line = {line: False} if line else {}
    for entry in exercise.entries:
        if entry.line:
            is_right_by_line[entry.line] = (
                is_right_by_line.get(entry.line, True) and entry.is_right
            )
    is_guess = exercise.outcome is Outcome.GUESSED
    wrong = Outcome.GUESSED if is_guess else Outcome.WRONG
    signs = {True: Outcome.PASSED.glyph, False: wrong.glyph}
    return [(line, signs[is_right]) for line, is_right in is_right_by_line.items()]


def draw_report(
    report: Report,
    ending: LessonEnd | None = None,
    unrecorded: str = "",
    overall: Report | None = None,
    focus: Focus | None = None,
) -> Html:
    """Return the result of the whole page: score, loading problem, where to go on, and
    general pictures.

    Args:
        report: the grading.
        ending: what is shown when all is right.
        unrecorded: that the grading is not in the gradebook, and why, or "".
        overall: the grading with the latest outcomes of the exercises that it left out;
            the grading itself if None.
        focus: the exercise to go on with; if None, nothing leads on.
    """
    has_lines, focus = focus is not None, focus or Focus()
    overall = overall or report
    others: list[Block] = [x for x in report.pictures if not x.exercise]
    if report.output:
        others.append(Output(report.output, report.output_was_cut))
    # An answer that was right in an earlier text may be wrong in this one.
    is_shown = is_complete(overall) and not report.partial
    can_do = ending.can_do if ending else ()
    return render(
        "web/whole.html",
        score=score_line(overall),
        ending=ending if is_shown else None,
        is_graded_once_more=is_complete(overall) and bool(report.partial),
        missing=_find_missing(overall) if has_lines and not report.problem else [],
        unrecorded=unrecorded,
        # If one exercise was graded, they are in its verdict, unless there is none.
        notes=report.notes if report.problem or not report.partial else (),
        problem=draw_blocks(view_problem(report), has_lines=has_lines),
        changes=draw_blocks(view_changes(report, focus)),
        onward=None if report.problem else focus.exercise,
        others_wrong=_view_others(report, focus),
        completed=draw_blocks(view_completed(report, can_do)) if is_shown else "",
        keepsake=keepsake_link(),
        others=draw_blocks(others),
    )


def _line_of(finding: Finding) -> int | None:
    """Return the line that a finding is about: its own, or the only one it mentions."""
    told = " ".join((finding.sentence, *(one.sentence for one in finding.mistakes)))
    mentioned = set(_LINE.findall(told))
    if finding.line or finding.cell or len(mentioned) != 1:
        return finding.line
    return int(mentioned.pop())


def is_complete(overall: Report) -> bool:
    """Return whether every exercise was right when it was last graded."""
    return overall.has_passed and not overall.partial


def _find_missing(overall: Report) -> list[tuple[str, int | float]]:
    """Return the exercises that aren't right, each with the points that it lacks."""
    return [
        (one.tag, whole_if_possible(one.points - one.earned))
        for one in overall.exercises
        if not one.is_right and one.points > one.earned
    ]


def _view_others(report: Report, focus: Focus) -> list[BriefMessage]:
    """Return a line for each exercise that failed, besides the one in focus."""
    if report.problem or not focus.exercise:
        return []
    others = (x for x in report.exercises if x.tag != focus.tag)
    return [view_in_brief(x) for x in others if x.outcome.is_wrong]


def keepsake_link() -> Html:
    """Return the link to the page that shows what the learner can do now."""
    return tag("a", "What you can do now: a page to keep", href=f"/{CAN_DO}")


def draw_kept(lesson: Lesson, figures: Sequence[KeptFigure]) -> Html:
    """Return the figures that come with a lesson for one cell; none if held back."""
    folder = f"/{lesson.short_name}/figures"
    held_back = "" if figures else HELD_BACK
    return render(
        "web/kept.html",
        figures=figures,
        folder=folder,
        held_back=held_back,
        of_solution=OF_SOLUTION,
    )


def draw_run(run: CellRun, page: Document) -> Html:
    """Return the output of a cell of a page."""
    waits = any(isinstance(event, Waiting) for event in run.events)
    events = (*run.events, *run.above) if waits else run.events
    shown = [
        (type(event).__name__, event)
        for at, event in enumerate(events)
        if isinstance(event, _SHOWN)
        # Several cells may reach the same unwritten code.
        and not (isinstance(event, Unwritten) and event in events[:at])
    ]
    return render(
        "web/run.html",
        run=run,
        events=shown,
        figure=draw_figure,
        picture=draw_pictured,
        slider=draw_slider,
        count_of=count_of,
        advise=functools.partial(advise_on_a_cell, document=page),
        held_back=HELD_BACK,
    )


def draw_hints(opened: OpenHints) -> Html:
    """Return the open hints, the fix for the mistake named last, and what follows."""
    return render(
        "web/hints.html",
        opened=opened,
        inline=typeset.inline,
        cures_heading=CURES_HEADING,
    )


def draw_solution(opened: OpenSolutions, own_text: str) -> Html:
    """Return a solution beside a learner's own text, or how many graded attempts still
    open it.
    """
    if opened.gate:
        return tag("p", opened.gate, class_="until-graded")
    code = tag("pre", typeset.code(opened.code), tabindex=0)
    compared = tag(
        "details",
        tag("summary", "Compare it with yours"),
        _compare(own_text, opened.code),
        class_="of-text",
    )
    return join((tag("p", "One way to write it:"), code, compared))


def _compare(own_text: str, solution: str) -> Html:
    """Return a learner's text beside the solution, without comments and docstrings."""
    is_short = len(own_text) < _LONGEST_COMPARED
    if is_short and own_text.strip() != solution.strip():
        own_code, other = without_comments(own_text), without_comments(solution)
        if own_code == other:
            return tag("p", "Both are the same, line by line, but for comments.")
        if (own_code, other) != (own_text, solution):
            diff = draw_diff(own_code, other, "only in yours", "only in the solution")
            return join((tag("p", "Comments aren't compared."), diff))
    return draw_diff(own_text, solution, "only in yours", "only in the solution")


def draw_versions(versions: Sequence[CellVersion], now: str, is_own: bool) -> Html:
    """Return the earlier texts of a cell, each with what has changed since.

    Args:
        versions: the texts, newest first.
        now: the current text.
        is_own: whether a version is kept with each grading; otherwise, as in a room,
            when a file is replaced.
    """
    rows = [
        (
            format_clock(version.graded_at) if version.outcome else "",
            version,
            draw_diff(version.text, now, "removed since", "added since"),
        )
        for version in versions
    ]
    return render("web/versions.html", versions=rows, is_own=is_own)


def draw_diff(own_text: str, other: str, before: str, after: str) -> Html:
    """Return two texts line by line: what only one of them has is marked.

    Args:
        own_text: the first text.
        other: the second.
        before: what a line is that only the first has.
        after: what a line is that only the second has.
    """
    old, new = (
        [line.rstrip() for line in text.strip().splitlines()]
        for text in (own_text, other)
    )
    if old == new:
        return tag("p", "Both are the same, line by line.")
    if max(len(old), len(new)) > _MOST_DIFF_LINES:
        return tag("p", "They are too long to be compared here.")
    # Its first three lines aren't part of the texts. The whole text is one context.
    diff = difflib.unified_diff(old, new, lineterm="", n=_MOST_DIFF_LINES)
    lines = [(line[0], line[1:]) for line in list(diff)[3:]]
    return render("web/diff.html", lines=lines, before=before, after=after)
