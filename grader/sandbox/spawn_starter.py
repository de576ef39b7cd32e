"""spawn_starter: start a separate process for each attempt where fork isn't safe.

It has the same interface as the warm process, but each attempt pays for the imports.

The first thing that a worker sends is its process number. On Windows a socket is shared
with one process, and that isn't the one that was started here: in a virtual environment
`python.exe` is a launcher, and Python is its child. A worker could also connect to a
port of this machine. But that takes a listener, a secret that keeps others away, and
two connections to tell apart. The number takes one line, in the same way everywhere.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

from msgspec.structs import astuple

from grader.common.errors import SandboxError
from grader.sandbox import codec, debug_log, isolation
from grader.sandbox.codec import messages
from grader.sandbox.codec.channel import HungUp
from grader.sandbox.codec.messages import to_fields
from grader.sandbox.isolation.policy import Isolation, Limits
from grader.sandbox.isolation.scratch import make_scratch, remove
from grader.sandbox.prelaunch import WorkerNotStarted, describe_end
from grader.sandbox.starter import (
    WorkerProcess,
    find_likely_imports,
    list_isolation,
    make_line,
)

# A virus scanner may hold a new process for a while.
_NUMBER_S = 60.0
_GRACE_S = 0.3


class SpawnStarter:
    """Starts a Python process for each attempt.

    Args:
        imports: the modules that it imports before the attempt.
        trains: whether attempts train with TensorFlow.
        lessons: the folder that ``import lessons`` loads; "" for the project's.
        require_sandbox: raise SandboxError, since there is no bubblewrap here.
    """

    def __init__(
        self,
        imports: tuple[str, ...],
        trains: bool,
        lessons: str,
        require_sandbox: bool,
    ) -> None:
        if require_sandbox:
            raise SandboxError(
                "--require-sandbox needs every layer of the sandbox, and this platform "
                "has only resource limits. "
                "Grade without --require-sandbox, or on Linux with bubblewrap."
            )
        self._imports = imports
        self._trains = trains
        self._lessons = lessons
        self._running: set[WorkerProcess] = set()

    @property
    def isolation(self) -> tuple[Isolation, ...]:
        """The layers that confine the workers."""
        return list_isolation(isolation.find_layers(), has_bubblewrap=False)

    def start(self, source: bytes, limits: Limits) -> WorkerProcess:
        """Return a process that is about to serve the attempt `source`.

        Raises:
            WorkerNotStarted: it can't be started, or ended at once.
        """
        mentions = find_likely_imports(source, self._lessons)
        with contextlib.ExitStack() as undo:
            line, ends = make_line(limits)
            undo.callback(line.close)
            scratch = make_scratch()
            undo.callback(remove, scratch)
            errors = undo.enter_context(debug_log.open_errors())
            started, pid = self._launch(scratch, ends, errors)
            undo.pop_all()
        about = messages.Start(1, mentions, list(astuple(limits)))
        # If it has ended already, the wait for its answer notices.
        with contextlib.suppress(HungUp):
            line.send(codec.frame(to_fields(about)))
        last_lines: list[str] = []

        def end(grace_s: float) -> tuple[str, int]:
            how = _end(started, grace_s)
            self._running.discard(process)
            last_lines.append(debug_log.take_last_lines(errors))
            # The judge does this: a confined worker can't remove its working folder.
            remove(scratch)
            return how

        process = WorkerProcess(line, pid, scratch, end, lambda: end(0.0), last_lines)
        self._running.add(process)
        return process

    def _launch(
        self,
        scratch: Path,
        ends: tuple[socket.socket, socket.socket],
        errors: IO[bytes],
    ) -> tuple[subprocess.Popen[bytes], int]:
        """Start a process; return it, and the number of the worker, maybe its child."""
        numbers = ",".join(str(end.fileno()) for end in ends)
        environment = isolation.clean_environment(self._trains)
        # -I: otherwise Python would import from the working folder first: the scratch.
        program = [sys.executable, "-I", "-m", "grader.sandbox.worker.spawned_worker"]
        words = [str(scratch), numbers, self._lessons, *self._imports]
        # While the judge holds these ends too, it can't see a worker hang up.
        with ends[0], ends[1]:
            try:
                process = subprocess.Popen(
                    [*program, *words],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    env=environment | isolation.scratch_environment(scratch),
                    cwd=scratch,
                    **_inheriting(ends),
                )
            except OSError as error:
                raise WorkerNotStarted(str(error)) from error
            pid = _receive_number(process)
            # An OSError: it has ended since.
            with contextlib.suppress(OSError):
                if pid:
                    _hand_over(process, ends, pid)
                    return process, pid
        how = describe_end(*_end(process, _GRACE_S))
        raise WorkerNotStarted(how, debug_log.take_last_lines(errors))

    def close(self) -> None:
        """End every process."""
        for process in list(self._running):
            process.end(0.0)


def _inheriting(ends: tuple[socket.socket, socket.socket]) -> dict[str, Any]:
    if sys.platform == "win32":
        return {}
    return {"pass_fds": [end.fileno() for end in ends], "start_new_session": True}


def _receive_number(process: subprocess.Popen[bytes]) -> int:
    """Return the process number that a worker sends; 0 if it ends before that."""
    assert process.stdout is not None
    # A thread, because not every system can wait for a pipe with a time limit.
    timer = threading.Timer(_NUMBER_S, _end, (process, 0.0))
    timer.start()
    try:
        with process.stdout:
            word = process.stdout.readline(20).strip()
    finally:
        timer.cancel()
    return int(word) if word.isdigit() else 0


def _hand_over(
    process: subprocess.Popen[bytes],
    ends: tuple[socket.socket, socket.socket],
    pid: int,
) -> None:
    """Send a worker the data for taking over its sockets, unless it inherits them.

    Raises:
        OSError: it has ended.
    """
    assert process.stdin is not None
    with process.stdin:
        if sys.platform == "win32":
            for end in ends:
                share = end.share(pid)
                process.stdin.write(len(share).to_bytes(4, "little") + share)


def _end(started: subprocess.Popen[bytes], grace_s: float) -> tuple[str, int]:
    """Return how a process ended; kill it if it doesn't end in time.

    All processes that it started are killed in any case.
    """
    # Look before it ends: afterwards its descendants can't be found.
    family = _descendants(started.pid)
    with contextlib.suppress(subprocess.TimeoutExpired):
        started.wait(grace_s)
    has_ended = started.poll() is not None
    # Kill them singly and as a group: a child may have left either.
    for member in (started, *family):
        with contextlib.suppress(Exception):
            member.kill()
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(started.pid, signal.SIGKILL)
    if started.stdin is not None:
        with contextlib.suppress(OSError):
            started.stdin.close()
    code = started.wait()
    if not has_ended:
        return "killed", 9
    return ("exit", code) if code >= 0 else ("signal", -code)


def _descendants(pid: int) -> list[Any]:
    import psutil

    with contextlib.suppress(psutil.Error):
        return list(psutil.Process(pid).children(recursive=True))
    return []
