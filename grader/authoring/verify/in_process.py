"""in_process: run the checks of one exercise against our own functions in this process.

A learner's code never runs here. Only edits of the solution do: there are thousands of
them, and with a worker for each they would take an hour. From the worker's answer on,
everything is the same as in a grading.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import FunctionType, SimpleNamespace
from typing import Any, TypeVar

import numpy as np

from grader.checks import Exercise
from grader.checks.attempt import Answer, AttemptSession, RemoteObject, RunConditions
from grader.checks.attempt.attempt_session import parse_source
from grader.checks.mutations.evidence import Example
from grader.checks.mutations.search import can_answer
from grader.course.document.catalog import Lesson
from grader.course.document.cells import Document
from grader.course.document.source import decode_source
from grader.judge.grading import Grading, LessonChecks
from grader.report import ExerciseResult, Outcome
from grader.sandbox import Garbled, Limits, Missing, Raised, Returned, codec

Function = Callable[..., Any]
Place = TypeVar("Place", int, str)


class InProcessGrader:
    """Grade one exercise with other functions instead of the solution's."""

    def __init__(self, tag: str, lesson: Lesson, seed: int) -> None:
        """Load the checks once, for all gradings.

        Raises:
            BrokenLesson: if they can't be loaded.
        """
        self._checks, self._seed = LessonChecks(lesson.checks, lesson.solution), seed
        self._content = Document.read(lesson.solution).graded().content
        (self.exercise,) = (e for e in self._checks.exercises if e.tag == tag)

    @property
    def draws(self) -> bool:
        """Whether the checks use random numbers from the grading's seed."""
        return self._checks.fixtures(self._seed).draws(self.exercise)

    @property
    def right(self) -> Function | None:
        """The function that slips are tried in, or None if there is none."""
        if self._of_checks is not None:
            return self._of_checks
        function = getattr(self._reference, self.exercise.writes, None)
        return function if callable(function) else None

    def missing(self) -> str:
        """Return a name that the checks use and only the file defines, or ""."""
        assert self.right is not None
        worker = self._worker(self.right)
        self._grading(worker).run((self.exercise.tag,))
        return worker.missed

    def grade(self, function: Function) -> tuple[ExerciseResult, list[Example]]:
        """Return the result of the exercise with this function, and its answers."""
        worker = self._worker(function)
        grading = self._grading(worker)
        grading.run((self.exercise.tag,))
        return grading.runs[self.exercise.tag].result(), worker.calls

    def end_of(self, function: Function) -> Outcome:
        """Return the outcome with this function, without looking for a mistake."""
        return self._grading(self._worker(function)).first_failure(self.exercise)

    def end_in(self, module: Any, source: str) -> Outcome:
        """Return the outcome of the exercise for a whole, executed file."""
        function = getattr(module, self.exercise.writes, None)
        worker = _OwnWorker(module, self.exercise, function)
        content = Document.from_python(source).graded().content
        return self._grading(worker, content).first_failure(self.exercise)

    def questions(self) -> list[Example]:
        """Return the questions of the checks, with the right function's answers."""
        right = self.right
        assert isinstance(right, FunctionType)
        return [one for one in self.grade(right)[1] if can_answer(right, one)]

    @property
    def _of_checks(self) -> Function | None:
        """The right function, if the checks define it."""
        slip_set = self.exercise.slip_set
        return slip_set.right if slip_set else None

    @property
    def _reference(self) -> Any:
        return self._checks.reference

    def _worker(self, function: Function) -> _OwnWorker:
        of_checks = self._of_checks
        reference = (
            _module_functions(of_checks) if of_checks is not None else self._reference
        )
        return _OwnWorker(reference, self.exercise, function)

    def _grading(self, worker: _OwnWorker, content: bytes = b"") -> Grading:
        facts = self._checks.facts
        limits = Limits(cpu_s=facts.cpu_s, memory_mb=facts.memory_mb)
        session = _OwnSession(worker, content or self._content, limits)
        if not content:
            session.tree = self._tree
        return Grading(self._checks, session, self._seed)

    @functools.cached_property
    def _tree(self) -> ast.Module:
        """The syntax tree of the solution, which hundreds of gradings look into."""
        return parse_source(decode_source(self._content))


def _module_functions(right: Function) -> SimpleNamespace:
    """Return the functions of the checks' module, which defines the right function.

    The solution isn't loaded then, because it imports libraries that only workers
    import.
    """
    assert isinstance(right, FunctionType)
    module_globals = right.__globals__.items()
    return SimpleNamespace(
        **{
            name: value
            for name, value in module_globals
            if isinstance(value, FunctionType)
        }
    )


