"""worker: the untrusted side; loads one attempt and answers questions about it.

It runs in a process of its own and is imported by nobody but that process. Nothing here
protects the judge, which believes none of it: this room only has to be right for
attempts that mean well. The attempt can change everything in this process.
"""

from __future__ import annotations

import builtins
import contextlib
import difflib
import hashlib
import itertools
import linecache
import signal
import socket
import sys
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from grader import wire
from grader.expressions import drain, from_table
from grader.worker import observe
from grader.worker.connection import Connection
from grader.worker.failures import described, line_at
from grader.worker.whereabouts import line_of, looking_late

# A worker that is not needed for so long gets ready for what TensorFlow does first.
IDLE_S = 0.1
MAX_GENERATED = 10_000
_MAX_NAMES = 20_000


class RemoteFunction:
    """A function of the judge's, as the learner's code sees it."""

    def __init__(self, session: Session, function: wire.Function) -> None:
        self._session = session
        self._function = function
        self.__name__ = function.name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._session.call_judge(self._function.id, args, kwargs)

    def __repr__(self) -> str:
        return f"<function {self._function.name}>"


class Session:
    """One attempt and the questions about it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._module = types.ModuleType("attempt")
        self._filename = ""
        self._lines: list[str] = []
        self._question = 0

    def serve(self) -> None:
        """Answer until the judge hangs up."""
        while True:
            try:
                kind, self._question, cpu_s, *fields = self.connection.receive()
            except (EOFError, OSError):
                return
            self._answer(_QUESTIONS[kind], cpu_s, fields)

    def _answer(
        self, question: Callable[..., tuple[Any, ...]], cpu_s: float, fields: Any
    ) -> None:
        try:
            with looking_late(cpu_s, self._say_where):
                kind, *rest = question(self, *fields)
            _flush_output()
            self.connection.send(kind, self._question, *rest)
        except wire.WireError as error:
            self.connection.send("garbled", self._question, str(error))
        except BaseException as error:
            message = described(error, self._filename, self._lines)
            _flush_output()
            self.connection.send(message[0], self._question, *message[1:])

    def _say_where(self, frame: types.FrameType | None) -> None:
        # It runs in the middle of the attempt, which is not to blame when it fails.
        with contextlib.suppress(Exception):
            line = line_of(frame, self._filename)
            if line is not None:
                shown = line_at(self._lines, line).strip()
                self.connection.send_if_free("at", self._question, line, shown)

    def load(self, source: bytes, filename: str) -> tuple[Any, ...]:
        """Execute the attempt's file."""
        self._filename = filename
        self._lines = source.decode("utf-8", "replace").splitlines(keepends=True)
        # So that tracebacks the learner prints have their lines too.
        linecache.cache[filename] = (len(source), None, self._lines, filename)
        name = filename.removesuffix(".py")
        self._module.__dict__.update(__name__=name, __file__=filename)
        sys.modules[name] = self._module
        # As text, so that no line of it says how it is to be read: the judge reads it
        # too, and sees what runs here.
        text = source.decode("utf-8-sig")
        code = compile(text, filename, "exec", dont_inherit=True)
        exec(code, self._module.__dict__)
        names = [name for name in list(vars(self._module)) if isinstance(name, str)]
        return "returned", names[:_MAX_NAMES], ()

    def get(self, target: str, handle: int | None) -> tuple[Any, ...]:
        """Read a name of the attempt, or an attribute of an object that stayed here."""
        found, value = self._find(target, handle)
        return ("returned", value, ()) if found else value

    def call(
        self,
        target: str,
        handle: int | None,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        watches: bool,
    ) -> tuple[Any, ...]:
        """Call a function of the attempt, or a method of an object that stayed here."""
        found, function = self._find(target, handle)
        if not found:
            missing: tuple[Any, ...] = function
            return missing
        args = tuple(self._received(value) for value in args)
        kwargs = {name: self._received(value) for name, value in kwargs.items()}
        before = _snapshot(args, kwargs) if watches else {}
        value = function(*args, **kwargs)
        if isinstance(value, types.GeneratorType):
            value = _run_through(value)
        after = _snapshot(args, kwargs) if watches else {}
        modified = tuple(place for place in before if before[place] != after[place])
        return "returned", value, modified

    def call_judge(
        self, function: int, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Have the judge call one of its functions, and wait for the answer."""
        self.connection.send("function", self._question, function, args, kwargs)
        is_value, *rest = self.connection.receive()
        if is_value:
            return self._received(rest[0])
        type_name, message = rest
        raise _exception_named(type_name)(message)

    def report_progress(self, progress: dict[str, Any]) -> None:
        """Tell the judge how far a training run has come."""
        self.connection.send("progress", self._question, progress)

    def _find(self, target: str, handle: int | None) -> tuple[bool, Any]:
        """Whether there is such a name, and its value or the answer that says no."""
        value = self._module if handle is None else self.connection.object_of(handle)
        for name in target.split("."):
            try:
                value = getattr(value, name)
            except AttributeError:
                # An object without it, or a property that fails on its own.
                if handle is not None or name in dir(value):
                    raise
                near = difflib.get_close_matches(name, dir(value), 1)
                return False, ("missing", target, near[0] if near else "")
        return True, value

    def _received(self, value: Any) -> Any:
        """What the judge sent, with objects and functions in their places."""
        match value:
            case wire.Handle():
                return self.connection.object_of(value.id)
            case wire.Function():
                return RemoteFunction(self, value)
            case wire.Table():
                return from_table(value.text)
            case list() | tuple():
                return type(value)(self._received(item) for item in value)
            case dict():
                return {key: self._received(item) for key, item in value.items()}
        return value


_QUESTIONS: dict[str, Callable[..., tuple[Any, ...]]] = {
    "load": Session.load,
    "get": Session.get,
    "call": Session.call,
}


def _snapshot(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[int | str, bytes]:
    """A digest of each argument, without the networks and functions in it."""
    places: Iterator[tuple[int | str, Any]] = iter([*enumerate(args), *kwargs.items()])
    return {place: _digest(value) for place, value in places}


def _digest(value: Any) -> bytes:
    digest = hashlib.blake2b()
    try:
        for part in wire.frame(value, _nothing):
            digest.update(part)
    except wire.WireError:  # it could be sent here, so it has changed
        return b""
    return digest.digest()


def _nothing(_: Any) -> None:
    """What stands for a value that is not looked into."""


def _run_through(generator: types.GeneratorType[Any, Any, Any]) -> Any:
    """Everything a generator yields; a derivation's steps with their lines."""
    if "sympy" in sys.modules:
        return drain(generator)
    return list(itertools.islice(generator, MAX_GENERATED))


def _exception_named(name: str) -> type[Exception]:
    kind = getattr(builtins, name, None)
    is_exception = isinstance(kind, type) and issubclass(kind, Exception)
    return kind if is_exception else RuntimeError  # type: ignore[return-value]


def _flush_output() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # the learner may have replaced or closed it
            continue


def serve(line: socket.socket, reply_mb: int) -> None:
    """Serve the judge at the other end of `line` until it hangs up."""
    # The judge decides what Ctrl-C means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")
    session = Session(Connection(line, reply_mb))
    if "keras" in sys.modules:
        observe.watch_training(session.report_progress)
    session.connection.send("ready")
    if "keras" in sys.modules and not session.connection.is_asked_within(IDLE_S):
        observe.warm_up()
    session.serve()
