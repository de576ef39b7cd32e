"""exchange: one question to a worker, and everything it may say until it has answered.

What comes is checked and cut field by field. The worker's own account of time is never
asked for; what it says of itself ends in a `Reply` as plain text and numbers.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import asdict, replace

from grader.sandbox import codec
from grader.sandbox.codec import messages
from grader.sandbox.codec.channel import Channel
from grader.sandbox.codec.fields import from_fields, to_fields
from grader.sandbox.isolation.limits import Limits
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
_PROGRESS_BURST = 200
_PROGRESS_RATE = 20


class Exchange:
    """One question and the messages that come until it is answered."""

    def __init__(
        self,
        limits: Limits,
        question: messages.Question,
        functions: Functions | None,
        on_progress: OnProgress | None,
    ) -> None:
        self._limits = limits
        self._question = question
        self._functions = functions or {}
        self._on_progress = on_progress
        self._calls_left = limits.callbacks
        self._shown = 0
        self._began_s = time.monotonic()
        self._at: messages.At | None = None

    def settle(self, fields: Any, line: Channel) -> Reply | None:
        """Return the reply that a message is; None when the answer is still to come.

        Raises:
            codec.CodecError: it is not a message that may come now.
        """
        message: messages.WorkerMessage = from_fields(messages.WorkerMessage, fields)
        if message.number != self._question.number:
            raise codec.CodecError("it answers a question that was not asked")
        return self._settle(message, line)

    def ended_by(self, reply: Reply) -> Reply:
        """Return `reply`, which ends the call from outside, with the line it was at."""
        if (at := self._at) is None:
            return reply
        match reply:
            case TimedOut():
                return replace(
                    reply,
                    line=at.line,
                    source_line=at.source_line,
                    statement=at.statement,
                )
            case OutOfMemory() | Ended():
                asked = self._question
                # Of a late look it would be where it was then, not where it ended.
                is_known = isinstance(asked, messages.Load) and asked.announces
                return replace(reply, statement=at.statement if is_known else None)
        return reply

    def _settle(self, message: messages.WorkerMessage, line: Channel) -> Reply | None:
        match message:
            case messages.ValueReturned(_, value, modified):
                return Returned(value, _places(modified, self._question))
            case messages.ExceptionRaised():
                return _read_raised(message)
            case messages.NameMissing(_, target, nearest):
                return Missing(target, nearest)
            case messages.MemoryExhausted(_, statement):
                return OutOfMemory(self._limits.memory_mb, statement)
            case messages.Unsendable(_, why):
                return Garbled(why)
            case messages.At():
                self._at = message
            case messages.Progress(_, numbers):
                self._show(numbers)
            case messages.CallbackCalled(_, function, args, kwargs):
                line.send(_sendable(self._answer(function, args, kwargs)))
        return None

    def _show(self, progress: dict[str, Any]) -> None:
        self._shown += 1
        most = _PROGRESS_BURST + _PROGRESS_RATE * (time.monotonic() - self._began_s)
        if self._on_progress is not None and self._shown <= most:
            self._on_progress(progress)

    def _answer(
        self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> messages.CallbackAnswer:
        """Run one of the judge's functions on what the worker sent."""
        # Each call costs the judge time that the worker's own limits do not see.
        self._calls_left -= 1
        function = self._functions.get(number)
        if self._calls_left < 0:
            raise codec.CodecError(
                f"it called back more than {self._limits.callbacks:,} times"
            )
        if function is None:
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


def _read_raised(told: messages.ExceptionRaised) -> Raised:
    fields = asdict(told) | {"names": tuple(Named(*row) for row in told.names)}
    del fields["number"]
    return Raised(**fields)


def _places(
    places: tuple[int | str, ...], question: messages.Question
) -> tuple[int | str, ...]:
    """Return the arguments that were changed, each once.

    Raises:
        codec.CodecError: the call had no such argument, or nobody asked.
    """
    there: tuple[int | str, ...] = ()
    if isinstance(question, messages.Call) and question.watches_inputs:
        there = *range(len(question.args)), *question.kwargs
    if not set(places) <= set(there):
        raise codec.CodecError("it changed an argument that it was not given")
    return tuple(place for place in there if place in places)


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
