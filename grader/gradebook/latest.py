"""latest: the latest verdict of each exercise, whichever grading it came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from grader.gradebook.rows import LessonStanding
from grader.report import ExerciseResult, Report


def combine(reports: Iterable[Report]) -> Report | None:
    """Return the latest verdict of each exercise as one report; None without any.

    Args:
        reports: gradings of one lesson, the newest first. What is older than the
            newest whole grading is not looked at.
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
    # In the order of the lesson, as the whole grading has it.
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
        unread=newest.unread,
        left_out=newest.left_out,
    )


def iterate_standings(
    reports: Iterable[Report], points: Mapping[str, int]
) -> Iterator[LessonStanding]:
    """Yield where a learner stood in a lesson after each of their gradings.

    Args:
        reports: all of their gradings of it, the first one first.
        points: what each of its exercises is worth, as far as that is known without a
            grading of the whole lesson.
    """
    now: dict[str, ExerciseResult] = {}
    best, has_passed = 0, False
    for count, report in enumerate(reports, 1):
        if not report.partial:  # it has every exercise of the lesson
            now, points = {}, {result.tag: result.points for result in report.exercises}
        now |= {result.tag: result for result in report.exercises}
        last = sum(result.earned for result in now.values())
        best = max(best, last)
        is_whole = bool(points) and now.keys() >= points.keys()
        is_right = is_whole and all(result.is_right for result in now.values())
        has_passed |= is_right and report.is_whole
        worth = {tag: 0 if e.is_broken else e.points for tag, e in now.items()}
        full = sum({**points, **worth}.values())
        yield LessonStanding(
            report.lesson, count, best, last, full, has_passed, report.started_at
        )
