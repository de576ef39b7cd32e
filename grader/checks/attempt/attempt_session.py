"""attempt_session: the judge's questions to one attempt, over changing workers.

The answers are plain values. If the learner's code gives none (a stub, an exception, a
time-out), the check ends with `Stopped`: the outcome and what to say.
"""

from __future__ import annotations

import ast
import codecs
import functools
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from grader.checks.attempt.answers import (
    Answer,
    Cancelled,
    Outgoing,
    RemoteObject,
    Stopped,
    Unasked,
    receive,
    require_short_texts,
)
from grader.checks.attempt.failure_messages import (
    explain_exception,
    explain_failure,
    explain_stub_at_load,
    explain_too_many_calls,
)
from grader.checks.attempt.workers import (
    AttemptWorkers,
    CleanWorker,
    Computed,
    RunConditions,
)
from grader.course.document.cells import Document
from grader.course.document.source import Unreadable, decode_source, parse_file
from grader.report import Finding, Outcome
from grader.sandbox import (
    Lost,
    Raised,
    Reply,
    Returned,
    Worker,
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
        return unreadable_result(error)
    return None


def _values(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return arguments with the value of each that is an answer.

    Without one, they stay the same tuple, by which an answer is recognised.
    """
    if not any(isinstance(one, Answer) for one in arguments):
        return arguments
    return tuple(x.value if isinstance(x, Answer) else x for x in arguments)


def parse_source(source: str) -> ast.Module:
    """Return a file's syntax tree.

    Raises:
        Stopped: it can't be parsed.
    """
    try:
        return parse_file(source)
    except Unreadable as error:
        raise unreadable_result(error) from None


def unreadable_result(error: Unreadable) -> Stopped:
    """Return the result of a check that needs the syntax tree of this file."""
    return Stopped(Outcome.RAISED, Finding(str(error), line=error.line))


# The numbers of permanent functions begin above those that one question passes.
_FIRST_STANDING = 1_000
# Makes a network in the worker from its layers as text.
_FROM_JSON = "keras.models.model_from_json"


class LentFunction:
    """One of the lesson's own functions, which the learner's code may call.

    It runs in the lender's confined worker, which has its own limits: arguments from an
    attempt could keep the judge busy, or fill its memory.

    Attributes:
        name: its name.
    """

    # The judge stores nothing that it is called with.
    passes_on = True

    def __init__(self, lender: AttemptSession, name: str) -> None:
        self._lender = lender
        self.name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._lender.compute(self.name, args, kwargs)


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
        lent: the names of the functions that come from the lesson.
        has_failed: whether a function that it lends once gave neither value nor
            exception.
    """

    def __init__(
        self,
        document: Document,
        conditions: RunConditions,
        announces: bool = False,
        lender: AttemptSession | None = None,
        lent: Collection[str] = (),
        in_worker: bool = False,
    ) -> None:
        """Begin with no worker; the first question starts one.

        Args:
            document: the file as it is graded.
            conditions: those of all sessions of the file.
            announces: whether the worker reports each statement while it loads.
            lender: a session of the lesson's own file.
            lent: the functions that it lends.
            in_worker: whether the file's own code gets them too, not only the checks.
        """
        self._conditions = conditions
        self._cancel = conditions.cancel
        self._quota = conditions.quota
        self.document = document
        self.content = document.content
        self.filename = conditions.filename
        self._lender = lender
        self.lent = frozenset(lent)
        # The functions that replace those of this file in the worker, by number.
        self._standing: dict[int, LentFunction] = {}
        if lender is not None and in_worker:
            functions = [LentFunction(lender, name) for name in sorted(lent)]
            self._standing = dict(enumerate(functions, _FIRST_STANDING))
        self.has_failed = False
        self._seen: dict[str, Any] = {}
        self.workers = AttemptWorkers(self._start)
        self._clean = CleanWorker(self._start_clean)
        self._conclusions: list[Callable[[], None]] = []
        self.tag = ""
        self.tags: tuple[str, ...] = ()
        self.cpu_s = conditions.limits.cpu_s
        self.answers: dict[str, list[Answer]] = {}
        self.asked: defaultdict[str, set[str]] = defaultdict(set)
        self.problem: Stopped | None = None
        self.load_failure: Reply | None = None
        self.announces = announces

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
        if self._lender is not None and target in self.lent:
            return self._ask_lender(self._lender, target, args, kwargs)
        sent = Outgoing()
        self._seen.clear()  # a call may change what was read
        reply = self.running().call(
            target,
            tuple(sent.prepared(value) for value in args),
            {name: sent.prepared(value) for name, value in kwargs.items()},
            cpu_s=self._call_cpu_s(),
            functions={**self._standing, **sent.functions},
            watch_inputs=True,
            on_progress=self._conditions.on_progress if is_followed else None,
        )
        keywords = dict(zip(kwargs, _values(tuple(kwargs.values())), strict=True))
        answer = Answer(target, _values(args), keywords)
        # Before the reply: the code may have caught the exception of the function.
        if spent := [f for f in sent.functions.values() if f.is_spent]:
            raise Stopped(*explain_too_many_calls(spent[0], answer), answer)
        return self._settle(reply, answer)

    def compute(
        self, target: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Any:
        """Return what a function answers; neither question nor answer is recorded.

        Raises:
            Exception: of the type and with the message that the function raised.
            Broken, Cancelled: as for `ask`.
        """
        # Set until it has answered, because the attempt may catch what it raises.
        has_failed, self.has_failed = self.has_failed, True
        reply = self.running().call(target, args, kwargs, cpu_s=self._call_cpu_s())
        self._charge(reply)
        if isinstance(reply, Returned):
            self.has_failed = has_failed
            return reply.value
        if isinstance(reply, Raised):
            self.has_failed = has_failed
            # Without the line that raised it, which is the lesson's.
            raise type(reply.type_name, (Exception,), {})(reply.message)
        raise RuntimeError(f"{target} gives no answer to these arguments")

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
            functions={**self._standing, **sent.functions},
            on_progress=self._conditions.on_progress,
        )
        answer = Answer(target, _values(args), dict(kwargs), shown=shown)
        return self._settle(reply, answer)

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

    def with_lent(
        self, lender: AttemptSession, names: Collection[str], in_worker: bool
    ) -> AttemptSession:
        """Return a session of the same file in a new worker, with functions replaced.

        The worker gets only what the lesson's own functions return: they run in the
        lender's worker. Both sessions share one budget.

        Args:
            lender: a session of the lesson's own file.
            names: the functions that it lends.
            in_worker: whether the file's own code gets them too, not only the checks.
        """
        quiet = replace(self._conditions, on_progress=None)
        return AttemptSession(
            self.document, quiet, lender=lender, lent=names, in_worker=in_worker
        )

    def of_lesson(self, document: Document, filename: str) -> AttemptSession:
        """Return a session of the lesson's own file, confined like this one.

        Its calls are limited; their sum is limited by the budget of the attempt.
        """
        conditions = self._conditions
        return AttemptSession(
            document,
            RunConditions(
                conditions.factory,
                filename,
                conditions.limits,
                cancel=conditions.cancel,
            ),
        )

    def _ask_lender(
        self,
        lender: AttemptSession,
        target: str,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
    ) -> Answer:
        """Call one of the lesson's own functions, and bring a network over.

        Raises:
            Stopped: the lesson's own function gives no answer to these arguments, or
                the answer can't be brought to this worker.
            Broken, Cancelled: as for `ask`.
        """
        lender.tag, lender.cpu_s = self.tag, self.cpu_s
        try:
            answer = lender.ask(target, args, kwargs)
            if not isinstance(remote := answer.value, RemoteObject):
                return self.record(answer)
            # Its layers, as text: the object itself can't leave its process.
            layers = remote.call("to_json").value
        except Stopped:
            lender.has_failed = True
            raise
        finally:
            lender.answers.clear()
        worker = self.running()
        reply = worker.call(_FROM_JSON, (layers,), cpu_s=self._call_cpu_s())
        lender.has_failed |= not isinstance(reply, Returned)
        return self._settle(reply, Answer(target, args, dict(kwargs)))

    def convert(self, answer: Answer, function: Callable[[Any], Any]) -> Answer:
        """Return an answer whose value an author's function has made.

        It is recorded instead of the other.

        Raises:
            Stopped: the function fails, or gives no answer.
            Broken, Cancelled: as for `ask`.
        """
        # Few checks need it.
        from grader.checks.attempt.author_function import prepare

        sent = prepare(function)
        value = Outgoing().prepared(answer.value)
        reply = self.running().convert(value, sent, self._call_cpu_s())
        converted = replace(answer, functions=(*answer.functions, function))
        if isinstance(reply, Raised):
            kind = getattr(answer.value, "type_name", type(answer.value).__name__)
            message = f"{reply.type_name}: {reply.message}"
            finding = Finding(
                f"This is {'None' if answer.value is None else f'of type {kind}'}, and "
                f"the check can't use it ({message}).",
                **answer.asked,
            )
            raise Stopped(Outcome.WRONG, finding, converted)
        recorded = self.answers[self.tag]
        recorded[:] = [one for one in recorded if one is not answer]
        return self._settle(reply, converted)

    def with_document(self, document: Document, announces: bool) -> AttemptSession:
        """Return a session of a part of the same file, in a new worker.

        Both sessions share one budget.

        Args:
            document: the rest of the file.
            announces: whether the worker reports each statement while it loads.
        """
        return AttemptSession(document, self._conditions, announces)

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
        if (spent := self._conditions.budget.spent()) is not None:
            raise Stopped(*explain_failure(spent, Answer(self.filename)))
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
        conditions = self._conditions
        how = (conditions.limits, conditions.cancel, conditions.budget)
        return conditions.factory.start(self.content, conditions.filename, *how)

    def _start_clean(self, module: Path) -> Worker:
        conditions = self._conditions
        how = (conditions.limits, conditions.cancel)
        return conditions.factory.start(module.read_bytes(), module.name, *how)

    def _put_in_place(self, worker: Worker) -> None:
        """Replace the file's functions by the lesson's functions of the same names."""
        if self._standing:
            kwargs = {
                lent.name: CallbackHandle(number, lent.name)
                for number, lent in self._standing.items()
            }
            reply = worker.call("__dict__.update", (), kwargs, cpu_s=self._call_cpu_s())
            self._settle(reply, Answer(self.filename, is_call=False))
            self.answers[self.tag].pop()

    def _check_loaded(self, reply: Reply) -> None:
        if isinstance(reply, Returned):
            return
        self.load_failure = reply
        if isinstance(reply, Raised) and reply.type_name == "NotImplementedError":
            self.problem = Stopped(Outcome.RAISED, explain_stub_at_load(reply))
            raise self.problem
        try:
            self._settle(reply, Answer(self.filename, is_call=False))
        except Stopped as stopped:
            self.problem = stopped
            raise

    def record(self, answer: Answer) -> Answer:
        """Store an answer with those of the exercise that is being checked."""
        answer = replace(answer, session=self)
        self.answers.setdefault(self.tag, []).append(answer)
        self.asked[self.tag].add(answer.target)
        return answer

    def _charge(self, reply: Reply) -> None:
        worker = self.workers.current
        self._quota.charge(self.tag, reply, worker.answered_in_s if worker else 0.0)

    def _settle(self, reply: Reply, answer: Answer) -> Answer:
        """Turn a reply into an answer, or end the check."""
        self._charge(reply)
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
                outcome_and_finding = explain_exception(
                    reply, answer, self.tag, self.tags, self.document
                )
                raise Stopped(*outcome_and_finding, answer)
            case Lost() if self._cancel.is_set():
                raise Cancelled
        raise Stopped(*explain_failure(reply, answer, self.document), answer)
