"""collect: put a class together from the gradebook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from grader.export.records import ClassResult, Learner, LearnerResult
from grader.gradebook import Gradebook
from grader.report import Report


def class_of(
    book: Gradebook,
    lessons: Iterable[str],
    *,
    title: str = "Class",
    learners: Iterable[Learner] = (),
    notes: Mapping[str, tuple[str, ...]] | None = None,
    notices: tuple[str, ...] = (),
) -> ClassResult:
    """Everyone in a gradebook, with the last whole grading of each lesson.

    Args:
        book: the class's gradebook.
        lessons: full names of the lessons to take, in any order.
        title: what the class is called.
        learners: who is known beside the gradebook, by the same ids; those who have
            handed in nothing are listed too.
        notes: what a person should look at, by the learner's id.
        notices: what a person should look at beside that.
    """
    people = {learner.id: learner for learner in learners}
    reports: dict[str, list[Report]] = {key: [] for key in people}
    for lesson in lessons:
        for entry in book.latest_of_all(lesson):
            report = book.latest(lesson, entry.learner)
            if report is not None:
                reports.setdefault(entry.learner, []).append(report)
    told = notes or {}
    results = [
        LearnerResult(people.get(key, Learner(key)), tuple(found), told.get(key, ()))
        for key, found in reports.items()
    ]
    results.sort(key=lambda one: one.learner.shown_name.casefold())
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return ClassResult(title, tuple(results), now, notices)
