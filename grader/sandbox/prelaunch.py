"""prelaunch: launch the process that starts workers, before any heavy import.

That process imports NumPy or TensorFlow while the judge does the same on the other
core. So this module imports neither. `WorkerFactory`, which does, takes over the
process that was launched here.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import IO

import msgspec

from grader.common.errors import SandboxError
from grader.course.installation import format_command
from grader.sandbox import debug_log, isolation
from grader.sandbox.isolation.policy import Limits

_IMPORTS_S = 180.0
_CLOSE_S = 5.0


class WorkerNotStarted(SandboxError):
    """A worker, or the process that starts workers, could not be started.

    Args:
        reason: what the system said, or how the process ended.
        last_lines: the end of its error output.

    Attributes:
        why: both together.
    """

    def __init__(self, reason: str, last_lines: str = "") -> None:
        end = f" Its last lines:\n{last_lines}" if last_lines else ""
        self.why = f"{reason}.{end}"
        super().__init__(
            f"A worker could not be started: {self.why}\n"
            f"To see what this machine lacks:  {format_command('doctor')}",
            "The machine that serves the lessons could not start a worker. Tell the "
            "person who started it.",
        )


class PrelaunchedProcess(msgspec.Struct, frozen=True, eq=False):
    """A process that starts workers and imports the libraries a lesson needs.

    Attributes:
        process: the process, or bubblewrap around it.
        control: the line to it; each packet is one message.
        errors: the file that it writes its errors to.
        has_bubblewrap: whether it runs inside bubblewrap.
    """

    process: subprocess.Popen[bytes]
    control: socket.socket
    errors: IO[bytes]
    has_bubblewrap: bool

    def close(self) -> None:
        """Hang up, which ends the process and all its workers."""
        self.control.close()
        try:
            self.process.wait(_CLOSE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.errors.close()


def describe_end(kind: str, number: int) -> str:
    """Return how a process ended, as `WorkerProcess.end` tells it, in words."""
    if kind == "exit":
        return f"it ended with exit code {number}"
    if kind == "signal":
        return f"it was ended by signal {number}"
    return "it didn't get ready"


def can_fork() -> bool:
    """Return whether one process can fork all workers; if not, each one imports."""
    return sys.platform == "linux"


def launch(
    imports: tuple[str, ...], trains: bool, lessons: str, uses_bubblewrap: bool
) -> PrelaunchedProcess:
    """Launch the process without waiting for its imports.

    Args:
        imports: the modules that it imports before an attempt arrives.
        trains: whether attempts train with TensorFlow.
        lessons: the folder that ``import lessons`` loads; "" for the project's.
        uses_bubblewrap: run it inside bubblewrap if that is installed.

    Raises:
        WorkerNotStarted: the system doesn't start it.
    """
    outer = isolation.bubblewrap(Limits().scratch_mb) if uses_bubblewrap else []
    control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control.settimeout(_IMPORTS_S)
    place = isolation.OUTER_SCRATCH if outer else ""
    # -I: ignore Python's environment variables and the current folder.
    command = [sys.executable, "-I", "-m", "grader.sandbox.worker.fork_server"]
    errors = debug_log.open_errors()
    # Close the other end here: otherwise this process would keep the line open itself
    # and never notice that the child has hung up.
    with theirs:
        try:
            process = subprocess.Popen(
                [*outer, *command, str(theirs.fileno()), place, lessons, *imports],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env=isolation.clean_environment(trains),
                pass_fds=[theirs.fileno()],
                # Ctrl-C in a terminal then reaches only this process, which ends the
                # other.
                start_new_session=True,
            )
        except OSError as error:
            control.close()
            errors.close()
            raise WorkerNotStarted(str(error)) from error
    return PrelaunchedProcess(process, control, errors, bool(outer))
