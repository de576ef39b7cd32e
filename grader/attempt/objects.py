"""objects: what stays in the worker, and what is on its way there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from grader.attempt.answers import Answer, Callback, Stopped, require_plain_numbers
from grader.report import Finding, Outcome
from grader.sandbox.codec import CallbackHandle, Handle

if TYPE_CHECKING:
    from grader.attempt.attempt_session import Session


class RemoteObject:
    """An object that stays in the worker, such as a Keras model.

    Attributes:
        type_name: the name of its class.
        bases: the names of its class and of all its base classes.
    """

    def __init__(
        self, session: Session, handle: Handle, name: str, shown: str = ""
    ) -> None:
        self._session = session
        # A handle is a number, and another worker has other objects by these.
        self._lives_in = session.workers.current
        self.handle = handle
        self.name = name
        self.type_name = handle.type_name
        self.bases = handle.bases
        # Which of the learner's functions a network came from does not matter.
        self.shown = "model" if "Model" in handle.bases else shown or name

    def call(self, method: str, *args: Any, **kwargs: Any) -> Answer:
        """Call one of its methods: ``model.call("predict", x, verbose=0)``."""
        target = f"{self.name}.{method}"
        return self._session.ask_handle(self, method, target, args, kwargs)

    def get(self, attribute: str) -> Answer:
        """Read one of its attributes: ``model.get("layers")``."""
        target = f"{self.name}.{attribute}"
        return self._session.ask_handle(self, attribute, target, None, {})

    def is_reachable(self) -> bool:
        """Return whether the worker that holds it still lives."""
        now = self._session.workers.current
        return now is not None and now is self._lives_in

    def __str__(self) -> str:
        return f"<{self.type_name}>"


class AttemptFunction(msgspec.Struct, frozen=True):
    """``attempt.mean``, to be called."""

    session: Session
    target: str

    def __call__(self, *args: Any, **kwargs: Any) -> Answer:
        return self.session.ask(self.target, args, kwargs)

    def unfollowed(self, *args: Any, **kwargs: Any) -> Answer:
        """Call it for the judge alone: how far its training is, is told to nobody."""
        return self.session.ask(self.target, args, kwargs, is_followed=False)


class Outgoing:
    """Arguments on their way to the worker: handles and callbacks get their numbers."""

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
        if isinstance(value, (list, tuple)):
            return type(value)(self.prepared(item) for item in value)
        return value


def receive(
    session: Session,
    value: Any,
    answer: Answer,
    keys: tuple[object, ...] = (),
) -> Any:
    """Take a value that came back: what stays in the worker becomes an object.

    Args:
        session: who asked.
        value: what came.
        answer: what was asked.
        keys: where in what came this value is.

    Raises:
        Unasked: it has numbers of a kind that no exercise asks for.
    """
    # The name of a place is put together for an object alone: a list may be long.
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
    require_plain_numbers(value)
    return value
