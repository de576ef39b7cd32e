"""exchange: one question to a worker, and everything it may say until it has answered.

What comes is checked field by field. The worker's own account of time is never asked
for; what it says of itself ends in a `Reply` as plain text and numbers, cut to size.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from grader import codec
from grader.codec import messages
from grader.codec.channel import Channel
from grader.codec.fields import from_fields, to_fields
from grader.isolation.limits import Limits
from grader.sandbox.replies import (
    Ended,
    Garbled,
    Lost,
    Missing,
    Named,
    OutOfMemory,
    Raised,
    Reply,
    Returned,
    TimedOut,
)

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
        self._number = number
        self._functions = functions or {}
        self._on_progress = on_progress
        self._calls_left = limits.callbacks
        self._shown = 0
        self._began_s = time.monotonic()
        self._at: tuple[int | None, str] = None, ""

    def settle(self, fields: Any, line: Channel) -> Reply | None:
        """Return the reply that a message is; None when the answer is still to come.

        Raises:
            codec.CodecError: it is not a message that may come now.
        """
        message: messages.WorkerMessage = from_fields(messages.WorkerMessage, fields)
        if message.number != self._number:
            raise codec.CodecError("it answers a question that was not asked")
        return self._settle(message, line)

    def ended_by(self, reply: Reply) -> Reply:
        """Return `reply`, which ends the call from outside, with the line it was at."""
        if not isinstance(reply, TimedOut):
            return reply
        line, source_line = self._at
        return replace(reply, line=line, source_line=source_line)

    def _settle(self, message: messages.WorkerMessage, line: Channel) -> Reply | None:
        match message:
            case messages.ValueReturned(_, value, modified):
                return Returned(value, _places(modified))
            case messages.ExceptionRaised():
                return _read_raised(message)
            case messages.NameMissing(_, target, nearest):
                return Missing(target[:200], nearest[:200])
            case messages.MemoryExhausted():
                return OutOfMemory(self._limits.memory_mb)
            case messages.Unsendable(_, why):
                return Garbled(why[:400])
            case messages.At(_, line_number, source_line):
                _check_line(line_number)
                self._at = line_number, source_line[:400]
            case messages.Progress(_, numbers):
                self._show(numbers)
            case messages.CallbackCalled(_, function, args, kwargs):
                line.send(_sendable(self._answer(function, args, kwargs)))
        return None

    def _show(self, progress: dict[Any, Any]) -> None:
        # By `type` here and below: a truth value is an int to `isinstance`, and no
        # number of a line, nor of anything else that is shown.
        plain = all(type(v) in (int, float) for v in progress.values())
        named = all(type(name) is str for name in progress)
        is_right = plain and named and len(progress) <= _LONGEST_PROGRESS
        self._shown += 1
        most = _PROGRESS_BURST + _PROGRESS_RATE * (time.monotonic() - self._began_s)
        if self._on_progress is not None and is_right and self._shown <= most:
            self._on_progress(progress)

    def _answer(
        self, number: int, args: tuple[Any, ...], kwargs: dict[Any, Any]
    ) -> messages.CallbackAnswer:
        """Run one of the judge's functions on what the worker sent."""
        # Each call costs the judge time that the worker's own limits do not see.
        self._calls_left -= 1
        function = self._functions.get(number)
        if self._calls_left < 0:
            raise codec.CodecError(
                f"it called back more than {self._limits.callbacks:,} times"
            )
        if function is None or not all(type(name) is str for name in kwargs):
            raise codec.CodecError("it called a function that it was not given")
        try:
            return messages.CallbackReturned(function(*args, **kwargs))
        except Exception as error:  # what the attempt handed it may not fit it
            return messages.CallbackRaised(type(error).__name__, str(error)[:2000])


def _sendable(answer: messages.CallbackAnswer) -> list[memoryview]:
    try:
        return codec.frame(to_fields(answer))
    except codec.CodecError as error:
        # What it is given decides what it answers. Were this an error of the grader's,
        # an attempt could end any check with it.
        why = f"what it answers to these arguments cannot be sent: {error}"
        return _sendable(messages.CallbackRaised("TypeError", why))


def _check_line(number: int | None, first: int = 0) -> None:
    """Require a number as a line of a file, or a size, has it; or none.

    Raises:
        CodecError: it is far from that.
    """
    if number is not None and not first <= number <= _LAST_LINE:
        raise codec.CodecError("it is not an answer")


def _read_raised(told: messages.ExceptionRaised) -> Raised:
    _check_line(told.line)
    _check_line(told.offset, first=-1)
    if not all(type(base) is str for base in told.bases):
        raise codec.CodecError("it is not an answer")
    names = tuple(_read_named(row) for row in told.names[:50])
    return Raised(
        told.type_name[:200],
        tuple(base[:200] for base in told.bases[:50]),
        told.message[:2000],
        told.line,
        told.source_line[:400],
        told.trace[:8000],
        told.tag[:100],
        told.offset,
        told.part[:400],
        names,
    )


def _read_named(row: Any) -> Named:
    is_row = type(row) is tuple and [type(cell) for cell in row[:2]] == [str, str]
    if not is_row or len(row) != 3 or type(row[2]) not in (int, type(None)):
        raise codec.CodecError("it is not an answer")
    _check_line(row[2])
    return Named(row[0][:200], row[1][:200], row[2])


def _places(places: tuple[Any, ...]) -> tuple[int | str, ...]:
    if not all(type(place) in (int, str) for place in places):
        raise codec.CodecError("it is not an answer")
    return places


def reply_of(kind: str, number: int, limits: Limits) -> Reply:
    """Return what became of a worker that ended on its own.

    Args:
        kind: "exit", "signal", "killed" or "lost", as `Process.end` tells it.
        number: the exit code, or the number of the signal.
        limits: what it was allowed.
    """
    if kind == "lost":
        return Lost("the process that starts workers ended")
    if kind == "exit":
        return Ended(f"ended itself with exit code {number}")
    if kind == "killed":
        return Ended("closed its connection to the grader")
    # The limit on its whole life, which the kernel keeps; Windows has no such signal.
    if number == getattr(signal, "SIGXCPU", None):
        return TimedOut(limits.total_cpu_s, "cpu")
    return Ended(f"was ended by {_signal_name(number)}")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
