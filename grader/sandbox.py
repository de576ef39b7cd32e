"""sandbox: start, confine, time, measure and kill a worker.

`Warm` is the judge's handle on the process that has the libraries ready, `Worker` on
one attempt. A worker answers with a `Reply`; whatever it does, the judge waits no longer
than the limits say.
"""

from __future__ import annotations

import itertools
import signal
from collections.abc import Callable, Mapping
from typing import Any

from grader import wire
from grader.line import HungUp, Line
from grader.meter import Meter, Watch
from grader.replies import (
    Ended,
    Garbled,
    Limits,
    Lost,
    Missing,
    OutOfMemory,
    Raised,
    Reply,
    Returned,
    TimedOut,
)
from grader.starter import Starter, starter_for

__all__ = [
    "Ended",
    "Garbled",
    "Limits",
    "Lost",
    "Missing",
    "OutOfMemory",
    "Raised",
    "Reply",
    "Returned",
    "TimedOut",
    "Warm",
    "Worker",
]

_TICK_S = 0.05
_READY_S = 60.0
_LARGEST_SOURCE = 2_000_000
_GRACE_S = 0.3

Functions = Mapping[int, Callable[..., Any]]
OnProgress = Callable[[dict[str, Any]], None]


class Warm:
    """Starts workers for attempts, one after another or side by side.

    Use it as a context manager, or call `close`. The constructor does not wait for the
    imports.

    Args:
        imports: the modules that are imported before an attempt comes.
        require_sandbox: refuse to start a worker unless both walls stand.
        outer_wall: put bubblewrap around it where it works.
        fresh: start a fresh process for each attempt even where fork is safe.
    """

    def __init__(
        self,
        imports: tuple[str, ...] = ("numpy",),
        require_sandbox: bool = False,
        *,
        outer_wall: bool = True,
        fresh: bool = False,
    ) -> None:
        self._starter = starter_for(imports, require_sandbox, outer_wall, fresh)

    @property
    def walls(self) -> tuple[str, ...]:
        """In words, which walls stand around the workers; waits for the imports."""
        return self._starter.walls

    def start(self, source: bytes, filename: str, limits: Limits) -> Worker:
        """A confined worker that begins to load the attempt; `Worker.load` tells more.

        Raises:
            SandboxError: no worker can be started, or a wall that is required is missing.
        """
        return Worker(self._starter, source, filename, limits)

    def close(self) -> None:
        """End every worker and the process that starts them."""
        self._starter.close()

    def __enter__(self) -> Warm:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Worker:
    """One attempt in a confined process. A failure that kills it leaves it dead."""

    def __init__(
        self, starter: Starter, source: bytes, filename: str, limits: Limits
    ) -> None:
        self._limits = limits
        self._source = source[: _LARGEST_SOURCE + 1]
        self._filename = filename
        self._numbers = itertools.count(1)
        self._process = starter.start(source, limits)
        self._line: Line = self._process.line
        self._meter = Meter(0)
        self.is_alive = True

    @property
    def output(self) -> str:
        """What the attempt printed, up to the limit."""
        return self._line.output

    @property
    def output_was_cut(self) -> bool:
        """Whether it printed more than is kept."""
        return self._line.output_was_cut

    def load(self) -> Reply:
        """Execute the attempt's file; the value is the list of its names."""
        if len(self._source) > _LARGEST_SOURCE:
            return _too_long(self._source)
        if not self._line.wait_until_readable(_READY_S):
            return self._lost("a worker did not get ready")
        self._meter = Meter(self._line.peer_process() or self._process.pid)
        try:
            if self._line.wait(_TICK_S) != ("ready",):
                return self._lost("a worker did not get ready")
        except (HungUp, wire.WireError):
            return self._lost("a worker could not be confined")
        return self._ask("load", (self._source, self._filename))

    def call(
        self,
        target: str,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        cpu_s: float | None = None,
        handle: int | None = None,
        functions: Functions | None = None,
        watch_inputs: bool = False,
        on_progress: OnProgress | None = None,
    ) -> Reply:
        """Call a function of the attempt, or a method of an object that stayed there.

        Args:
            target: its name; with `handle`, an attribute path such as ``predict``.
            args: plain values, handles of this worker, or `wire.Function`.
            kwargs: the same, by name.
            cpu_s: CPU seconds this call may take, if not the worker's usual limit.
            handle: the number of the object whose method is called.
            functions: the functions that the attempt may call back, by number.
            watch_inputs: whether to tell which arguments were modified.
            on_progress: called with what a training run reports.
        """
        fields = (target, handle, args, dict(kwargs or {}), watch_inputs)
        return self._ask("call", fields, cpu_s, functions or {}, on_progress)

    def get(self, target: str, *, handle: int | None = None) -> Reply:
        """Read a name of the attempt, or an attribute of an object that stayed there."""
        return self._ask("get", (target, handle))

    def kill(self) -> None:
        """Kill the worker and everything it started."""
        if self.is_alive:
            self._end(0.0)

    def _ask(
        self,
        kind: str,
        fields: tuple[Any, ...],
        cpu_s: float | None = None,
        functions: Functions | None = None,
        on_progress: OnProgress | None = None,
    ) -> Reply:
        if not self.is_alive:
            return Lost("the worker has ended already")
        exchange = _Exchange(self._limits, next(self._numbers), functions, on_progress)
        watch = self._meter.watch(self._limits, cpu_s)
        is_settled = False
        try:
            if self._line.has_unasked():
                raise wire.WireError("it sent an answer that nobody asked for")
            self._line.send((kind, exchange.number, *fields))
            reply = self._reply(exchange, watch)
            is_settled = not isinstance(reply, TimedOut)
            return reply
        except wire.WireError as error:
            return Garbled(str(error))
        except HungUp:
            is_settled = True
            return self._ended()
        finally:
            # Also after Ctrl-C: a worker that still owes an answer is of no use.
            if not is_settled:
                self._end(0.0)

    def _reply(self, exchange: _Exchange, watch: Watch) -> Reply:
        while True:
            message = self._line.wait(_TICK_S)
            if message is not None:
                reply = exchange.settle(message, self._line)
                if reply is not None:
                    self._line.drain()
                    return watch.timed(reply)
                watch.keep_awake()
            over = watch.exceeded()
            if over is not None:
                return over

    def _ended(self) -> Reply:
        return _told(*self._end(_GRACE_S), self._limits)

    def _lost(self, why: str) -> Lost:
        kind, number = self._end(_GRACE_S)
        return Lost(f"{why} ({kind} {number})")

    def _end(self, grace_s: float) -> tuple[str, int]:
        self.is_alive = False
        self._line.drain()
        how = self._process.end(grace_s)
        self._line.drain()
        self._line.close()
        return how


