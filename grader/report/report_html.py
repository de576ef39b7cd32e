"""report_html: parts of a report as HTML, for the pages of a class and of a learner.

Everything in them that an attempt said is text; see `markup`.
"""

from __future__ import annotations

from grader.document.markup import Html, join, tag
from grader.report import ExerciseResult, Finding, Outcome
from grader.report.report_lines import GLYPHS, finding_lines, mistake_lines


def outcome_words(outcome: Outcome) -> Html:
    """Return an outcome as glyph and word, so that colour is never needed."""
    glyph = tag("span", GLYPHS[outcome], aria_hidden="true")
    kind = outcome.value.replace(" ", "-")
    return tag("span", glyph, " ", outcome.value, class_=f"outcome {kind}")


def draw_finding(finding: Finding) -> Html:
    """Return what is said of a check that did not pass; its mistake stands out."""
    mistakes = mistake_lines(finding)
    rest = [line for line in finding_lines(finding) if line not in mistakes]
    block = tag("pre", "\n".join(rest), tabindex="0") if rest else Html("")
    return join((block, *(tag("p", line, class_="mistake") for line in mistakes)))


def draw_checks(exercise: ExerciseResult) -> Html:
    """Return the checks of an exercise, each with its outcome."""
    items = (
        tag("li", outcome_words(check.outcome), " ", check.full_sentence)
        for check in exercise.checks
    )
    return tag("ul", *items, class_="checks") if exercise.checks else Html("")
