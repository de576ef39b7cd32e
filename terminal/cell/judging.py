"""judging: the kernel's handle on the process that grades for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import msgspec

from grader.machine import PROJECT
from terminal.cell.messages import Answer, Graded, Question, Refused
from terminal.commands.shared import ROOT

_CODE = "from terminal.cell.child import main; main()"
_PATIENCE_S = 5.0
_ENDED = "The process that grades has ended. Grade again."


class Judge:
    """Asks a process of its own, which is started at the first question."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, question: Question) -> Iterator[Answer]:
        """Yield what is told of a grading; the last answer ends it."""
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        is_answered = False
        try:
            process.stdin.write(msgspec.json.encode(question) + b"\n")
            process.stdin.flush()
            for line in process.stdout:
                answer: Answer = msgspec.json.decode(line, type=Answer)
                is_answered = isinstance(answer, Graded | Refused)
                yield answer
                if is_answered:
                    return
            yield Refused(_ENDED)
        except BrokenPipeError:
            yield Refused(_ENDED)
        finally:
            # A cell that is interrupted waits no longer, and nothing is to run on.
            if not is_answered:
                self.close()

    def close(self) -> None:
        """End the process; the next question starts another."""
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
