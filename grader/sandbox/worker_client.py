"""worker_client: the judge's access to one attempt in a confined process."""

from __future__ import annotations

import contextlib
import itertools
import math
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from grader.common import control_group
from grader.course.document.source import LARGEST_ATTEMPT
from grader.sandbox import codec, debug_log
from grader.sandbox.codec import messages
from grader.sandbox.codec.channel import Channel, HungUp
from grader.sandbox.codec.messages import from_fields, to_fields
from grader.sandbox.isolation.policy import Limits
from grader.sandbox.prelaunch import WorkerNotStarted, describe_end
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
from grader.sandbox.resource_monitor import CallMonitor, GradingBudget, ResourceMonitor
from grader.sandbox.starter import Starter

Functions = Mapping[int, Callable[..., Any]]
OnProgress = Callable[[dict[str, Any]], None]

# Limits on the progress messages that are displayed.
_PROGRESS_BURST = 200
_PROGRESS_RATE = 20


class Exchange:
    """One question and the messages that come until it is answered.

    Attributes:
        has_passed_on: whether the last message was a call that is passed on to another
            worker, so that the judge stores nothing of it.
    """

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
        self.has_passed_on = False

    def settle(self, fields: Any, line: Channel) -> Reply | None:
        """Return the reply in a message; None if the answer is still to come.

        Raises:
            codec.CodecError: it isn't a message that may come now.
        """
        self.has_passed_on = False
        match fields:
            case (number, *_) if type(number) is int:
                message = from_fields(messages.WorkerMessage, fields[1:])
            case _:
                raise codec.CodecError("it is not an answer")
        if number != self._question.number:
            raise codec.CodecError("it answers a question that wasn't asked")
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
                question = self._question
                # A line that was sent late says where it was then, not where it ended.
                is_known = isinstance(question, messages.Load) and question.announces
                return replace(reply, statement=at.statement if is_known else None)
        return reply

    def _settle(self, message: messages.WorkerMessage, line: Channel) -> Reply | None:
        match message:
            case messages.At():
                self._at = message
            case messages.Progress(numbers):
                self._show(numbers)
            case messages.CallbackCalled(function, args, kwargs):
                line.send(_sendable(self._answer(function, args, kwargs)))
            case Returned(_, modified):
                return replace(message, modified=_places(modified, self._question))
            case OutOfMemory():
                return replace(message, limit_mb=self._limits.memory_mb)
            case Raised() | Missing() | Garbled():
                return message
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
        # Each call costs the judge time, which the worker's own limits don't count.
        self._calls_left -= 1
        function = self._functions.get(number)
        if self._calls_left < 0:
            raise codec.CodecError(
                f"it called back more than {self._limits.callbacks:,} times"
            )
        if function is None:
            raise codec.CodecError("it called a function that it was not given")
        self.has_passed_on = getattr(function, "passes_on", False)
        try:
            return messages.CallbackReturned(function(*args, **kwargs))
        except Exception as error:  # the attempt may pass unsuitable arguments
            return messages.CallbackRaised(type(error).__name__, str(error)[:2000])


def _sendable(answer: messages.CallbackAnswer) -> list[memoryview]:
    try:
        return codec.frame(to_fields(answer))
    except codec.CodecError as error:
        # The arguments determine the return value. If this were an error of the grader,
        # an attempt could end any check with it.
        why = f"what it answers to these arguments cannot be sent: {error}"
        return _sendable(messages.CallbackRaised("TypeError", why))


def _places(
    places: tuple[int | str, ...], question: messages.Question
) -> tuple[int | str, ...]:
    """Return the arguments that were changed, each once.

    Raises:
        codec.CodecError: the call had no such argument, or didn't watch its inputs.
    """
    there: tuple[int | str, ...] = ()
    if isinstance(question, messages.Call) and question.watches_inputs:
        there = *range(len(question.args)), *question.kwargs
    if not set(places) <= set(there):
        raise codec.CodecError("it changed an argument that it was not given")
    return tuple(place for place in there if place in places)


def reply_for_end(kind: str, number: int, limits: Limits) -> Reply:
    """Return the reply for a worker that ended on its own.

    Args:
        kind: "exit", "signal", "killed" or "lost", as `WorkerProcess.end` returns it.
        number: the exit code, or the number of the signal.
        limits: what it was allowed.
    """
    if kind == "lost":
        return Lost(control_group.explain_end("the process that starts workers ended"))
    if kind == "exit":
        return Ended(f"ended itself with exit code {number}")
    if kind == "killed":
        return Ended("closed its connection to the grader")
    # The kernel enforces the limit on its whole life; Windows has no such signal.
    if number == getattr(signal, "SIGXCPU", None):
        return TimedOut(limits.total_cpu_s, "cpu")
    return Ended(f"was ended by {_signal_name(number)}")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


