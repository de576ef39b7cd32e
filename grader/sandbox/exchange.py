"""exchange: one question to a worker, and everything it may say until it has answered.

What comes is checked field by field. The worker's own account of time is never asked
for; what it says of itself ends in a `Reply` as plain text and numbers, cut to size.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from grader import wire
from grader.sandbox.replies import (
    Ended,
    Garbled,
    Lost,
    Missing,
    OutOfMemory,
    Raised,
    Reply,
    Returned,
    TimedOut,
)
from grader.walls.limits import Limits
from grader.wire.line import Line

Functions = Mapping[int, Callable[..., Any]]
OnProgress = Callable[[dict[str, Any]], None]

# Progress is drawn; a flood of it is not.
_LONGEST_PROGRESS = 40
_PROGRESS_BURST = 200
_PROGRESS_RATE = 20
# More than a file of the largest size can have.
_LAST_LINE = 10_000_000


class Exchange:
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
        self._shown = 0
        self._began_s = time.monotonic()
        self._at: tuple[int | None, str] = None, ""

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

    def ended_by(self, reply: Reply) -> Reply:
        """`reply`, which ends the call from outside, with the line it was at."""
        if not isinstance(reply, TimedOut):
            return reply
        line, source_line = self._at
        return replace(reply, line=line, source_line=source_line)

    def _settle(self, kind: str, rest: list[Any], line: Line) -> Reply | None:
        match kind, *rest:
            case "returned", value, tuple(modified):
                return Returned(value, _places(modified))
            case "missing", str(target), str(nearest):
                return Missing(target[:200], nearest[:200])
            case ("memory",):
                return OutOfMemory(self._limits.memory_mb)
            case "garbled", str(why):
                return Garbled(why[:400])
            case "raised", *fields:
                return _raised(*fields)
            case "at", int(line_number), str(source_line) if _is_line(line_number):
                self._at = line_number, source_line[:400]
                return None
            case "progress", dict(progress):
                self._show(progress)
                return None
            case "function", int(function), tuple(args), dict(kwargs):
                line.send(_sendable(self._answer(function, args, kwargs)))
                return None
        raise wire.WireError("it is not an answer")

    def _show(self, progress: dict[Any, Any]) -> None:
        plain = all(type(v) in (int, float) for v in progress.values())
        named = all(type(name) is str for name in progress)
        is_right = plain and named and len(progress) <= _LONGEST_PROGRESS
        self._shown += 1
        most = _PROGRESS_BURST + _PROGRESS_RATE * (time.monotonic() - self._began_s)
        if self._on_progress is not None and is_right and self._shown <= most:
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
        except wire.WireError:  # the function will not hear any more of it
            raise
        except Exception as error:
            return False, type(error).__name__, str(error)[:2000]


def _is_line(number: Any, first: int = 0) -> bool:
    return type(number) is int and first <= number <= _LAST_LINE


def _sendable(answer: tuple[Any, ...]) -> list[memoryview]:
    try:
        return wire.frame(answer)
    except wire.WireError as error:
        # What it is given decides what it answers. Were this an error of the grader's,
        # an attempt could end any check with it.
        why = f"what it answers to these arguments cannot be sent: {error}"
        return wire.frame((False, "TypeError", why))


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
    is_right = (
        not more
        and all(type(text) is str for text in texts)
        and (line is None or _is_line(line))
        and (offset is None or _is_line(offset, -1))
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


def reply_of(kind: str, number: int, limits: Limits) -> Reply:
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
