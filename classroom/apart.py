"""apart: each grading in a process of its own, for a caller that runs many threads.

A dask worker has several threads and may be a daemon, which must not use
multiprocessing. So its gradings are done by processes that read one piece of work a
line and write one result a line. They are kept for the next grading, and end when the
caller does.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys

import msgspec

from classroom.work import Work, grade_one, shutdown_workers

_GOODBYE_S = 10


class _Job(msgspec.Struct):
    work: Work
    root: str


class _Result(msgspec.Struct):
    report: bytes | None = None
    why: str = ""


class _Process:
    """A process that grades what it is given, one after another."""

    def __init__(self) -> None:
        # In a session of its own, Ctrl-C in the caller's terminal does not reach it.
        self._child = subprocess.Popen(
            [sys.executable, "-m", "classroom.apart"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"OPENBLAS_NUM_THREADS": "1"} | os.environ,
            start_new_session=True,
        )

    def grade(self, work: Work, root: str) -> bytes | str:
        stdin, stdout = self._child.stdin, self._child.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(msgspec.json.encode(_Job(work, root)) + b"\n")
        stdin.flush()
        line = stdout.readline()
        if not line.endswith(b"\n"):
            raise ChildProcessError("the process that graded it died")
        result = msgspec.json.decode(line, type=_Result)
        return result.why if result.report is None else result.report

    def end(self) -> None:
        self._child.kill()
        self._child.wait(_GOODBYE_S)
        for pipe in (self._child.stdin, self._child.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]


_idle: queue.LifoQueue[_Process] = queue.LifoQueue()


def grade_apart(work: Work, root: str = "") -> bytes | str:
    """Grade one attempt as `graded` does, in another process.

    Raises:
        OSError: that process died, or could not be started.
    """
    try:
        process = _idle.get_nowait()
    except queue.Empty:
        process = _Process()
    try:
        result = process.grade(work, root)
    except Exception:
        process.end()
        raise
    _idle.put(process)
    return result


def main() -> None:
    """Grade what comes line by line, until nothing comes any more."""
    # What a library prints must not come between the results.
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        try:
            for line in sys.stdin.buffer:
                out.write(msgspec.json.encode(_done(line)) + b"\n")
                out.flush()
        finally:
            shutdown_workers()


def _done(line: bytes) -> _Result:
    job = msgspec.json.decode(line, type=_Job)
    try:
        result = grade_one(job.work, job.root)
    except Exception as error:  # of ours: for one learner
        result = f"the grader failed: {type(error).__name__}: {error}"
    return _Result(why=result) if isinstance(result, str) else _Result(result)


if __name__ == "__main__":
    main()
