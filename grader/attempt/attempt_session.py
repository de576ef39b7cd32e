"""attempt_session: the judge's questions to one attempt, over changing workers.

The answers are plain values. If the learner's code gives none (a stub, an exception, a
time-out), the check ends with `Stopped`: the outcome and what to say.
"""

from __future__ import annotations

import ast
import codecs
import functools
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from grader.attempt.answers import (
    Answer,
    Cancelled,
    Outgoing,
    RemoteObject,
    Stopped,
    Unasked,
    receive,
    require_short_texts,
)
from grader.attempt.failure_messages import (
    describe_exception,
    describe_failure,
    describe_stub_at_load,
    describe_too_many_calls,
)
from grader.attempt.workers import AttemptWorkers, CleanWorker, Computed, CpuQuota
from grader.document.cells import Document
from grader.document.source import Unreadable, decode_source, parse
from grader.report import Finding, Outcome
from grader.sandbox import (
    GradingBudget,
    Limits,
    Lost,
    Raised,
    Reply,
    Returned,
    Worker,
    WorkerFactory,
)
from grader.sandbox.codec import CallbackHandle


def find_refusal(source: bytes) -> Stopped | None:
    """Return why a file can't be an attempt; None if it can.

    An empty file is refused, because reporting each missing name wouldn't say why.
    """
    if not source.removeprefix(codecs.BOM_UTF8).strip():
        return Stopped(Outcome.NOT_ATTEMPTED, Finding("Your file is empty."))
    try:
        decode_source(source)
    except Unreadable as error:
        return describe_unreadable(error)
    return None


def parse_source(source: str) -> ast.Module:
    """Return a file's syntax tree.

    Raises:
        Stopped: it can't be parsed.
    """
    try:
        return parse(source)
    except Unreadable as error:
        raise describe_unreadable(error) from None


def describe_unreadable(error: Unreadable) -> Stopped:
    """Return the result of a check that needs the syntax tree of this file."""
    return Stopped(Outcome.RAISED, Finding(str(error), line=error.line))


# The numbers of permanent functions begin above those that one question passes.
_FIRST_STANDING = 1_000


