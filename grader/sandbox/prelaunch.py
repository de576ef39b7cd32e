"""prelaunch: launch the process that starts workers, before any heavy import.

That process imports NumPy or TensorFlow while the judge does the same on the other
core. So this module imports neither. `WorkerFactory`, which does, takes over the
process that was launched here.
"""

from __future__ import annotations

import socket
import subprocess
import sys

import msgspec

from grader.sandbox import debug_log, isolation
from grader.sandbox.isolation.policy import Limits

_IMPORTS_S = 180.0
_CLOSE_S = 5.0


class PrelaunchedProcess(msgspec.Struct, frozen=True, eq=False):
    """A process that starts workers and imports the libraries a lesson needs.

    Attributes:
        process: the process, or bubblewrap around it.
        control: the line to it; each packet is one message.
        has_bubblewrap: whether it runs inside bubblewrap.
    """

    process: subprocess.Popen[bytes]
    control: socket.socket
    has_bubblewrap: bool

    def close(self) -> None:
        """Hang up, which ends the process and all its workers."""
        self.control.close()
        try:
            self.process.wait(_CLOSE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


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
    """
    outer = isolation.bubblewrap(Limits().scratch_mb) if uses_bubblewrap else []
    control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control.settimeout(_IMPORTS_S)
    place = isolation.OUTER_SCRATCH if outer else ""
    # -I: ignore Python's environment variables and the current folder.
    command = [sys.executable, "-I", "-m", "grader.sandbox.worker.fork_server"]
    # Close the other end here: otherwise this process would keep the line open itself
    # and never notice that the child has hung up.
    with theirs, debug_log.error_stream() as errors:
        process = subprocess.Popen(
            [*outer, *command, str(theirs.fileno()), place, lessons, *imports],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=isolation.clean_environment(trains),
            pass_fds=[theirs.fileno()],
            # Ctrl-C in a terminal then reaches only this process, which ends the other.
            start_new_session=True,
        )
    return PrelaunchedProcess(process, control, bool(outer))
