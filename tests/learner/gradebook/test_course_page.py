"""The page to keep says what a learner can do, and nothing that is not so."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from grader.course.document import catalog
from grader.course.document.catalog import Lesson
from grader.learner.gradebook import Gradebook
from grader.learner.gradebook.course_page import collect, course_page
from grader.report import ExerciseResult, Finding, Mistake, Outcome, Picture, Report
from tests.support.accessibility import LOW_CONTRAST
from tests.support.browsers import OpenBrowser, browser_test
from tests.support.project import ROOT

LESSONS = catalog.require_lessons(ROOT)
NOON = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)
MATRIX = Picture("matrix", "7 of 10 are read right", ((3.0, 1.0), (2.0, 4.0)))
DIGIT = Picture("digits", "The surest mistakes", (tuple(range(784)),), ("6 as 1",))
CURVE = Picture("curve", "epoch by epoch", ((0.5, 0.25), (0.6, 0.4)), ("seen", "held"))


def graded(
    lesson: Lesson,
    day: int,
    mistake: str = "",
    pictures: tuple[Picture, ...] = (),
    remark: str = "",
) -> Report:
    """A grading so many days after the first one: right, or with one mistake."""
    tag = f"{lesson.number}a"
    finding = Finding("It differs.", mistakes=(Mistake(f"{tag}.sign", mistake),))
    outcome = Outcome.WRONG if mistake else Outcome.PASSED
    exercise = ExerciseResult(
        tag,
        "A title",
        10,
        outcome,
        checks=(),
        finding=finding if mistake else None,
        remarks=(remark,) if remark else (),
    )
    return Report(
        lesson.name,
        lesson.title,
        "attempts/x.py",
        f"{day}" * 64,
        seed=1,
        exercises=(exercise,),
        pictures=pictures,
        started_at=(NOON + datetime.timedelta(days=day)).isoformat(),
    )


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Gradebook]:
    with Gradebook(tmp_path / "gradebook.sqlite") as made:
        yield made


def page_of(book: Gradebook, lessons: tuple[Lesson, ...] = LESSONS) -> str:
    records = collect(lessons, book)
    return course_page("The course", lessons, records, NOON).decode()


def test_it_tells_what_one_can_do_of_the_lessons_that_were_right(
    book: Gradebook,
) -> None:
    one, two, three = LESSONS[:3]
    book.record_all(
        [("me", graded(one, 0)), ("me", graded(two, 1)), ("me", graded(three, 2, "-"))]
    )
    page = page_of(book)
    assert "describe a data set in numbers" in page
    assert "turn images into rows of small numbers" in page
    assert "write tests that catch a wrong loss" not in page
    assert f"You did 2 of {len(LESSONS)} lessons of the course" in page
    assert "from 20 November 2026 to 21 November 2026" in page
    left = ", ".join(str(lesson.number) for lesson in LESSONS[2:])
    assert f"Lessons {left} are still to do." in page
    assert "Made on 20 November 2026" in page


def test_when_all_are_done_it_says_so(book: Gradebook) -> None:
    book.record_all([("me", graded(lesson, 0)) for lesson in LESSONS])
    page = page_of(book)
    count = f"{len(LESSONS)} in all."
    assert f"every lesson of the course, on 20 November 2026: {count}" in page
    assert "still to do" not in page


def test_the_way_is_told_with_its_dates_and_the_mistakes_that_are_mended(
    book: Gradebook,
) -> None:
    lesson = LESSONS[2]
    alone = replace(graded(lesson, 1), partial="3a")
    way = [
        graded(lesson, 0, "1 < 2 & <b>"),
        alone,
        graded(lesson, 2),
        graded(lesson, 3),
    ]
    book.record_all([("me", report) for report in way])
    page = page_of(book)
    assert "First graded on 20 November 2026." in page
    assert "All exercises were right on 21 November 2026, at grading number 2." in page
    assert "Mistakes you made, and have fixed since" in page
    assert "3a: 1 &lt; 2 &amp; &lt;b&gt;" in page


def test_a_mistake_that_came_back_is_not_called_mended(book: Gradebook) -> None:
    lesson = LESSONS[2]
    book.record_all([("me", graded(lesson, 0)), ("me", graded(lesson, 1, "a mistake"))])
    page = page_of(book)
    assert "at the first grading" in page
    assert "a mistake" not in page


def test_what_was_trained_is_shown_with_its_numbers(book: Gradebook) -> None:
    earlier = graded(LESSONS[6], 0, pictures=(CURVE,), remark="Accuracy: 0.9.")
    last = graded(LESSONS[6], 1, pictures=(MATRIX, DIGIT), remark="Accuracy: 0.97.")
    about_code = graded(LESSONS[2], 1, remark="Can you find these, too?")
    book.record_all([("me", earlier), ("me", last), ("me", about_code)])
    page = page_of(book)
    assert "7 of 10 are read right" in page
    assert "data:image/png;base64" in page
    assert "Accuracy: 0.97." in page
    assert "Accuracy: 0.9." not in page
    assert "Can you find these, too?" not in page


def test_nothing_that_is_right_leaves_nothing_to_tell(book: Gradebook) -> None:
    lesson = LESSONS[0]
    other = graded(lesson, 0)
    book.record_all([("me", graded(lesson, 0, "a mistake")), ("ada", other)])
    book.record(replace(other, started_at="some day"))
    assert collect(LESSONS, book) == ()


@pytest.mark.browser
@browser_test
@pytest.mark.parametrize("width", [390, 1280])
def test_it_is_readable_in_a_browser_and_loads_nothing(
    book: Gradebook, tmp_path: Path, width: int, open_browser: OpenBrowser
) -> None:
    ten = Picture("matrix", "The test photos", ((1024.0,) * 10,) * 10)
    shown = graded(LESSONS[6], 1, "", (ten, DIGIT, CURVE), "Accuracy: 0.97.")
    book.record_all([("me", graded(LESSONS[6], 0, "a mistake")), ("me", shown)])
    page = tmp_path / "page.html"
    page.write_text(page_of(book), encoding="utf-8")
    browser = open_browser(width)
    browser.open(page)
    assert browser.overflow() == 0
    assert browser.run(LOW_CONTRAST) == []
    assert browser.run("return performance.getEntriesByType('resource').length") < 2
    assert browser.log() == []
