"""warm_grader: let the process that the last grading has left run the next command.

It waits for the next command in the same course, and has the libraries ready. It is
reached over a socket that no other user can open. If anything is in doubt, this process
does everything itself, as on every platform other than Linux.

The command waits for the imports of this module, so there are few.
"""

from __future__ import annotations

import os
import signal
import socket
import stat
import struct
import sys
import zlib
from pathlib import Path
from types import FrameType

from grader.course_folder import PROJECT, ROOT

# Another terminal may be using it. Then it is quicker to grade without it.
_ANSWER_S = 0.5
_NAME = "lesson-grader"
# One packet, whatever the system.
LONGEST = 4_000
STREAMS = (0, 1, 2)
LISTENING, TAKEN = b".", b"+"
_STOPPED = 130  # as `grader.cli.command` has it, which takes long to import


def run(words: list[str]) -> int | None:
    """Let a warm grader run a command in this terminal.

    Args:
        words: the program and the words after it.

    Returns:
        The exit code; None if there is no warm grader that can do it.
    """
    message = "\0".join((describe_course(ROOT), *words)).encode("utf-8", "replace")
    if len(message) > LONGEST:
        return None
    try:
        line, process, _ = _connect(ROOT)
        with line:
            # A stopped process keeps the terminal that is sent to it, which would then
            # stay open after the command.
            if line.recv(1) != LISTENING:
                return None
            socket.send_fds(line, [message], STREAMS)
            return _follow(line, process) if line.recv(1) == TAKEN else None
    except (OSError, ValueError):
        return None
    except KeyboardInterrupt:  # before the other process had begun
        return _STOPPED


def _follow(line: socket.socket, process: int) -> int | None:
    """Return the exit code, once the command has ended; None if the process died."""
    is_stopped = False

    def interrupt(number: int, _: FrameType | None) -> None:
        nonlocal is_stopped
        is_stopped = True
        os.kill(process, number)

    def pause(*_: object) -> None:
        os.kill(process, signal.SIGSTOP)
        os.kill(os.getpid(), signal.SIGSTOP)
        os.kill(process, signal.SIGCONT)

    # The terminal sends these to this process only. When this one ends, the line is
    # closed, and then the other one ends as well.
    at_interrupt = signal.signal(signal.SIGINT, interrupt)
    at_pause = signal.signal(signal.SIGTSTP, pause)
    try:
        line.settimeout(None)
        code = line.recv(1)
    except OSError:  # it has died: there is nobody to signal, or to hear from
        code = b""
    finally:
        signal.signal(signal.SIGINT, at_interrupt)
        signal.signal(signal.SIGTSTP, at_pause)
    if code:
        return code[0]
    return _STOPPED if is_stopped else None


def find(root: Path) -> tuple[int, str] | None:
    """Return a course's warm grader, if there is one.

    Returns:
        The number of its process, and the lesson that it is ready for.
    """
    if sys.platform != "linux":
        return None
    try:
        line, process, lesson = _connect(root)
    except (OSError, ValueError):
        return None
    line.close()
    return process, lesson


def end(root: Path) -> None:
    """End the warm grader of a course, if there is one."""
    if found := find(root):
        try:
            os.kill(found[0], signal.SIGTERM)
        except ProcessLookupError:  # it has just ended
            return


def _connect(root: Path) -> tuple[socket.socket, int, str]:
    """Return a connection to a course's warm grader, its process, and its lesson.

    Raises:
        OSError, ValueError: if there is none, or it is another user's.
    """
    folder = open_folder()
    line = socket.socket(socket.AF_UNIX)
    try:
        place = find_place(folder, root)
        line.settimeout(_ANSWER_S)
        line.connect(f"{place}.socket")
        return line, find_own_peer(line), Path(place).read_text("utf-8").strip()
    except (OSError, ValueError):
        line.close()
        raise
    finally:
        os.close(folder)


def open_folder(*, makes: bool = False) -> int:
    """Open the folder that only this user can enter; the caller closes it.

    Raises:
        OSError: if it doesn't exist, or another user can enter it or made it.
    """
    own = Path(os.environ.get("XDG_RUNTIME_DIR") or "/nowhere")
    is_own = own.is_dir() and own.stat().st_uid == os.getuid()
    path = own / _NAME if is_own else Path("/tmp", f"{_NAME}-{os.getuid()}")
    if makes:
        path.mkdir(0o700, exist_ok=True)
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    told = os.fstat(folder)
    if (told.st_uid, stat.S_IMODE(told.st_mode)) != (os.getuid(), 0o700):
        os.close(folder)
        raise PermissionError
    return folder


def find_place(folder: int, root: Path) -> str:
    """Return the path of a course's warm grader, beside its socket."""
    # Two courses with the same number can't use each other's: the process compares the
    # descriptions. The folder is named by its descriptor: even if folders are renamed,
    # it is the one that was opened.
    number = zlib.crc32(describe_course(root).encode("utf-8", "replace"))
    return f"/proc/self/fd/{folder}/{number:08x}"


def describe_course(root: Path) -> str:
    """Return the course, and the program that grades in it."""
    return f"{root.resolve()}\n{PROJECT}\n{sys.executable}"


def find_own_peer(line: socket.socket) -> int:
    """Return the process at the other end.

    Raises:
        PermissionError: if it is another user's.
    """
    peer = struct.Struct("3i")
    credentials = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, peer.size)
    pid, uid, _ = peer.unpack(credentials)
    if uid != os.getuid():
        raise PermissionError
    return int(pid)
