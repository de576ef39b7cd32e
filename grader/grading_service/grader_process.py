"""grader_process: a process that grades what it is given, one attempt after another.

It is a program of its own. A class and a room have several of them, since a grading
silences warnings and parses files, which Python doesn't do safely in several threads at
once. A notebook has one: a cell may have changed numpy or anything else in the kernel,
and this process holds the solutions, which no cell is to find.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
import traceback
from typing import Any

import msgspec

from grader.attempt import Cancelled
from grader.errors import GraderError
from grader.grading_service import GradingRequest, LocalGradingService, find_lesson
from grader.message_channel import MessageChannel
from grader.report import Report
from grader.sandbox import WorkerPool

# The word that this program is started with where many grade side by side.
LOWER_PRIORITY = "--lower-priority"


class Grade(msgspec.Struct, tag=True, frozen=True):
    """Grade an attempt."""

    request: GradingRequest


class Prepare(msgspec.Struct, tag=True, frozen=True):
    """Get ready for a lesson: an attempt at it may come soon."""

    root: str
    lesson: str
    require_sandbox: bool


class Cancel(msgspec.Struct, tag=True, frozen=True):
    """Stop the grading: nobody waits for it any more."""


class LessonReady(msgspec.Struct, tag=True, frozen=True):
    """All that a lesson needs has been imported; a grading that waits begins now."""

    lesson: str


class TrainingProgress(msgspec.Struct, tag=True, frozen=True):
    """How far a training run has come."""

    numbers: dict[str, Any]


class CheckDone(msgspec.Struct, tag=True, frozen=True):
    """A check of an exercise has ended."""

    exercise: str


class GradingDone(msgspec.Struct, tag=True, frozen=True):
    """The attempt is graded."""

    report: Report


class GradingCancelled(msgspec.Struct, tag=True, frozen=True):
    """The grading was stopped, as was asked for."""


class GradingRefused(msgspec.Struct, tag=True, frozen=True):
    """The attempt can't be graded; the fields are those of a `GraderError`."""

    sentence: str
    for_others: str


class GradingFailed(msgspec.Struct, tag=True, frozen=True):
    """The grader itself failed."""

    error: str
    trace: str


GradingProgress = LessonReady | TrainingProgress | CheckDone
GradingEnding = GradingDone | GradingCancelled | GradingRefused | GradingFailed
_Order = Grade | Prepare | Cancel


class GraderProcess:
    """Grades what comes, one attempt after another.

    Args:
        channel: where orders come from and answers go.
        lowers_priority: whether an attempt that takes long lets others go first.
    """

    def __init__(self, channel: MessageChannel[_Order], lowers_priority: bool) -> None:
        self._channel = channel
        self._service = LocalGradingService(WorkerPool(lowers_priority=lowers_priority))
        self._orders: queue.SimpleQueue[tuple[Grade | Prepare, threading.Event] | None]
        self._orders = queue.SimpleQueue()
        self._is_grading = False
        self._prepared: set[Prepare] = set()

    def serve(self) -> None:
        """Grade until the other side hangs up."""
        threading.Thread(target=self._listen, daemon=True).start()
        while (order := self._orders.get()) is not None:
            message, cancel = order
            if isinstance(message, Prepare):
                self._prepare(message)
                continue
            self._is_grading = True
            asked = message.request
            self._prepare(Prepare(asked.root, asked.lesson, asked.require_sandbox))
            ending = self._grade(asked, cancel)
            self._is_grading = False
            self._send(ending)
        self._service.close()

    def _listen(self) -> None:
        """Take in orders and cancellations until the other side hangs up."""
        cancel = threading.Event()
        with contextlib.suppress(EOFError, msgspec.DecodeError):
            while (message := self._channel.receive()) is not None:
                if isinstance(message, Cancel):
                    cancel.set()
                else:
                    # Each has its own: a cancel that comes late ends no other one.
                    cancel = threading.Event()
                    self._orders.put((message, cancel))
        # Nobody waits for the grading any more, and this thread cannot stop the other.
        if self._is_grading:
            os._exit(1)
        self._orders.put(None)

    def _prepare(self, wanted: Prepare) -> None:
        if wanted not in self._prepared:
            with contextlib.suppress(GraderError):  # grading reports it
                lesson = find_lesson(wanted.lesson, wanted.root)
                self._service.wait_until_ready(lesson, wanted.require_sandbox)
            self._prepared.add(wanted)
        self._send(LessonReady(wanted.lesson))

    def _grade(self, request: GradingRequest, cancel: threading.Event) -> GradingEnding:
        try:
            report = self._service.grade(
                request,
                cancel,
                on_progress=lambda numbers: self._send(TrainingProgress(numbers)),
                on_check=lambda exercise: self._send(CheckDone(exercise)),
            )
            # What cannot be sent fails here: for one learner, and no others.
            msgspec.msgpack.encode(report)
        except Cancelled:
            return GradingCancelled()
        except GraderError as error:
            return GradingRefused(str(error), error.for_others)
        except Exception as error:
            trace = traceback.format_exc()
            return GradingFailed(f"{type(error).__name__}: {error}", trace)
        return GradingDone(report)

    def _send(self, message: GradingProgress | GradingEnding) -> None:
        with contextlib.suppress(OSError):
            self._channel.send(message)


def main() -> None:
    """Grade what comes over the standard streams."""
    # What a library prints, or a child process reads, must not get in between.
    reader, writer = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    # Ctrl-C in the terminal is for the other side, which hangs up.
    lowers_priority = LOWER_PRIORITY in sys.argv
    GraderProcess(MessageChannel(reader, writer, _Order), lowers_priority).serve()


if __name__ == "__main__":
    main()
