"""What a check keeps for the end is shown once the whole lesson is right."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from grader.course.document import catalog
from grader.report import Report
from grader.report.report_text import lines_of
from grader.report.view import NextCommands, view_report
from grader.web.drawing import LessonEnd, draw_report
from tests.support.grading import report_of
from tests.support.toy_lesson import Toy

pytestmark = pytest.mark.usefixtures("share_pool")

WORDS = "On the test images: 0.98."
RIGHT = "def double(x):\n    return 2 * x"
# Right for 3 and 0, which is all that 1b asks.
HALF = "def double(x):\n    return 6 if x == 3 else 0"


def graded(toy: Toy, code: str, tag: str = "") -> Report:
    toy.change_checks("doubles_three(attempt)", "doubles_three(attempt, when_complete)")
    end = "    expect(attempt.double(3)).equals(6)\n"
    toy.change_checks(end, f"{end}    when_complete({WORDS!r})\n")
    return report_of(catalog.find("1", toy.root), tag or None, code, seed=7)


def shown(report: Report) -> tuple[str, str]:
    """The report as a terminal or a notebook shows it, and as the page does."""
    lines = lines_of(view_report(report, NextCommands("grade lesson1", "lesson1")))
    return "\n".join(lines), str(draw_report(report, LessonEnd(1, can_do=("count",))))


def test_it_is_shown_when_all_exercises_are_right(toy: Toy) -> None:
    for text in shown(graded(toy, RIGHT)):
        assert WORDS in text


def test_it_is_kept_and_not_shown_while_another_exercise_is_wrong(toy: Toy) -> None:
    report = graded(toy, HALF)
    assert [one.is_right for one in report.exercises] == [False, True]
    assert report.exercises[1].when_complete == (WORDS,)
    for text in shown(report):
        assert WORDS not in text


def test_it_is_not_shown_for_one_exercise_only(toy: Toy) -> None:
    report = graded(toy, RIGHT, "1b")
    assert report.has_passed
    for text in shown(report):
        assert WORDS not in text


def test_a_check_that_fails_keeps_nothing(toy: Toy) -> None:
    report = graded(toy, "def double(x):\n    return x")
    assert report.exercises[1].when_complete == ()
    whole = replace(report, exercises=(report.exercises[0],))
    for text in shown(whole):
        assert WORDS not in text
