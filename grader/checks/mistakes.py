"""mistakes: the two records for the mistakes that an author expects.

Both can be run, so that `verify` proves that each is found. A wrong answer runs
alongside the learner's code in every grading; a symptom has an attempt that shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from grader.attempt import Answer


class WrongAnswer(msgspec.Struct, frozen=True):
    """A known mistake, written as the learner's function with the mistake in it.

    Attributes:
        tag: stable, ``3e.mean_over_everything``; sentences may change, tags don't.
        sentence: the text for the learner; ``{k}`` is filled from `fill`.
        target: the function or value that the mistake is in.
        function: the learner's function with the mistake.
        fill: computes what fills the sentence, from the call's arguments.
        twins: the group of mistakes that may give the same answers everywhere; they
            are shown together.
        in_company: the sentence to use next to a slip, if `sentence` has a number, or
            says what follows and a slip may change that.
        is_slow: whether showing it takes more than a few seconds.
        slip: the slip to count it as in a class, if it is exactly that slip; "" to
            count it by itself.
        raises: the exceptions that it is meant to raise where the right function
            doesn't, by name.
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
    raises: tuple[str, ...] = ()


class Symptom(msgspec.Struct, frozen=True):
    """A feature that many wrong answers share, found in the failing answer.

    Attributes:
        tag: stable, as for a wrong answer.
        sentence: the text for the learner; the result of `function` fills it.
        target: the function or value whose answers show it; "" for any in the exercise.
        function: a predicate for the failing `Answer`: a false value, True, or a dict
            that fills the sentence.
        example: source that shows it when appended to the solution; "" if `edit` does.
        edit: code of the solution's cell, and the replacement that shows it.
        twins, is_slow: as for a wrong answer.
        is_additional: whether it is also shown next to another mistake. Its sentence
            then mustn't say what else is right or wrong.
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
        """Return what fills the sentence if the answer shows it; else None."""
        shown = self._look_at(answer)
        return shown if isinstance(shown, Mapping) else None

    def failure_on(self, answer: Answer) -> Exception | None:
        """Return the exception that the predicate raises for an answer, if any."""
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
        except Exception as error:  # it may get values that it doesn't expect
            return error


KnownMistake = WrongAnswer | Symptom
