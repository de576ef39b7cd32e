"""fork_server: the process that imports the libraries before an attempt arrives.

It imports what the lesson needs and does nothing else, so that a fork of it is a worker
within milliseconds. It never runs a line of an attempt itself. When the judge hangs up,
it ends all workers, removes their scratch folders, and exits.
"""

from __future__ import annotations

import gc

if __name__ == "__main__":
    # Do this before importing any library; see `worker_setup.import_all`.
    gc.disable()

import contextlib
import fcntl
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from grader.course import lessons_path
from grader.sandbox import codec, isolation
from grader.sandbox.codec import messages
from grader.sandbox.codec.messages import from_fields, to_fields
from grader.sandbox.isolation import SandboxLayers
from grader.sandbox.isolation.policy import Limits
from grader.sandbox.isolation.scratch import make_scratch, remove
from grader.sandbox.worker.worker_setup import (
    forget_project,
    import_all,
    import_if_there,
    take_lines,
)

# Without the filter, an attempt may start processes faster than we can kill them.
_ORPHANS_S = 2.0
# As in `sandbox.starter`: one packet is one message.
_LARGEST_MESSAGE = 1 << 16


class ForkServer:
    """Forks workers, ends them, and cleans up after them.

    Args:
        control: the line to the judge; each packet is one message.
        scratch: the folder for all scratch folders.
    """

    def __init__(self, control: socket.socket, scratch: Path) -> None:
        self._control = control
        self._scratch = scratch
        self._workers: dict[int, int] = {}
        self._layers = SandboxLayers(0, False, False)

    def serve(self, imports: list[str]) -> None:
        """Import what is needed, and start workers until the judge hangs up."""
        self._send(messages.Hello(str(self._scratch)))
        try:
            with _ending_with(self._control):
                import_all(imports)
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            self._send(messages.NotImported(why[:1000]))
            return
        self._layers = isolation.find_layers()
        isolation.adopt_orphans()
        found = self._layers
        self._send(
            messages.Imported(found.landlock, found.has_filter, found.has_limits)
        )
        while True:
            packet, lines, _, _ = socket.recv_fds(self._control, _LARGEST_MESSAGE, 2)
            if not packet:
                return
            requests = messages.Start | messages.End
            match from_fields(requests, codec.decode(packet)):
                case messages.Start() as request:
                    self._send(self._start(request, lines))
                case messages.End(number, grace_s):
                    self._send(self._end(number, grace_s))

    def _send(self, message: Any) -> None:
        self._control.send(codec.encode(to_fields(message)))

    def _start(
        self, request: messages.Start, lines: list[int]
    ) -> messages.Started | messages.NotStarted:
        """Fork a worker; the answer says whether that worked, and if not, why."""
        number = request.number
        try:
            import_if_there(request.mentions)
        except RuntimeError as error:
            _close(lines)
            return messages.NotStarted(number, str(error).rstrip(".")[:1000])
        folder = self._folder(number)
        parent = os.getpid()
        try:
            folder.mkdir()
            pid = os.fork()
        except OSError as error:
            _close(lines)
            remove(folder)
            return messages.NotStarted(number, str(error))
        if pid == 0:
            self._be_a_worker(parent, lines, folder, Limits(*request.limits))
        self._workers[number] = pid
        _close(lines)
        return messages.Started(number)

    def _folder(self, number: int) -> Path:
        return self._scratch / f"worker-{number}"

    def _be_a_worker(
        self, parent: int, lines: list[int], folder: Path, limits: Limits
    ) -> NoReturn:
        status = 70
        try:
            self._control.detach()
            isolation.die_with_parent()
            # The parent may have ended just before `die_with_parent`.
            if os.getppid() != parent:
                os._exit(status)
            line = take_lines(*lines)
            _move_into(folder)
            self._layers.apply(folder, limits)
            from grader.sandbox.worker import server

            server.serve(line, limits.reply_mb)
            status = 0
        finally:
            # After any exception: a worker must never continue as a fork server.
            os._exit(status)

    def _end(self, number: int, grace_s: float) -> messages.WorkerEnded:
        """End a worker and return how it ended; kill it if it doesn't end in time."""
        pid = self._workers.pop(number)
        has_ended = _waits_for(pid, grace_s)
        # The worker isn't reaped yet, so its number still identifies it and its group.
        # A worker that was just forked has no group yet.
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError):
                kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        self._end_orphans()
        is_gone = remove(self._folder(number))
        if not has_ended:
            return messages.WorkerEnded(number, "killed", int(signal.SIGKILL), is_gone)
        code = os.waitstatus_to_exitcode(status)
        kind = "exit" if code >= 0 else "signal"
        return messages.WorkerEnded(number, kind, abs(code), is_gone)

    def _end_orphans(self) -> None:
        """Kill what a worker left behind; orphans become children of this process."""
        # Repeat it: when a process is killed, this process adopts its children.
        deadline = time.monotonic() + _ORPHANS_S
        while time.monotonic() < deadline:
            orphans = _children() - set(self._workers.values())
            if not orphans:
                return
            for pid in orphans:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)

    def close(self) -> None:
        """End every worker."""
        for number in list(self._workers):
            self._end(number, 0.0)


