"""warm_host: the process of a grading in a terminal that stays for the next one.

The command runs in a child of the process that the user started. Once everything is
drawn, the parent ends with the command's exit code, and the child leaves the terminal.
The next command hands over its terminal, its folder and its environment variables, and
waits while this process runs it. The process runs no code of an attempt: its workers do
that, confined as always.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import IO

import msgspec

from grader.cli import program
from grader.cli.command import BROKEN, STOPPED, Exit
from grader.cli.unchanged import (
    describe_process,
    list_files,
    list_installed,
    read_variables,
)
from grader.cli.warm_grader import (
    LISTENING,
    LONGEST,
    STREAMS,
    TAKEN,
    describe_course,
    find_own_peer,
    find_place,
    open_folder,
)
from grader.document import catalog
from grader.document.catalog import Lesson
from grader.errors import GraderError
from grader.grading_service import LocalGradingService
from grader.sandbox import isolation

_IDLE_S = 600.0
_LOOK_S = 1.0
_LEAST_MEMORY = 1 << 30
# A file that has just changed may have been read before or after the change.
_SETTLED_NS = 2_000_000_000
# The arguments of `grade` with which this process can do it.
_SHARED = {"lesson", "attempt", "exercise", "more", "json", "verbose"}
# The service of this process, once it stays.
_kept: LocalGradingService | None = None


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


def kept_service() -> LocalGradingService | None:
    """Return what a warm grader grades with; None if this process isn't one."""
    return _kept


def continue_in_child() -> TypedCommand:
    """Continue in a child; this process waits for it, and ends as it does.

    Raises:
        OSError: if no process can be made.
    """
    process, began_ns = describe_process(os.getpid()), time.time_ns()
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
    """Let the command end, and wait for the next one; return if that fails."""
    global _kept
    with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
        folder = open_folder(makes=True)
        stack.callback(os.close, folder)
        place = Path(find_place(folder, lesson.folder.parents[1]))
        told = stack.enter_context(place.open("a+", encoding="utf-8"))
        # There is one for each course. The system releases the lock if its process
        # ends.
        fcntl.flock(told, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _write_lesson(told, lesson)
        at = place.with_suffix(".socket")
        at.unlink(missing_ok=True)
        listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(str(at))
        listener.listen()
        _leave_terminal(command.inherited)
        os.write(command.writer, bytes([code]))
        os.close(command.writer)
        # From here on nobody waits for this process.
        _kept = service
        try:
            _Host(service, listener, told, command, lesson).serve()
        finally:
            stack.close()  # before the rest: another one may start at once
            service.close()
            os._exit(0)


def _write_lesson(told: IO[str], lesson: Lesson) -> None:
    told.truncate(0)
    told.write(f"{lesson.name}\n")
    told.flush()


def _leave_terminal(inherited: tuple[int, ...]) -> None:
    """Close everything that belongs to the terminal and to the command."""
    os.setsid()
    _leave_streams()
    for number in inherited:
        os.close(number)
    isolation.outlive_parent()


def _leave_streams() -> None:
    """Let go of a command's terminal and folder; from now on, Ctrl-C does nothing."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdout.flush()
    sys.stderr.flush()
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in STREAMS:
        os.dup2(nothing, number)
    os.close(nothing)
    os.chdir("/")


class _Host:
    """Run one command after another, as long as nothing has changed.

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
        self._may_stay = latest_ns < command.began_ns - _SETTLED_NS
        self._keep_only(lesson)
        self._idle_since_s = _now_s()

    def serve(self) -> None:
        """Serve until there is no command for ten minutes, or something has changed."""
        self._listener.settimeout(_LOOK_S)
        while self._keeps_waiting() and _now_s() - self._idle_since_s < _IDLE_S:
            with contextlib.suppress(TimeoutError):
                line, _ = self._listener.accept()
                with line, contextlib.suppress(OSError, ValueError, GraderError, Exit):
                    self._serve_one(line)

    def _keeps_waiting(self) -> bool:
        self._may_stay &= list_installed() == self._installed
        is_there = Path(self._listener.getsockname()).exists()
        return is_there and self._may_stay and not _is_memory_short()

    def _serve_one(self, line: socket.socket) -> None:
        """Run a command, if nothing has changed and this process can do it.

        Raises:
            OSError, ValueError, GraderError, Exit: if there was none, or it can't.
        """
        line.settimeout(_LOOK_S)
        pid = find_own_peer(line)
        line.send(LISTENING)
        message, streams, *_ = socket.recv_fds(line, LONGEST, len(STREAMS))
        with contextlib.ExitStack() as stack:
            for stream in streams:
                stack.callback(os.close, stream)
            course, *words = message.decode("utf-8").split("\0")
            if course != describe_course(self._root) or len(streams) < len(STREAMS):
                return
            self._may_stay &= describe_process(pid) == self._process
            self._may_stay &= list_files(self._root) == self._files
            values = program.parse("grade", program.find_command("grade"), words[2:])
            if not self._may_stay or not _SHARED.issuperset(values):
                return
            self._keep_only(catalog.find(values["lesson"], self._root))
            line.send(TAKEN)
            stack.callback(_leave_streams)
            for number, stream in zip(STREAMS, streams, strict=True):
                os.dup2(stream, number)
            os.chdir(f"/proc/{pid}/cwd")
            os.environ.clear()
            os.environ.update(read_variables(pid))
            code = _run(words, line)
        # Now that nothing of its terminal is held here, the command may end.
        line.send(bytes([code]))
        self._idle_since_s = _now_s()
        # An interrupted one may have left something over.
        self._may_stay &= code not in (BROKEN, STOPPED)

    def _keep_only(self, lesson: Lesson) -> None:
        """Keep only what one lesson needs, and record which lesson it is."""
        self._service.keep_only(lesson)
        _write_lesson(self._told, lesson)


def _run(words: list[str], line: socket.socket) -> int:
    """Run a command, but end at once if the process that was started for it ends."""
    is_over = threading.Event()

    def follow() -> None:
        line.settimeout(None)
        with contextlib.suppress(OSError):
            line.recv(1)
        if not is_over.is_set():
            os._exit(1)

    sys.argv = words
    threading.Thread(target=follow, daemon=True).start()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    code = program.main()
    is_over.set()
    return code


def _is_memory_short() -> bool:
    import psutil  # only now, when nobody waits for it

    return psutil.virtual_memory().available < _LEAST_MEMORY


def _now_s() -> float:
    # This clock continues while a laptop sleeps.
    return time.clock_gettime(time.CLOCK_BOOTTIME)
