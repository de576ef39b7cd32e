"""learner_context: what the pages of one learner work with.

Drawing a page takes a processor, which all answers of a server share. So a learner
can't have two pages drawn at a time, nor one after another without a pause. If nobody
waits for a page any more, it isn't drawn at all.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from grader import judge
from grader.document.catalog import Lesson
from grader.judge import ExerciseInfo
from grader.report import Report
from grader.web.class_state import ClassState
from grader.web.jobs import Jobs
from grader.web.page_store import Attempts
from grader.web.responses import Events

# The next page waits this many times as long as the last one took, so a learner can use
# at most a third of a processor.
_PAUSE = 2
_LARGEST_KEPT = 1_000_000
T = TypeVar("T")


class RenderQueue:
    """Draw the pages of one learner, one at a time, and keep the last one.

    Args:
        processor_s: returns the CPU seconds that the calling thread has used.
    """

    def __init__(self, processor_s: Callable[[], float] = time.thread_time) -> None:
        self._processor_s = processor_s
        self._turn = asyncio.Lock()
        self._next_at = 0.0
        self._kept: tuple[object, bytes] | None = None

    async def run(self, request: Request, make: Callable[[], T]) -> T:
        """Call a function in a thread, once nothing else is being drawn.

        Args:
            request: the request that waits for it.
            make: the function; it isn't called if the client has gone by then.

        Raises:
            ClientDisconnect: if the client has gone.
        """
        # The body has to be received before a disconnection can be noticed.
        await request.body()
        async with self._turn:
            await _stay(request)
            if (pause_s := self._next_at - time.monotonic()) > 0:
                await asyncio.sleep(pause_s)
                await _stay(request)
            return await run_in_threadpool(self._timed, make)

    def page(self, version: object, make: Callable[[], bytes]) -> bytes:
        """Return a page, and draw it again only if its version has changed.

        Args:
            version: everything that the page depends on.
            make: makes the page.
        """
        if self._kept is not None and self._kept[0] == version:
            return self._kept[1]
        page = make()
        self._kept = (version, page) if len(page) <= _LARGEST_KEPT else None
        return page

    def _timed(self, make: Callable[[], T]) -> T:
        began_s = self._processor_s()
        try:
            return make()
        finally:
            took_s = self._processor_s() - began_s
            self._next_at = time.monotonic() + _PAUSE * took_s


async def _stay(request: Request) -> None:
    if await request.is_disconnected():
        raise ClientDisconnect


class LearnerAction(msgspec.Struct, frozen=True):
    """An action of a learner on a page.

    Attributes:
        kind: "saved", "graded" or "hinted".
        lesson: the lesson.
        exercise: the tag of the exercise that the learner is at, or "".
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
        rendering: draws the pages.
        on_action: called with each thing that the learner does.
        greeting: what the overview says to the learner.
        class_state: the current state of the class.
        exercises: the exercises of a lesson.
        belongs_to: whether a page was made for this learner, by the id in it.
    """

    attempts: Attempts
    jobs: Jobs
    events: Events
    rendering: RenderQueue = msgspec.field(default_factory=RenderQueue)
    on_action: Callable[[LearnerAction], None] = msgspec.field(
        default=lambda action: None
    )
    greeting: Callable[[], str] = msgspec.field(default=lambda: "")
    class_state: Callable[[], ClassState] = msgspec.field(default=ClassState)
    exercises: Callable[[Lesson], tuple[ExerciseInfo, ...]] = judge.exercises
    belongs_to: Callable[[str], bool] = msgspec.field(default=lambda learner: True)
