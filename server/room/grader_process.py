"""grader_process: one of a room's processes that grade, and what is said to it.

It gets jobs over a socket and answers each with a report, or a sentence, and before
that with how far a training is. Nothing that is said is code.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec

from grader import catalog, judge
from grader.attempt import Cancelled
from grader.errors import GraderError
from grader.report_json import to_json
from grader.sandbox import Warm

_LOOK_S = 0.05


class Job(msgspec.Struct, tag=True, frozen=True):
    """An attempt to grade."""

    root: str
    lesson: str
    filename: str
    source: bytes
    require_sandbox: bool


class Prepare(msgspec.Struct, tag=True, frozen=True):
    """An attempt at a lesson may come soon; there is no answer."""

    root: str
    lesson: str
    require_sandbox: bool


class Cancel(msgspec.Struct, tag=True, frozen=True):
    """The job is not wanted any more."""


class Seen(msgspec.Struct, tag=True, frozen=True):
    """How far a training is."""

    what: dict[str, Any]


class Result(msgspec.Struct, tag=True, frozen=True):
    """The report as JSON; or why there is none; or neither, when it was cancelled."""

    report: bytes = b""
    why: str = ""


_Asked = Job | Prepare | Cancel


class GraderProcess:
    """Grades what comes over a line, one job after another.

    Args:
        line: where jobs come from and answers go.
    """

    def __init__(self, line: Connection) -> None:
        self._line = line
        self._sending = threading.Lock()
        self._warm: dict[judge.WorkerRequirements, Warm] = {}

    def serve(self) -> None:
        """Grade until the other side hangs up."""
        try:
            while True:
                told = msgspec.msgpack.decode(self._line.recv_bytes(), type=_Asked)
                if isinstance(told, Job):
                    self._send(self._grade(told))
                elif isinstance(told, Prepare):
                    self._prepare(told)
        except (EOFError, OSError):
            pass
        finally:
            for warm in self._warm.values():
                warm.close()

    def _grade(self, job: Job) -> Result:
        cancel, over = threading.Event(), threading.Event()
        hearing = threading.Thread(target=self._hear, args=(cancel, over), daemon=True)
        hearing.start()
        try:
            return self._judge(job, cancel)
        except Cancelled:
            return Result()
        except GraderError as error:
            return Result(why=str(error))
        except Exception as error:  # of ours: for one learner
            return Result(why=f"The grader failed: {type(error).__name__}: {error}")
        finally:
            over.set()
            hearing.join()

    def _judge(self, job: Job, cancel: threading.Event) -> Result:
        lesson = catalog.find(job.lesson, Path(job.root))
        report = judge.grade(
            lesson,
            Path(job.filename),
            source=job.source,
            warm=self._warm_for(lesson, job.require_sandbox),
            cancel=cancel,
            on_progress=lambda seen: self._send(Seen(seen)),
        )
        return Result(to_json(report))

    def _prepare(self, told: Prepare) -> None:
        with contextlib.suppress(GraderError):  # it is said when something is graded
            lesson = catalog.find(told.lesson, Path(told.root))
            self._warm_for(lesson, told.require_sandbox)
            judge.exercises(lesson)

    def _warm_for(self, lesson: catalog.Lesson, require_sandbox: bool) -> Warm:
        needs = judge.requirements_of(lesson)
        if needs not in self._warm:
            self._warm[needs] = Warm(*needs, require_sandbox=require_sandbox)
        return self._warm[needs]

    def _hear(self, cancel: threading.Event, over: threading.Event) -> None:
        """Wait for the word that a job is not wanted, or for the other side's end."""
        while not over.is_set():
            try:
                if self._line.poll(_LOOK_S):
                    self._line.recv_bytes()
                    cancel.set()
            except (EOFError, OSError):
                os._exit(1)

    def _send(self, what: Result | Seen) -> None:
        with self._sending, contextlib.suppress(OSError):
            self._line.send_bytes(msgspec.msgpack.encode(what))


def main() -> None:
    """Grade what comes over the socket that was handed over."""
    # Ctrl-C in the terminal is for the server, which hangs up.
    GraderProcess(Connection(int(sys.argv[1]))).serve()


if __name__ == "__main__":
    main()
