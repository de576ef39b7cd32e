"""grading_process: the process that grades for a kernel, one request after another.

It is a program of its own: a cell may have changed numpy or anything else in the
kernel, and it holds the solutions, which no cell is to find. It ends with the kernel.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import msgspec

from grader import judge
from grader.course import ROOT
from grader.document import catalog
from grader.errors import GraderError
from grader.notebook.kernel_messages import (
    ExerciseBegun,
    GradingDone,
    GradingRefused,
    GradingReply,
    GradingRequest,
    TrainingProgress,
)
from grader.report.report_json import to_json
from grader.sandbox import WorkerPool
from grader.session import LearnerSession


class KernelGrader:
    """Grades what it is asked to, from processes that stay warm."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        # What stands in a notebook's cells is the learner's own, saved or not.
        self._session = LearnerSession.at(catalog.attempts_folder(ROOT))
        self._pool = WorkerPool()

    def answer(self, request: GradingRequest) -> None:
        """Grade, record and tell; a fault of the grader's own ends nothing."""
        try:
            self._tell(self._grade(request))
        except GraderError as error:
            self._tell(GradingRefused(str(error)))
        except Exception:
            traceback.print_exc()
            self._tell(GradingRefused("The grader itself failed. Please report this."))

    def close(self) -> None:
        """End the warm processes."""
        self._pool.close()

    def _grade(self, request: GradingRequest) -> GradingDone:
        lesson = catalog.find(request.lesson, ROOT)
        report = judge.grade(
            lesson,
            Path(request.path),
            text=request.text,
            exercise=request.exercise or None,
            pool=self._pool,
            on_progress=self._tell_training,
            on_check=lambda tag, _: self._tell(ExerciseBegun(tag)),
            earlier=self._session.earlier(lesson),
        )
        done = self._session.conclude(report, lesson, request.notebook, ".ipynb")
        return GradingDone(to_json(done.report), done.unrecorded)

    def _tell_training(self, numbers: dict[str, Any]) -> None:
        self._tell(TrainingProgress(numbers))

    def _tell(self, reply: GradingReply) -> None:
        self._out.write(msgspec.json.encode(reply) + b"\n")
        self._out.flush()


def serve(requests: Iterable[bytes], out: IO[bytes]) -> None:
    """Answer requests, one a line, until there are no more."""
    grader = KernelGrader(out)
    try:
        for line in requests:
            grader.answer(msgspec.json.decode(line, type=GradingRequest))
    finally:
        grader.close()


def main() -> None:
    """Talk over standard input and output; whatever prints goes to the errors."""
    # A print of a library or of a check must not get between the replies.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, out)


if __name__ == "__main__":
    main()
