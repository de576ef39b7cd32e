"""judging: the kernel's handle on the process that grades for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import msgspec

from grader.course import ROOT
from grader.machine import PROJECT
from grader.notebook.kernel_messages import (
    GradingDone,
    GradingRefused,
    GradingReply,
    GradingRequest,
)

_CODE = "from grader.notebook.grading_process import main; main()"
_PATIENCE_S = 5.0
_ENDED = "The process that grades has ended. Grade again."


class Judge:
    """Asks a process of its own, which is started at the first request."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, request: GradingRequest) -> Iterator[GradingReply]:
        """Yield what is told of a grading; the last reply ends it."""
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        is_answered = False
        try:
            process.stdin.write(msgspec.json.encode(request) + b"\n")
            process.stdin.flush()
            for line in process.stdout:
                reply: GradingReply = msgspec.json.decode(line, type=GradingReply)
                is_answered = isinstance(reply, GradingDone | GradingRefused)
                yield reply
                if is_answered:
                    return
            yield GradingRefused(_ENDED)
        except BrokenPipeError:
            yield GradingRefused(_ENDED)
        finally:
            # A cell that is interrupted waits no longer, and nothing is to run on.
            if not is_answered:
                self.close()

    def close(self) -> None:
        """End the process; the next request starts another."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            # A session of its own: interrupting the kernel is not for it to hear.
            self._process = subprocess.Popen(
                [sys.executable, "-c", _CODE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=ROOT,
                env=_make_environment(),
                start_new_session=True,
            )
        return self._process


def _make_environment() -> dict[str, str]:
    above = [str(ROOT), str(PROJECT), os.environ.get("PYTHONPATH", "")]
    quiet = {"OPENBLAS_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    return {**quiet, **os.environ, "PYTHONPATH": os.pathsep.join(filter(None, above))}
