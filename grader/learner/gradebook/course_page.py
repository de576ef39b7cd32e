"""course_page: a page to keep, which shows what a learner can do now.

All of it comes from the learner's own gradebook. The page is one file, including its
style and pictures, and loads nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from grader.course.document.catalog import Lesson
from grader.course.document.templates import render_alone
from grader.judge import abilities_of
from grader.learner.gradebook import LEARNER, Gradebook, NamedMistake
from grader.report import Picture, Report
from grader.report.report_html import draw_picture

FILE_NAME = "what_you_can_do.html"
HEADING = "What you can do now"
OWN_GRADEBOOK = "the gradebook on your own machine, without supervision"
_STYLE = Path(__file__).with_name("templates") / "course.css"


class LessonRecord(msgspec.Struct, frozen=True):
    """A learner's work in one lesson, until all of it was right and afterwards.

    Attributes:
        first_at: when it was first graded, by this machine's clock.
        right_at: when all of it was right for the first time.
        gradings: how many gradings it took until then.
        can_do: what you can do after this lesson, in its author's words.
        pictures: the pictures from the last grading in which all was right.
        remarks: the remarks that came with these pictures, such as an accuracy.
        fixed: the mistakes that were named in exercises that are right now.
    """

    lesson: Lesson
    first_at: datetime
    right_at: datetime
    gradings: int
    can_do: tuple[str, ...]
    pictures: tuple[Picture, ...] = ()
    remarks: tuple[str, ...] = ()
    fixed: tuple[NamedMistake, ...] = ()


def collect(
    lessons: Iterable[Lesson], book: Gradebook, learner: str = LEARNER
) -> tuple[LessonRecord, ...]:
    """Return the gradebook's record of each lesson that was completely right.

    Args:
        lessons: the lessons to look up.
        book: where the gradings are stored.
        learner: the learner whose gradings are used.

    Raises:
        BrokenLesson: if a lesson's `can_do` can't be read.
    """
    records = (_record(lesson, book, learner) for lesson in lessons)
    return tuple(filter(None, records))


def _record(lesson: Lesson, book: Gradebook, learner: str) -> LessonRecord | None:
    history = book.history(lesson.name, learner)
    moments = [moment for one in history if (moment := _moment(one.first_at))]
    first = book.first_right(lesson, learner)
    right_at = _moment(first.last_at) if first else None
    # If the exercises became right one by one, no single grading has all of them.
    report = book.latest_right(lesson.name, learner) or book.latest_verdicts(
        lesson.name, learner
    )
    if first is None or right_at is None or report is None:
        return None
    return LessonRecord(
        lesson,
        min(moments),
        right_at,
        first.gradings,
        abilities_of(lesson),
        report.pictures,
        _told_with_pictures(report),
        tuple(one for one in book.named_mistakes(lesson.name, learner) if one.is_right),
    )


def _told_with_pictures(report: Report) -> tuple[str, ...]:
    """Return the remarks of a lesson with pictures; other lessons' are advice."""
    if not report.pictures:
        return ()
    return tuple(
        words
        for one in report.exercises
        for words in (*one.remarks, *one.when_complete)
    )


def _moment(started_at: str) -> datetime | None:
    """Return when something was graded, in local time, or None if unreadable."""
    try:
        return datetime.fromisoformat(started_at).astimezone()
    except ValueError:
        return None


def course_page(
    title: str,
    lessons: Sequence[Lesson],
    records: Sequence[LessonRecord],
    made_at: datetime,
    made_from: str = OWN_GRADEBOOK,
) -> bytes:
    """Return the page, with a section for each lesson that was completely right.

    Args:
        title: the name of the course, or "".
        lessons: all of its lessons.
        records: the records of the lessons that were right, in order; at least one.
        made_at: the current time, by this machine's clock.
        made_from: a description of the gradebook that the records come from.
    """
    footer = (
        f"Made on {_day(made_at)} from {made_from}. It isn't a certificate. It's yours."
    )
    return render_alone(
        "gradebook/course.html",
        f"{HEADING} - {title}" if title else HEADING,
        _STYLE,
        course=title,
        heading=HEADING,
        made=footer,
        **fields_of(lessons, records),
    )


def fields_of(
    lessons: Sequence[Lesson], records: Sequence[LessonRecord]
) -> dict[str, Any]:
    """Return what a template needs to draw the records of the lessons that were right.

    Args:
        lessons: all lessons of the course.
        records: the records, in order; at least one.
    """
    return {
        "extent": _describe_course(lessons, records),
        "records": records,
        "describe_way": _describe_way,
        "draw_picture": draw_picture,
        "fixed": lambda one: [f"{x.exercise}: {x.sentence}" for x in one.fixed],
    }


def _describe_course(lessons: Sequence[Lesson], records: Sequence[LessonRecord]) -> str:
    """Return how many lessons are right, in which period, and which ones aren't."""
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


def _describe_way(record: LessonRecord) -> str:
    """Return when a lesson was begun and completed, and after how many gradings."""
    many = record.gradings
    count = "the first grading" if many == 1 else f"grading number {many}"
    right = f"All exercises were right on {_day(record.right_at)}, at {count}."
    if _day(record.first_at) == _day(record.right_at):
        return right
    return f"First graded on {_day(record.first_at)}. {right}"


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
