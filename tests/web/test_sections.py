"""The texts of a page are cut at their headings, and its exercises are cards."""

from __future__ import annotations

import re

import pytest

from grader import judge
from grader.course.document import catalog
from grader.course.document.cells import Document, split_heading
from grader.course.settings import read_introduction
from grader.learner.gradebook import LessonStanding
from grader.report import ExerciseResult, Outcome, Report
from grader.web import pages
from grader.web.page_store import Page
from grader.web.sections import split_text
from tests.support.project import ROOT
from tools import cover

FACTS = "20 points, about 5 minutes"


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        (f"## 3e  The mean      ({FACTS})", (2, "3e  The mean", FACTS)),
        (f"## 3e  The mean ({FACTS})", (2, "3e  The mean", FACTS)),
        ("# A  (b) c", (1, "A  (b) c", "")),
        ("####### seven", None),
        ("words", None),
    ],
)
def test_a_heading_is_split(line: str, parts: tuple[int, str, str] | None) -> None:
    assert split_heading(line) == parts


def test_a_text_is_not_cut_inside_of_code_or_of_a_fold() -> None:
    kept = "<details>\n<summary>x</summary>\n\n## inside\n</details>\n```\n# code\n```"
    assert split_text(f"{kept}\n## after") == [kept, "## after"]


def drawn(source: str) -> str:
    lesson = catalog.find("lesson3", ROOT)
    page = Page(Document.from_python(source), False)
    shown = pages.LessonPage(
        lesson, catalog.lessons(ROOT), page, judge.exercises(lesson), None
    )
    return pages.lesson_page(shown).decode()


def test_each_exercise_is_a_card_with_its_own_cell() -> None:
    page = drawn(catalog.find("lesson3", ROOT).page.read_text(encoding="utf-8"))
    cards = page.split('<div class="card">')[1:]
    for card, info in zip(
        cards, judge.exercises(catalog.find("lesson3", ROOT)), strict=True
    ):
        head = card.partition("<textarea")[0]
        assert f'id="{info.tag}"' in head
        assert f'<p class="facts">{info.points} points' in head
        assert f'data-exercise="{info.tag}"' in card


def test_an_exercise_without_its_heading_is_a_card_too() -> None:
    page = drawn('# %% id="3c"\nx = 1\n\n# %% id="3d"\ny = 2\n')
    assert page.count('<div class="card">') == 2
    assert page.count('href="#3c"') == 1
    assert 'id="3c"' in page


def test_the_picture_of_the_course_is_drawn_from_its_data() -> None:
    assert cover.FILE.read_bytes() == cover.draw()
    assert cover.FILE.stat().st_size < 20_000


def test_the_first_page_has_the_parts_of_the_course_and_what_is_left() -> None:
    lessons = catalog.lessons(ROOT)
    standing = LessonStanding(lessons[0].name, 1, 85, 85, 100, False, "")
    seen = [
        pages.overview_page(
            pages.CourseView(
                read_introduction(ROOT),
                shown,
                {standing.lesson: standing} if has_begun else {},
                None,
                root=ROOT,
            )
        ).decode()
        # The first lesson of a part may have been removed.
        for shown, has_begun in (
            (lessons, False),
            (lessons, True),
            (lessons[3:], False),
        )
    ]
    parts = ["The data", "The loss and its gradient", "The network", "Going further"]
    titles = [re.findall("<h2>(.*?)</h2>", page) for page in seen]
    assert titles == [parts, parts, parts[1:]]
    assert "1,400 points, about 21 hours" in seen[0]
    assert "85 of 1,400 points, about 21 hours left" in seen[1]
    assert all('alt="Handwritten digits" class="cover"' in page for page in seen)


def test_what_a_lesson_takes_and_needs_is_a_small_line() -> None:
    page = drawn(
        "# %% [markdown]\n# # Lesson 3  A\n# 95 minutes. Needs: B.\n#\n# Words."
    )
    assert re.search(r'<p class="facts">95 minutes. Needs: B.</p>\s*<p>Words', page)
    assert '<p class="facts">' not in drawn(
        "# %% [markdown]\n# # Lesson 3  A\n# Words."
    )


def test_the_main_button_at_the_end_grades_until_the_lesson_is_done() -> None:
    lesson = catalog.find("lesson3", ROOT)
    text = lesson.page.read_text(encoding="utf-8")
    end = drawn(text).partition('<section class="end"')[2]
    assert 'data-command="grade" class="main">Grade the lesson' in end
    assert 'class="button" href="/lesson4">' in end
    page = Page(Document.from_python(text), False)
    right = ExerciseResult("3a", "", 15, Outcome.PASSED, ())
    passed = Report(lesson.name, "", "", text, 0, (right,))
    shown = pages.LessonPage(
        lesson, catalog.lessons(ROOT), page, judge.exercises(lesson), passed
    )
    assert passed.has_passed
    end = pages.lesson_page(shown).decode().partition('<section class="end"')[2]
    assert 'data-command="grade">Grade the lesson' in end
    assert 'class="button main" href="/lesson4">' in end


def test_a_page_for_a_problem_has_the_search() -> None:
    page = pages.problem_page("There is no such page.", True).decode()
    assert page.index("<header") < page.index('action="/search"') < page.index("<main")
    assert "<h1>Page not found</h1>" in page
    assert "The search above" in page


def test_a_page_that_exists_and_cannot_be_shown_is_not_called_missing() -> None:
    page = pages.problem_page("The machine cannot do it now.", False).decode()
    assert "<h1>This page can&#x27;t be shown</h1>" in page
    assert "not found" not in page
    assert "The search above" not in page
