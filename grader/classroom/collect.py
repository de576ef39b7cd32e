"""collect: put a class together from the gradebook."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from grader.classroom.overrides import OverrideRow, Overrides, overrides_for
from grader.classroom.records import ClassResult, Learner, LearnerResult
from grader.classroom.submissions.notices import MOST_NAMES, list_some
from grader.classroom.submissions.people import former_ids
from grader.errors import Misuse
from grader.gradebook import Gradebook
from grader.report import Report
from grader.report.report_lines import count_of


def class_of(
    book: Gradebook,
    lessons: Iterable[str],
    *,
    title: str = "Class",
    learners: Iterable[Learner] = (),
    notes: Mapping[str, tuple[str, ...]] | None = None,
    notices: tuple[str, ...] = (),
    overrides: Iterable[OverrideRow] = (),
    names: Iterable[tuple[str, str]] = (),
) -> ClassResult:
    """Return everyone in a gradebook, with the last whole grading of each lesson.

    A page that was handed in untouched is nothing handed in, and is said. A grading
    under another name of somebody on the list is theirs, where they have no other.

    Args:
        book: the class's gradebook.
        lessons: full names of the lessons to take, in any order.
        title: what the class is called.
        learners: who is known beside the gradebook, by the same ids; those who have
            handed in nothing are listed too.
        notes: what a person should look at, by the learner's id.
        notices: what a person should look at beside that.
        overrides: points that a person gave.
        names: more names that people of the class may have been graded under, each
            with the id.

    Raises:
        Misuse: nothing says clearly for whom an override is, or it is beyond what the
            exercise is worth.
    """
    names, people = tuple(names), {learner.id: learner for learner in learners}
    told = {key: list(said) for key, said in (notes or {}).items()}
    reports: dict[str, list[Report]] = {key: [] for key in people}
    unread = 0
    for lesson in lessons:
        gradings = book.latest_of_all(lesson)
        ids = (grading.learner for grading in gradings)
        former = former_ids(ids, people.values(), names)
        graded = {grading.learner for grading in gradings}
        for grading in gradings:
            owner = former.get(grading.learner, grading.learner)
            if owner != grading.learner and owner in graded:
                continue
            graded.add(owner)
            report = book.latest(lesson, grading.learner)
            mine = reports.setdefault(owner, [])
            if report is not None:
                mine.append(report)
                continue
            unread += 1
            sentence = f"{lesson}: its grading in the gradebook cannot be read."
            told.setdefault(owner, []).append(sentence)
    known = [people.get(key, Learner(key)) for key in reports]
    given = overrides_for(overrides, known)
    for key, found in reports.items():
        _refuse(given, key, found)
        found[:] = [given.apply(key, report) for report in found]
        told.setdefault(key, []).extend(_untouched(found))
        found[:] = [report for report in found if not report.is_untouched]
    results = [
        LearnerResult(one, tuple(reports[one.id]), tuple(told.get(one.id, ())))
        for one in known
    ]
    results.sort(key=lambda one: one.learner.shown_name.casefold())
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    said = (*notices, *_unread(unread), *_idle(given, reports), *_find_equal(results))
    return ClassResult(title, tuple(results), now, said)


def _refuse(given: Overrides, learner: str, reports: Iterable[Report]) -> None:
    for sentence in (x for report in reports for x in given.beyond(learner, report)):
        raise Misuse(sentence)


def _untouched(reports: Iterable[Report]) -> Iterator[str]:
    names = [report.lesson for report in reports if report.is_untouched]
    if names:
        yield (
            f"{', '.join(names)}: nothing is attempted there, as on an untouched page; "
            f"{'it counts' if len(names) == 1 else 'they count'} as not handed in."
        )


def _unread(count: int) -> Iterator[str]:
    if count:
        which = "1 grading that is" if count == 1 else f"{count} gradings that are"
        yield (
            f"{which} in the gradebook cannot be read, so no score is shown for "
            f"{'it' if count == 1 else 'them'}. Grade the class again."
        )


def _points(count: int) -> str:
    return f"{count_of(count, 'point')} {'counts' if count == 1 else 'count'}"


def _find_equal(results: Iterable[LearnerResult]) -> Iterator[str]:
    """Yield who handed in the same file: where one is counted twice, it shows, too."""
    names: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in results:
        for report in one.reports:
            key = (report.lesson, report.attempt_sha256)
            names[key].append(one.learner.shown_name)
    for (lesson, sha256), found in sorted(names.items()):
        if sha256 and len(found) > 1:
            some = list_some(found, MOST_NAMES)
            yield f"{lesson}: the same file, byte for byte, is from {some}."


def _idle(given: Overrides, reports: Mapping[str, list[Report]]) -> Iterator[str]:
    """Yield what to say of points by hand that count nowhere."""
    tags = {
        (key, exercise.tag)
        for key, found in reports.items()
        for report in found
        for exercise in report.exercises
    }
    for row in given.strangers:
        yield f"{row.place}: {row.learner} is nobody in this class; nothing is given."
    for (learner, tag), row in given.by.items():
        if (learner, tag) not in tags:
            yield (
                f"{row.place}: no grading of {row.learner} has an exercise {tag}; its "
                f"{_points(row.given.points)} nowhere."
            )
