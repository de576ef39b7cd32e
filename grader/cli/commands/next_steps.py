"""next_steps: what is shown after a grading of what is right, and the next command."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from grader.cli.command import ROOT, gradebook, own_session
from grader.document import catalog
from grader.errors import GraderError

if TYPE_CHECKING:
    from grader.cli.render.grading import Ways
    from grader.cli.render.success import Success
    from grader.report import Report


def ways_on(lesson: catalog.Lesson, attempt: str, is_watching: bool = False) -> Ways:
    """Return the commands that come after a grading."""
    from grader import judge
    from grader.cli.render.grading import Ways

    again = f"grade {lesson.short_name}"
    again += f" --attempt {shlex.quote(attempt)}" if attempt else ""
    following = catalog.after(lesson, ROOT)
    left = _find_left_out(lesson, attempt)
    onward = (following or left) if left else None
    return Ways(
        again,
        lesson.short_name,
        _begin_or_go_on(onward, is_new=bool(following)) if onward else "",
        is_watching,
        is_last=following is None,
        title=f"lesson {onward.number}, {onward.title}" if onward else "",
        can_do=judge.abilities_of(lesson),
    )


def _begin_or_go_on(lesson: catalog.Lesson, is_new: bool) -> str:
    has_begun = not is_new and catalog.attempt_path(lesson, ROOT).exists()
    return f"{'grade' if has_begun else 'start'} {lesson.short_name}"


def _find_left_out(lesson: catalog.Lesson, attempt: str) -> catalog.Lesson | None:
    """Return the first lesson that is not done when this attempt is right."""
    lessons = catalog.lessons(ROOT)
    try:
        with gradebook() as book:
            standings = book.standings(lessons=lessons)
        done = {name for name, one in standings.items() if one.has_passed}
    except GraderError:  # it is said when the grading is recorded
        done = set()
    path = catalog.resolve_attempt(lesson, Path(attempt)) if attempt else None
    if path is None or catalog.is_working_copy(path, lesson, ROOT):
        done.add(lesson.name)
    return next((x for x in lessons if x.name not in done), None)


def successes_of(
    report: Report, lesson: catalog.Lesson, path: Path, in_full: bool
) -> tuple[Success, ...]:
    """Return the exercises of which something is told: by default what has become
    right.
    """
    from grader import judge
    from grader.cli.render.success import Success

    is_asked = in_full or bool(report.partial)
    if not is_asked and not catalog.is_working_copy(path, lesson, ROOT):
        return ()
    known = frozenset[str]() if is_asked else _right_before(lesson)
    right = [x for x in report.exercises if x.is_right and x.tag not in known]
    if not right:
        return ()
    ways = {info.tag: info.alternative for info in judge.exercises(lesson)}
    return tuple(Success(exercise, ways[exercise.tag]) for exercise in right)


def _right_before(lesson: catalog.Lesson) -> frozenset[str]:
    """Return what was right when the learner's own copy was last graded."""
    try:
        return own_session().right_exercises(lesson)
    except GraderError:  # it is said when the grading is recorded
        return frozenset()
