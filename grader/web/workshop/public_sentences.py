"""public_sentences: the sentence of a mistake without anybody's values."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from grader import judge
from grader.document.catalog import Lesson

_FILLED = re.compile(r"\{[^{}]*\}")


class Sentences:
    """The sentences of a course's mistakes, by tag.

    Args:
        lessons: the lessons, by their short names.
    """

    def __init__(self, lessons: Mapping[str, Lesson]) -> None:
        self._lessons = lessons

    def of(self, lesson: str, tag: str) -> tuple[str, ...]:
        """Return what is said of each mistake in a tag; nothing where one is not known.

        Args:
            lesson: the lesson's short name.
            tag: as in a report: ``3e.sum_no_mean``, ``3e.bits+missing minus``.
        """
        if lesson not in self._lessons:
            return ()
        exercise, _, names = tag.partition(".")
        known = _known_in(self._lessons[lesson])
        found = [known.get((exercise, name)) for name in names.split("+")]
        return tuple(dict.fromkeys(words for words in found if words))


@functools.cache
def _known_in(lesson: Lesson) -> dict[tuple[str, str], str]:
    """Return what is said, by exercise and name."""
    from grader.diagnosis.early_return import WAYS  # it imports numpy

    found = {}
    for exercise in judge.load_exercises(lesson):
        if exercise.slip_set:
            for slip in exercise.slip_set.slips:
                found[exercise.tag, slip.name] = without_values(slip.sentence)
            found |= {(exercise.tag, way.name): way.sentence for way in WAYS}
        for known in exercise.mistakes:
            name = known.tag.partition(".")[2]
            found[exercise.tag, name] = without_values(known.sentence)
    return found


def without_values(sentence: str) -> str:
    """Return what was seen of a mistake, with a gap for each value and without its
    cure.

    >>> without_values("Your loss is {k} times too small.\\nTake the mean once.")
    'Your loss is … times too small.'
    """
    return _FILLED.sub("…", sentence.partition("\n")[0])
