"""derivation_checks: the tools with which authors write symbolic exercises.

It connects the rulings of `derivations` with the findings of `checks`::

    @dL_dp.check
    def is_right(attempt, rng):
        '''Every entry is the derivative of the loss.'''
        answer = attempt.dL_dp(numbers("y", 3), numbers("p", 3))
        assertions(dL_dp, attempt, rng).derived(answer, PROBLEM, (3,))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from grader.checks import Exercise
from grader.checks.attempt import Answer
from grader.derivation_checks.assertions import DerivationAssertions, assertions
from grader.derivation_checks.symbolic_answers import (
    Symbolic,
    index,
    number,
    numbers,
    row,
)
from grader.derivation_checks.verdicts import as_float

__all__ = [
    "DerivationAssertions",
    "Symbolic",
    "as_float",
    "assertions",
    "index",
    "mistake",
    "mistakes",
    "number",
    "numbers",
    "row",
]

# The name in the judgement, an example that shows it, and the sentence.
SymbolicMistake = tuple[str | Sequence[str], str | Sequence[str], str]


def mistake(
    exercise: Exercise,
    name: str,
    sentence: str,
    *,
    on: str | Sequence[str],
    example: str,
) -> None:
    """Give a symbolic mistake a sentence, and an attempt that shows it.

    Args:
        exercise: the exercise in which the mistake is made.
        name: the end of its tag.
        sentence: the sentence that the learner reads.
        on: its name in the judgement: the tag of a diagnosis ("sign", or
            "missing_factor y[i]" with its quantity), or how a derivation ends ("jump").
        example: source that shows it, as for any symptom.
    """
    names = {on} if isinstance(on, str) else set(on)

    def fits(answer: Answer) -> bool:
        return not names.isdisjoint(answer.judged)

    # The end of a symptom's tag is the name of its function.
    fits.__name__ = name
    exercise.symptom(sentence, example=example)(fits)


def mistakes(
    exercise: Exercise,
    written: Callable[..., str],
    known: Mapping[str, SymbolicMistake],
) -> None:
    """Give mistakes of one kind their sentences.

    Args:
        exercise: the exercise in which the mistakes are made.
        written: returns the source that shows a mistake, from the part that differs.
        known: for the end of each tag, three things: the mistake's name in the
            judgement; its part of the source, as one text or several; and the
            sentence that the learner reads.
    """
    for name, parts in known.items():
        if len(parts) != 3:
            raise TypeError(
                f"{name}: write what is found, an example, and the sentence. Several "
                'lines of an example are one tuple: ("jump", ("a", "b"), "...").'
            )
        on, lines, sentence = parts
        example = written(lines) if isinstance(lines, str) else written(*lines)
        mistake(exercise, name, sentence, on=on, example=example)
