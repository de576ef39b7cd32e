"""process_pool: grade in separate processes, which are kept for the next grading.

A class, a room, a notebook's kernel and a dask worker (which can't use multiprocessing)
have such processes. One that dies only affects its own grading.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from grader.checks.attempt import Cancelled
from grader.common.errors import GraderError
from grader.common.message_channel import MessageChannel
from grader.course.course_folder import project_folder
from grader.judge.request import GradingRequest
from grader.learner.grading_service import (
    GraderCrash,
    OnCheck,
    OnProgress,
)
from grader.learner.grading_service.grader_process import LOWER_PRIORITY
from grader.learner.grading_service.messages import (
    Cancel,
    CheckDone,
    Grade,
    GradingCancelled,
    GradingDone,
    GradingEnding,
    GradingFailed,
    GradingProgress,
    GradingRefused,
    LessonReady,
    Prepare,
    TrainingProgress,
    report_progress,
)
from grader.report import Report

_LOOK_S = 0.05
_GOODBYE_S = 2.0
# The judge's sums are small, so threads make them slower. TensorFlow logs its internals
# on every start. Variables that are set already take precedence.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
OnReady = Callable[[], None]


class GraderClient:
    """The handle of a process that grades.

    Args:
        processor: the number of the processor that it and its workers run on; None for
            any.
        folder: its working folder; this process's if None.
        lowers_priority: whether an attempt that takes long lets others go first.

    Attributes:
        lessons: the lessons that it is ready for, or getting ready for.
        idle_since_s: the time since which it hasn't graded.

    Raises:
        ChildProcessError: if it couldn't be started.
    """

    def __init__(
        self,
        processor: int | None = None,
        folder: Path | None = None,
        lowers_priority: bool = True,
    ) -> None:
        self.processor = processor
        module = "grader.learner.grading_service.grader_process"
        program = [sys.executable, "-m", module]
        try:
            # In a separate session, Ctrl-C in the terminal doesn't reach it.
            self._process = subprocess.Popen(
                [*program, *[LOWER_PRIORITY] * lowers_priority],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=folder,
                env=_environment(folder),
                start_new_session=True,
            )
        except OSError as error:
            raise ChildProcessError("no process could be started") from error
        # Do it before it has threads or children, which then run there as well.
        _move(self._process.pid, processor)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._channel: MessageChannel[GradingProgress | GradingEnding] = MessageChannel(
            self._process.stdout, self._process.stdin, GradingProgress | GradingEnding
        )
        self._is_lost = False
        self._ready: set[str] = set()
        self.lessons: set[str] = set()
        self.idle_since_s = time.monotonic()

    @property
    def is_alive(self) -> bool:
        """Whether it can take another request."""
        return not self._is_lost and self._process.poll() is None

    def is_ready_for(self, lesson: str) -> bool:
        """Return whether a grading would begin at once; only for an idle process."""
        with contextlib.suppress(EOFError):
            while (message := self._channel.receive(0)) is not None:
                if isinstance(message, LessonReady):
                    self._ready.add(message.lesson)
        return lesson in self._ready

    def prepare(self, request: Prepare) -> None:
        """Let it get ready for a lesson, without waiting."""
        if request.lesson not in self.lessons:
            self.lessons.add(request.lesson)
            with contextlib.suppress(OSError):
                self._channel.send(request)

    def grade(
        self,
        request: GradingRequest,
        cancel: threading.Event | None = None,
        on_progress: OnProgress | None = None,
        on_check: OnCheck | None = None,
        on_ready: OnReady | None = None,
    ) -> Report:
        """Grade one attempt, as every service does.

        Args:
            request: what to grade.
            cancel: stops the grading when another thread sets it.
            on_progress: called with the numbers of a training run.
            on_check: called with the tag of an exercise, after each of its checks.
            on_ready: called when everything is imported and the grading begins.

        Raises:
            Cancelled: if `cancel` was set.
            GraderError: if it can't be graded.
            ChildProcessError: if the process died.
        """
        self.lessons.add(request.lesson)

        def follow(message: GradingProgress) -> None:
            report_progress(message, on_progress, on_check)
            if isinstance(message, LessonReady):
                self._ready.add(message.lesson)
                # It may have been getting ready for another lesson.
                if on_ready is not None and message.lesson == request.lesson:
                    on_ready()

        # Until it has answered: if this thread is interrupted, it is still grading.
        self._is_lost = True
        try:
            self._channel.send(Grade(request))
            ending = self._wait(cancel, follow)
        except (EOFError, OSError) as error:
            raise ChildProcessError("the process that graded it died") from error
        self._is_lost = False
        return _report_of(ending)

    def hang_up(self) -> None:
        """Let it end, together with all its workers."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()

    def end(self, deadline: float | None = None) -> None:
        """Hang up, and kill the process if it doesn't end soon.

        Args:
            deadline: when to kill it, by `time.monotonic()`; 2 s from now if None.
        """
        self.hang_up()
        by = time.monotonic() + _GOODBYE_S if deadline is None else deadline
        try:
            self._process.wait(max(0.0, by - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._channel.close()

    def _wait(
        self, cancel: threading.Event | None, follow: Callable[[GradingProgress], None]
    ) -> GradingEnding:
        is_cancelled = False
        while True:
            if cancel is not None and cancel.is_set() and not is_cancelled:
                is_cancelled = True
                self._channel.send(Cancel())
            # A thread can't wait for a message and an event at once, so both are
            # polled.
            message = self._channel.receive(_LOOK_S if cancel is not None else None)
            match message:
                case None:
                    continue
                case LessonReady() | TrainingProgress() | CheckDone():
                    follow(message)
                case _:
                    return message


def _report_of(ending: GradingEnding) -> Report:
    match ending:
        case GradingDone(report):
            return report
        case GradingCancelled():
            raise Cancelled
        case GradingRefused(sentence, for_others):
            raise GraderError(sentence, for_others)
        case GradingFailed(error, trace):
            raise GraderCrash(f"The grader failed: {error}", trace)


def _environment(folder: Path | None) -> dict[str, str]:
    """Return the environment of a process that must find the program in any folder."""
    environment = _ENVIRONMENT | os.environ
    if folder is not None:
        above = [str(folder), str(project_folder()), environment.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, above))
    return environment


def _move(pid: int, processor: int | None) -> None:
    """Pin a process to a processor, if the system allows it; with None, don't."""
    if sys.platform == "linux" and processor is not None:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(pid, {processor})


class GraderPool:
    """Grade in separate processes, as many as there are callers at a time.

    Args:
        most_idle: how many idle processes are kept; all of them if None.
        others_kept_s: for how long the others are kept after their last grading.
        processors: the numbers of the processors that the processes are spread over; if
            there are none, the system places them.
        folder: the working folder of the processes; this process's if None.
        lowers_priority: whether an attempt that takes long lets others go first.
    """

    def __init__(
        self,
        most_idle: int | None = None,
        others_kept_s: float = 0.0,
        processors: Sequence[int] = (),
        folder: Path | None = None,
        lowers_priority: bool = True,
    ) -> None:
        self._most_idle, self._others_kept_s = most_idle, others_kept_s
        self._processors, self._folder = processors, folder
        self._lowers_priority = lowers_priority
        self._lock = threading.Lock()
        self._idle: list[GraderClient] = []
        self._busy: set[GraderClient] = set()
        self._is_closed = False

    def grade(
        self,
        request: GradingRequest,
        cancel: threading.Event | None = None,
        on_progress: OnProgress | None = None,
        on_check: OnCheck | None = None,
        on_ready: OnReady | None = None,
    ) -> Report:
        """Grade one attempt, if possible with a process that has loaded the lesson.

        Raises:
            Cancelled: if `cancel` was set.
            GraderError: if it can't be graded.
            ChildProcessError: if its process died, or couldn't be started.
        """
        grader = self._take(request.lesson)
        try:
            return grader.grade(request, cancel, on_progress, on_check, on_ready)
        finally:
            self._give_back(grader)

    def prepare(self, request: Prepare, most: int) -> None:
        """Get `most` processes ready for a lesson, counting those that are grading."""
        with self._lock:
            left = most - len(self._idle) - len(self._busy)
            # Processes that are only starting are used last, once they are ready.
            for _ in range(left):
                self._idle.insert(0, self._start_client())
            graders = {
                x for x in (*self._idle, *self._busy) if request.lesson in x.lessons
            }
            others = [one for one in self._idle if one not in graders]
            # Not below 0, which would count from the end.
            for grader in others[: max(0, most - len(graders))]:
                grader.prepare(request)

    def close(self) -> None:
        """End every process, including those that grade, and start no others."""
        with self._lock:
            # Later callers would start a process that is never ended.
            self._is_closed = True
            graders = [*self._idle, *self._busy]
            self._idle.clear()
            self._busy.clear()
        # All of them hang up before waiting for one, so that they end at the same time.
        for grader in graders:
            grader.hang_up()
        deadline = time.monotonic() + _GOODBYE_S
        for grader in graders:
            grader.end(deadline)

    def _take(self, lesson: str) -> GraderClient:
        with self._lock:
            # Taken from the end: first those that are ready, and among them the last
            # used.
            self._idle.sort(key=lambda x: (lesson in x.lessons, x.is_ready_for(lesson)))
            client = None
            while self._idle and client is None:
                grader = self._idle.pop()
                client = grader if grader.is_alive else None
            client = client or self._start_client()
            self._busy.add(client)
            return client

    def _start_client(self) -> GraderClient:
        """Return a new process, on the processor that has the fewest of them."""
        if self._is_closed:
            raise ChildProcessError("the processes that grade have been ended")
        taken = Counter(one.processor for one in (*self._idle, *self._busy))
        processor = min(self._processors, key=taken.__getitem__, default=None)
        return GraderClient(processor, self._folder, self._lowers_priority)

    def _give_back(self, grader: GraderClient) -> None:
        with self._lock:
            # If `close` has ended it in the meantime, it isn't busy any more and isn't
            # kept.
            keeps = grader in self._busy and grader.is_alive
            self._busy.discard(grader)
            if keeps:
                grader.idle_since_s = time.monotonic()
                self._idle.append(grader)
            unneeded = self._take_unneeded() if keeps else [grader]
        for client in unneeded:
            client.end()

    def _take_unneeded(self) -> list[GraderClient]:
        """Remove the surplus processes that weren't needed for some time."""
        if self._most_idle is None:
            return []
        last_s = time.monotonic() - self._others_kept_s
        by_use = sorted(self._idle, key=lambda one: one.idle_since_s, reverse=True)
        unneeded = [x for x in by_use[self._most_idle :] if x.idle_since_s <= last_s]
        self._idle = [one for one in self._idle if one not in unneeded]
        return unneeded


_shared = GraderPool()


def grade_in_pool(request: GradingRequest) -> Report | str:
    """Grade one attempt in a process that is kept as long as this one runs.

    dask calls it on its workers. It retries a task that raises, so if there is no
    report, this returns a sentence.
    """
    try:
        return _shared.grade(request)
    except GraderError as error:
        return str(error)