class AttemptSession:
    """One learner's file in a confined worker, whose values are requested by name.

    A worker that dies (a time-out, a crash) is replaced by a fresh one at the next
    question, so one exercise can't make the others fail.

    Attributes:
        tag: the exercise that is being checked; answers are recorded under it.
        document: the file as it is graded.
        content: its bytes.
        filename: its name in tracebacks.
        cpu_s: the CPU seconds that one call may take.
        answers: every answer given so far, by exercise.
        asked: the targets requested so far, by exercise; `WHOLE_FILE` is the file.
        problem: why the file couldn't be loaded, once that is known.
        announces: whether the worker reports each statement while it loads.
        load_failure: the worker's reply if loading failed, else None.
        workers: the current worker, and what all of them printed.
    """

    def __init__(
        self,
        warm: WorkerFactory,
        document: Document,
        filename: str,
        limits: Limits,
        on_progress: Callable[[dict[str, Any]], None] | None = None,
        cancel: threading.Event | None = None,
        longest_cpu_s: float | None = None,
    ) -> None:
        self._warm = warm
        self._budget = GradingBudget.for_grading(limits, longest_cpu_s or limits.cpu_s)
        self._cancel = cancel or threading.Event()
        self.document = document
        self.content = document.content
        self.filename = filename
        self._limits = limits
        self._on_progress = on_progress
        self._longest_cpu_s = longest_cpu_s
        # The judge's functions that replace those of the file: by name, by number.
        self._functions: dict[str, Callable[..., Any]] = {}
        self._standing: dict[int, Callable[..., Any]] = {}
        self._quota = CpuQuota()
        self._seen: dict[str, Any] = {}
        self.workers = AttemptWorkers(self._start)
        self._clean = CleanWorker(self._start_clean)
        self._conclusions: list[Callable[[], None]] = []
        self.tag = ""
        self.tags: tuple[str, ...] = ()
        self.cpu_s = limits.cpu_s
        self.answers: dict[str, list[Answer]] = {}
        self.asked: defaultdict[str, set[str]] = defaultdict(set)
        self.problem: Stopped | None = None
        self.load_failure: Reply | None = None
        self.announces = False

    def read(self, name: str) -> Answer:
        """Read a value at the top level of the attempt.

        Raises:
            Stopped: it isn't there, or still to be filled in.
            Broken, Cancelled: as for `ask`.
        """
        reply = self.running().get(name)
        if isinstance(reply, Returned) and reply.value is ...:
            finding = Finding(f"{name} hasn't been filled in yet.")
            raise Stopped(Outcome.NOT_ATTEMPTED, finding)
        return self._settle(reply, Answer(name, is_call=False))

    def look_at(self, name: str) -> Any:
        """Return a value at the top level, cached until some code runs.

        It records no answer: the caller records each of the entries of a dict.

        Raises:
            Stopped, Broken, Cancelled: as for `read`.
        """
        self.asked[self.tag].add(name)
        if name not in self._seen:
            self._seen[name] = self.read(name).value
            self.answers[self.tag].pop()
        return self._seen[name]

    def ask(
        self,
        target: str,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        is_followed: bool = True,
    ) -> Answer:
        """Call the learner's function `target` and wait for its answer.

        Raises:
            Stopped: no answer came; the check ends with that outcome.
            Broken: the grader's own side failed.
            Cancelled: the grading was cancelled.
        """
        sent = Outgoing()
        self._seen.clear()  # a call may change what was read
        reply = self.running().call(
            target,
            tuple(sent.prepared(value) for value in args),
            {name: sent.prepared(value) for name, value in kwargs.items()},
            cpu_s=self._call_cpu_s(),
            functions=self._standing | sent.functions,
            watch_inputs=True,
            on_progress=self._on_progress if is_followed else None,
        )
        answer = Answer(target, args, dict(kwargs))
        # Before the reply: the code may have caught the exception of the function.
        if spent := [f for f in sent.functions.values() if f.is_spent]:
            raise Stopped(*describe_too_many_calls(spent[0], answer), answer)
        return self._settle(reply, answer)

    def ask_handle(
        self,
        remote: RemoteObject,
        name: str,
        target: str,
        args: tuple[Any, ...] | None,
        kwargs: Mapping[str, Any],
    ) -> Answer:
        """Call a method of an object that stays in the worker, or read an attribute."""
        sent = Outgoing()
        self._seen.clear()
        handle = sent.prepared(remote).id
        worker = self.running()
        shown = remote.shown if name == "__call__" else f"{remote.shown}.{name}"
        if args is None:
            reply = worker.get(name, handle=handle)
            return self._settle(reply, Answer(target, is_call=False, shown=shown))
        reply = worker.call(
            name,
            tuple(sent.prepared(value) for value in args),
            {key: sent.prepared(value) for key, value in kwargs.items()},
            cpu_s=self._call_cpu_s(),
            handle=handle,
            functions=self._standing | sent.functions,
            on_progress=self._on_progress,
        )
        args = tuple(v.value if isinstance(v, Answer) else v for v in args)
        return self._settle(reply, Answer(target, args, dict(kwargs), shown=shown))

    def ask_alone(self, source: str, answer: Answer) -> Answer:
        """Ask a question again, in a new worker that loads only a part of the file.

        Args:
            source: the part, in which every line keeps its number.
            answer: the earlier answer to the question.

        Raises:
            Stopped, Broken, Cancelled: as for `ask`.
        """
        part = replace(self.document, content=source.encode())
        other = self.with_document(part, announces=False)
        other.tag, other.tags, other.cpu_s = self.tag, self.tags, self.cpu_s
        try:
            return other.ask(answer.target, answer.args, answer.kwargs)
        finally:
            other.close()

    def ask_clean(
        self, module: Path, target: str, argument: str, cpu_s: float
    ) -> str | None:
        """Call one of the grader's functions in a worker without the attempt's code.

        It is confined like an attempt, because its argument comes from one.

        Args:
            module: the file to load.
            target: its function, from text to text.
            argument: the text.
            cpu_s: the CPU seconds that the call may take.

        Returns:
            The text; None if there was none.

        Raises:
            Cancelled: the grading was cancelled.
        """
        text = self._clean.ask(module, target, argument, cpu_s)
        # A cancelled grading also ends the worker, so None would mean nothing.
        if self._cancel.is_set():
            raise Cancelled
        return text

    def conclude_later(
        self, compute: Callable[[], Computed], conclude: Callable[[Computed], None]
    ) -> None:
        """Let a check pass for now, and conclude later from what takes longer.

        Args:
            compute: called in another thread while the next checks run, one such call
                after another. It may not use the attempt's own worker.
            conclude: called with the result once it is needed; raises as a check does.
        """
        computed = self._clean.submit(compute)
        self._conclusions.append(lambda: conclude(computed.result()))

    def take_conclusions(self) -> list[Callable[[], None]]:
        """Return the conclusions that checks have left for later, and forget them."""
        taken, self._conclusions = self._conclusions, []
        return taken

    @property
    def source(self) -> str:
        """The text of the attempt's file, for checks that read it."""
        return self.document.text

    @functools.cached_property
    def tree(self) -> ast.Module:
        """The file's syntax tree, for checks that look into it.

        Raises:
            Stopped: the file can't be parsed, which is the attempt's fault.
        """
        return parse_source(self.source)

    def with_functions(
        self, functions: Mapping[str, Callable[..., Any]]
    ) -> AttemptSession:
        """Return a session of the same file in a new worker, with functions replaced.

        The new functions are the judge's: the worker gets only their return values.
        Both sessions share one budget.
        """
        other = AttemptSession(
            *(self._warm, self.document, self.filename, self._limits),
            cancel=self._cancel,
            longest_cpu_s=self._longest_cpu_s,
        )
        other._budget, other._quota = self._budget, self._quota
        other._functions = dict(functions)
        other._standing = dict(enumerate(functions.values(), _FIRST_STANDING))
        return other

    def with_document(self, document: Document, announces: bool) -> AttemptSession:
        """Return a session of a part of the same file, in a new worker.

        Both sessions share one budget.

        Args:
            document: the rest of the file.
            announces: whether the worker reports each statement while it loads.
        """
        other = AttemptSession(
            self._warm,
            document,
            self.filename,
            self._limits,
            self._on_progress,
            self._cancel,
            self._longest_cpu_s,
        )
        other._budget, other._quota = self._budget, self._quota
        other.announces = announces
        return other

    def load_ahead(self, restarts: int) -> None:
        """Have workers load the file for the next restarts, in the background."""
        self.running()  # raises if it can't be loaded at all
        self.workers.load_ahead(restarts)

    def restart(self) -> None:
        """Load the file again at the next question, in a new worker."""
        self._seen.clear()
        self.workers.leave()

    def close(self) -> None:
        """End the workers and keep what they printed."""
        self._end_workers()
        self._clean.close()

    def _end_workers(self) -> None:
        self._seen.clear()
        self.workers.end()

    def _call_cpu_s(self) -> float:
        return self._quota.next_call_s(self.tag, self.cpu_s)

    def running(self) -> Worker:
        """Return the worker that has loaded the file."""
        if self._cancel.is_set():
            raise Cancelled
        if self.problem is not None:
            raise self.problem
        if (spent := self._budget.spent()) is not None:
            raise Stopped(*describe_failure(spent, Answer(self.filename)))
        if (worker := self.workers.current) is not None and not worker.is_alive:
            self._end_workers()
        if (worker := self.workers.current) is None:
            self.problem = find_refusal(self.content)
            if self.problem is not None:
                raise self.problem
            worker = self.workers.move_on()
            self._check_loaded(worker.load(self.announces))
            self._put_in_place(worker)
        return worker

    def _start(self) -> Worker:
        how = (self._limits, self._cancel, self._budget)
        return self._warm.start(self.content, self.filename, *how)

    def _start_clean(self, module: Path) -> Worker:
        how = (self._limits, self._cancel)
        return self._warm.start(module.read_bytes(), module.name, *how)

    def _put_in_place(self, worker: Worker) -> None:
        """Replace the file's functions by the judge's functions of the same name."""
        if self._functions:
            numbered = zip(self._standing, self._functions, strict=True)
            kwargs = {name: CallbackHandle(number, name) for number, name in numbered}
            reply = worker.call("__dict__.update", (), kwargs, cpu_s=self._call_cpu_s())
            self._settle(reply, Answer(self.filename, is_call=False))
            self.answers[self.tag].pop()

    def _check_loaded(self, reply: Reply) -> None:
        if isinstance(reply, Returned):
            return
        self.load_failure = reply
        if isinstance(reply, Raised) and reply.type_name == "NotImplementedError":
            self.problem = Stopped(Outcome.RAISED, describe_stub_at_load(reply))
            raise self.problem
        try:
            self._settle(reply, Answer(self.filename, is_call=False))
        except Stopped as stopped:
            self.problem = stopped
            raise

    def record(self, answer: Answer) -> Answer:
        """Store an answer with those of the exercise that is being checked."""
        self.answers.setdefault(self.tag, []).append(answer)
        self.asked[self.tag].add(answer.target)
        return answer

    def _settle(self, reply: Any, answer: Answer) -> Answer:
        """Turn a reply into an answer, or end the check."""
        self._quota.charge(self.tag, reply)
        match reply:
            case Returned():
                try:
                    require_short_texts(reply.value)
                    value = receive(self, reply.value, answer)
                except Unasked as error:
                    finding = Finding(str(error), **answer.asked)
                    raise Stopped(Outcome.WRONG, finding) from None
                done = replace(answer, value=value, modified=reply.modified)
                return self.record(done)
            case Raised():
                answer = self.record(replace(answer, raised=reply))
                said = describe_exception(
                    reply, answer, self.tag, self.tags, self.document
                )
                raise Stopped(*said, answer)
            case Lost() if self._cancel.is_set():
                raise Cancelled
        raise Stopped(*describe_failure(reply, answer, self.document), answer)
