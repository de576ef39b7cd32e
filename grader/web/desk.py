"""desk: what one learner's pages work with."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from grader import judge
from grader.document.catalog import Lesson
from grader.judge import ExerciseInfo
from grader.report import Report
from grader.web.drawn import Drawn
from grader.web.jobs import Jobs
from grader.web.page_store import Attempts
from grader.web.server_sent_events import Events


class Done(msgspec.Struct, frozen=True):
    """Something that a learner has done on a page.

    Attributes:
        kind: "saved", "graded" or "hinted".
        lesson: where.
        exercise: the tag of the exercise that it was about, or "".
        report: of a grading, what it gave.
    """

    kind: str
    lesson: Lesson
    exercise: str
    report: Report | None = None


class Desk(msgspec.Struct, frozen=True):
    """One learner's files, what grades and runs them, and the pages that are open.

    Attributes:
        attempts: the files.
        jobs: what grades and runs them.
        events: what is told to the pages.
        drawn: the pages that were drawn for them.
        note: told of what the learner does.
        greeting: what the overview says to the learner.
        next_lesson: the short name of the lesson that the class is at, or "".
        exercises: the exercises of a lesson.
        is_of: whether a page that was made for a learner, by their id, is this desk's.
    """

    attempts: Attempts
    jobs: Jobs
    events: Events
    drawn: Drawn = msgspec.field(default_factory=Drawn)
    note: Callable[[Done], None] = msgspec.field(default=lambda done: None)
    greeting: Callable[[], str] = msgspec.field(default=lambda: "")
    next_lesson: Callable[[], str] = msgspec.field(default=lambda: "")
    exercises: Callable[[Lesson], tuple[ExerciseInfo, ...]] = judge.exercises
    is_of: Callable[[str], bool] = msgspec.field(default=lambda learner: True)
