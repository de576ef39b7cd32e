"""grader_process: a process that grades one attempt after another.

It is a separate program. A class and a room have several of them, because a grading
silences warnings and parses files, and Python can't do that safely in several threads
at once. A notebook has one, because a cell may have changed NumPy or anything else in
the kernel. And this process has the solutions, which no cell may find.
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

from grader.checks.attempt import Cancelled
from grader.common.errors import GraderError
from grader.common.message_channel import MessageChannel
from grader.judge.request import GradingRequest
from grader.learner.application import Application
from grader.learner.grading_service import LocalGradingService, find_lesson
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
    Order,
    Prepare,
    TrainingProgress,
)

# The argument that starts this program where many gradings run at the same time.
LOWER_PRIORITY = "--lower-priority"


class GraderProcess:
    """Grade the attempts that arrive, one after another.

    Args:
        channel: receives requests and sends answers.
        service: does the grading.
    """

    def __init__(
        self,
        channel: MessageChannel[Any],
        service: LocalGradingService,
    ) -> None:
        self._channel = channel
        self._service = service
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
            request = message.request
            self._prepare(
                Prepare(request.root, request.lesson, request.require_sandbox)
            )
            ending = self._grade(request, cancel)
            self._is_grading = False
            self._send(ending)

    def _listen(self) -> None:
        """Receive requests and cancellations until the other side hangs up."""
        cancel = threading.Event()
        with contextlib.suppress(EOFError, msgspec.DecodeError):
            while (message := self._channel.receive()) is not None:
                if isinstance(message, Cancel):
                    cancel.set()
                else:
                    # Each has its own event, so that a late cancellation doesn't end
                    # the next grading.
                    cancel = threading.Event()
                    self._orders.put((message, cancel))
        # Nobody waits for the grading any more, and this thread can't stop the other
        # one.
        if self._is_grading:
            os._exit(1)
        self._orders.put(None)

    def _prepare(self, request: Prepare) -> None:
        if request not in self._prepared:
            with contextlib.suppress(GraderError):  # grading reports it
                lesson = find_lesson(request.lesson, request.root)
                self._service.wait_until_ready(lesson, request.require_sandbox)
            self._prepared.add(request)
        self._send(LessonReady(request.lesson))

    def _grade(self, request: GradingRequest, cancel: threading.Event) -> GradingEnding:
        try:
            report = self._service.grade(
                request,
                cancel,
                on_progress=lambda numbers: self._send(TrainingProgress(numbers)),
                on_check=lambda exercise: self._send(CheckDone(exercise)),
            )
            # A report that can't be sent fails here, which affects only one learner.
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
    """Grade the attempts that arrive over the standard streams."""
    # Output of a library, or a child process that reads, must not interfere.
    reader, writer = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    # Ctrl-C in the terminal is handled by the other side, which hangs up.
    app = Application.here(lowers_priority=LOWER_PRIORITY in sys.argv)
    with contextlib.closing(LocalGradingService(app.pool)) as service:
        GraderProcess(MessageChannel(reader, writer, Order), service).serve()


if __name__ == "__main__":
    main()
