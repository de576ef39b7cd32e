"""apart: gradings in processes of their own, for whoever runs many threads.

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
from collections.abc import Callable
from typing import Any

import msgspec

from classroom.frames import Frames
from classroom.grader_process import Cancel, Job, Prepare, Result, Seen
from classroom.work import Work
from grader.attempt import Cancelled

_LOOK_S = 0.05
_GOODBYE_S = 2.0
OnProgress = Callable[[dict[str, Any]], None]


class Grader:
    """A process that grades, from here.

    Raises:
        ChildProcessError: it could not be started.
    """

    def __init__(self) -> None:
        try:
            # In a session of its own, Ctrl-C in the terminal does not reach it.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "classroom.grader_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # The judge's sums are small: threads make them slower. Who sets it
                # in the environment is obeyed.
                env={"OPENBLAS_NUM_THREADS": "1"} | os.environ,
                start_new_session=True,
            )
        except OSError as error:
            raise ChildProcessError("no process could be started") from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._line = Frames(self._process.stdout, self._process.stdin)
        self._is_lost = False
        self.lessons: set[str] = set()

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked again."""
        return not self._is_lost and self._process.poll() is None

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
    ) -> bytes | str:
        """Return the report as JSON, or the sentence that says why there is none.

        Args:
            work: what is graded.
            root: the project's folder; "" for this one.
            cancel: ends it when another thread sets it.
            on_progress: told how far a training is.

        Raises:
            Cancelled: it was.
            ChildProcessError: the process died.
        """
        self.lessons.add(work.lesson)
        try:
            self._line.send(msgspec.msgpack.encode(Job(work, root)))
            result = self._wait(cancel, on_progress)
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
        self, cancel: threading.Event | None, on_progress: OnProgress | None
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
            told = msgspec.msgpack.decode(message, type=Result | Seen)
            if isinstance(told, Result):
                return told
            if on_progress is not None:
                on_progress(told.what)


class Apart:
    """Grades in processes of their own, as many as there are callers at a time.

    Args:
        most_idle: so many are kept for later; all of them when None.
    """

    def __init__(self, most_idle: int | None = None) -> None:
        self._most_idle = most_idle
        self._lock = threading.Lock()
        self._idle: list[Grader] = []
        self._busy: set[Grader] = set()

    def grade(
        self,
        work: Work,
        root: str = "",
        cancel: threading.Event | None = None,
        on_progress: OnProgress | None = None,
    ) -> bytes | str:
        """Grade one attempt as `Grader.grade` does, by one that knows the lesson first.

        Raises:
            Cancelled: it was.
            ChildProcessError: its process died, or could not be started.
        """
        grader = self._take(work.lesson)
        try:
            return grader.grade(work, root, cancel, on_progress)
        finally:
            self._give_back(grader)

    def prepare(self, told: Prepare, most: int) -> None:
        """Have so many ready for a lesson, those that grade among them."""
        with self._lock:
            left = most - len(self._idle) - len(self._busy)
            # Those that just begin are taken last, once they are ready.
            self._idle[:0] = [Grader() for _ in range(left)]
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

    def _take(self, lesson: str) -> Grader:
        with self._lock:
            # Taken from the end: first the one that knows the lesson and was used last.
            self._idle.sort(key=lambda grader: lesson in grader.lessons)
            found = None
            while self._idle and found is None:
                grader = self._idle.pop()
                found = grader if grader.is_alive else None
            found = found or Grader()
            self._busy.add(found)
            return found

    def _give_back(self, grader: Grader) -> None:
        with self._lock:
            # What `close` has ended meanwhile is busy no more, and is not kept.
            keeps = grader in self._busy and grader.is_alive
            self._busy.discard(grader)
            if self._most_idle is not None:
                keeps = keeps and len(self._idle) < self._most_idle
            if keeps:
                self._idle.append(grader)
        if not keeps:
            grader.end()


_shared = Apart()


def grade_apart(work: Work, root: str = "") -> bytes | str:
    """Grade one attempt in a process that is kept as long as this one runs."""
    return _shared.grade(work, root)
