"""What the texts of all lessons keep: options stand apart, and points are told of."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from grader.cli.render import page_view
from grader.course.document import typeset
from grader.course.document.catalog import Lesson, lessons
from grader.course.document.cells import Cell, Document
from tests.support.project import ROOT
from tests.support.screens import screen_on, written

LESSONS = {lesson.number: lesson for lesson in lessons(ROOT)}
EACH = pytest.mark.parametrize("number", LESSONS)
FIRST_OPTION = re.compile(r"(?m)(?:^|[:.] |  )(?:\* )?a\) ")
OPTION = re.compile(r"(?m)^\* ([a-e])\) ")
NO_POINTS = re.compile(r"(?m)^## .* \(no points\)$")


def cells(lesson: Lesson) -> tuple[Cell, ...]:
    return Document.read(lesson.solution).cells


@EACH
def test_a_choice_has_each_option_on_a_line_of_its_own(number: int) -> None:
    text = Document.read(LESSONS[number].solution).prose
    letters = "".join(OPTION.findall(text))
    assert len(FIRST_OPTION.findall(text)) == letters.count("a")
    screen = screen_on(60)
    page_view.draw_cells(cells(LESSONS[number]), screen)
    in_terminal = re.findall(r"(?m)^ +\* ([a-e])\) ", written(screen))
    set_cells = [typeset.text(c.source) for c in cells(LESSONS[number]) if c.is_text]
    on_page = re.findall(r"<li>\s*(?:<p>)?([a-e])\) ", " ".join(set_cells))
    assert letters == "".join(in_terminal) == "".join(on_page)


def test_some_lessons_have_a_choice() -> None:
    first = [lesson for number, lesson in LESSONS.items() if number <= 11]
    texts = [Document.read(lesson.solution).prose for lesson in first]
    assert sum(len(OPTION.findall(text)) for text in texts) == 34


@EACH
def test_words_of_ones_own_say_whether_they_have_points(number: int) -> None:
    found = cells(LESSONS[number])
    for text, code in itertools.pairwise(found):
        if re.match(r"IN_MY_WORDS\b", code.source):
            assert NO_POINTS.search(text.source), text.source
    for cell in found:
        if cell.source.startswith("## In your own words"):
            assert NO_POINTS.search(cell.source), cell.source


def test_a_sentence_that_cannot_be_judged_counts() -> None:
    exercise = Document.read(LESSONS[3].solution).section("3g")
    text = " ".join(cell.source for cell in exercise)
    assert "**in one sentence**" in text
    assert re.search(r"writing one is enough|counts when it is written", text)


TEXTS = (ROOT / "README.md", *(ROOT / "docs").glob("*.md"), LESSONS[4].page)
PROVED = re.compile(r"(?i)sympy[^.]*\bprove|\bprove[^.]*\bsympy")


@pytest.mark.parametrize(
    "path", TEXTS, ids=lambda path: path.parent.name + "/" + path.name
)
def test_nothing_says_that_sympy_proves_a_line(path: Path) -> None:
    """SymPy works every line out at points, which is a strong test and no proof."""
    assert not PROVED.search(path.read_text(encoding="utf-8"))


def test_lesson_4_says_how_its_lines_are_checked() -> None:
    text = " ".join(Document.read(LESSONS[4].page).prose.split())
    assert LESSONS[4].title == "Derive it, and have every line checked"
    assert "computes both sides at random points, to 30 digits or more" in text
    assert "Then SymPy differentiates the loss itself" in text
