"""answers: the answers of an attempt, and how a check ends without one.

An object that can't be sent stays in the worker, and a `RemoteObject` represents it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypedDict

import msgspec
import numpy as np

from grader.report import Finding, Outcome, formatting
from grader.sandbox import Raised, codec
from grader.sandbox.codec import CallbackHandle, Handle, Record

if TYPE_CHECKING:
    from grader.checks.attempt.attempt_session import AttemptSession


# NumPy would give every other item of a list as much memory as its longest text.
MOST_LETTERS = 4_000_000
# Wider numbers take the judge a hundred times as long.
WIDEST = np.dtype(float).itemsize


class Stopped(Exception):
    """A check can't continue: the outcome, what to say, and the answer it is about."""

    def __init__(
        self,
        outcome: Outcome,
        finding: Finding | Callable[[], Finding],
        answer: Answer | None = None,
    ) -> None:
        """Store why a check ends.

        Args:
            outcome: the outcome of the check.
            finding: what to say, or a function that works it out when it is needed. A
                check may expect an exception, and then the text isn't needed.
            answer: the answer it is about.
        """
        super().__init__()
        self.outcome = outcome
        self._finding = finding
        self.answer = answer

    @property
    def finding(self) -> Finding:
        """The finding, which is computed when it is first read."""
        if not isinstance(self._finding, Finding):
            self._finding = self._finding()
        return self._finding

    def __str__(self) -> str:
        return self.finding.sentence


class Changed(Stopped):
    """The answer may be right, but the call changed what its caller still needs.

    Attributes:
        otherwise: what to say if nothing more is known about the change.
    """

    otherwise = "Work on a copy; the caller still needs the original."

    def __init__(self, finding: Finding, answer: Answer) -> None:
        super().__init__(Outcome.WRONG, finding, answer)


class Broken(Exception):
    """The grader's own side failed during a question to an attempt."""


class Cancelled(Exception):
    """The grading was cancelled."""


# For a comparison in a check, which would be false, or tell a learner nothing.
USE_EQUALS = "An answer is compared with expect: write expect(answer).equals(...)."


class QuestionFields(TypedDict, total=False):
    """The part of a finding that shows the question; it has one of these fields."""

    call: str
    look: str


class Answer(msgspec.Struct, frozen=True):
    """The attempt's answer to one question.

    Attributes:
        target: the name or entry in question: ``mean`` or ``PREDICT["loss"]``.
        args: the positional arguments that were sent.
        kwargs: the keyword arguments that were sent.
        value: the value that came back, None if an exception came instead.
        raised: the exception that came back, or None.
        modified: names or positions of the arguments that the call changed in place.
        facts: facts that a check found out about the value, for symptoms and sentences.
        judged: the kind of error that a check of formulas found.
        is_call: whether the target was called, or only read.
        shown: the target as a learner would type it, if that is another name.
        choices: what a check allows the value to be, if that is a choice.
        functions: the functions of `via` that have made the value.
        session: where the question was asked.
    """

    target: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = msgspec.field(default_factory=dict)
    value: Any = None
    raised: Raised | None = None
    modified: tuple[int | str, ...] = ()
    facts: Mapping[str, Any] = msgspec.field(default_factory=dict)
    judged: tuple[str, ...] = ()
    is_call: bool = True
    shown: str = ""
    choices: list[Any] = msgspec.field(default_factory=list)
    functions: tuple[Callable[[Any], Any], ...] = ()
    session: AttemptSession | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Answer):
            raise TypeError(USE_EQUALS)
        return self is other

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = object.__hash__

    def via(self, function: Callable[[Any], Any]) -> Answer:
        """Return the answer with ``function(value)`` as its value, as plain data.

        The function is called where the value is, beside the learner's code. It may use
        its argument, modules, plain values, and other functions of its file.

        Args:
            function: makes plain data of the value, such as a dict of a Series.

        Raises:
            Stopped: the function fails with this value, which is the attempt's fault.

        Example:
            def rows(frame):
                return frame.to_dict("records")


            want = rows(reference.sorted_by_city(table))
            expect(attempt.sorted_by_city(table).via(rows)).equals(want)
        """
        if self.session is None:
            raise TypeError("via needs an answer of the attempt's")
        return self.session.convert(self, function)

    def again(self, function: Callable[..., Any]) -> Any:
        """Return what another function answers to the same question."""
        value = function(*self.args, **self.kwargs)
        for convert in self.functions:
            value = convert(value)
        return value

    @property
    def is_two_way(self) -> bool:
        """Whether there are only two choices, so a wrong one reveals the right one."""
        return len(self.choices) == 2 or isinstance(self.value, bool)

    @property
    def is_lookup(self) -> bool:
        """Whether one of the learner's values was read, without calling anything."""
        is_method = "." in (self.shown or self.target) and not self.args
        return not self.is_call or (is_method and not self.kwargs)

    @property
    def is_entry(self) -> bool:
        """Whether the value is a dict's entry: a prediction, or an answer on paper."""
        return not self.is_call and self.target.endswith('"]')

    @property
    def asked(self) -> QuestionFields:
        """The question as the learner would type it, for a finding."""
        return self.asked_at(None, 0)

    def asked_at(self, row: int | None, rows: int) -> QuestionFields:
        """Return the question; it shows only this row of a long array."""
        words = self.typed(row, rows)
        return (
            QuestionFields(look=words) if self.is_lookup else QuestionFields(call=words)
        )

    def typed(self, row: int | None = None, rows: int = 0) -> str:
        """Return the code that one would type to get this answer."""
        target = self.shown or self.target
        if not self.is_call:
            return target
        return formatting.format_call(target, self.args, self.kwargs, row, rows)


