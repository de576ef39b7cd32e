"""feedback: a grading as a cell shows it, as HTML and as plain text."""

from __future__ import annotations

from pathlib import Path

import msgspec

from grader.checks import Alternative
from grader.common.sanitize import replace_controls
from grader.course.document.markup import Html, join, tag
from grader.report import Report
from grader.report.focus import Focus
from grader.report.report_html import draw_blocks
from grader.report.report_text import lines_of
from grader.report.view import AnotherWay, NextCommands, view_footer, view_report

_STYLE = Path(__file__).with_name("style.css")


class Shown(msgspec.Struct, frozen=True):
    """Something that a cell shows, as HTML and as plain text."""

    html: str
    plain: str


def show(*paragraphs: str) -> Shown:
    """Return a few sentences for display."""
    body = join(tag("p", words) for words in paragraphs)
    return Shown(frame(body), "\n".join(map(replace_controls, paragraphs)))


def show_code(code: str, *after: str) -> Shown:
    """Return code that can be copied, and sentences below it."""
    parts = [tag("pre", code)] if code else []
    parts += [tag("p", words) for words in after]
    plain = "\n\n".join(part for part in (code, *after) if part)
    return Shown(frame(join(parts)), replace_controls(plain))


def show_report(
    report: Report,
    commands: NextCommands,
    before: Html | None = None,
    alternative: Alternative | None = None,
    focus: Focus | None = None,
) -> Shown:
    """Return a whole report: a line for each exercise, one full message, the next step.

    Args:
        report: the grading.
        commands: the commands that come next.
        before: what is drawn above it, such as the curve of a training.
        alternative: another way to write the exercise, if only one was graded; it is
            shown if that is right.
        focus: the exercise to show; if None, nothing is known of earlier gradings.
    """
    way = AnotherWay(alternative.code, alternative.why) if alternative else None
    blocks = tuple(view_report(report, commands, focus, way))
    footer = " ".join(line.words for line in view_footer(report, commands))
    parts = draw_blocks(blocks, in_notebook=True)
    foot = tag("p", footer, class_="small")
    plain = "\n".join((*lines_of(blocks), replace_controls(footer)))
    return Shown(frame(join((before or "", parts, foot))), plain)


def frame(body: Html) -> str:
    """Return a cell's HTML with its style, which takes its colours from the theme."""
    style = tag("style", Html(_STYLE.read_text(encoding="utf-8")))
    return join((style, tag("div", body, class_="grader")))
