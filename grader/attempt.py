"""attempt: the judge's handle on a worker; it asks, and gets plain values back.

``attempt.cross_entropy(y, p)`` calls the learner's function in the worker and returns
an `Answer`. When the learner's code cannot give one (a stub, an exception, a time-out),
the check at hand ends with `Stopped`, which carries the outcome and what to say.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from grader import wording
from grader.report import Finding, Outcome
from grader.sandbox import (
    Ended,
    Garbled,
    Limits,
    Lost,
    Missing,
    OutOfMemory,
    Raised,
    Returned,
    TimedOut,
    Warm,
    Worker,
)
from grader.wire import Function, Handle

# After this many seconds lost in time-outs, the calls left get one second each, so that
# a file that hangs everywhere is still graded in half a minute.
PATIENCE_S = 20.0
# What is kept of what an attempt prints, however many workers it needs.
KEPT_LETTERS = 100_000
# All calls of one exercise together get this many times what one call may take.
_NOTEBOOK_HEAD = 100  # bytes in which the first bracket of a notebook stands
CALLS_WORTH = 3.0


class Stopped(Exception):
    """A check cannot go on: the outcome, what to say, and the answer it is about."""

    def __init__(
        self, outcome: Outcome, finding: Finding, answer: Answer | None = None
    ) -> None:
        super().__init__(finding.sentence)
        self.outcome = outcome
        self.finding = finding
        self.answer = answer


class Broken(Exception):
    """The grader's own side failed while an attempt was asked something."""


