"""attempt: how a check asks a learner's file for values.

``attempt.mean(x)`` calls the learner's function in the worker and returns an `Answer`.
The handle has only the five names in `OWN_NAMES`; all others are the learner's. So the
judge's own methods are on `AttemptSession`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

from grader.checks.attempt.answers import (
    USE_EQUALS,
    Answer,
    AttemptFunction,
    Broken,
    Callback,
    Cancelled,
    Changed,
    QuestionFields,
    RemoteObject,
    Stopped,
)
from grader.checks.attempt.attempt_session import AttemptSession
from grader.checks.attempt.failure_messages import require_unchanged
from grader.checks.attempt.workers import Computed, RunConditions
from grader.course.document.bindings import entry_target
from grader.report import WHOLE_FILE, Finding, Outcome, formatting

__all__ = [
    "OWN_NAMES",
    "USE_EQUALS",
    "Answer",
    "Attempt",
    "AttemptFunction",
    "AttemptSession",
    "Broken",
    "Callback",
    "Cancelled",
    "Changed",
    "QuestionFields",
    "RemoteObject",
    "RunConditions",
    "Stopped",
    "ask_alone",
    "ask_clean",
    "conclude_later",
    "place_of",
    "require_unchanged",
]

# The keys of a dict that a message shows.
_MOST_KEYS = 6


class Attempt:
    """One learner's file, whose values are requested by name."""

    def __init__(self, session: AttemptSession) -> None:
        self._session = session

    def __getattr__(self, name: str) -> AttemptFunction:
        if name.startswith("_"):
            # Python itself looks up such names, as copy and pickle do.
            raise AttributeError(name)
        return AttemptFunction(self._session, name)

    def value(self, name: str) -> Answer:
        """Read a value at the top level of the file: ``attempt.value("X")``.

        Raises:
            Stopped: it isn't there, or still to be filled in.
        """
        if not isinstance(name, str):
            raise TypeError(
                'attempt.value reads a value by its name, as in attempt.value("X"). A '
                "learner's function needs another name than value."
            )
        return self._session.read(name)

    def entry(self, name: str, key: str, former: str = "") -> Answer:
        """Read one entry of a dict: ``attempt.entry("PREDICT", "loss")``.

        Args:
            name: the name of the dict.
            key: the key of the entry.
            former: the key that the entry has in older pages, if it had another.

        Raises:
            Stopped: it is missing or still ``...``, which is *not attempted*, or the
                value isn't a dict.
        """
        target, session = entry_target(name, key), self._session
        whole = session.look_at(name)
        if not isinstance(whole, dict):
            finding = Finding(
                f"{name} is a dict with one entry a question; yours is "
                f"{formatting.format_value(whole)}."
            )
            raise Stopped(Outcome.WRONG, finding)
        value = whole.get(key, whole.get(former, ...))
        if key not in whole:  # an entry that is still `...` exists
            session.asked[session.tag].add(target)
        if value is ...:
            sentence = f"{target} hasn't been filled in yet."
            if key not in whole and whole:
                keys = ", ".join(map(formatting.format_literal, [*whole][:_MOST_KEYS]))
                sentence = f"{target} is missing. The keys of {name} are {keys}."
            finding = Finding(sentence)
            raise Stopped(Outcome.NOT_ATTEMPTED, finding)
        return session.record(Answer(target, value=value, is_call=False))

    def restart(self) -> None:
        """Forget the file's state: the next question loads it again."""
        self._session.restart()

    def load_ahead(self, restarts: int) -> None:
        """Have workers load the file in advance, for this many restarts.

        If a processor is free, a restart then takes no time.
        """
        self._session.load_ahead(restarts)

    @property
    def source(self) -> str:
        """The text of the file, for checks that read it."""
        # A verdict that depends on the whole text isn't cached.
        self._session.asked[self._session.tag].add(WHOLE_FILE)
        return self._session.source

    @property
    def tree(self) -> ast.Module:
        """The file's syntax tree, for checks that look into it.

        Raises:
            Stopped: the file can't be parsed, which is the attempt's fault.
        """
        self._session.asked[self._session.tag].add(WHOLE_FILE)
        return self._session.tree


def place_of(attempt: Attempt, line: int) -> str:
    """Return a line as the file's writer counts: "line 12", or "cell 7, line 3"."""
    return attempt._session.document.place_of(line)


def ask_alone(attempt: Attempt, source: str, answer: Answer) -> Answer:
    """Ask a question again, as `AttemptSession.ask_alone` does."""
    return attempt._session.ask_alone(source, answer)


def ask_clean(
    attempt: Attempt, module: Path, target: str, argument: str, cpu_s: float
) -> str | None:
    """Call a function of the grader, as `AttemptSession.ask_clean` does."""
    return attempt._session.ask_clean(module, target, argument, cpu_s)


def conclude_later(
    attempt: Attempt,
    compute: Callable[[], Computed],
    conclude: Callable[[Computed], None],
) -> None:
    """Let a check pass for now, as `AttemptSession.conclude_later` does."""
    attempt._session.conclude_later(compute, conclude)


OWN_NAMES = frozenset(name for name in vars(Attempt) if not name.startswith("_"))
