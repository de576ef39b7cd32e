"""warm_grader: grade with the process that the last grading in a terminal has left.

It waits for the next grading in the same course, and has the libraries ready. It is
reached over a socket that no other user can open. If anything is in doubt, the grading
is done without it, as on every platform other than Linux.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import socket
import stat
import struct
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from grader.course import PROJECT
from grader.document.catalog import Lesson
from grader.grading_service import (
    GradingRequest,
    OnCheck,
    OnProgress,
    prelaunch,
)
from grader.grading_service.messages import (
    Grade,
    GradingDone,
    GradingEnding,
    GradingProgress,
    report_progress,
)
from grader.grading_service.unchanged import describe_process
from grader.message_channel import MessageChannel
from grader.report import Report

# Another terminal may be using it. Then it is quicker to grade without it.
_ANSWER_S = 0.5
_NAME = "lesson-grader"


class Greeting(msgspec.Struct, tag=True, frozen=True):
    """Ask for a grading of a lesson; describe the calling process and its folder."""

    process: str
    folder: str
    lesson: str


class Welcome(msgspec.Struct, tag=True, frozen=True):
    """Nothing has changed since the last grading, so the next request may be sent."""


class WaitingGrader(msgspec.Struct, frozen=True):
    """A warm grader: its process, and the lesson that it is ready for."""

    pid: int
    lesson: str


_HostAnswer = Welcome | GradingProgress | GradingEnding


def find(root: Path) -> WaitingGrader | None:
    """Return the warm grader of a course, if there is one."""
    if sys.platform != "linux":
        return None
    with contextlib.suppress(OSError, ValueError), open_folder() as folder:
        place = find_place(folder, root)
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(f"{place}.socket")
            return WaitingGrader(
                find_own_peer(line), Path(place).read_text("utf-8").strip()
            )
    return None


def end(root: Path) -> None:
    """End the warm grader of a course, if there is one."""
    if found := find(root):
        with contextlib.suppress(OSError):
            os.kill(found.pid, signal.SIGTERM)


class WarmGraderClient:
    """Grade in a warm grader; if that fails, start again without it.

    Args:
        channel: the connection to it.
        lesson: the lesson.
    """

    def __init__(self, channel: MessageChannel[_HostAnswer], lesson: Lesson) -> None:
        self._channel, self._lesson = channel, lesson
        self._begun: GradingRequest | None = None

    def begin(self, request: GradingRequest) -> None:
        """Let it grade while this process does something else."""
        self._begun = request
        with contextlib.suppress(OSError):
            self._channel.send(Grade(request))

    def grade(
        self,
        request: GradingRequest,
        cancel: threading.Event | None = None,
        on_progress: OnProgress | None = None,
        on_check: OnCheck | None = None,
    ) -> Report:
        """Grade one attempt, as every service does."""
        with contextlib.suppress(OSError, EOFError, ValueError):
            if request is not self._begun:
                self._channel.send(Grade(request))
            while isinstance(message := self._channel.receive(), GradingProgress):
                report_progress(message, on_progress, on_check)
            # If it refuses, the grading without it gives the same message.
            if isinstance(message, GradingDone):
                return message.report
        with prelaunch(self._lesson, request.require_sandbox) as service:
            return service.grade(request, cancel, on_progress, on_check)

    def close(self) -> None:
        """Do nothing: the process waits for the next command."""


def connect(lesson: Lesson) -> WarmGraderClient | None:
    """Return a waiting warm grader, if it reports that nothing has changed."""
    with contextlib.suppress(OSError, EOFError, ValueError), open_folder() as folder:
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(_ANSWER_S)
        line.connect(f"{find_place(folder, lesson.folder.parents[1])}.socket")
        find_own_peer(line)
        line.settimeout(None)
        channel: MessageChannel[_HostAnswer] = channel_over(line, _HostAnswer)
        channel.send(Greeting(describe_process(), str(Path.cwd()), lesson.name))
        if channel.receive(_ANSWER_S) == Welcome():
            return WarmGraderClient(channel, lesson)
        line.shutdown(socket.SHUT_RDWR)
    return None


@contextlib.contextmanager
def open_folder(*, makes: bool = False) -> Iterator[int]:
    """Open the folder that only this user can enter.

    Raises:
        OSError: if it doesn't exist, or another user can enter it or made it.
    """
    own = Path(os.environ.get("XDG_RUNTIME_DIR") or "/nowhere")
    is_own = own.is_dir() and own.stat().st_uid == os.getuid()
    path = own / _NAME if is_own else Path("/tmp", f"{_NAME}-{os.getuid()}")
    if makes:
        path.mkdir(0o700, exist_ok=True)
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        told = os.fstat(folder)
        if (told.st_uid, stat.S_IMODE(told.st_mode)) != (os.getuid(), 0o700):
            raise PermissionError
        yield folder
    finally:
        os.close(folder)


def find_place(folder: int, root: Path) -> str:
    """Return the path of a course's warm grader, beside its socket."""
    course = f"{root.resolve()}\0{PROJECT}\0{sys.executable}"
    # By its descriptor: even if folders are renamed, it is the one that was opened.
    return f"/proc/self/fd/{folder}/{hashlib.sha256(course.encode()).hexdigest()[:16]}"


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


def channel_over(line: socket.socket, kinds: Any) -> MessageChannel[Any]:
    """Return a channel for messages of these types over a socket."""
    return MessageChannel(line.makefile("rb"), line.makefile("wb"), kinds)
