"""prelaunch: begin the process that starts workers, before anything heavy is imported.

It imports numpy, or TensorFlow, while the judge does the same on the other core. So
this module imports neither, and `sandbox`, which does, takes over what was begun here.
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
    """The process that starts workers, which imports what the lesson needs.

    Attributes:
        process: the process, or bubblewrap around it.
        control: the line to it; one message a packet.
        has_bubblewrap: whether bubblewrap stands around it.
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
    """Return whether one process can fork all workers; else each imports by itself."""
    return sys.platform == "linux"


def launch(
    imports: tuple[str, ...], trains: bool, lessons: str, uses_bubblewrap: bool
) -> PrelaunchedProcess:
    """Begin the process; it does not wait for the imports.

    Args:
        imports: the modules that it imports before an attempt comes.
        trains: whether attempts train with TensorFlow.
        lessons: the folder that ``lessons`` is imported from; "" for the package's own.
        uses_bubblewrap: put bubblewrap around it where that is installed.
    """
    outer = isolation.bubblewrap(Limits().scratch_mb) if uses_bubblewrap else []
    control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control.settimeout(_IMPORTS_S)
    place = isolation.OUTER_SCRATCH if outer else ""
    # -I: no variable of Python's is read, and no folder that somebody works in.
    command = [sys.executable, "-I", "-m", "grader.sandbox.worker.fork_server"]
    # The other end is closed here: else this process would hold the line open itself,
    # and never hear that the child has hung up.
    with theirs, debug_log.error_stream() as errors:
        process = subprocess.Popen(
            [*outer, *command, str(theirs.fileno()), place, lessons, *imports],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=isolation.clean_environment(trains),
            pass_fds=[theirs.fileno()],
            # Ctrl-C in a terminal then reaches this process alone; it ends the other.
            start_new_session=True,
        )
    return PrelaunchedProcess(process, control, bool(outer))
