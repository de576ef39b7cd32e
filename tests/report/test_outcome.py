"""An outcome says itself what it means; what can't ask it, agrees with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.common.sanitize import to_ascii
from grader.report import ExerciseResult, Finding, Outcome
from grader.report.outcome import OutcomeTone
from grader.web.drawing import find_marked_lines
from grader.web.routes import kind_of
from tests.support.project import ROOT

PAGE = ROOT / "grader" / "web" / "static"
REPORT = ROOT / "grader" / "classroom" / "templates" / "report.css"
NOTEBOOK = ROOT / "grader" / "notebook" / "style.css"

OPEN = {Outcome.NOT_ATTEMPTED, Outcome.SKIPPED}
EXHAUSTED = {Outcome.TIMED_OUT, Outcome.OUT_OF_MEMORY}
WRONG = {Outcome.WRONG, Outcome.GUESSED, Outcome.RAISED, *EXHAUSTED}
# The outcomes for which each question is answered with yes.
ANSWERS: tuple[tuple[str, Callable[[Outcome], bool], set[Outcome]], ...] = (
    ("right", lambda one: one.is_right, {Outcome.PASSED}),
    ("tried", lambda one: one.is_tried, {Outcome.PASSED, *WRONG}),
    ("wrong", lambda one: one.is_wrong, WRONG),
    ("open", lambda one: one.is_open, OPEN),
    ("broken", lambda one: one.is_broken, {Outcome.BROKEN}),
    ("final", lambda one: one.is_final, OPEN | EXHAUSTED),
    ("diagnosable", lambda one: one.is_diagnosable, WRONG - EXHAUSTED),
)


@pytest.mark.parametrize(
    ("asks", "expected"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS]
)
def test_what_an_outcome_means(
    asks: Callable[[Outcome], bool], expected: set[Outcome]
) -> None:
    assert {one for one in Outcome if asks(one)} == expected


def test_an_outcome_is_right_or_wrong_or_open_or_the_graders_fault() -> None:
    for one in Outcome:
        assert [one.is_right, one.is_wrong, one.is_open, one.is_broken].count(True) == 1


def with_tone(*tones: OutcomeTone) -> set[str]:
    return {one.css_class for one in Outcome if one.tone in tones}


def colours(sheet: Path, rule: str) -> dict[str, set[str]]:
    """The classes in the selectors that `rule` matches, by the colour they get."""
    found: dict[str, set[str]] = {}
    for selector, style in re.findall(rule, sheet.read_text(encoding="utf-8"), re.M):
        names = {*re.findall(r"\.([a-z-]+)", selector)} - {"grader"}
        found.setdefault(style, set()).update(names)
    return found


@pytest.mark.parametrize("sheet", [PAGE / "style.css", REPORT], ids=["page", "report"])
def test_a_page_has_the_colours_of_the_tones(sheet: Path) -> None:
    rule = r"^\.outcome(\.\S+|:is\(.+?\)) \{ color: var\(--(\w+)\)"
    assert colours(sheet, rule) == {
        "right": with_tone(OutcomeTone.RIGHT),
        "mild": with_tone(OutcomeTone.MILD),
    }


def test_a_notebook_has_the_colours_of_the_tones() -> None:
    rule = r"^((?:(?:, )?\.grader \.[a-z-]+)+) \{ background: (#\w+); \}"
    assert [*colours(NOTEBOOK, rule).values()] == [
        with_tone(OutcomeTone.RIGHT),
        with_tone(OutcomeTone.WRONG),
        with_tone(OutcomeTone.EXHAUSTED),
        with_tone(OutcomeTone.FAULT),
    ]


def test_the_pages_script_knows_every_outcome_that_it_names() -> None:
    text = (PAGE / "shown.js").read_text(encoding="utf-8")
    named = set(re.findall(r"\.outcome:not\(\.([a-z-]+)\)", text))
    assert named == {Outcome.NOT_ATTEMPTED.css_class}


def test_the_editor_knows_every_sign_at_a_line() -> None:
    text = (PAGE / "editor.js").read_text(encoding="utf-8")
    marks = re.search(r"^const MARKS = \{(.*)\};$", text, re.M)
    assert marks is not None
    finding = Finding("It is wrong.", line=1)
    results = [ExerciseResult("1a", "", 1, one, (), finding) for one in Outcome]
    signs = {sign for result in results for _, sign in find_marked_lines(result)}
    known = set(re.findall(r'"(\S+)":', marks[1]))
    assert known == signs | {Outcome.PASSED.glyph}  # an entry of a dict may be right


def test_the_page_frames_every_kind_of_result() -> None:
    text = (PAGE / "style.css").read_text(encoding="utf-8")
    rules = re.findall(r"^\.feedback:is\((.+)\):not", text, re.M)
    assert rules == [".open, .guessed"]
    assert {kind_of(one) for one in Outcome} == {"", "open", "guessed"}


def test_the_table_of_a_class_explains_every_sign() -> None:
    page = ROOT / "grader" / "classroom" / "templates" / "class.html"
    (legend,) = re.findall("<caption>(✓.*)</caption>", page.read_text(encoding="utf-8"))
    signs = {words.split()[0] for words in legend.split(", ")}
    assert signs == {one.glyph for one in Outcome}


def test_every_sign_has_an_ascii_form() -> None:
    # "?" stands for letters without one.
    assert {one for one in Outcome if to_ascii(one.glyph) == "?"} == {Outcome.BROKEN}
