"""mistakes: give a symbolic mistake a sentence of its own."""

from __future__ import annotations

from collections.abc import Sequence

from grader.attempt import Answer
from grader.checks import Exercise


def mistake(
    exercise: Exercise,
    name: str,
    sentence: str,
    *,
    on: str | Sequence[str],
    example: str,
    of: str = "",
    together: str = "",
) -> None:
    """Give a symbolic mistake its own sentence, and an attempt that shows it.

    Args:
        exercise: what it is a mistake of.
        name: the end of its tag.
        sentence: what the learner is told.
        on: what the judgement calls it: the tag of a diagnosis ("sign", or
            "missing_factor y[i]" with its quantity), or how a derivation ends ("jump").
        example: source that shows it, as for any symptom.
        of: the target it is a mistake of, when the exercise has several.
        together: the group it is told with.
    """
    names = {on} if isinstance(on, str) else set(on)

    def fits(answer: Answer) -> bool:
        return not names.isdisjoint(answer.judged)

    fits.__name__ = name
    exercise.symptom(sentence, example=example, of=of, together=together)(fits)
