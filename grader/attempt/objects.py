"""objects: what stays in the worker, and what is on its way there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grader.attempt.answers import Answer, Callback, Stopped
from grader.codec import Function, Handle
from grader.report import Finding, Outcome

if TYPE_CHECKING:
    from grader.attempt import Attempt


class RemoteObject:
    """An object that stays in the worker, such as a Keras model.

    Attributes:
        type_name: the name of its class.
        bases: the names of its class and of all its base classes.
    """

    def __init__(
        self, attempt: Attempt, handle: Handle, name: str, shown: str = ""
    ) -> None:
        self._attempt = attempt
        self._lives_in = attempt.worker
        self.handle = handle
        self.name = name
        self.type_name = handle.type_name
        self.bases = handle.bases
        # Which of the learner's functions a network came from does not matter.
        self.shown = "model" if "Model" in handle.bases else shown or name

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
    """``attempt.softmax``, to be called."""

    attempt: Attempt
    target: str

    def __call__(self, *args: Any, **kwargs: Any) -> Answer:
        return self.attempt.ask(self.target, args, kwargs)


class Outgoing:
    """Arguments on their way to the worker: handles and callbacks get their numbers."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
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
            return Function(len(self.functions) - 1, value.name)
        if isinstance(value, (list, tuple)):
            return type(value)(self.prepared(item) for item in value)
        return value