class Unasked(Exception):
    """An answer has numbers or texts of a kind that no exercise needs."""


def require_plain_numbers(value: Any) -> None:
    """Require that numbers are real and have at most 8 bytes.

    Complex numbers would pass for real ones that are close to them.

    Raises:
        Unasked: a number isn't.
    """
    kind = getattr(value, "dtype", None)
    if isinstance(value, complex) or (kind is not None and kind.kind == "c"):
        raise Unasked("These are complex numbers; return real ones.")
    if kind is not None and kind.kind == "f" and kind.itemsize > WIDEST:
        raise Unasked(
            f"These are numbers of dtype {kind.name}; float64 is the most precise that "
            "can be judged. Look for longdouble or float128 in your code."
        )


def require_short_texts(value: Any) -> None:
    """Require that NumPy can make an array of a value without much memory.

    Raises:
        Unasked: it can't.
    """
    longest, count, waiting = 0, 0, [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, (list, tuple, set, frozenset)):
            waiting += part
        elif isinstance(part, dict):
            waiting += part.values()
        elif isinstance(part, Record):
            waiting += part.fields.values()
        else:
            count += 1
            longest = max(longest, len(part) if isinstance(part, (str, bytes)) else 0)
    if longest * count > MOST_LETTERS:
        values = f"among {count:,} values" if count > 1 else "here"
        raise Unasked(f"There is a text of {longest:,} characters {values}: too long.")


