"""board: the counts of a class for everybody to see, without names or values."""

from __future__ import annotations

import functools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from grader import judge
from grader.classroom.workshop.progress import RoomProgress
from grader.course.document.catalog import Lesson
from grader.judge import ExerciseInfo

STATES = ("right", "wrong", "working", "open")
MOST_MISTAKES = 6
# A mistake of a single person, or of one pair, would reveal who it was.
FEWEST_PEOPLE = 2


class ExerciseCount(msgspec.Struct, frozen=True):
    """How many learners are in each of the states of `STATES`, in their order."""

    tag: str
    title: str
    counts: tuple[int, ...]


class CommonMistake(msgspec.Struct, frozen=True):
    """A mistake that several made.

    Attributes:
        exercise: its tag, such as 3d.
        sentence: its sentence, without anybody's values.
        now: how many have it now.
        ever: how many have or had it.
    """

    exercise: str
    sentence: str
    now: int
    ever: int


class Board(msgspec.Struct, frozen=True):
    """The counts of a class in a lesson.

    Attributes:
        people: how many have joined.
        screens: how many files they work in; a pair has one.
        exercises: each exercise of the lesson.
        mistakes: the commonest mistakes, what most have now first.
        stuck: how many were wrong three times or more where they are.
        earlier: how many were last seen at an earlier lesson.
    """

    people: int
    screens: int
    exercises: tuple[ExerciseCount, ...]
    mistakes: tuple[CommonMistake, ...]
    stuck: int
    earlier: int = 0


def count(
    lesson: str,
    exercises: Sequence[ExerciseInfo],
    learners: Mapping[str, int],
    standings: RoomProgress,
    sentences: Sentences,
    numbers: Mapping[str, int],
) -> Board:
    """Count a lesson.

    Args:
        lesson: its short name.
        exercises: its exercises.
        learners: the ids of those who are counted, and how many people each one is.
        standings: their progress.
        sentences: the sentences about mistakes.
        numbers: the numbers of all lessons, by their short names.
    """
    seats = {one: standings.seat(one) for one in learners}
    counted = [
        ExerciseCount(
            one.tag, one.title, _count_states(lesson, one.tag, learners, standings)
        )
        for one in exercises
    ]
    tags = [one.tag for one in exercises]
    return Board(
        sum(learners.values()),
        len(learners),
        tuple(counted),
        _mistakes(lesson, tags, learners, standings, sentences),
        sum(
            learners[one]
            for one, at in seats.items()
            if at and standings.is_stuck(one, at.lesson)
        ),
        sum(
            learners[one]
            for one, at in seats.items()
            if at and numbers.get(at.lesson, numbers[lesson]) < numbers[lesson]
        ),
    )


def _count_states(
    lesson: str, tag: str, learners: Mapping[str, int], standings: RoomProgress
) -> tuple[int, ...]:
    counts = Counter[str]()
    for learner, people in learners.items():
        counts[standings.at(learner, lesson, tag).state] += people
    return tuple(counts[state] for state in STATES)


def _mistakes(
    lesson: str,
    tags: Iterable[str],
    learners: Mapping[str, int],
    standings: RoomProgress,
    sentences: Sentences,
) -> tuple[CommonMistake, ...]:
    now, ever = Counter[tuple[str, str]](), defaultdict[tuple[str, str], set[str]](set)
    for learner, people in learners.items():
        for tag in tags:
            one = standings.at(learner, lesson, tag)
            for words in _sentences_of(lesson, one.made, sentences):
                ever[tag, words].add(learner)
            current = _sentences_of(lesson, {one.mistake}, sentences)
            now.update({(tag, words): people for words in current})
    mistakes = [
        CommonMistake(tag, words, now[tag, words], sum(learners[x] for x in who))
        for (tag, words), who in ever.items()
        if len(who) >= FEWEST_PEOPLE
    ]
    mistakes.sort(key=lambda one: (-one.now, -one.ever, one.exercise))
    return tuple(mistakes[:MOST_MISTAKES])


def _sentences_of(
    lesson: str, mistakes: Iterable[str], sentences: Sentences
) -> set[str]:
    return {words for tag in mistakes for words in sentences.of(lesson, tag)}


_FILLED = re.compile(r"\{[^{}]*\}")
_BETWEEN_SENTENCES = re.compile(r"(?<=[.?!]) (?=[A-Z\d])")
# A part that explains the rest of a sentence, and contains a value.
_ADDED = re.compile(
    r", such as \{.*| \(\{[^{}]*\}\)(?=\.$)|(?:: |; )(?:[^:;{} ]+ )+[^:;{} ]*\{.*"
)


class Sentences:
    """The sentences of a course's mistakes, by tag.

    Args:
        lessons: the lessons, by their short names.
    """

    def __init__(self, lessons: Mapping[str, Lesson]) -> None:
        self._lessons = lessons

    def of(self, lesson: str, tag: str) -> tuple[str, ...]:
        """Return the sentence of each mistake in a tag, or () if one isn't known.

        Args:
            lesson: the lesson's short name.
            tag: as in a report: ``3e.sum_no_mean``, ``3e.bits+missing minus``.
        """
        if lesson not in self._lessons:
            return ()
        exercise, _, names = tag.partition(".")
        mistakes = _known_in(self._lessons[lesson])
        sentences = [mistakes.get((exercise, name)) for name in names.split("+")]
        return tuple(dict.fromkeys(words for words in sentences if words))


@functools.cache
def _known_in(lesson: Lesson) -> dict[tuple[str, str], str]:
    """Return the sentences of mistakes, by exercise and name."""
    from grader.judge.diagnosis.derived_answers import (
        DERIVED_ANSWERS,  # it imports numpy
    )

    mistakes = {}
    for exercise in judge.load_exercises(lesson):
        if exercise.slip_set:
            for slip in exercise.slip_set.slips:
                mistakes[exercise.tag, slip.name] = without_values(slip.sentence)
            mistakes |= {
                (exercise.tag, way.name): way.sentence for way in DERIVED_ANSWERS
            }
        for known in exercise.mistakes:
            name = known.tag.partition(".")[2]
            mistakes[exercise.tag, name] = without_values(known.sentence)
    return mistakes


def without_values(sentence: str) -> str:
    """Return a mistake's sentence without anybody's values, and without the fix.

    An addition that has a value is left out, and any other value is a gap.

    >>> without_values("You added up: it is {k} times too big. Divide.\\nUse mean.")
    'You added up. Divide.'
    >>> without_values("Your loss is {k} times too small.\\nTake the mean once.")
    'Your loss is … times too small.'
    """
    parts = _BETWEEN_SENTENCES.split(sentence.partition("\n")[0])
    return " ".join(_leave_out_values(part) for part in parts)


def _leave_out_values(sentence: str) -> str:
    shorter = _ADDED.sub("", sentence)
    end = "" if shorter.endswith((".", "?", "!")) else "."
    return _FILLED.sub("…", f"{shorter}{end}").replace("….", "…")