class Cancelled(Exception):
    """Nobody wants to know the rest of this grading."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the attempt answered to one question.

    Attributes:
        target: what was asked: ``cross_entropy`` or ``PREDICT["loss"]``.
        args: the positional arguments that were sent.
        kwargs: the keyword arguments that were sent.
        value: the value that came back, None when an exception came instead.
        raised: the exception that came back, or None.
        modified: names or positions of the arguments that the call changed in place.
        facts: what a check found out about the value, for symptoms and sentences.
        is_call: whether the target was called, or only read.
    """

    target: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    value: Any = None
    raised: Raised | None = None
    modified: tuple[int | str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    is_call: bool = True

    @property
    def call(self) -> str:
        """The question as the learner would type it."""
        if not self.is_call:
            return self.target
        return wording.called(self.target, self.args, self.kwargs)


class Callback:
    """A function of the judge's that the learner's code may call.

    Each call comes back to the judge as plain values. Arrays that would broadcast to
    more than `max_size` elements are refused.
    """

    def __init__(
        self, function: Callable[..., Any], name: str, max_size: int = 1_000_000
    ) -> None:
        self.function = function
        self.name = name
        self.max_size = max_size
        self.calls = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        shapes = [np.shape(a) for a in (*args, *kwargs.values()) if _is_numeric(a)]
        if math.prod(np.broadcast_shapes(*shapes)) > self.max_size:
            raise ValueError("these arrays are too large for this function")
        return self.function(*args, **kwargs)

    def __str__(self) -> str:
        return self.name


def _is_numeric(value: Any) -> bool:
    return isinstance(value, (np.ndarray, np.generic, int, float, bool))


class RemoteObject:
    """An object that stays in the worker, such as a Keras model.

    Attributes:
        type_name: the name of its class.
        bases: the names of its class and of all its base classes.
    """

    def __init__(self, attempt: Attempt, handle: Handle, name: str) -> None:
        self._attempt = attempt
        self._lives_in = attempt.worker
        self.handle = handle
        self.name = name
        self.type_name = handle.type_name
        self.bases = handle.bases

    def call(self, method: str, *args: Any, **kwargs: Any) -> Answer:
        """Call one of its methods: ``model.call("predict", x, verbose=0)``."""
        target = f"{self.name}.{method}"
        return self._attempt.ask_handle(self, method, target, args, kwargs)

    def get(self, attribute: str) -> Answer:
        """Read one of its attributes: ``model.get("layers")``."""
        target = f"{self.name}.{attribute}"
        return self._attempt.ask_handle(self, attribute, target, None, {})

    def is_reachable(self) -> bool:
        """Whether the worker that holds it still lives."""
        return self._lives_in is self._attempt.worker and self._lives_in is not None

    def __str__(self) -> str:
        return f"<{self.type_name}>"


@dataclass(frozen=True, slots=True)
class Question:
    """``attempt.softmax``, to be called. `watch_inputs` asks which arguments change."""

    attempt: Attempt
    target: str
    watch_inputs: bool = False

    def __call__(self, *args: Any, **kwargs: Any) -> Answer:
        return self.attempt.ask(self.target, args, kwargs, self.watch_inputs)

    def watching_inputs(self) -> Question:
        """The same question, whose answer tells the arguments changed in place."""
        return replace(self, watch_inputs=True)


class Attempt:
    """One learner's file in a confined worker, asked by name.

    A worker that dies (a time-out, a crash) is replaced by a fresh one at the next
    question, so one exercise cannot take the others down.

    Attributes:
        tag: the exercise that is being checked; answers are recorded under it.
        cpu_s: the CPU seconds that one call may take.
        answers: every answer given so far, by exercise.
        problem: why the file could not be loaded, once that is known.
    """

    def __init__(
        self,
        warm: Warm,
        source: bytes,
        filename: str,
        limits: Limits,
        on_progress: Callable[[dict[str, Any]], None] | None = None,
        cancel: threading.Event | None = None,
    ) -> None:
        self._warm = warm
        self._cancel = cancel or threading.Event()
        self._source = source
        self._filename = filename
        self._limits = limits
        self._on_progress = on_progress
        self._lost_s = 0.0
        self._spent_s: dict[str, float] = {}
        self.worker: Worker | None = None
        self.tag = ""
        self.tags: frozenset[str] = frozenset()
        self.cpu_s = limits.cpu_s
        self.answers: dict[str, list[Answer]] = {}
        self.problem: Stopped | None = None
        self.output = ""
        self.output_was_cut = False

    def __getattr__(self, name: str) -> Question:
        if name.startswith("_"):
            raise AttributeError(name)
        return Question(self, name)

    def value(self, name: str) -> Answer:
        """Read a value that stands at the top level of the attempt."""
        reply = self._running().get(name)
        answer = Answer(name, is_call=False)
        if isinstance(reply, Returned) and reply.value is ...:
            raise Stopped(
                Outcome.NOT_ATTEMPTED, Finding(f"{name} is still to be filled in.")
            )
        return self._settled(reply, answer)

    def entry(self, name: str, key: str) -> Answer:
        """Read one entry of a dict at the top level: ``PREDICT["loss"]``.

        A missing entry, or one that is still ``...``, is *not attempted*.
        """
        target = f'{name}["{key}"]'
        whole = self.value(name).value
        self.answers[self.tag].pop()
        if not isinstance(whole, dict):
            finding = Finding(
                f"{name} is a dict with one entry a question; yours is "
                f"{wording.described(whole)}."
            )
            raise Stopped(Outcome.WRONG, finding)
        value = whole.get(key, ...)
        if value is ...:
            finding = Finding(f"{target} is still to be filled in.")
            raise Stopped(Outcome.NOT_ATTEMPTED, finding)
        return self._recorded(Answer(target, value=value, is_call=False))

    def ask(
        self,
        target: str,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        watch_inputs: bool = False,
    ) -> Answer:
        """Call the learner's function `target` and wait for its answer.

        Raises:
            Stopped: no answer came; the check ends with that outcome.
            Broken: the grader's own side failed.
            Cancelled: the grading is to end.
        """
        sent = _Outgoing(self)
        reply = self._running().call(
            target,
            tuple(sent.prepared(value) for value in args),
            {name: sent.prepared(value) for name, value in kwargs.items()},
            cpu_s=self._budget_s(),
            functions=sent.functions,
            watch_inputs=watch_inputs,
            on_progress=self._on_progress,
        )
        return self._settled(reply, Answer(target, args, dict(kwargs)))

    def ask_handle(
        self,
        remote: RemoteObject,
        name: str,
        target: str,
        args: tuple[Any, ...] | None,
        kwargs: Mapping[str, Any],
    ) -> Answer:
        """Call a method of an object that stays in the worker, or read an attribute."""
        sent = _Outgoing(self)
        handle = sent.prepared(remote).id
        worker = self._running()
        if args is None:
            reply = worker.get(name, handle=handle)
            return self._settled(reply, Answer(target, is_call=False))
        reply = worker.call(
            name,
            tuple(sent.prepared(value) for value in args),
            {key: sent.prepared(value) for key, value in kwargs.items()},
            cpu_s=self._budget_s(),
            handle=handle,
            functions=sent.functions,
            on_progress=self._on_progress,
        )
        return self._settled(reply, Answer(target, args, dict(kwargs)))

    @property
    def source(self) -> str:
        """The text of the attempt's file, for checks that read it."""
        return self._source.decode("utf-8", "replace")

    def load(self) -> None:
        """Load the attempt now.

        Raises:
            Stopped: the file cannot be loaded; every exercise has this outcome.
        """
        self._running()

    def close(self) -> None:
        """End the worker and keep what it printed."""
        if self.worker is not None:
            self.worker.kill()
            free = KEPT_LETTERS - len(self.output)
            printed = self.worker.output
            self.output += printed[:free]
            self.output_was_cut |= self.worker.output_was_cut or len(printed) > free
            self.worker = None

    def _budget_s(self) -> float:
        left = CALLS_WORTH * self.cpu_s - self._spent_s.get(self.tag, 0.0)
        if self._lost_s > PATIENCE_S:
            left = 0.0
        return float(min(self.cpu_s, max(left, 1.0)))

    def _running(self) -> Worker:
        if self._cancel.is_set():
            raise Cancelled
        if self.problem is not None:
            raise self.problem
        if self.worker is not None and not self.worker.is_alive:
            self.close()
        if self.worker is None:
            self._refuse_a_notebook()
            self.worker = self._warm.start(
                self._source, self._filename, self._limits, self._cancel
            )
            self._check_loaded(self.worker.load())
        return self.worker

    def _refuse_a_notebook(self) -> None:
        """A notebook is JSON: much of it even runs as Python, and defines nothing."""
        start = self._source[:_NOTEBOOK_HEAD].lstrip()
        if start.startswith(b"{") and b'"cells"' in self._source:
            sentence = (
                "This file is a notebook (ipynb), and the grader reads Python. Turn it "
                "into a Python file, and grade that one: "
                "uv run jupytext --to py:percent, and the name of the notebook."
            )
            self.problem = Stopped(Outcome.RAISED, Finding(sentence))
            raise self.problem

    def _check_loaded(self, reply: Any) -> None:
        if isinstance(reply, Returned):
            return
        if isinstance(reply, Raised) and reply.type_name == "NotImplementedError":
            self.problem = Stopped(Outcome.RAISED, _said_of_a_stub_at_load(reply))
            raise self.problem
        try:
            self._settled(reply, Answer(self._filename, is_call=False))
        except Stopped as stopped:
            self.problem = stopped
            raise

    def _recorded(self, answer: Answer) -> Answer:
        self.answers.setdefault(self.tag, []).append(answer)
        return answer

    def _settled(self, reply: Any, answer: Answer) -> Answer:
        """Turn a reply into an answer, or end the check."""
        spent = self._spent_s.get(self.tag, 0.0)
        self._spent_s[self.tag] = spent + getattr(reply, "wall_s", 0.0)
        match reply:
            case Returned():
                value = self._received(reply.value, answer.target)
                done = replace(answer, value=value, modified=reply.modified)
                return self._recorded(done)
            case Raised():
                answer = self._recorded(replace(answer, raised=reply))
                raise Stopped(
                    *_said_of_raised(reply, answer, self.tag, self.tags), answer
                )
            case TimedOut():
                self._lost_s += reply.limit_s
            case Lost() if self._cancel.is_set():
                raise Cancelled
        raise Stopped(*_said_of_failure(reply, answer), answer)

    def _received(self, value: Any, target: str) -> Any:
        if isinstance(value, Handle):
            return RemoteObject(self, value, target)
        if isinstance(value, list):
            return [self._received(v, f"{target}[{i}]") for i, v in enumerate(value)]
        if isinstance(value, tuple):
            return tuple(
                self._received(v, f"{target}[{i}]") for i, v in enumerate(value)
            )
        if isinstance(value, dict):
            return {k: self._received(v, f"{target}[{k!r}]") for k, v in value.items()}
        return value


class _Outgoing:
    """Arguments on their way to the worker: handles and callbacks get their numbers."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self.functions: dict[int, Callable[..., Any]] = {}

    def prepared(self, value: Any) -> Any:
        if isinstance(value, Answer):
            return self.prepared(value.value)
        if isinstance(value, RemoteObject):
            if not value.is_reachable():
                finding = Finding(
                    f"{value.name} was lost when your code was stopped before."
                )
                raise Stopped(Outcome.SKIPPED, finding)
            return value.handle
        if isinstance(value, Callback):
            self.functions[len(self.functions)] = value
            return Function(len(self.functions) - 1, value.name)
        if isinstance(value, (list, tuple)):
            return type(value)(self.prepared(item) for item in value)
        return value


def _said_of_raised(
    raised: Raised, answer: Answer, tag: str, tags: Sequence[str] | frozenset[str]
) -> tuple[Outcome, Finding]:
    """The outcome and the words for an exception of the learner's code."""
    if raised.type_name == "NotImplementedError":
        if raised.tag in tags and raised.tag != tag:
            sentence = (
                f"{answer.target} needs exercise {raised.tag}, which comes first."
            )
            return Outcome.SKIPPED, Finding(sentence, line=raised.line)
        sentence = f"{answer.target} is still to be written."
        return Outcome.NOT_ATTEMPTED, Finding(sentence, line=raised.line)
    sentence = f"{raised.type_name}: {raised.message}".rstrip(": ")
    return Outcome.RAISED, Finding(
        sentence,
        call=answer.call,
        place=f"column {raised.offset}" if raised.offset else "",
        line=raised.line,
        source=raised.source_line,
        trace=raised.trace,
    )


def _said_of_a_stub_at_load(raised: Raised) -> Finding:
    """The words for a call of a stub outside of every function."""
    what = f"exercise {raised.tag}" if raised.tag else "a function"
    sentence = (
        f"While the file was loading, it called {what}, which is still to be written. "
        'Indent such a call under: if __name__ == "__main__":'
    )
    return Finding(sentence, trace=raised.trace)


def _said_of_failure(reply: Any, answer: Answer) -> tuple[Outcome, Finding]:
    """The outcome and the words when no answer came."""
    call = answer.call
    match reply:
        case Missing(nearest=nearest):
            sentence = f"There is no {reply.target} in your file."
            if nearest:
                sentence += f" The nearest name is {nearest}."
            return Outcome.NOT_ATTEMPTED, Finding(sentence)
        case TimedOut(limit_s=limit_s, kind=kind):
            unit = "CPU seconds" if kind == "cpu" else "seconds"
            sentence = f"Stopped after {limit_s:g} {unit} in {answer.target}."
            return Outcome.TIMED_OUT, Finding(sentence, call=call)
        case OutOfMemory(limit_mb=limit_mb):
            sentence = f"{answer.target} asked for more than {limit_mb} MB of memory."
            return Outcome.OUT_OF_MEMORY, Finding(sentence, call=call)
        case Ended(how=how):
            sentence = f"Your program {how} before {answer.target} gave an answer."
            return Outcome.RAISED, Finding(sentence, call=call)
        case Garbled(why=why):
            sentence = f"What came back from {answer.target} cannot be read: {why}."
            return Outcome.RAISED, Finding(sentence, call=call)
        case Lost(why=why):
            raise Broken(why)
    raise Broken(f"an unknown reply: {type(reply).__name__}")
