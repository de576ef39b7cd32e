"""warm_host: the process of a grading in a terminal that stays for the next one.

The command runs in a child of the process that the user started. Once everything is
drawn, the parent ends with the command's exit code, and the child leaves the terminal.
It continues to judge, and runs no code of an attempt: its workers do that, confined as
always.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import IO

import msgspec

from grader.document.catalog import Lesson
from grader.errors import GraderError
from grader.grading_service import LocalGradingService, find_lesson
from grader.grading_service.messages import Order
from grader.grading_service.unchanged import (
    describe_process,
    list_files,
    list_installed,
)
from grader.grading_service.warm_grader import (
    Greeting,
    Welcome,
    channel_over,
    find_own_peer,
    find_place,
    open_folder,
)
from grader.message_channel import MessageChannel
from grader.sandbox import isolation

_IDLE_S = 600.0
_LOOK_S = 1.0
_LEAST_MEMORY = 1 << 30
# A file that has just changed may have been read before or after the change.
_SETTLED_NS = 2_000_000_000


class TypedCommand(msgspec.Struct, frozen=True):
    """The process that the user started, which waits for this one, its child.

    Attributes:
        writer: the pipe that takes its exit code.
        inherited: the files that it had open.
        process: its description at that time.
        began_ns: the time when this process was started.
    """

    writer: int
    inherited: tuple[int, ...]
    process: str
    began_ns: int


def continue_in_child() -> TypedCommand:
    """Continue in a child; this process waits for it, and ends as it does.

    Raises:
        OSError: if no process can be made.
    """
    process, began_ns = describe_process(), time.time_ns()
    inherited = tuple(number for number in range(3, 256) if _is_open(number))
    reader, writer = os.pipe()
    # Block them until both processes know how to handle them.
    handled = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, handled)
    try:
        child = os.fork()
    except OSError:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        raise
    if child:
        os.close(writer)
        for number in handled:
            signal.signal(number, lambda number, _: os.kill(child, number))
        # A terminal sends this one to both.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        _end_like(child, os.read(reader, 1))
    os.close(reader)
    isolation.die_with_parent()
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return TypedCommand(writer, inherited, process, began_ns)


def _is_open(number: int) -> bool:
    with contextlib.suppress(OSError):
        os.fstat(number)
        return True
    return False


def _end_like(child: int, code: bytes) -> None:
    """End with the exit code that a child has sent, or else as the child ended."""
    if code:
        os._exit(code[0])
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    os._exit(os.waitstatus_to_exitcode(status))


def stay(
    service: LocalGradingService, command: TypedCommand, lesson: Lesson, code: int
) -> None:
    """Let the command end, and wait for another grading; return if that fails."""
    with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
        folder = stack.enter_context(open_folder(makes=True))
        place = Path(find_place(folder, lesson.folder.parents[1]))
        told = stack.enter_context(place.open("a+", encoding="utf-8"))
        # There is one for each course. The system releases the lock if its process
        # ends.
        fcntl.flock(told, fcntl.LOCK_EX | fcntl.LOCK_NB)
        at = place.with_suffix(".socket")
        at.unlink(missing_ok=True)
        listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(str(at))
        listener.listen()
        _leave_terminal(command.inherited)
        os.write(command.writer, bytes([code]))
        os.close(command.writer)
        # From here on nobody waits for this process.
        try:
            _Host(service, listener, told, command, lesson).serve()
        finally:
            stack.close()  # before the rest: another one may start at once
            service.close()
            os._exit(0)


def _leave_terminal(inherited: tuple[int, ...]) -> None:
    """Close everything that belongs to the terminal and to the command."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    for number in (nothing, *inherited):
        os.close(number)
    os.chdir("/")
    isolation.outlive_parent()


class _Host:
    """Grade for one command after another, as long as nothing has changed.

    Args:
        service: does the grading.
        listener: the socket for commands.
        told: the file with the name of the lesson that it is ready for.
        command: the command that left it here.
        lesson: the lesson that was graded last.
    """

    def __init__(
        self,
        service: LocalGradingService,
        listener: socket.socket,
        told: IO[str],
        command: TypedCommand,
        lesson: Lesson,
    ) -> None:
        self._service, self._listener, self._told = service, listener, told
        self._process, self._root = command.process, lesson.folder.parents[1]
        self._installed, self._files = list_installed(), list_files(self._root)
        latest_ns = max(max(x[3:]) for x in (*self._installed, *self._files))
        self._is_unchanged = latest_ns < command.began_ns - _SETTLED_NS
        self._keep_only(lesson)

    def serve(self) -> None:
        """Grade until there is no request for ten minutes, or something has changed."""
        self._listener.settimeout(_LOOK_S)
        last_s = _now_s()
        while self._may_stay() and _now_s() - last_s < _IDLE_S:
            with contextlib.suppress(TimeoutError):
                line, _ = self._listener.accept()
                failures = (OSError, EOFError, ValueError, GraderError)
                with line, contextlib.suppress(*failures):
                    self._serve_one(line)
                    last_s = _now_s()
                os.chdir("/")

    def _may_stay(self) -> bool:
        is_reachable = Path(self._listener.getsockname()).exists()
        self._is_unchanged &= list_installed() == self._installed
        return is_reachable and self._is_unchanged and not _is_memory_short()

    def _serve_one(self, line: socket.socket) -> None:
        """Grade a command's request, if nothing has changed.

        Raises:
            OSError, EOFError, ValueError, GraderError: if there was no request.
        """
        # This imports NumPy, which is loaded by now.
        from grader.grading_service.grader_process import GraderProcess

        find_own_peer(line)
        channel: MessageChannel[Greeting | Order] = channel_over(line, Greeting | Order)
        with contextlib.closing(channel):
            try:
                hello = channel.receive(_LOOK_S)
                if not isinstance(hello, Greeting):
                    raise EOFError
                self._is_unchanged &= hello.process == self._process
                self._is_unchanged &= list_files(self._root) == self._files
                if self._is_unchanged:
                    self._keep_only(find_lesson(hello.lesson, str(self._root)))
                    os.chdir(hello.folder)
                    channel.send(Welcome())
                    GraderProcess(channel, self._service, prepares=False).serve()
            finally:
                with contextlib.suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    def _keep_only(self, lesson: Lesson) -> None:
        """Keep only what one lesson needs, and record which lesson it is."""
        self._service.keep_only(lesson)
        self._told.truncate(0)
        self._told.write(f"{lesson.name}\n")
        self._told.flush()


def _is_memory_short() -> bool:
    import psutil  # only now, when nobody waits for it

    return psutil.virtual_memory().available < _LEAST_MEMORY


def _now_s() -> float:
    # This clock continues while a laptop sleeps.
    return time.clock_gettime(time.CLOCK_BOOTTIME)
