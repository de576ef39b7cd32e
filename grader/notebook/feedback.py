"""feedback: a grading as a cell shows it: HTML, and the same words as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from grader.checks import Alternative
from grader.clean import clean_text
from grader.document.markup import Html, join, tag
from grader.report import ExerciseResult, Finding, Outcome, Report
from grader.report.report_html import draw_checks, outcome_words
from grader.report.report_lines import (
    STUCK,
    claim_line,
    exercise_line,
    facts_of,
    isolation_line,
    mistake_lines,
    not_run_lines,
    others_line,
    reused_lines,
    right_line,
    score_line,
    where_in,
)
from grader.report.report_pictures import drawn

_STYLE = Path(__file__).with_name("style.css")
_OTHER_WAY = "Another way to write it"
_ONE_FRAME = 2  # lines: a trace of one frame says no more than the line above it


class Shown(msgspec.Struct, frozen=True):
    """Something a cell shows, and the same for who reads no HTML."""

    html: str
    plain: str


def show(*paragraphs: str) -> Shown:
    """Return a few sentences."""
    body = join(tag("p", words) for words in paragraphs)
    return Shown(frame(body), "\n".join(map(clean_text, paragraphs)))


def show_code(code: str, *after: str) -> Shown:
    """Return code as it can be copied, and sentences below it."""
    parts = [tag("pre", code)] if code else []
    parts += [tag("p", words) for words in after]
    plain = "\n\n".join(part for part in (code, *after) if part)
    return Shown(frame(join(parts)), clean_text(plain))


def show_report(
    report: Report, before: Html | None = None, alternative: Alternative | None = None
) -> Shown:
    """Return a whole report: every exercise in a line, one message in full, the next
    step.

    Args:
        report: the grading.
        before: what stands above it, such as the curve of a training.
        alternative: another way to write the one exercise that was graded; it is told
            when that is right.
    """
    way = alternative if report.partial and report.has_passed else None
    told = f"{way.code}\n\n{way.why}" if way else ""
    first = report.first_not_passed
    finding = report.problem or (first.finding if first else None)
    lines = (*_lines(report, finding), *([f"{_OTHER_WAY}:\n{told}"] if told else ()))
    parts = (
        before or Html(""),
        _head(report),
        join(tag("p", line) for line in not_run_lines(report)),
        join(tag("p", note, class_="small") for note in _notes(report)),
        _message(report, first, finding),
        _fold(_OTHER_WAY, told),
        join(drawn(picture) for picture in report.pictures),
        _fold("What your program printed", report.output),
        join(tag("p", line) for line in _next_lines(report, finding)),
        tag("p", _foot(report), class_="small"),
    )
    return Shown(frame(join(parts)), "\n".join(map(clean_text, lines)))


def frame(body: Html) -> str:
    """Return a cell's HTML, with its style; it borrows the colours that stand around
    it.
    """
    style = tag("style", Html(_STYLE.read_text(encoding="utf-8")))
    return join((style, tag("div", body, class_="xent")))


def _lines(report: Report, finding: Finding | None) -> Iterator[str]:
    """Yield what the HTML says, in its order."""
    if not report.partial:
        yield score_line(report)
    if report.problem is None:
        yield from map(exercise_line, report.exercises)
    yield from not_run_lines(report)
    yield from _notes(report)
    yield _title(report)
    yield from _claims(report)
    if finding is not None:
        yield from filter(None, (finding.sentence, *_rows_as_lines(finding)))
        yield from mistake_lines(finding)
        yield from _trace(finding)
    yield from _remarks(report)
    yield from (picture.title for picture in report.pictures)
    if report.output.strip():
        yield f"What your program printed:\n{report.output.rstrip()}"
    yield from _next_lines(report, finding)
    yield _foot(report)


def _notes(report: Report) -> Iterator[str]:
    """Yield what somebody should know of the file, and of verdicts that were kept."""
    yield from report.notes
    yield from (f"{tags}  {words}" for tags, words in reused_lines(report))


def _head(report: Report) -> Html:
    rows = [
        tag(
            "tr",
            tag("th", exercise.tag, scope="row"),
            tag("td", exercise.title),
            tag("td", outcome_words(exercise.outcome)),
            tag("td", f"{exercise.earned} of {exercise.points}"),
        )
        for exercise in (() if report.problem else report.exercises)
    ]
    score = "" if report.partial else score_line(report)
    title = tag("p", tag("strong", score)) if score else Html("")
    return join((title, tag("table", tag("tbody", *rows)) if rows else Html("")))


def _message(
    report: Report, first: ExerciseResult | None, finding: Finding | None
) -> Html:
    parts = [tag("p", tag("strong", _title(report)))]
    parts += [tag("p", claim) for claim in _claims(report)]
    if finding is not None:
        parts.append(_draw_finding(finding))
    parts += [tag("p", remark, class_="remark") for remark in _remarks(report)]
    if report.problem is None and (first or report.partial):
        parts.append(_checks(first or report.exercises[0]))
    return tag("div", *parts, class_="message")


def _title(report: Report) -> str:
    first = report.first_not_passed
    if report.problem is not None:
        return (
            "The cells cannot be loaded" if not report.is_empty else "Nothing is there"
        )
    if first is None:
        return right_line(report)
    return f"{first.tag}  {first.title}: {first.outcome}"


def _claims(report: Report) -> Iterator[str]:
    """Yield the sentence of the check that did not pass: what is not true yet."""
    first = report.first_not_passed
    if first is not None and report.problem is None and (line := claim_line(first)):
        yield line


def _rows(finding: Finding) -> list[tuple[str, str]]:
    source = (where_in(finding), finding.source.strip())
    return [row for row in (*facts_of(finding), source) if all(row)]


def _rows_as_lines(finding: Finding) -> list[str]:
    return [f"  {label}: {value}" for label, value in _rows(finding)]


def _draw_finding(finding: Finding) -> Html:
    rows = [
        tag("tr", tag("th", label, scope="row"), tag("td", tag("pre", value)))
        for label, value in _rows(finding)
    ]
    mistakes = (tag("p", line, class_="mistake") for line in mistake_lines(finding))
    return join(
        (
            tag("p", finding.sentence) if finding.sentence else Html(""),
            tag("table", tag("tbody", *rows), class_="facts") if rows else Html(""),
            *mistakes,
            _fold("How it came there", "\n".join(_trace(finding))),
        )
    )


def _trace(finding: Finding) -> list[str]:
    lines = finding.trace.rstrip().splitlines()
    return lines if len(lines) > _ONE_FRAME else []


def _remarks(report: Report) -> list[str]:
    return [remark for exercise in report.exercises for remark in exercise.remarks]


def _checks(exercise: ExerciseResult) -> Html:
    if not exercise.checks:
        return Html("")
    summary = tag("summary", "What was checked, in this order")
    return tag("details", summary, draw_checks(exercise))


def _fold(title: str, text: str) -> Html:
    """Return something long, folded; nothing where there is nothing."""
    if not text.strip():
        return Html("")
    return tag("details", tag("summary", title), tag("pre", text.rstrip()))


def _next_lines(report: Report, finding: Finding | None) -> Iterator[str]:
    first = report.first_not_passed
    if first is None:
        if report.partial:
            yield "Next: go on, or grade the whole lesson:  %grade"
        elif not report.is_whole:
            where = where_in(report.not_run[0])
            yield f"Next: mend {where}, run its cell, and grade again:  %grade"
        return
    if first.outcome is Outcome.BROKEN:
        yield (
            "This is the grader's own fault. It costs you nothing. Please report it, "
            f"with the seed {report.seed}."
        )
        return
    needed = finding.needs if finding else ""
    where = where_in(finding) if finding else ""
    is_to_write = first.outcome is Outcome.NOT_ATTEMPTED or bool(needed)
    verb = f"write {needed or first.tag}" if is_to_write else f"change {first.tag}"
    not_run = [part.exercise for part in report.not_run]
    if first.outcome is Outcome.SKIPPED and needed in not_run:
        unnamed = "what cannot be read" if report.unread else "what fails"
        verb = f"mend {needed or unnamed}"
    place = f" ({where})" if where else ""
    yield (
        f"Next: {verb}{place}, run its cell, and grade again:  "
        f"%grade {needed or first.tag}"
    )
    yield f"{STUCK}  %hint {needed or first.tag}"
    if others := others_line(report):
        yield others


def _foot(report: Report) -> str:
    parts = [
        "Graded: the cells as you last ran or saved them.",
        f"{report.wall_s:.1f} s, seed {report.seed}.",
    ]
    if report.isolation is not None:
        parts.append(isolation_line(report.isolation))
    return " ".join(parts)
