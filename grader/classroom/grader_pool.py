"""grader_pool: gradings in processes of their own, for whoever runs many threads.

A grading silences warnings and parses files, and Python does neither safely in several
threads at once. So a class, a room and a dask worker, which must not use
multiprocessing, have processes beside them, which are kept for the next grading. One
that dies costs its own grading.
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
from typing import Any

import msgspec

from grader.attempt import Cancelled
from grader.classroom.frames import Frames
from grader.classroom.grader_process import (
    Cancel,
    Grade,
    LessonReady,
    Prepare,
    Result,
    Seen,
)
from grader.classroom.processors import move
from grader.classroom.work import Work

_LOOK_S = 0.05
_GOODBYE_S = 2.0
OnProgress = Callable[[dict[str, Any]], None]
OnReady = Callable[[], None]


class GraderClient:
    """A process that grades, from here.

    Args:
        processor: the number of the one that it and its workers run on; any when None.

    Attributes:
        lessons: those for which it is ready, or getting ready.
        idle_since_s: since when it grades nothing.

    Raises:
        ChildProcessError: it could not be started.
    """

    def __init__(self, processor: int | None = None) -> None:
        self.processor = processor
        try:
            # In a session of its own, Ctrl-C in the terminal does not reach it.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "grader.classroom.grader_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # The judge's sums are small: threads make them slower. Who sets it
                # in the environment is obeyed.
                env={"OPENBLAS_NUM_THREADS": "1"} | os.environ,
                start_new_session=True,
            )
        except OSError as error:
            raise ChildProcessError("no process could be started") from error
        # Before it has threads or children, which then run there as well.
        move(self._process.pid, processor)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._line = Frames(self._process.stdout, self._process.stdin)
        self._is_lost = False
        self._ready: set[str] = set()
        self.lessons: set[str] = set()
        self.idle_since_s = time.monotonic()

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked again."""
        return not self._is_lost and self._process.poll() is None

    def is_ready_for(self, lesson: str) -> bool:
        """Return whether a grading would begin at once; ask only while it is idle."""
        with contextlib.suppress(EOFError):
            while (message := self._line.receive(0)) is not None:
                told = msgspec.msgpack.decode(message, type=LessonReady)
                self._ready.add(told.lesson)
        return lesson in self._ready

    def prepare(self, told: Prepare) -> None:
        """Let it have ready what a lesson needs; nobody waits for that."""
        if told.lesson not in self.lessons:
            self.lessons.add(told.lesson)
            with contextlib.suppress(OSError):
                self._line.send(msgspec.msgpack.encode(told))

    def grade(
        self,
        work: Work,
        root: str,
        cancel: threading.Event | None = None,
        on_progress: OnProgress | None = None,
        on_ready: OnReady | None = None,
    ) -> bytes | str:
        """Return the report as JSON, or the sentence that says why there is none.

        Args:
            work: what is graded.
            root: the project's folder; "" for this one.
            cancel: ends it when another thread sets it.
            on_progress: told how far a training is.
            on_ready: told when all is imported and the grading begins.

        Raises:
            Cancelled: it was.
            ChildProcessError: the process died.
        """
        self.lessons.add(work.lesson)

        def hear(told: LessonReady | Seen) -> None:
            if isinstance(told, Seen):
                if on_progress is not None:
                    on_progress(told.what)
                return
            self._ready.add(told.lesson)
            # It may have been getting ready for another lesson before.
            if on_ready is not None and told.lesson == work.lesson:
                on_ready()

        try:
            self._line.send(msgspec.msgpack.encode(Grade(work, root)))
            result = self._wait(cancel, hear)
        except (EOFError, OSError) as error:
            self._is_lost = True  # before the system says so
            raise ChildProcessError("the process that graded it died") from error
        if not (result.why or result.report):
            raise Cancelled
        return result.why or result.report

    def hang_up(self) -> None:
        """Let it end, with all its workers."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()

    def end(self) -> None:
        """Hang up, and see that it ends."""
        self.hang_up()
        try:
            self._process.wait(_GOODBYE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._line.close()

    def _wait(
        self, cancel: threading.Event | None, hear: Callable[[LessonReady | Seen], None]
    ) -> Result:
        is_cancelled = False
        while True:
            if cancel is not None and cancel.is_set() and not is_cancelled:
                is_cancelled = True
                self._line.send(msgspec.msgpack.encode(Cancel()))
            # A message and an event cannot be waited for at once: each is looked at.
            message = self._line.receive(_LOOK_S if cancel is not None else None)
            if message is None:
                continue
            told = msgspec.msgpack.decode(message, type=LessonReady | Seen | Result)
            if isinstance(told, Result):
                return told
            hear(told)


class GraderPool:
    """Grades in processes of their own, as many as there are callers at a time.

    Args:
        most_idle: so many are kept for later; all of them when None.
        others_kept_s: so long the others are kept after their last grading.
        processors: the numbers of those that the processes are shared out to; the
            system does it when there are none.
    """

    def __init__(
        self,
        most_idle: int | None = None,
        others_kept_s: float = 0.0,
        processors: Sequence[int] = (),
    ) -> None:
        self._most_idle, self._others_kept_s = most_idle, others_kept_s
        self._processors = processors
        self._lock = threading.Lock()
        self._idle: list[GraderClient] = []
        self._busy: set[GraderClient] = set()

    def grade(
        self,
        work: Work,
        root: str = "",
        cancel: threading.Event | None = None,
        on_progress: OnProgress | None = None,
        on_ready: OnReady | None = None,
    ) -> bytes | str:
        """Grade one attempt, if possible with a grader that has loaded the lesson.

        Raises:
            Cancelled: it was.
            ChildProcessError: its process died, or could not be started.
        """
        grader = self._take(work.lesson)
        try:
            return grader.grade(work, root, cancel, on_progress, on_ready)
        finally:
            self._give_back(grader)

    def prepare(self, told: Prepare, most: int) -> None:
        """Have so many ready for a lesson, those that grade among them."""
        with self._lock:
            left = most - len(self._idle) - len(self._busy)
            # Those that just begin are taken last, once they are ready.
            for _ in range(left):
                self._idle.insert(0, self._make())
            known = {x for x in (*self._idle, *self._busy) if told.lesson in x.lessons}
            others = [one for one in self._idle if one not in known]
            # Never below 0, which would count from the end.
            for grader in others[: max(0, most - len(known))]:
                grader.prepare(told)

    def close(self) -> None:
        """End every process, also those that grade."""
        with self._lock:
            graders = [*self._idle, *self._busy]
            self._idle.clear()
            self._busy.clear()
        # All of them hang up before one is waited for, so that they end side by side.
        for grader in graders:
            grader.hang_up()
        for grader in graders:
            grader.end()

    def _take(self, lesson: str) -> GraderClient:
        with self._lock:
            # Taken from the end: first one that is ready, and of those the one that
            # was used last.
            self._idle.sort(key=lambda x: (lesson in x.lessons, x.is_ready_for(lesson)))
            found = None
            while self._idle and found is None:
                grader = self._idle.pop()
                found = grader if grader.is_alive else None
            found = found or self._make()
            self._busy.add(found)
            return found

    def _make(self) -> GraderClient:
        """Return a new one, on the processor that has the fewest of them."""
        taken = Counter(one.processor for one in (*self._idle, *self._busy))
        return GraderClient(min(self._processors, key=taken.__getitem__, default=None))

    def _give_back(self, grader: GraderClient) -> None:
        with self._lock:
            # What `close` has ended meanwhile is busy no more, and is not kept.
            keeps = grader in self._busy and grader.is_alive
            self._busy.discard(grader)
            if keeps:
                grader.idle_since_s = time.monotonic()
                self._idle.append(grader)
            unneeded = self._take_unneeded() if keeps else [grader]
        for one in unneeded:
            one.end()

    def _take_unneeded(self) -> list[GraderClient]:
        """Take out those that are too many and were not needed for some time."""
        if self._most_idle is None:
            return []
        last_s = time.monotonic() - self._others_kept_s
        by_use = sorted(self._idle, key=lambda one: one.idle_since_s, reverse=True)
        found = [x for x in by_use[self._most_idle :] if x.idle_since_s <= last_s]
        self._idle = [one for one in self._idle if one not in found]
        return found


_shared = GraderPool()


def grade_in_pool(work: Work, root: str = "") -> bytes | str:
    """Grade one attempt in a process that is kept as long as this one runs."""
    return _shared.grade(work, root)