# How long to wait for an answer before checking the limits and `cancel` again.
_TICK_S = 0.05
# A fresh process first imports the lesson's libraries, perhaps even TensorFlow.
_READY_S = 60.0
# A worker that has hung up usually ends at once, and then we can report how. A worker
# that closes its line but keeps running is killed.
_GRACE_S = 0.3
# The next run waits for this, and nobody can stop it.
_SETTLE_S = 5.0
# After this much CPU time in a grading, the priority of its workers is lowered. The
# solutions of lessons without a training need at most 0.18 s.
LOWER_PRIORITY_AFTER_S = 0.2


class Worker:
    """One attempt in a confined process; unusable after a failure that kills it.

    Attributes:
        answered_in_s: the seconds that the last question took; 0 if there was neither a
            value nor an exception.
    """

    def __init__(
        self,
        starter: Starter,
        source: bytes,
        filename: str,
        limits: Limits,
        cancel: threading.Event | None = None,
        budget: GradingBudget | None = None,
        lowers_priority: bool = False,
    ) -> None:
        self._limits = limits
        self._lowers_priority = lowers_priority
        self._budget = budget or GradingBudget()
        self._cancel = cancel or threading.Event()
        # One byte too many is enough for `load` to refuse it.
        self._source = source[: LARGEST_ATTEMPT + 1]
        self._filename = filename
        # Looked up once: a check for each message costs a hundredth of sending it.
        self._is_noted = debug_log.is_on()
        self._numbers = itertools.count(1)
        self._process = starter.start(source, limits)
        self._line: Channel = self._process.line
        self._monitor = ResourceMonitor(0, None)
        # Held to decide which thread ends it.
        self._deciding = threading.Lock()
        self._asked_by: int | None = None
        self._is_unwanted = False
        self._loading: messages.Load | None = None
        self.answered_in_s = 0.0
        self.is_alive = True

    @property
    def output(self) -> str:
        """The text that the attempt printed, up to the limit."""
        return self._line.output

    @property
    def output_was_cut(self) -> bool:
        """Whether it printed more than is kept."""
        return self._line.output_was_cut

    @property
    def cpu_s(self) -> float:
        """The CPU seconds that it has used so far; 0 unless it is running."""
        return self._monitor.cpu_s()

    def begin_load(self) -> None:
        """Send the file, so that the worker executes it before `load` waits for it."""
        # If it can't be sent any more, `load` reports that.
        if len(self._source) <= LARGEST_ATTEMPT and self._loading is None:
            self._loading = self._load_question()
            with contextlib.suppress(HungUp):
                self._line.send(codec.frame(to_fields(self._loading)))

    def load(self, announces: bool = False) -> Reply:
        """Execute the attempt's file; the value is the list of its names.

        Args:
            announces: whether to know the statement however the worker ends; this takes
                one message for each statement.

        Raises:
            WorkerNotStarted: the worker is a separate process, which failed to start.
        """
        if len(self._source) > LARGEST_ATTEMPT:
            return _too_long(self._source)
        if (lost := self._get_ready()) is not None:
            return lost
        if self._loading is not None:
            return self._ask(self._loading, is_sent=True)
        return self._ask(self._load_question(announces))

    def _load_question(self, announces: bool = False) -> messages.Load:
        number, cpu_s = next(self._numbers), float(self._limits.cpu_s)
        return messages.Load(number, cpu_s, self._source, self._filename, announces)

    def run(
        self,
        text: str,
        cells: Sequence[tuple[int, str]],
        goes_on: bool,
        keeps: bool,
        on_progress: OnProgress | None = None,
        cancel: threading.Event | None = None,
    ) -> Reply:
        """Run cells of the page; the value is what the last one shows, or None.

        It is None if they can't continue what has run here.

        Args:
            text: the page.
            cells: the line and the source of each; see `messages.Run`.
            goes_on: whether they may continue the previous run here.
            keeps: whether to keep what a later run needs to go back.
            on_progress: called with the progress of a training run.
            cancel: ends this run when any thread sets it.

        Raises:
            WorkerNotStarted: as for `load`.
        """
        self._cancel = cancel or self._cancel
        if not goes_on and (lost := self._get_ready()) is not None:
            return lost
        number, cpu_s = next(self._numbers), float(self._limits.cpu_s)
        rows = [list(cell) for cell in cells]
        about = self._filename, text, rows, goes_on, keeps
        question = messages.Run(number, cpu_s, *about)
        self._line.forget_output()
        return self._ask(question, None, on_progress)

    def settle(self) -> bool:
        """Have it note what the last run left behind; return whether it can go on.

        If so, it is frozen until the next question.
        """
        self._cancel = threading.Event()
        # The next run mustn't pass on what this one printed: it may be held back.
        self._line.forget_output()
        cpu_s = min(float(self._limits.cpu_s), _SETTLE_S)
        question = messages.Settle(next(self._numbers), cpu_s)
        reply = self._ask(question)
        if not (isinstance(reply, Returned) and reply.value is True):
            return False
        # Nobody watches it until it is asked again, so it may not run either.
        self._monitor.freeze(True)
        return True

    @property
    def has_gone(self) -> bool:
        """Whether it has ended, as far as the system reports that."""
        return not self.is_alive or self._line.has_hung_up()

    @property
    def threads(self) -> int:
        """The number of its threads; 0 if unknown."""
        return self._monitor.threads()

    @property
    def memory_mb(self) -> float:
        """The MB of memory that it takes; 0 if unknown."""
        return self._monitor.memory_mb()

    def _get_ready(self) -> Lost | None:
        """Wait until it is confined; if it never is, return what went wrong."""
        if not self._take():
            return Lost("the worker has ended already")
        try:
            return self._await_ready()
        finally:
            self._asked_by = None

    def _await_ready(self) -> Lost | None:
        until_s = time.monotonic() + _READY_S
        while not self._line.wait_until_readable(_TICK_S):
            if self._is_unwanted or self._cancel.is_set():
                self._end(0.0)
                return Lost("the worker was stopped")
            if time.monotonic() > until_s:
                return self._give_up("a worker did not get ready")
        # Do this before reading the message, which has the sender's number attached. In
        # bubblewrap, only the kernel knows that number as seen from this side.
        pid = self._line.peer_process() or self._process.pid
        after_s = 0.0 if self._budget.is_long else LOWER_PRIORITY_AFTER_S
        after_s = after_s if self._lowers_priority else math.inf
        self._monitor = ResourceMonitor(pid, self._process.scratch, after_s)
        try:
            # No time limit: this message comes from the grader's own code.
            while (message := self._line.wait(_TICK_S)) is None:
                pass
        except (HungUp, codec.CodecError):
            message = None
        if message != (0, *to_fields(messages.Ready())):
            return self._give_up("a worker could not be confined")
        return None

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
        """Call a function of the attempt, or a method of an object in the worker.

        Args:
            target: its name; with `handle`, an attribute path such as ``predict``.
            args: plain values, handles of this worker, or `codec.CallbackHandle`.
            kwargs: the same, by name.
            cpu_s: CPU seconds for this call, if not the worker's usual limit.
            handle: the number of the object whose method is called.
            functions: the functions that the attempt may call back, by number.
            watch_inputs: whether to report which arguments were modified.
            on_progress: called with the progress of a training run.
        """
        question = messages.Call(
            next(self._numbers),
            float(self._limits.cpu_s if cpu_s is None else cpu_s),
            target,
            handle,
            args,
            dict(kwargs or {}),
            watch_inputs,
        )
        return self._ask(question, functions, on_progress)

    def get(self, target: str, *, handle: int | None = None) -> Reply:
        """Read a name of the attempt, or an attribute of an object in the worker."""
        number, cpu_s = next(self._numbers), float(self._limits.cpu_s)
        return self._ask(messages.Get(number, cpu_s, target, handle))

    def convert(self, value: Any, function: dict[str, Any], cpu_s: float) -> Reply:
        """Call a function of the author's with a value of the attempt's.

        Args:
            value: a plain value, or one with handles of this worker.
            function: what `attempt.author_function.prepare` returns.
            cpu_s: CPU seconds for this call.
        """
        number = next(self._numbers)
        return self._ask(messages.Convert(number, cpu_s, value, function))

    def kill(self) -> None:
        """Kill the worker and everything it started.

        If another thread waits for an answer, that thread kills it within a moment.
        """
        with self._deciding:
            if self._asked_by in (None, threading.get_ident()):
                self._end(0.0)
            else:
                self._is_unwanted = True

    def dismiss(self) -> None:
        """Have the worker and everything it started killed, without waiting for it."""
        if self.is_alive:
            self.is_alive = False
            self._process.dismiss()
            self._hang_up("dismissed")

    def _ask(
        self,
        question: messages.Question,
        functions: Functions | None = None,
        on_progress: OnProgress | None = None,
        is_sent: bool = False,
    ) -> Reply:
        self.answered_in_s = 0.0
        exchange = Exchange(self._limits, question, functions, on_progress)
        # Outside of `try`: if this can't be sent, it is the judge's fault, and the
        # worker needn't end.
        to_send = [] if is_sent else codec.frame(to_fields(question))
        if not self._take():
            return self._budget.spent() or Lost("the worker has ended already")
        has_answered = False
        try:
            # A thread of the attempt may have sent a message early, with the number of
            # this question, so that it would look like the answer.
            if not is_sent and self._line.has_unasked():
                return Garbled("it sent an answer that nobody asked for")
            if self._is_noted:
                debug_log.note("messages.txt", self._filename, "is asked", question)
            if self._monitor.is_frozen and not self._line.has_hung_up():
                self._monitor.freeze(False)
            self._line.send(to_send)
            with self._budget.waiting(self._monitor.unqueued_s):
                watch = self._monitor.watch(self._limits, question.cpu_s)
                reply = self._reply(exchange, watch)
            self._budget.is_long |= self._monitor.has_low_priority
            has_answered = True
            return reply
        except codec.CodecError as error:
            return Garbled(str(error))
        except HungUp:
            return exchange.ended_by(reply_for_end(*self._end(_GRACE_S), self._limits))
        finally:
            self._asked_by = None
            # Also after Ctrl-C: a worker that still owes an answer is useless.
            if not has_answered:
                self._end(0.0)

    def _take(self) -> bool:
        """Let no other thread end the worker; return whether it is still alive."""
        with self._deciding:
            if self.is_alive:
                self._asked_by = threading.get_ident()
            return self.is_alive

    def _reply(self, exchange: Exchange, watch: CallMonitor) -> Reply:
        while not (self._is_unwanted or self._cancel.is_set()):
            message = self._line.wait(_TICK_S)
            if message is not None:
                if self._is_noted:
                    debug_log.note("messages.txt", self._filename, "says", message)
                self._budget.charge(self._line.taken_bytes)
            # Before `settle`: a message that exceeds the budget isn't used.
            if (spent := self._budget.spent()) is not None:
                self._end(0.0)
                return spent
            if message is not None:
                began_s = time.thread_time()
                reply = exchange.settle(message, self._line)
                if exchange.has_passed_on:
                    cpu_s = time.thread_time() - began_s
                    self._budget.refund(self._line.taken_bytes, cpu_s)
                if reply is not None:
                    # Its earlier output is on the other line and may still be unread.
                    self._line.drain()
                    if isinstance(reply, (Returned, Raised)):
                        self.answered_in_s = watch.passed_s()
                    return reply
                watch.note_activity()
            over = watch.check_limits()
            if over is not None:
                self._end(0.0)
                return exchange.ended_by(over)
        self._end(0.0)
        return Lost("the worker was stopped")

    def _give_up(self, why: str) -> Lost:
        kind, number = self._end(_GRACE_S)
        if (last_lines := self._process.last_lines) is not None:
            raise WorkerNotStarted(describe_end(kind, number), "\n".join(last_lines))
        return Lost(f"{why} ({kind} {number})")

    def _end(self, grace_s: float) -> tuple[str, int]:
        if not self.is_alive:
            return "lost", 0
        self.is_alive = False
        # Make room for its last output: a full line would keep it from ending in time.
        self._line.drain()
        how = self._process.end(grace_s)
        self._hang_up(*how)
        return how

    def _hang_up(self, *how: object) -> None:
        self._line.drain()
        debug_log.note("messages.txt", self._filename, "ended", *how)
        debug_log.note("printed.txt", self._line.output)
        self._line.close()


def _too_long(source: bytes) -> Raised:
    most = f"{LARGEST_ATTEMPT // 1_000_000} MB"
    return Raised(
        "SyntaxError",
        ("SyntaxError", "Exception", "BaseException", "object"),
        f"the file is larger than {most}; a lesson is much smaller",
    )