class Callback:
    """One of the judge's functions that the learner's code may call.

    Each call sends plain values to the judge. It is refused if its arguments could make
    an array of more than `max_size` elements: by broadcasting or, if they don't
    broadcast, as the outer product of the two largest. After more than `most` calls the
    question ends, whatever the learner's code catches, because the code is probably in
    an endless loop.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        name: str,
        max_size: int = 1_000_000,
        most: int | None = None,
    ) -> None:
        self.function = function
        self.name = name
        self.max_size = max_size
        self.most = most
        self.calls = 0

    @property
    def is_spent(self) -> bool:
        """Whether it was called more often than allowed."""
        return self.most is not None and self.calls > self.most

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        if self.is_spent:
            raise codec.CodecError(f"it called {self.name} more than {self.most} times")
        # A column and a row of a million each make an array of 8 TB in the judge.
        if _largest_result((*args, *kwargs.values())) > self.max_size:
            raise ValueError(
                "these arrays are too large for this function; use smaller ones"
            )
        try:
            return self.function(*args, **kwargs)
        except TypeError as error:  # Python names the judge's own function
            qualified_name = getattr(self.function, "__qualname__", "")
            if not qualified_name or not f"{error}".startswith(f"{qualified_name}()"):
                raise
            raise TypeError(
                self.name + f"{error}".removeprefix(qualified_name)
            ) from None

    def __str__(self) -> str:
        return self.name


def _largest_result(values: Iterable[Any]) -> int:
    """Return the number of elements of an array that combines two of these values."""
    shapes = [_shape(value) for value in values]
    try:
        return math.prod(np.broadcast_shapes(*shapes))
    except ValueError:  # they don't broadcast, as the factors of a matrix product
        return math.prod(sorted(math.prod(shape) for shape in shapes)[-2:])


def _shape(value: Any) -> tuple[int, ...]:
    """Return the shape of an array, or of a list that can become one; else ()."""
    if not isinstance(value, (np.ndarray, list, tuple)):
        return ()
    try:
        return np.shape(value)
    except ValueError:  # its items have different shapes
        return ()


class RemoteObject:
    """An object that stays in the worker, such as a Keras model.

    Attributes:
        type_name: the name of its class.
        bases: the names of its class and of all its base classes.
    """

    def __init__(
        self, session: AttemptSession, handle: Handle, name: str, shown: str = ""
    ) -> None:
        self._session = session
        # A handle is just a number, which means another object in another worker.
        self._lives_in = session.workers.current
        self.handle = handle
        self.name = name
        self.type_name = handle.type_name
        self.bases = handle.bases
        # It doesn't matter which of the learner's functions a network came from.
        self.shown = "model" if "Model" in handle.bases else shown or name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            # Python itself looks up such names.
            raise AttributeError(name)
        raise AttributeError(
            f"This {self.type_name} stays in the learner's process. To use its {name} "
            f"there, write answer.via(lambda value: value.{name}())"
        )

    def call(self, method: str, *args: Any, **kwargs: Any) -> Answer:
        """Call one of its methods: ``model.call("predict", x, verbose=0)``.

        Args:
            method: its name.
            args: the positional arguments.
            kwargs: the keyword arguments.
        """
        target = f"{self.name}.{method}"
        return self._session.ask_handle(self, method, target, args, kwargs)

    def get(self, attribute: str) -> Answer:
        """Read one of its attributes: ``model.get("layers")``."""
        target = f"{self.name}.{attribute}"
        return self._session.ask_handle(self, attribute, target, None, {})

    def is_reachable(self) -> bool:
        """Return whether the worker that has it is still in use."""
        now = self._session.workers.current
        return now is not None and now is self._lives_in

    def __str__(self) -> str:
        return f"<{self.type_name}>"


class AttemptFunction(msgspec.Struct, frozen=True):
    """``attempt.mean``, to be called."""

    session: AttemptSession
    target: str

    def __call__(self, *args: Any, **kwargs: Any) -> Answer:
        return self.session.ask(self.target, args, kwargs)

    def unfollowed(self, *args: Any, **kwargs: Any) -> Answer:
        """Call it for the judge only, without displaying the progress of training."""
        return self.session.ask(self.target, args, kwargs, is_followed=False)


class Outgoing:
    """Arguments for the worker: gives numbers to handles and callbacks."""

    def __init__(self) -> None:
        self.functions: dict[int, Callback] = {}

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
            return CallbackHandle(len(self.functions) - 1, value.name)
        if isinstance(value, Record):
            prepared = {key: self.prepared(one) for key, one in value.fields.items()}
            return Record(value.type_name, prepared)
        if isinstance(value, (list, tuple)):
            # A named tuple is made in another way, and is sent as a tuple.
            kind = list if isinstance(value, list) else tuple
            return kind(self.prepared(item) for item in value)
        return value


def receive(
    session: AttemptSession,
    value: Any,
    answer: Answer,
    keys: tuple[object, ...] = (),
) -> Any:
    """Convert a value that came back: what stays in the worker becomes a RemoteObject.

    Args:
        session: the session that asked.
        value: the value that came back.
        answer: the question.
        keys: the position of this value in the whole answer.

    Raises:
        Unasked: it has numbers of a kind that no exercise needs.
    """
    if isinstance(value, (int, float, str)):  # most items of a long list
        return value
    # Format the position only for an object, because a list may be long.
    if isinstance(value, Handle):
        place = "".join(f"[{key!r}]" for key in keys)
        target, shown = f"{answer.target}{place}", f"{answer.typed()}{place}"
        return RemoteObject(session, value, target, shown)
    if isinstance(value, (list, tuple)):
        return type(value)(
            receive(session, item, answer, (*keys, index))
            for index, item in enumerate(value)
        )
    if isinstance(value, dict):
        return {
            key: receive(session, item, answer, (*keys, key))
            for key, item in value.items()
        }
    if isinstance(value, Record):
        fields = value.fields.items()
        return Record(
            value.type_name,
            {key: receive(session, item, answer, (*keys, key)) for key, item in fields},
        )
    require_plain_numbers(value)
    return value
