"""course_page: what a learner can do now, on one page to keep.

All of it is read from their own gradebook. The page is one file, with its own style and
pictures, and loads nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from grader.classroom.course_page.lesson_records import LessonRecord, collect
from grader.document.catalog import Lesson
from grader.document.markup import Html, document, tag
from grader.report.report_html import draw_picture

__all__ = ["FILE_NAME", "OWN_GRADEBOOK", "LessonRecord", "collect", "course_page"]

FILE_NAME = "what_you_can_do.html"
OWN_GRADEBOOK = "the gradebook on your own machine, where nobody watched"
_STYLE = Path(__file__).with_name("style.css")


def course_page(
    title: str,
    lessons: Sequence[Lesson],
    records: Sequence[LessonRecord],
    made_at: datetime,
    made_from: str = OWN_GRADEBOOK,
) -> bytes:
    """Return the page, on which each lesson has its part that was right as a whole.

    Args:
        title: what the course is called, or "".
        lessons: all of its lessons.
        records: of those that were right, in order; at least one.
        made_at: now, by this machine's clock.
        made_from: whose gradebook the records are of, in words.
    """
    heading = "What you can do now"
    made = (
        f"Made on {_day(made_at)} from {made_from}. It is no certificate. It is yours."
    )
    return document(
        f"{heading} - {title}" if title else heading,
        _STYLE.read_text(encoding="utf-8"),
        tag(
            "header",
            tag("p", title, class_="small") if title else Html(""),
            tag("h1", heading),
            tag("p", _describe_course(lessons, records)),
        ),
        tag("main", *(_draw_lesson(record) for record in records)),
        tag("footer", tag("p", made)),
    )


def _describe_course(lessons: Sequence[Lesson], records: Sequence[LessonRecord]) -> str:
    """Return how many lessons are right, from when to when, and which are not."""
    begun = _day(min(record.first_at for record in records))
    ended = _day(max(record.right_at for record in records))
    when = f"on {ended}" if begun == ended else f"from {begun} to {ended}"
    done = {record.lesson.name for record in records}
    left = [str(lesson.number) for lesson in lessons if lesson.name not in done]
    if not left:
        return f"You did every lesson of the course, {when}: {len(lessons)} in all."
    still = "Lesson {} is" if len(left) == 1 else "Lessons {} are"
    return (
        f"You did {len(records)} of {len(lessons)} lessons of the course, {when}. "
        f"{still.format(', '.join(left))} still to do."
    )


def _draw_lesson(record: LessonRecord) -> Html:
    lesson = record.lesson
    key = f"{lesson.short_name}-title"
    return tag(
        "section",
        tag("h2", f"{lesson.number}  {lesson.title}", id=key),
        tag("p", _describe_way(record), class_="small"),
        *_draw_list("You can", record.can_do),
        *(draw_picture(picture) for picture in record.pictures),
        *(tag("p", remark, class_="remark") for remark in record.remarks),
        *_draw_list(
            "Mistakes you met, and have mended since",
            [f"{one.exercise}: {one.sentence}" for one in record.mended],
        ),
        aria_labelledby=key,
    )


def _describe_way(record: LessonRecord) -> str:
    """Return when a lesson was begun and right, and after how many gradings."""
    many = record.gradings
    count = "the first grading" if many == 1 else f"grading number {many}"
    right = f"All of it was right on {_day(record.right_at)}, at {count}."
    if _day(record.first_at) == _day(record.right_at):
        return right
    return f"First graded on {_day(record.first_at)}. {right}"


def _draw_list(title: str, lines: Sequence[str]) -> tuple[Html, ...]:
    if not lines:
        return ()
    return tag("h3", title), tag("ul", *(tag("li", line) for line in lines))


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
