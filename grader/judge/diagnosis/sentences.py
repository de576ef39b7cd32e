"""sentences: fill the sentence of a known mistake with facts about this answer."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any

from grader.checks.attempt import Answer
from grader.checks.exercises import KnownMistake, WrongAnswer
from grader.checks.mutations import CATALOGUE
from grader.common.errors import BrokenLesson
from grader.report import Mistake, formatting


class UnfilledSentence(BrokenLesson):
    """A mistake was found, but its sentence can't be filled: its author's fault.

    Attributes:
        known: the mistake.
        missing: the name in the sentence that nothing fills; "" if something else
            failed, which is `__cause__`.
        in_numbers: whether computing the mistake's own numbers failed.
    """

    def __init__(
        self, known: KnownMistake, missing: str = "", in_numbers: bool = False
    ) -> None:
        what = f"{{{missing}}} in the sentence" if missing else "the sentence"
        super().__init__(f"{what} of the mistake {known.tag} cannot be filled")
        self.known = known
        self.missing = missing
        self.in_numbers = in_numbers


def name_mistake(
    mistake: KnownMistake, numbers: Mapping[str, Any], failing: Answer
) -> Mistake:
    """Return a known mistake with its sentence filled for an answer.

    Raises:
        UnfilledSentence: the sentence has an unknown name, or an unsuitable format.
    """
    words = {"got": failing.value, **failing.facts, **numbers}
    sentence, cure = (
        _fill(mistake, part, words) for part in split_fix(mistake.sentence)
    )
    return Mistake(mistake.tag, sentence, _slips_of(mistake), cure=cure)


def split_fix(sentence: str) -> tuple[str, str]:
    """Split a sentence into the observation and the fix: an author's two lines, or one.

    >>> split_fix("Your columns sum to 1.\\nNormalise over axis 1.")
    ('Your columns sum to 1.', 'Normalise over axis 1.')
    """
    seen, _, cure = sentence.partition("\n")
    return seen, cure


def _fill(mistake: KnownMistake, part: str, words: Mapping[str, Any]) -> str:
    if "{" not in part:
        return part
    try:
        return _Sentence().vformat(part, (), words)
    except KeyError as error:
        raise UnfilledSentence(mistake, str(error.args[0])) from error
    except Exception as error:  # an object's own format may fail in any way
        raise UnfilledSentence(mistake) from error


def _slips_of(mistake: KnownMistake) -> tuple[str, ...]:
    """Return the slip that a mistake counts as.

    Its author says so, or it is named after the slip, as `missing_minus` is.
    """
    if isinstance(mistake, WrongAnswer) and mistake.slip:
        return (mistake.slip,)
    name = mistake.tag.partition(".")[2].replace("_", " ")
    return (name,) if name in {slip.name for slip in CATALOGUE} else ()


def compute_fill(mistake: WrongAnswer, failing: Answer) -> Mapping[str, Any]:
    """Compute what fills a wrong answer's sentence, from the arguments of the call.

    Raises:
        UnfilledSentence: the author's function fails.
    """
    if mistake.fill is None:
        return {}
    try:
        return mistake.fill(*failing.args, **failing.kwargs)
    except Exception as error:  # an author's code may raise anything
        raise UnfilledSentence(mistake, in_numbers=True) from error


class _Sentence(string.Formatter):
    """Fills {names}; numbers become text as everywhere else."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec or isinstance(value, str):
            text = str(super().format_field(value, format_spec))
            return formatting.shorten(text, formatting.LONGEST_WORDS)
        return formatting.format_value(value)
