"""graders: the processes that grade for a room, and who waits for one.

There are more of them than processors. A lesson that trains takes minutes, so there is
one such grading at a time, and whoever waits sees their place.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from multiprocessing import Pipe
from pathlib import Path

import msgspec

from grader import judge
from grader.attempt import Cancelled
from grader.catalog import Lesson
from grader.errors import GraderError
from grader.report import Report
from grader.report_json import from_json
from server.jobs import Asked
from server.room.grader_process import Cancel, Job, Prepare, Result, Seen
from server.room.turns import Turns

# Each holds 50 MB, with TensorFlow 350 MB.
MORE_THAN_CORES = 1
_LOOK_S = 0.05
_GOODBYE_S = 2.0


class Grader:
    """A process that grades, from here."""

    def __init__(self) -> None:
        self._line, theirs = Pipe()
        command = [sys.executable, "-m", "server.room.grader_process"]
        with theirs:
            self._process = subprocess.Popen(
                [*command, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={"OPENBLAS_NUM_THREADS": "1"} | os.environ,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
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
                self._line.send_bytes(msgspec.msgpack.encode(told))

    def grade(self, job: Job, ask: Asked) -> Report:
        """Have it grade something.

        Raises:
            Cancelled: nobody waits for it any more.
            GraderError: it cannot be graded, or the process died.
        """
        self.lessons.add(job.lesson)
        try:
            self._line.send_bytes(msgspec.msgpack.encode(job))
            result = self._wait(ask)
        except (EOFError, OSError) as error:
            self._is_lost = True  # before the system says so
            raise GraderError(
                "The process that graded this died. Grade again; what you wrote is "
                "kept."
            ) from error
        if result.why:
            raise GraderError(result.why)
        if not result.report:
            raise Cancelled
        return from_json(result.report)

    def end(self) -> None:
        """Hang up, which ends it with all its workers."""
        self._line.close()
        try:
            self._process.wait(_GOODBYE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait(self, ask: Asked) -> Result:
        is_cancelled = False
        while True:
            if ask.cancel.is_set() and not is_cancelled:
                is_cancelled = True
                self._line.send_bytes(msgspec.msgpack.encode(Cancel()))
            if not self._line.poll(_LOOK_S):
                continue
            told = msgspec.msgpack.decode(self._line.recv_bytes(), type=Result | Seen)
            if isinstance(told, Result):
                return told
            ask.on_progress(told.what)


class Graders:
    """The graders of a room.

    Args:
        root: the course.
        require_sandbox: grade nothing unless every part of the isolation stands.
        most: how many gradings go on side by side, those not counted that take long.
    """

    def __init__(
        self, root: Path, require_sandbox: bool = False, most: int | None = None
    ) -> None:
        self._root, self._require_sandbox = root, require_sandbox
        self._most = most or (os.cpu_count() or 1) + MORE_THAN_CORES
        self._lock = threading.Lock()
        self._idle: list[Grader] = []
        self._busy: set[Grader] = set()
        self._turns = Turns(self._most, 4 * self._most)
        self._trainings = Turns(1, 1)

    def grade(self, lesson: Lesson, path: Path, source: bytes, ask: Asked) -> Report:
        """Grade an attempt as soon as it is its turn.

        Raises:
            Cancelled: nobody waits for it any more.
            GraderError: it cannot be graded.
        """
        job = Job(
            str(self._root), lesson.name, path.name, source, self._require_sandbox
        )
        trains = judge.requirements_of(lesson).trains
        training = self._trainings.take(ask) if trains else contextlib.nullcontext()
        with training, self._turns.take(ask):
            grader = self._take(lesson)
            try:
                return grader.grade(job, ask)
            finally:
                self._give_back(grader)

    def prepare(self, lesson: Lesson) -> None:
        """Have as many graders ready for a lesson as grade side by side."""
        told = Prepare(str(self._root), lesson.name, self._require_sandbox)
        with self._lock:
            left = self._most - len(self._idle) - len(self._busy)
            self._idle += [Grader() for _ in range(left)]
            for grader in self._idle:
                grader.prepare(told)

    def close(self) -> None:
        """End every grader."""
        with self._lock:
            graders = [*self._idle, *self._busy]
            self._idle.clear()
            self._busy.clear()
        for grader in graders:
            grader.end()

    def _take(self, lesson: Lesson) -> Grader:
        """A grader, one that knows the lesson before others."""
        with self._lock:
            self._idle.sort(key=lambda grader: lesson.name in grader.lessons)
            found = None
            while self._idle and found is None:
                grader = self._idle.pop()
                found = grader if grader.is_alive else None
            found = found or Grader()
            self._busy.add(found)
            return found

    def _give_back(self, grader: Grader) -> None:
        with self._lock:
            is_ours = grader in self._busy
            self._busy.discard(grader)
            # Those that stood in for a busy one are not needed any more.
            keeps = is_ours and grader.is_alive and len(self._idle) < self._most
            if keeps:
                self._idle.append(grader)
        if not keeps:
            grader.end()
