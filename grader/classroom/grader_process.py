"""grader_process: a process that grades what it is given, one job after another.

It hears jobs on its standard input and answers each with a report, or a sentence, and
before that with how far a training is. Nothing that is said is code. `apart` is the
other side.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from typing import Any

import msgspec

from grader.attempt import Cancelled
from grader.classroom.frames import Frames
from grader.classroom.work import Work, grade_one, prepare, shutdown_workers


class Grade(msgspec.Struct, tag=True, frozen=True):
    """An attempt to grade."""

    work: Work
    root: str


class Prepare(msgspec.Struct, tag=True, frozen=True):
    """An attempt at a lesson may come soon."""

    root: str
    lesson: str
    require_sandbox: bool


class Cancel(msgspec.Struct, tag=True, frozen=True):
    """The job is not wanted any more."""


class LessonReady(msgspec.Struct, tag=True, frozen=True):
    """All that a lesson needs has been imported; a job that came begins now."""

    lesson: str


class Seen(msgspec.Struct, tag=True, frozen=True):
    """How far a training is."""

    what: dict[str, Any]


class Result(msgspec.Struct, tag=True, frozen=True):
    """The report as JSON; or why there is none; or neither, when it was cancelled."""

    report: bytes = b""
    why: str = ""


_Asked = Grade | Prepare | Cancel


class GraderProcess:
    """Grades what comes, one job after another.

    Args:
        line: where jobs come from and answers go.
    """

    def __init__(self, line: Frames) -> None:
        self._line = line
        self._sending = threading.Lock()
        self._asked: queue.SimpleQueue[tuple[Grade | Prepare, threading.Event] | None]
        self._asked = queue.SimpleQueue()
        self._is_grading = False
        self._prepared: set[tuple[str, str, bool]] = set()

    def serve(self) -> None:
        """Grade until the other side hangs up."""
        threading.Thread(target=self._hear, daemon=True).start()
        while (asked := self._asked.get()) is not None:
            told, cancel = asked
            if isinstance(told, Prepare):
                self._get_ready(told.lesson, told.root, told.require_sandbox)
                continue
            self._is_grading = True
            work = told.work
            self._get_ready(work.lesson, told.root, work.require_sandbox)
            result = self._grade(told, cancel)
            self._is_grading = False
            self._send(result)
        shutdown_workers()

    def _hear(self) -> None:
        """Take in what is asked, and that the job is not wanted, until the end."""
        cancel = threading.Event()
        with contextlib.suppress(EOFError):
            while True:
                message = self._line.receive()
                told = msgspec.msgpack.decode(message or b"", type=_Asked)
                if isinstance(told, Cancel):
                    cancel.set()
                else:
                    # Each job has its own: a cancel that comes late ends no other one.
                    cancel = threading.Event()
                    self._asked.put((told, cancel))
        # Nobody is left who wants what is graded, and a thread alone ends no process.
        if self._is_grading:
            os._exit(1)
        self._asked.put(None)

    def _get_ready(self, lesson: str, root: str, require_sandbox: bool) -> None:
        needed = lesson, root, require_sandbox
        if needed not in self._prepared:
            prepare(*needed)
            self._prepared.add(needed)
        self._send(LessonReady(lesson))

    def _grade(self, job: Grade, cancel: threading.Event) -> Result:
        def tell(seen: dict[str, Any]) -> None:
            self._send(Seen(seen))

        try:
            done = grade_one(job.work, job.root, cancel, tell)
        except Cancelled:
            return Result()
        except Exception as error:  # of ours: for one learner
            done = f"The grader failed: {type(error).__name__}: {error}"
        return Result(why=done) if isinstance(done, str) else Result(done)

    def _send(self, what: LessonReady | Seen | Result) -> None:
        with self._sending, contextlib.suppress(OSError):
            self._line.send(msgspec.msgpack.encode(what))


def main() -> None:
    """Grade what comes over the standard streams."""
    # What a library prints, or a process of ours reads, must not get between.
    asked, told = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    # Ctrl-C in the terminal is for the other side, which hangs up.
    GraderProcess(Frames(asked, told)).serve()


if __name__ == "__main__":
    main()
