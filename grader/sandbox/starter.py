"""starter: how a worker is started on this platform.

Where fork is safe, one warm process forks all workers. Elsewhere each attempt gets a
fresh process, which imports the libraries itself. Both return a `WorkerProcess`.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec
from msgspec.structs import astuple

from grader.common import control_group
from grader.common.errors import SandboxError
from grader.course.lessons_path import find_root
from grader.course.settings import read_settings
from grader.sandbox import codec, debug_log, isolation
from grader.sandbox.codec import messages
from grader.sandbox.codec.channel import Channel
from grader.sandbox.codec.messages import from_fields, to_fields
from grader.sandbox.isolation import SandboxLayers
from grader.sandbox.isolation.policy import Isolation, Limits
from grader.sandbox.isolation.scratch import remove
from grader.sandbox.prelaunch import PrelaunchedProcess, WorkerNotStarted, launch

# An attempt may import this module of the grader although it can't read its files.
_PICTURES = "grader.pictures"


class WorkerProcess(msgspec.Struct, frozen=True, eq=False):
    """A started worker.

    Attributes:
        line: the judge's end of the line to it.
        pid: its number if the starter knows it, else 0.
        scratch: the folder it writes, if nothing else bounds its size.
        end: ends it within the given seconds, with everything it started; returns how
            it ended: "exit" and a code, "signal" and a number, "killed", or "lost".
        dismiss: ends it, without waiting where another process can do that.
        last_lines: the last lines of its own error output, once it has ended; None if
            it was forked.
    """

    line: Channel
    pid: int
    scratch: Path | None
    end: Callable[[float], tuple[str, int]]
    dismiss: Callable[[], object]
    last_lines: Sequence[str] | None = None


def list_isolation(
    layers: SandboxLayers, *, has_bubblewrap: bool
) -> tuple[Isolation, ...]:
    """Return what confines a worker with these layers, for a report."""
    stands = {
        Isolation.LANDLOCK: layers.landlock > 0,
        Isolation.SECCOMP: layers.has_filter,
        Isolation.RLIMITS: layers.has_limits,
        Isolation.BUBBLEWRAP: has_bubblewrap,
    }
    return tuple(part for part in Isolation if stands[part])


def make_line(limits: Limits) -> tuple[Channel, tuple[socket.socket, socket.socket]]:
    """Return a line, and the worker's ends of it: for messages and for its output."""
    # Two pairs, so that what an attempt prints is never read as a message.
    messages, their_messages = socket.socketpair()
    prints, their_prints = socket.socketpair()
    # Set it before the worker has its end, or the sender of early messages is unknown.
    if hasattr(socket, "SO_PASSCRED"):
        messages.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    line = Channel(messages, prints, limits.reply_mb << 20, limits.output_kb << 10)
    return line, (their_messages, their_prints)


def find_likely_imports(source: bytes, lessons: str) -> list[str]:
    """Return the modules of the project and the course that an attempt seems to import.

    Mentioning the name is enough, since importing one too many does no harm.

    Args:
        source: the attempt.
        lessons: the folder that ``import lessons`` loads; "" for the project's.
    """
    imports = [_PICTURES] if b"pictures" in source else []
    if b"lessons" in source:
        imports += read_settings(find_root(lessons)).importable
    return imports


# One packet is one message; a longer one would be truncated silently.
_LARGEST_MESSAGE = 1 << 16


class StarterEnded(SandboxError):
    """The process that starts workers has ended."""


class Starter(Protocol):
    """A way to start workers."""

    @property
    def isolation(self) -> tuple[Isolation, ...]:
        """The layers that confine the workers."""

    def start(self, source: bytes, limits: Limits) -> WorkerProcess:
        """Return a process that is about to serve the attempt `source`."""

    def close(self) -> None:
        """End every process."""