class _Exchange:
    """One question and the messages that come until it is answered."""

    def __init__(
        self,
        limits: Limits,
        number: int,
        functions: Functions | None,
        on_progress: OnProgress | None,
    ) -> None:
        self._limits = limits
        self.number = number
        self._functions = functions or {}
        self._on_progress = on_progress
        self._calls_left = limits.callbacks

    def settle(self, message: Any, line: Line) -> Reply | None:
        """The reply that `message` is; None when the answer is still to come.

        Raises:
            wire.WireError: it is not a message that may come now.
        """
        match message:
            case (str(kind), int(number), *rest) if number == self.number:
                return self._settle(kind, rest, line)
            case (str(), int(), *_):
                raise wire.WireError("it answers a question that was not asked")
        raise wire.WireError("it is not an answer")

    def _settle(self, kind: str, rest: list[Any], line: Line) -> Reply | None:
        match kind, *rest:
            case "returned", value, tuple(modified), tuple(lines):
                return Returned(value, _places(modified), _line_numbers(lines))
            case "missing", str(target), str(nearest):
                return Missing(target[:200], nearest[:200])
            case ("memory",):
                return OutOfMemory(self._limits.memory_mb)
            case "garbled", str(why):
                return Garbled(why[:400])
            case "raised", *fields:
                return _raised(*fields)
            case "progress", dict(progress):
                self._show(progress)
                return None
            case "function", int(function), tuple(args), dict(kwargs):
                line.send(self._answer(function, args, kwargs))
                return None
        raise wire.WireError("it is not an answer")

    def _show(self, progress: dict[Any, Any]) -> None:
        plain = all(type(v) in (int, float) for v in progress.values())
        named = all(type(name) is str for name in progress)
        if self._on_progress is not None and plain and named and len(progress) < 40:
            self._on_progress(progress)

    def _answer(
        self, number: int, args: tuple[Any, ...], kwargs: dict[Any, Any]
    ) -> tuple[Any, ...]:
        """Run one of the judge's functions on what the worker sent."""
        self._calls_left -= 1
        function = self._functions.get(number)
        if self._calls_left < 0:
            raise wire.WireError(
                f"it called back more than {self._limits.callbacks:,} times"
            )
        if function is None or not all(type(name) is str for name in kwargs):
            raise wire.WireError("it called a function that it was not given")
        try:
            return True, function(*args, **kwargs)
        except Exception as error:
            return False, type(error).__name__, str(error)


def _raised(
    type_name: Any = None,
    bases: Any = None,
    message: Any = None,
    line: Any = None,
    source_line: Any = None,
    trace: Any = None,
    tag: Any = None,
    offset: Any = None,
    *more: Any,
) -> Raised:
    texts = (type_name, message, source_line, trace, tag)
    numbers = (line, offset)
    is_right = (
        not more
        and all(type(text) is str for text in texts)
        and all(number is None or type(number) is int for number in numbers)
        and type(bases) is tuple
        and all(type(base) is str for base in bases)
    )
    if not is_right:
        raise wire.WireError("it is not an answer")
    return Raised(
        type_name[:200],
        tuple(base[:200] for base in bases[:50]),
        message[:2000],
        line,
        source_line[:400],
        trace[:8000],
        tag[:100],
        offset,
    )


def _places(places: tuple[Any, ...]) -> tuple[int | str, ...]:
    if not all(type(place) in (int, str) for place in places):
        raise wire.WireError("it is not an answer")
    return places


def _line_numbers(lines: tuple[Any, ...]) -> tuple[int, ...]:
    if not all(type(line) is int for line in lines):
        raise wire.WireError("it is not an answer")
    return lines


def _told(kind: str, number: int, limits: Limits) -> Reply:
    """What became of a worker that ended on its own."""
    if kind == "lost":
        return Lost("the process that starts workers ended")
    if kind == "exit":
        return Ended(f"ended itself with exit code {number}")
    if kind == "killed":
        return Ended("closed its connection to the grader")
    if number == getattr(signal, "SIGXCPU", None):
        return TimedOut(limits.total_cpu_s, "cpu")
    return Ended(f"was ended by {_signal_name(number)}")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _too_long(source: bytes) -> Raised:
    most = f"{_LARGEST_SOURCE // 1_000_000} MB"
    return Raised(
        "SyntaxError",
        ("SyntaxError", "Exception", "BaseException", "object"),
        f"the file is larger than {most}; a lesson is much smaller",
    )
