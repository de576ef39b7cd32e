"""worker_client: the judge's handle on one attempt in a confined process."""

from __future__ import annotations

import contextlib
import itertools
import math
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from grader.document.source import LARGEST_ATTEMPT
from grader.sandbox import codec, debugging
from grader.sandbox.codec import messages
from grader.sandbox.codec.channel import Channel, HungUp
from grader.sandbox.codec.fields import to_fields
from grader.sandbox.exchange import Exchange, Functions, OnProgress, reply_of
from grader.sandbox.grading_budget import GradingBudget
from grader.sandbox.isolation.limits import Limits
from grader.sandbox.replies import Garbled, Lost, Raised, Reply
from grader.sandbox.resource_monitor import ResourceMonitor, Watch
from grader.sandbox.starter import Starter

# How long an answer is waited for between two looks at the limits and at `cancel`.
_TICK_S = 0.05
# A fresh process imports the lesson's libraries before it is ready, TensorFlow too.
_READY_S = 60.0
# A worker that has hung up is about to end, and how it does is told. One that closed
# its line and goes on is killed.
_GRACE_S = 0.3
# After so much CPU time of a grading its workers leave the processor to others.
_OTHERS_FIRST_AFTER_S = 0.5


class Worker:
    """One attempt in a confined process. A failure that kills it leaves it dead."""

    def __init__(
        self,
        starter: Starter,
        source: bytes,
        filename: str,
        limits: Limits,
        cancel: threading.Event | None = None,
        budget: GradingBudget | None = None,
        others_first: bool = False,
    ) -> None:
        self._limits = limits
        self._others_first = others_first
        self._budget = budget or GradingBudget()
        self._cancel = cancel or threading.Event()
        # One byte too many is enough for `load` to refuse it.
        self._source = source[: LARGEST_ATTEMPT + 1]
        self._filename = filename
        # Once for all messages: to look costs a hundredth of what a message does.
        self._is_noted = debugging.is_on()
        self._numbers = itertools.count(1)
        self._process = starter.start(source, limits)
        self._line: Channel = self._process.line
        self._meter = ResourceMonitor(0, None)
        self._asked_by: int | None = None
        self._is_unwanted = False
        self._loading: messages.Load | None = None
        self.is_alive = True

    @property
    def output(self) -> str:
        """What the attempt printed, up to the limit."""
        return self._line.output

    @property
    def output_was_cut(self) -> bool:
        """Whether it printed more than is kept."""
        return self._line.output_was_cut

    @property
    def cpu_s(self) -> float:
        """The CPU seconds that it has used so far; 0 unless it runs."""
        return self._meter.cpu_s()

    def begin_load(self) -> None:
        """Send the file now; it is executed while others are asked, and `load` waits
        for the rest.
        """
        # What cannot be sent any more is told by `load`.
        if len(self._source) <= LARGEST_ATTEMPT and self._loading is None:
            self._loading = self._load_question()
            with contextlib.suppress(HungUp):
                self._line.send(codec.frame(to_fields(self._loading)))

    def load(self, announces: bool = False) -> Reply:
        """Execute the attempt's file; the value is the list of its names.

        Args:
            announces: whether to tell the statement however the worker ends; it then
                takes a message each.
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
        on_progress: OnProgress | None = None,
        cancel: threading.Event | None = None,
    ) -> Reply:
        """Run cells of the page; the value is what the last one shows.

        Args:
            text: the page.
            cells: the line and the source of each; see `messages.Run`.
            goes_on: whether they follow those that ran here before.
            on_progress: called with what a training run reports.
            cancel: ends this run, when any thread sets it.
        """
        self._cancel = cancel or self._cancel
        if not goes_on and (lost := self._get_ready()) is not None:
            return lost
        number, cpu_s = next(self._numbers), float(self._limits.cpu_s)
        told = [list(cell) for cell in cells]
        asked = messages.Run(number, cpu_s, self._filename, text, told, goes_on)
        return self._ask(asked, None, on_progress)

    def _get_ready(self) -> Lost | None:
        """Wait until it is confined; return what went wrong if it never is."""
        if not self._line.wait_until_readable(_READY_S):
            return self._describe_loss("a worker did not get ready")
        # Before the message is read, since the sender's number goes with it. Behind
        # bubblewrap nobody but the kernel knows that number as it is on this side.
        pid = self._line.peer_process() or self._process.pid
        after_s = 0.0 if self._budget.is_long else _OTHERS_FIRST_AFTER_S
        after_s = after_s if self._others_first else math.inf
        self._meter = ResourceMonitor(pid, self._process.scratch, after_s)
        try:
            # No limit of time: as yet the grader's own code speaks, not the attempt.
            while (message := self._line.wait(_TICK_S)) is None:
                pass
        except (HungUp, codec.CodecError):
            message = None
        if message != to_fields(messages.Ready()):
            return self._describe_loss("a worker could not be confined")
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
        """Call a function of the attempt, or a method of an object that stayed there.

        Args:
            target: its name; with `handle`, an attribute path such as ``predict``.
            args: plain values, handles of this worker, or `codec.CallbackHandle`.
            kwargs: the same, by name.
            cpu_s: CPU seconds this call may take, if not the worker's usual limit.
            handle: the number of the object whose method is called.
            functions: the functions that the attempt may call back, by number.
            watch_inputs: whether to tell which arguments were modified.
            on_progress: called with what a training run reports.
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
        """Read a name of the attempt, or an attribute of an object that is there."""
        number, cpu_s = next(self._numbers), float(self._limits.cpu_s)
        return self._ask(messages.Get(number, cpu_s, target, handle))

    def kill(self) -> None:
        """Kill the worker and everything it started.

        While another thread waits for an answer, that thread does it, within a moment.
        """
        if self._asked_by in (None, threading.get_ident()):
            self._end(0.0)
        else:
            self._is_unwanted = True

    def dismiss(self) -> None:
        """Have it killed, with everything it started, and do not wait for that."""
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
        if not self.is_alive:
            return self._budget.spent() or Lost("the worker has ended already")
        exchange = Exchange(self._limits, question, functions, on_progress)
        # Outside of `try`: what cannot be sent is the judge's fault, and no reason to
        # end the worker.
        to_send = [] if is_sent else codec.frame(to_fields(question))
        self._asked_by = threading.get_ident()
        has_answered = False
        try:
            # A thread of the attempt may have written it since the last answer, with
            # the number of this question: it would be taken for the answer to it.
            if not is_sent and self._line.has_unasked():
                return Garbled("it sent an answer that nobody asked for")
            if self._is_noted:
                debugging.note("messages.txt", self._filename, "is asked", question)
            self._line.send(to_send)
            with self._budget.waiting(self._meter.unqueued_s):
                watch = self._meter.watch(self._limits, question.cpu_s)
                reply = self._reply(exchange, watch)
            self._budget.is_long |= self._meter.puts_others_first
            has_answered = True
            return reply
        except codec.CodecError as error:
            return Garbled(str(error))
        except HungUp:
            return exchange.ended_by(reply_of(*self._end(_GRACE_S), self._limits))
        finally:
            self._asked_by = None
            # Also after Ctrl-C: a worker that still owes an answer is of no use.
            if not has_answered:
                self._end(0.0)

    def _reply(self, exchange: Exchange, watch: Watch) -> Reply:
        while not (self._is_unwanted or self._cancel.is_set()):
            message = self._line.wait(_TICK_S)
            if message is not None:
                if self._is_noted:
                    debugging.note("messages.txt", self._filename, "says", message)
                self._budget.charge(self._line.taken_bytes)
            # Before it is settled: the message that passes the bound is not used.
            if (spent := self._budget.spent()) is not None:
                self._end(0.0)
                return spent
            if message is not None:
                reply = exchange.settle(message, self._line)
                if reply is not None:
                    # What it printed before is on the other line, perhaps unread.
                    self._line.drain()
                    return watch.add_times(reply)
                watch.keep_awake()
            over = watch.check_limits()
            if over is not None:
                self._end(0.0)
                return exchange.ended_by(over)
        self._end(0.0)
        return Lost("the worker was stopped")

    def _describe_loss(self, why: str) -> Lost:
        kind, number = self._end(_GRACE_S)
        return Lost(f"{why} ({kind} {number})")

    def _end(self, grace_s: float) -> tuple[str, int]:
        if not self.is_alive:
            return "lost", 0
        self.is_alive = False
        # Room for what it still prints: a full line would keep it from ending in time.
        self._line.drain()
        how = self._process.end(grace_s)
        self._hang_up(*how)
        return how

    def _hang_up(self, *how: object) -> None:
        self._line.drain()
        debugging.note("messages.txt", self._filename, "ended", *how)
        debugging.note("printed.txt", self._line.output)
        self._line.close()


def _too_long(source: bytes) -> Raised:
    most = f"{LARGEST_ATTEMPT // 1_000_000} MB"
    return Raised(
        "SyntaxError",
        ("SyntaxError", "Exception", "BaseException", "object"),
        f"the file is larger than {most}; a lesson is much smaller",
    )