def _close(lines: list[int]) -> None:
    for line in lines:
        os.close(line)


def _waits_for(pid: int, grace_s: float) -> bool:
    """Return whether the child ends within `grace_s`, without reaping it."""
    how = os.WEXITED | os.WNOHANG | os.WNOWAIT
    deadline = time.monotonic() + grace_s
    while os.waitid(os.P_PID, pid, how) is None:
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.002)
    return True


def _children() -> set[int]:
    path = Path(f"/proc/self/task/{os.getpid()}/children")
    try:
        return {int(pid) for pid in path.read_text().split()}
    except OSError:  # not every kernel has this file
        import psutil

        return {child.pid for child in psutil.Process().children()}


def _move_into(folder: Path) -> None:
    """Begin a new session, in a scratch folder and without the project."""
    os.setsid()
    os.umask(0o077)
    os.chdir(folder)
    os.environ.update(isolation.scratch_environment(folder))
    # The inherited handler would raise in the attempt.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    forget_project()


@contextlib.contextmanager
def _ending_with(control: socket.socket) -> Iterator[None]:
    """End this process at once when the judge hangs up, even during an import."""

    def look(*_: object) -> None:
        with contextlib.suppress(BlockingIOError):
            if not control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                raise SystemExit

    # Use a signal, because nothing reads the line during an import.
    signal.signal(signal.SIGIO, look)
    flags = fcntl.fcntl(control, fcntl.F_GETFL)
    fcntl.fcntl(control, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(control, fcntl.F_SETFL, flags | fcntl.FASYNC)
    try:
        yield
    finally:
        fcntl.fcntl(control, fcntl.F_SETFL, flags)
        signal.signal(signal.SIGIO, signal.SIG_IGN)


def _exit(*_: object) -> NoReturn:
    raise SystemExit


def main(control_number: str, place: str, lessons: str, *imports: str) -> None:
    """Run the warm process.

    Args:
        control_number: the file descriptor of the line to the judge.
        place: where the scratch folders go; empty for a new temporary folder.
        lessons: the folder that ``import lessons`` loads; "" for the project's.
        imports: the modules to import.
    """
    control = socket.socket(fileno=int(control_number))
    signal.signal(signal.SIGTERM, _exit)
    scratch = Path(place) if place else make_scratch()
    os.environ.update(isolation.scratch_environment(scratch))
    lessons_path.use_folder(lessons)
    process = ForkServer(control, scratch)
    try:
        process.serve(list(imports))
    finally:
        process.close()
        if not place:
            remove(scratch)
        # Exit at once, since libraries take time to shut down.
        os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
