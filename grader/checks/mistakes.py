"""mistakes: the mistakes that an author expects, each in one of two records.

Both can be run, so that `verify` proves that each is found: one is run beside the
learner's code in every grading, the other is shown by its own attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from grader.attempt import Answer


class WrongAnswer(msgspec.Struct, frozen=True):
    """A known mistake as the learner's function would be wrong.

    Attributes:
        tag: stable, ``3e.mean_over_everything``; sentences may change, tags stay.
        sentence: what the learner is told; ``{k}`` is filled from `fill`.
        target: the function or value it is a mistake of.
        function: the learner's function, wrong.
        fill: from the call's arguments, what fills the sentence.
        twins: mistakes of one group may agree everywhere, and are told together.
        in_company: the sentence beside a slip, where the other one states a number.
        is_slow: showing it takes more than a few seconds.
        slip: the slip that it is counted with in a class, where it is that slip and no
            other thing; "" where it is counted by itself.
    """

    tag: str
    sentence: str
    target: str
    function: Callable[..., Any]
    fill: Callable[..., Mapping[str, Any]] | None = None
    twins: str = ""
    in_company: str = ""
    is_slow: bool = False
    slip: str = ""


class Symptom(msgspec.Struct, frozen=True):
    """What many wrong answers share, seen in the failing one.

    Attributes:
        tag: stable, as of a wrong answer.
        sentence: what the learner is told; what `function` returns fills it.
        target: the function or value whose answers it is seen in; "" for every one
            of the exercise.
        function: a predicate over the failing `Answer`: a false value, True, or a dict
            that fills the sentence.
        example: source that, appended to the solution, shows it; "" where `edit` does.
        edit: code of the solution's cell, and what in its place shows it.
        twins, is_slow: as of a wrong answer.
        is_additional: whether it is also shown beside another mistake. Its sentence
            then says nothing of what else is right or wrong.
    """

    tag: str
    sentence: str
    target: str
    function: Callable[..., Any]
    example: str = ""
    edit: tuple[str, str] = ("", "")
    twins: str = ""
    is_slow: bool = False
    is_additional: bool = False

    def seen_in(self, answer: Answer) -> Mapping[str, Any] | None:
        """Return what fills the sentence where the answer shows it; else None."""
        shown = self._look_at(answer)
        return shown if isinstance(shown, Mapping) else None

    def failure_on(self, answer: Answer) -> Exception | None:
        """Return the exception with which the predicate fails on an answer."""
        shown = self._look_at(answer)
        return shown if isinstance(shown, Exception) else None

    def _look_at(self, answer: Answer) -> Mapping[str, Any] | Exception | None:
        if self.target not in ("", answer.target):
            return None
        try:
            shown = self.function(answer)
            if isinstance(shown, Mapping):
                return shown
            return {} if shown else None
        except Exception as error:  # it meets every kind of value, and may not fit
            return error


KnownMistake = WrongAnswer | Symptom