class _OwnSession(AttemptSession):
    """A session whose answers come from this process."""

    def __init__(self, worker: _OwnWorker, content: bytes, limits: Limits) -> None:
        no_process: Any = None
        conditions = RunConditions(no_process, "solution.py", limits)
        super().__init__(Document(content), conditions)
        in_process_worker: Any = worker
        self.workers.current, worker.session = in_process_worker, self

    def running(self) -> Any:
        return self.workers.current

    def ask_alone(self, source: str, answer: Answer) -> Answer:
        """Return the earlier answer: only our own code runs here."""
        return answer

    def load_ahead(self, restarts: int) -> None:
        """Do nothing: there is only this process."""


@dataclass
class _OwnWorker:
    """The solution with one function replaced, answering as a worker does.

    Attributes:
        calls: the calls of that function, with their answers.
        missed: the last name that was requested and isn't defined here, or "".
        objects: answers that stay on this side, such as a network.
        session: the session that calls.
    """

    solution: Any
    exercise: Exercise
    function: Function | None
    calls: list[Example] = field(default_factory=list)
    missed: str = ""
    objects: list[Any] = field(default_factory=list)
    session: AttemptSession | None = None
    answered_in_s = 0.0

    def get(self, name: str) -> Returned | Garbled | Missing:
        if not hasattr(self.solution, name):
            return self._miss(name)
        return self._to_reply(getattr(self.solution, name), ())

    def call(
        self,
        target: str,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        functions: Mapping[int, Function],
        handle: int | None = None,
        **_: Any,
    ) -> Returned | Raised | Garbled | Missing:
        replacement = self.function if target == self.exercise.writes else None
        holder = self.solution if handle is None else self.objects[handle]
        if replacement is None and not hasattr(holder, target):
            return self._miss(target)
        function = replacement or getattr(holder, target)
        # Work on copies, as a worker does, and report which arguments the function
        # modified.
        args = tuple(self._to_argument(value) for value in args)
        given = [_own_copy(value, functions) for value in args]
        keywords = {name: _own_copy(value, functions) for name, value in kwargs.items()}
        example = Example(args, dict(kwargs), None)
        try:
            with np.errstate(all="ignore"):
                value = function(*given, **keywords)
        except Exception as error:  # edited code may fail in any way
            bases = tuple(kind.__name__ for kind in type(error).__mro__)
            self.calls += [example._replace(raised=bases[0])] if replacement else []
            return Raised(bases[0], bases, str(error))
        self.calls += [example._replace(value=value)] if replacement else []
        changed: list[int | str] = [
            *_find_changed(enumerate(args), dict(enumerate(given))),
            *_find_changed(kwargs.items(), keywords),
        ]
        return self._to_reply(value, tuple(changed))

    def _miss(self, name: str) -> Missing:
        self.missed = name
        return Missing(name)

    def _to_argument(self, value: Any) -> Any:
        """Return an argument as the function gets it: handles become remote objects."""
        if isinstance(value, codec.Handle) and self.session is not None:
            return RemoteObject(self.session, value, "model")
        return value

    def _to_reply(
        self, value: Any, modified: tuple[int | str, ...]
    ) -> Returned | Garbled:
        """Return a value as a worker returns it; objects of the lesson stay there."""
        kind, slip_set = type(value), self.exercise.slip_set
        if slip_set and slip_set.right and _package(kind) == _package(slip_set.right):
            self.objects.append(value)
            bases = tuple(one.__name__ for one in kind.__mro__)
            handle = codec.Handle(len(self.objects) - 1, kind.__name__, bases)
            return Returned(handle, modified)
        try:
            # A value that can't leave a worker must not reach the checks here either.
            return Returned(codec.decode(codec.encode(value)), modified)
        except codec.CodecError as error:
            return Garbled(str(error))


def _package(item: Any) -> str:
    return str(item.__module__).partition(".")[0]


def _own_copy(value: Any, functions: Mapping[int, Function]) -> Any:
    """Return a copy that may be changed; functions and objects stay the same."""
    if isinstance(value, codec.CallbackHandle):
        return functions[value.id]
    if isinstance(value, RemoteObject):
        return value
    return codec.decode(codec.encode(value))


def _find_changed(
    before: Iterable[tuple[Place, Any]], after: Mapping[Place, Any]
) -> Iterator[Place]:
    """Yield the places of arguments whose values have changed."""
    for place, value in before:
        now = after[place]
        is_plain = not (callable(now) or isinstance(now, RemoteObject))
        if is_plain and codec.encode(value) != codec.encode(now):
            yield place