class ForkServerStarter:
    """Forks each worker from one process that has already imported everything.

    Args:
        imports: the modules that it imports.
        trains: whether attempts train with TensorFlow.
        lessons: the folder that ``import lessons`` loads; "" for the project's.
        require_sandbox: refuse to start a worker unless every sandbox layer works.
        uses_bubblewrap: run the process in bubblewrap if that works.
        launched: the process, if it has been launched already.
    """

    def __init__(
        self,
        imports: tuple[str, ...],
        trains: bool,
        lessons: str,
        require_sandbox: bool,
        uses_bubblewrap: bool,
        launched: PrelaunchedProcess | None = None,
    ) -> None:
        self._imports = imports
        self._trains = trains
        self._lessons = lessons
        self._require_sandbox = require_sandbox
        self._launched = launched or launch(imports, trains, lessons, uses_bubblewrap)
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()
        self._isolation: tuple[Isolation, ...] | None = None
        self._failure: SandboxError | None = None
        self._scratch = ""
        self._running: set[int] = set()
        self._has_leftovers = False
        # Workers that were asked to end, and whose end hasn't been reported yet.
        self._dismissed: set[int] = set()

    @property
    def isolation(self) -> tuple[Isolation, ...]:
        """The layers that confine the workers; waits for the imports."""
        with self._lock:
            return self._ready()

    def start(self, source: bytes, limits: Limits) -> WorkerProcess:
        """Return a worker that has just been forked.

        Raises:
            SandboxError: no worker can be started, or a required layer is missing.
        """
        with self._lock:
            self._await_dismissed()
            # Files that a worker left behind take space from later ones.
            is_spoilt = self._has_leftovers and not self._running
            if is_spoilt or self._launched.process.poll() is not None:
                self._relaunch(self._launched.has_bubblewrap)
            try:
                return self._start(source, limits)
            except StarterEnded:  # although `poll` still sees bubblewrap
                self._relaunch(self._launched.has_bubblewrap)
                return self._start(source, limits)

    def close(self) -> None:
        """End the process and all its workers, by hanging up."""
        with self._lock:
            self._launched.close()
            # The process removes its own folder, unless it was killed.
            if self._scratch and not self._launched.has_bubblewrap:
                remove(Path(self._scratch))

    def _relaunch(self, uses_bubblewrap: bool) -> None:
        self.close()
        self._isolation, self._failure, self._scratch = None, None, ""
        # The workers ended with the process. The next one reuses their numbers.
        self._running.clear()
        self._dismissed.clear()
        self._has_leftovers = False
        self._launched = launch(
            self._imports, self._trains, self._lessons, uses_bubblewrap
        )

    def _ready(self) -> tuple[Isolation, ...]:
        """Wait for the imports, once; if they fail, raise the same error every time."""
        if self._failure is not None:
            raise self._failure
        if self._isolation is None:
            try:
                self._isolation = self._make_ready()
            except SandboxError as error:
                self._failure = error
                raise
        return self._isolation

    def _make_ready(self) -> tuple[Isolation, ...]:
        """Wait for the imports; start again without bubblewrap if it doesn't work."""
        # The process says hello before it imports anything, so a bubblewrap that
        # doesn't work is noticed within a moment.
        hello = self._receive(messages.Hello)
        if hello is None and self._launched.has_bubblewrap:
            self._relaunch(uses_bubblewrap=False)
            hello = self._receive(messages.Hello)
        message = (
            self._receive(messages.Imported | messages.NotImported) if hello else None
        )
        match message:
            case messages.Imported():
                self._scratch = hello.scratch
                return self._check(message)
            case messages.NotImported(why):
                raise SandboxError(f"The lesson's libraries cannot be imported: {why}.")
        how = "the process that starts workers ended before it was ready"
        why = control_group.explain_end(how)
        raise WorkerNotStarted(why, debug_log.take_last_lines(self._launched.errors))

    def _check(self, imported: messages.Imported) -> tuple[Isolation, ...]:
        layers = isolation.SandboxLayers(
            imported.landlock, imported.has_filter, imported.has_limits
        )
        layers_found = list_isolation(
            layers, has_bubblewrap=self._launched.has_bubblewrap
        )
        lacking = [part for part in reversed(Isolation) if part not in layers_found]
        if self._require_sandbox and lacking:
            raise SandboxError(
                "--require-sandbox needs every layer of the sandbox, and "
                f"{lacking[0].known_as} does not work "
                "here. Grade without --require-sandbox, or where it works."
            )
        return layers_found

    def _start(self, source: bytes, limits: Limits) -> WorkerProcess:
        self._ready()
        number = next(self._numbers)
        line, ends = make_line(limits)
        limit_values = list(astuple(limits))
        request = messages.Start(
            number, find_likely_imports(source, self._lessons), limit_values
        )
        try:
            packet = codec.encode(to_fields(request))
            socket.send_fds(
                self._launched.control, [packet], [end.fileno() for end in ends]
            )
            answer = self._receive(messages.Started | messages.NotStarted)
        except OSError:
            answer = None
        finally:
            # While the judge holds these ends too, it can't see a worker hang up.
            for end in ends:
                end.close()
        if answer != messages.Started(number):
            line.close()
            raise _why_not(answer)
        self._running.add(number)
        # In bubblewrap, it is bounded and can't be seen from here.
        scratch = (
            None
            if self._launched.has_bubblewrap
            else Path(self._scratch) / f"worker-{number}"
        )
        return WorkerProcess(
            line,
            0,
            scratch,
            lambda grace_s: self._end(number, grace_s),
            lambda: self._dismiss(number),
        )

    def _end(self, number: int, grace_s: float) -> tuple[str, int]:
        with self._lock:
            if number not in self._running:
                return "lost", 0  # it ended with the process that started it
            self._await_dismissed()
            answer = self._receive_end() if self._ask_to_end(number, grace_s) else None
        if answer is None or answer.number != number:
            return "lost", 0
        return answer.kind, answer.code

    def _dismiss(self, number: int) -> None:
        with self._lock:
            if number in self._running and self._ask_to_end(number, 0.0):
                self._dismissed.add(number)

    def _ask_to_end(self, number: int, grace_s: float) -> bool:
        """Ask the process to end a worker; return whether the request was sent."""
        self._running.discard(number)
        with contextlib.suppress(OSError):
            request = messages.End(number, float(grace_s))
            self._launched.control.send(codec.encode(to_fields(request)))
            return True
        return False

    def _await_dismissed(self) -> None:
        """Wait for the earlier requests to end workers; replies come in that order."""
        while self._dismissed:
            answer = self._receive_end()
            if answer is None:
                self._dismissed.clear()
            else:
                self._dismissed.discard(answer.number)

    def _receive_end(self) -> messages.WorkerEnded | None:
        answer: messages.WorkerEnded | None = self._receive(messages.WorkerEnded)
        if answer is not None:
            self._has_leftovers |= not answer.is_gone
        return answer

    def _receive(self, kinds: Any) -> Any:
        """Return the process's next message, of a given kind; None if it has ended."""
        with contextlib.suppress(OSError):
            packet = self._launched.control.recv(_LARGEST_MESSAGE)
            if packet:
                return from_fields(kinds, codec.decode(packet))
        return None


def _why_not(answer: Any) -> SandboxError:
    match answer:
        case messages.NotStarted(_, why):
            return WorkerNotStarted(why)
    return StarterEnded("The process that starts workers has ended.")
