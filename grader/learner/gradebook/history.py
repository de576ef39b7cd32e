"""history: combine the reports of one learner, and find the lesson to go on with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec
from msgspec.structs import replace

from grader.course.document.catalog import Lesson
from grader.learner.gradebook.rows import LessonStanding
from grader.report import ExerciseResult, Mistake, Outcome, Report


def combine(reports: Iterable[Report]) -> Report | None:
    """Return the latest verdict of each exercise as one report, or None without any.

    Args:
        reports: gradings of one lesson, newest first. Those before the newest whole
            grading are ignored.
    """
    latest: dict[str, tuple[ExerciseResult, Report]] = {}
    newest = whole = None
    for report in reports:
        newest = newest or report
        for result in report.exercises:
            latest.setdefault(result.tag, (result, report))
        if not report.partial:
            whole = report
            break
    if newest is None or newest is whole:
        return newest
    base = whole or newest
    # In the order of the lesson, as in the whole grading.
    tags = list(dict.fromkeys([*(e.tag for e in base.exercises), *latest]))
    tags = tags if whole else sorted(tags)
    return replace(
        base,
        exercises=tuple(latest[tag][0] for tag in tags),
        pictures=tuple(
            picture
            for tag in ("", *tags)
            for picture in (latest[tag][1] if tag else base).pictures
            if picture.exercise == tag
        ),
        problem=base.problem if newest.problem else None,
        cells=base.cells
        | {
            tag: report.cells[tag]
            for tag, (_, report) in latest.items()
            if tag in report.cells
        },
        unread=newest.unread,
        left_out=newest.left_out,
    )


def iterate_standings(
    gradings: Iterable[tuple[Report, int]], points: Mapping[str, int]
) -> Iterator[LessonStanding]:
    """Yield a learner's state in a lesson after each of their gradings.

    Args:
        gradings: all of their gradings of it, oldest first, each with how many it
            stands for.
        points: the points of each exercise, as far as they are known without a grading
            of the whole lesson.
    """
    now: dict[str, ExerciseResult] = {}
    best, count, has_passed = 0, 0, False
    for report, times in gradings:
        count += times
        if not report.partial:  # it has every exercise of the lesson
            now, points = {}, {result.tag: result.points for result in report.exercises}
        now |= {result.tag: result for result in report.exercises}
        # No points by hand are kept, so these are whole.
        last = int(sum(result.earned for result in now.values()))
        best = max(best, last)
        is_whole = bool(points) and now.keys() >= points.keys()
        is_right = is_whole and all(result.is_right for result in now.values())
        has_passed |= is_right and report.is_whole
        worth = {tag: 0 if e.is_broken else e.points for tag, e in now.items()}
        full = sum({**points, **worth}.values())
        yield LessonStanding(
            report.lesson, count, best, last, full, has_passed, report.started_at
        )


def find_first_guesses(reports: Iterable[Report]) -> dict[str, tuple[int, int]]:
    """Return how many claims of the first complete guess at each prediction were right,
    and how many it has.

    An exercise is left out if its first grading is from a time when claims weren't
    counted.

    Args:
        reports: a learner's gradings of a lesson, oldest first. Those of a class, and
            of a file that couldn't be loaded, don't count.
    """
    guesses: dict[str, tuple[int, int]] = {}
    for report in reports:
        if report.problem is not None or report.is_of_class:
            continue
        for exercise in report.exercises:
            # A complete guess was once right or wrong, without a count of its claims.
            is_wrong = exercise.outcome is Outcome.WRONG
            if exercise.claims[1] or exercise.outcome.is_right or is_wrong:
                guesses.setdefault(exercise.tag, exercise.claims)
    return {tag: claims for tag, claims in guesses.items() if claims[1]}


class NamedMistake(msgspec.Struct, frozen=True):
    """A mistake that was named to somebody.

    Attributes:
        exercise: the tag of its exercise.
        sentence: the sentence that was shown for it, the last time.
        versions: in how many versions of the file it was.
        is_right: whether the exercise was right when it was last graded.
    """

    exercise: str
    sentence: str
    versions: int
    is_right: bool


def find_named(reports: Iterable[Report]) -> tuple[NamedMistake, ...]:
    """Return the mistakes that were named in these reports, which are in order.

    If several mistakes gave the same answer, it isn't known which one was made, so none
    is listed.
    """
    by_tag: dict[str, tuple[str, str]] = {}
    versions: dict[str, set[str]] = {}
    right: dict[str, bool] = {}
    for report in reports:
        right |= {one.tag: one.is_right for one in report.exercises}
        for tag, mistake in _iterate_mistakes(report):
            by_tag[mistake.tag] = tag, mistake.sentence
            versions.setdefault(mistake.tag, set()).add(report.attempt_sha256)
    return tuple(
        NamedMistake(tag, sentence, len(versions[name]), right[tag])
        for name, (tag, sentence) in sorted(by_tag.items(), key=lambda item: item[1][0])
    )


def _iterate_mistakes(report: Report) -> Iterable[tuple[str, Mistake]]:
    """Yield the mistakes that a report names, each with its exercise."""
    for exercise in report.exercises if report.problem is None else ():
        mistakes = exercise.finding.mistakes if exercise.finding else ()
        if len(mistakes) == 1:
            yield exercise.tag, mistakes[0]


def first_unfinished(
    lessons: Iterable[Lesson],
    standings: Mapping[str, LessonStanding],
    also_done: Collection[str] = (),
) -> Lesson | None:
    """Return the first lesson that isn't done; None if all are.

    Args:
        lessons: the lessons, in the order of the course.
        standings: the learner's state in each lesson, by its name.
        also_done: names of lessons that count as done in any case.
    """
    done = {name for name, one in standings.items() if one.has_passed} | {*also_done}
    return next((one for one in lessons if one.name not in done), None)
