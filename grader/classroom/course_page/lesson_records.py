"""lesson_records: what a gradebook knows of each lesson, for the page of a course."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from grader.document.catalog import Lesson
from grader.gradebook import LEARNER, Gradebook, NamedMistake
from grader.judge import abilities_of
from grader.report import Picture, Report


class LessonRecord(msgspec.Struct, frozen=True):
    """What a learner did in one lesson, until all of it was right, and since.

    Attributes:
        lesson: the lesson.
        first_at: when it was graded first, by the clock of this machine.
        right_at: when all of it was right for the first time.
        gradings: how many gradings it took until then.
        can_do: what its author says that one can do who has it right.
        pictures: what the last grading drew in which all was right.
        remarks: what that one told with its pictures, such as an accuracy.
        mended: the mistakes that were named, in exercises right when graded last.
    """

    lesson: Lesson
    first_at: datetime
    right_at: datetime
    gradings: int
    can_do: tuple[str, ...]
    pictures: tuple[Picture, ...] = ()
    remarks: tuple[str, ...] = ()
    mended: tuple[NamedMistake, ...] = ()


def collect(
    lessons: Iterable[Lesson], book: Gradebook, learner: str = LEARNER
) -> tuple[LessonRecord, ...]:
    """Return what the gradebook knows of each lesson that was right as a whole.

    Args:
        lessons: the lessons.
        book: the gradebook.
        learner: whose gradings are meant.

    Raises:
        BrokenLesson: what one can do who has a lesson right cannot be read from it.
    """
    found = (_record(lesson, book, learner) for lesson in lessons)
    return tuple(filter(None, found))


def _record(lesson: Lesson, book: Gradebook, learner: str) -> LessonRecord | None:
    history = book.history(lesson.name, learner)
    moments = [moment for one in history if (moment := _moment(one.started_at))]
    first = book.first_right(lesson, learner)
    right_at = _moment(first.last_at) if first else None
    # Where the exercises became right one by one, no grading has all of them.
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
    """Return the remarks of a lesson that draws; those of others are of what to do."""
    if not report.pictures:
        return ()
    return tuple(words for one in report.exercises for words in one.remarks)


def _moment(started_at: str) -> datetime | None:
    """Return when something was graded, by the clock here; None if that is spoilt."""
    try:
        return datetime.fromisoformat(started_at).astimezone()
    except ValueError:
        return None
