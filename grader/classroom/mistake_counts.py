"""mistake_counts: who made which mistake, counted by its name and not by its place.

A slip has one name in all lessons, so somebody who made it in two exercises is one of
those to explain it to. A mistake of one exercise alone is one with another's where both
have one name and one sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from grader.clean import one_line
from grader.report import ExerciseResult, Mistake


class MistakeCount(msgspec.Struct, frozen=True):
    """One mistake, and everyone who made it.

    Attributes:
        name: what it is called, such as ``bits``.
        sentence: what most of them were told; its numbers may differ for others.
        learners: who made it, each once.
        exercises: where, in the order of the lessons.
        is_shared: whether several people were told just this sentence, so that nothing
            in it is one person's own.
    """

    name: str
    sentence: str
    learners: tuple[str, ...]
    exercises: tuple[str, ...]
    is_shared: bool = False

    @property
    def people(self) -> str:
        """How many, and where: ``26 people, in 3d and 3e``."""
        many = len(self.learners)
        return f"{many} {'person' if many == 1 else 'people'}, in {self.where}"

    @property
    def where(self) -> str:
        """The exercises as words: ``3d, 3e and 8a``."""
        *others, last = self.exercises
        return f"{', '.join(others)} and {last}" if others else last


_Key = tuple[str, str]


@dataclass
class _Made:
    learners: dict[str, None] = field(default_factory=dict)
    exercises: set[str] = field(default_factory=set)
    sentences: dict[str, set[str]] = field(default_factory=dict)


@dataclass
class MistakeCounts:
    """Counts mistakes as they come, one exercise of one learner at a time."""

    _told: list[tuple[str, str, Mistake]] = field(default_factory=list)

    def add(self, learner: str, exercise: ExerciseResult) -> None:
        """Count what is told of one exercise."""
        for mistake in exercise.finding.mistakes if exercise.finding else ():
            self._told.append((learner, exercise.tag, mistake))

    def sorted(self) -> list[MistakeCount]:
        """Return every mistake, the one that most people made first."""
        keys: dict[str, _Key] = {}
        for _, _, mistake in self._told:
            if len(mistake.slips) <= 1:  # what is told alone says what it is
                keys.setdefault(mistake.tag, _key_of(mistake))
        found: dict[_Key, _Made] = {}
        for learner, exercise, mistake in self._told:
            for key, sentence in _find_parts(mistake, exercise, keys):
                made = found.setdefault(key, _Made())
                made.learners[learner] = None
                made.exercises.add(exercise)
                made.sentences.setdefault(one_line(sentence), set()).add(learner)
        counts = [_count(key, made) for key, made in found.items()]
        return sorted(
            counts, key=lambda one: (-len(one.learners), one.exercises, one.name)
        )


def _key_of(mistake: Mistake) -> _Key:
    """Return what a mistake is counted as that is told alone."""
    if mistake.slips:
        return mistake.slips[0], ""
    name = mistake.tag.rpartition(".")[2].replace("_", " ")
    # Of other exercises and other numbers one sentence is one mistake; and what has one
    # tag is one, though each is told it in words of their own.
    return name, re.sub(r"\d[\d.]*", "0", mistake.sentence)


def _find_parts(
    mistake: Mistake, exercise: str, keys: Mapping[str, _Key]
) -> Iterator[tuple[_Key, str]]:
    """Yield what is counted of a mistake: each thing in it, or the mistake itself.

    A mistake of the exercise's own counts as one, also beside a slip.
    """
    if len(mistake.slips) <= 1:
        yield keys[mistake.tag], mistake.sentence
        return
    for name, sentence in mistake.parts:
        yield keys.get(f"{exercise}.{name}", (name, "")), sentence


def _count(key: _Key, made: _Made) -> MistakeCount:
    sentence, told = max(made.sentences.items(), key=lambda pair: len(pair[1]))
    return MistakeCount(
        key[0],
        sentence,
        tuple(made.learners),
        tuple(sorted(made.exercises, key=place_of)),
        len(told) > 1,
    )


def place_of(tag: str) -> tuple[int, str]:
    """Return the place of an exercise in the course: 10a comes after 9f."""
    number = re.match(r"\d*", tag)
    assert number is not None
    return (int(number[0] or 0), tag)
