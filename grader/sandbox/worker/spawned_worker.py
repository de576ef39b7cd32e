"""spawned_worker: a worker in its own process, where fork isn't safe."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import sys
import threading
import time
from pathlib import Path

from grader.course import lessons_path
from grader.sandbox import isolation
from grader.sandbox.isolation.policy import Limits
from grader.sandbox.isolation.scratch import remove
from grader.sandbox.worker.worker_setup import (
    forget_project,
    import_all,
    import_if_there,
    take_lines,
)

_LOOK_S = 0.2
# Windows has no such flag; there, closing the socket ends a wait for it.
_PEEK = socket.MSG_PEEK | getattr(socket, "MSG_DONTWAIT", 0)


def _end_with(line: socket.socket, scratch: str) -> None:
    """End this process when the judge hangs up, even while the attempt is busy."""
    # If the attempt closes the line, this stops with an OSError. The judge sees the
    # closed line as soon as no thread here waits on it.
    with contextlib.suppress(OSError):
        while not _has_hung_up(line):
            pass
        remove(Path(scratch))
        os._exit(1)


def _has_hung_up(line: socket.socket) -> bool:
    """Return whether the judge hangs up within `_LOOK_S`."""
    readable, _, _ = select.select([line], [], [], _LOOK_S)
    if not readable:
        return False
    try:
        if not line.recv(1, _PEEK):
            return True
    except BlockingIOError:
        # The server has just read it. Waiting here would keep the line open even after
        # the attempt has closed it.
        return False
    except ConnectionError:
        return True
    # A message waits, so `select` would return at once until the server has read it.
    time.sleep(_LOOK_S)
    return False


def _send_number() -> None:
    """Send the number of this process, which may have been started by a launcher."""
    os.write(1, b"%d\n" % os.getpid())
    # The judge reads no more than that, and libraries may print when imported.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _take_over(number: int) -> socket.socket:
    if sys.platform != "win32":
        return socket.socket(fileno=number)
    size = int.from_bytes(sys.stdin.buffer.read(4), "little")
    return socket.fromshare(sys.stdin.buffer.read(size))


def main(scratch: str, numbers: str, lessons: str, *imports: str) -> None:
    """Run the worker of one attempt.

    The judge's first message has the modules that the attempt mentions, and its limits.

    Args:
        scratch: the folder it may write.
        numbers: the file descriptors of its two lines.
        lessons: the folder that ``import lessons`` loads; "" for the project's.
        imports: the modules to import before the attempt.
    """
    _send_number()
    line, prints = (_take_over(int(number)) for number in numbers.split(","))
    lessons_path.use_folder(lessons)
    import_all(imports)
    # After `import_all`: this imports NumPy, and a lesson's order of imports matters.
    from grader.sandbox.codec import messages
    from grader.sandbox.worker import server

    try:
        about = server.Connection(line, 0).receive(messages.Start)
    except (EOFError, OSError):  # the judge has gone
        remove(Path(scratch))
        os._exit(1)
    import_if_there(about.mentions)
    limits = Limits(*about.limits)
    if sys.platform == "win32":
        # On Windows, a socket can't replace a file descriptor.
        printed = prints.makefile("w", encoding="utf-8", errors="replace")
        sys.stdout = sys.stderr = printed  # type: ignore[assignment]
        forget_project()
    else:
        line = take_lines(line.detach(), prints.detach())
        os.umask(0o077)
        forget_project()
        isolation.find_layers().apply(Path(scratch), limits)
    # After the sandbox, which confines only threads that start later.
    threading.Thread(target=_end_with, args=(line, scratch), daemon=True).start()
    server.serve(line, limits.reply_mb)
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
