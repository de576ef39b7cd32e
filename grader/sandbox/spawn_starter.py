"""spawn_starter: start a separate process for each attempt where fork isn't safe.

It has the same interface as the warm process, but each attempt pays for the imports.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from msgspec.structs import astuple

from grader.common.errors import SandboxError
from grader.sandbox import codec, debug_log, isolation
from grader.sandbox.codec import messages
from grader.sandbox.codec.channel import HungUp
from grader.sandbox.codec.messages import to_fields
from grader.sandbox.isolation.policy import Isolation, Limits
from grader.sandbox.isolation.scratch import make_scratch, remove
from grader.sandbox.starter import (
    WorkerProcess,
    find_likely_imports,
    list_isolation,
    make_line,
)


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
        """Return a process that is about to serve the attempt `source`."""
        line, ends = make_line(limits)
        scratch = make_scratch()
        started = self._launch(scratch, ends)
        mentions = find_likely_imports(source, self._lessons)
        about = messages.Start(1, mentions, list(astuple(limits)))
        # If it has ended already, the wait for its answer notices.
        with contextlib.suppress(HungUp):
            line.send(codec.frame(to_fields(about)))

        def end(grace_s: float) -> tuple[str, int]:
            how = _end(started, grace_s)
            self._running.discard(process)
            # The judge does this: a confined worker can't remove its working folder.
            remove(scratch)
            return how

        process = WorkerProcess(line, started.pid, scratch, end, lambda: end(0.0))
        self._running.add(process)
        return process

    def _launch(
        self, scratch: Path, ends: tuple[socket.socket, socket.socket]
    ) -> subprocess.Popen[bytes]:
        numbers = ",".join(str(end.fileno()) for end in ends)
        environment = isolation.clean_environment(self._trains)
        # -I: otherwise Python would import from the working folder first: the scratch.
        program = [sys.executable, "-I", "-m", "grader.sandbox.worker.spawned_worker"]
        words = [str(scratch), numbers, self._lessons, *self._imports]
        with debug_log.error_stream() as errors:
            process = subprocess.Popen(
                [*program, *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env=environment | isolation.scratch_environment(scratch),
                cwd=scratch,
                **_inheriting(ends),
            )
        assert process.stdin is not None
        # While the judge holds these ends too, it can't see a worker hang up.
        with process.stdin:
            for end in ends:
                process.stdin.write(_ticket(end, process.pid))
                end.close()
        return process

    def close(self) -> None:
        """End every process."""
        for process in list(self._running):
            process.end(0.0)


def _inheriting(ends: tuple[socket.socket, socket.socket]) -> dict[str, Any]:
    if sys.platform == "win32":
        return {}
    return {"pass_fds": [end.fileno() for end in ends], "start_new_session": True}


def _ticket(end: socket.socket, pid: int) -> bytes:
    """Return the data for taking over a socket; b"" if a process inherits it."""
    if sys.platform != "win32":
        return b""
    share = end.share(pid)
    return len(share).to_bytes(4, "little") + share


def _end(started: subprocess.Popen[bytes], grace_s: float) -> tuple[str, int]:
    """Return how the process ended; kill it if it doesn't end in time.

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
    code = started.wait()
    if not has_ended:
        return "killed", 9
    return ("exit", code) if code >= 0 else ("signal", -code)


def _descendants(pid: int) -> list[Any]:
    import psutil

    with contextlib.suppress(psutil.Error):
        return list(psutil.Process(pid).children(recursive=True))
    return []
