"""learner_context: what the pages of one learner work with."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from grader import judge
from grader.course.document.catalog import Lesson
from grader.judge import ExerciseInfo
from grader.report import Report
from grader.web.class_state import ClassState
from grader.web.jobs import Jobs
from grader.web.page_store import Attempts
from grader.web.responses import Events
from grader.web.work_queue import WorkQueue


class LearnerAction(msgspec.Struct, frozen=True):
    """An action of a learner on a page.

    Attributes:
        kind: "saved", "graded", "hinted" or "help".
        lesson: the lesson whose page it is.
        exercise: the tag of the exercise that the learner is at, or "". For "help",
            it is "" if they need no help any more.
        report: the report, for a grading.
    """

    kind: str
    lesson: Lesson
    exercise: str
    report: Report | None = None


class LearnerContext(msgspec.Struct, frozen=True):
    """One learner's files, the jobs for them, and their open pages.

    Attributes:
        attempts: the files.
        jobs: grades and runs them.
        events: sends events to the pages.
        work: works on their requests, one at a time.
        on_action: called with each thing that the learner does.
        greeting: what the overview says to the learner.
        class_state: the current state of the class.
        exercises: the exercises of a lesson.
        belongs_to: whether a page was made for this learner, by the id in it.
        receive: takes a file of a lesson that the learner hands in; None if nothing is
            handed in here.
        replaced: the files of a lesson that others replaced, the newest first.
    """

    attempts: Attempts
    jobs: Jobs
    events: Events
    work: WorkQueue = msgspec.field(default_factory=WorkQueue)
    on_action: Callable[[LearnerAction], None] = msgspec.field(
        default=lambda action: None
    )
    greeting: Callable[[], str] = msgspec.field(default=lambda: "")
    class_state: Callable[[], ClassState] = msgspec.field(default=ClassState)
    exercises: Callable[[Lesson], tuple[ExerciseInfo, ...]] = judge.exercises
    belongs_to: Callable[[str], bool] = msgspec.field(default=lambda learner: True)
    receive: Callable[[Lesson, bytes], None] | None = None
    replaced: Callable[[Lesson], Iterable[bytes]] = msgspec.field(
        default=lambda lesson: ()
    )
