"""board: a class counted, as everybody may see it: no names and no ranking."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from grader.judge import ExerciseInfo
from grader.web.workshop.progress import RoomProgress
from grader.web.workshop.public_sentences import Sentences

STATES = ("right", "wrong", "working", "open")
MOST_MISTAKES = 4
# What a single person made would tell who it was.
FEWEST_PEOPLE = 2


class ExerciseCount(msgspec.Struct, frozen=True):
    """How many are how far with an exercise; the states of `STATES`, in their order."""

    tag: str
    title: str
    counts: tuple[int, ...]


class CommonMistake(msgspec.Struct, frozen=True):
    """A mistake that several made.

    Attributes:
        exercise: where.
        sentence: what is said of it, without anybody's values.
        now: how many have it now.
        ever: how many have or had it.
    """

    exercise: str
    sentence: str
    now: int
    ever: int


class Board(msgspec.Struct, frozen=True):
    """A lesson of a class, counted.

    Attributes:
        people: how many have joined.
        exercises: each exercise of the lesson.
        mistakes: the commonest mistakes, what most have now first.
        stuck: how many were wrong three times or more where they are.
    """

    people: int
    exercises: tuple[ExerciseCount, ...]
    mistakes: tuple[CommonMistake, ...]
    stuck: int


def count(
    lesson: str,
    exercises: Sequence[ExerciseInfo],
    learners: Sequence[str],
    standings: RoomProgress,
    sentences: Sentences,
) -> Board:
    """Count a lesson.

    Args:
        lesson: its short name.
        exercises: its exercises.
        learners: the ids of those who are counted.
        standings: where they are.
        sentences: what is said of mistakes.
    """
    counted = [
        ExerciseCount(
            one.tag, one.title, _count_states(lesson, one.tag, learners, standings)
        )
        for one in exercises
    ]
    tags = [one.tag for one in exercises]
    return Board(
        len(learners),
        tuple(counted),
        _mistakes(lesson, tags, learners, standings, sentences),
        sum(standings.is_stuck(one, lesson) for one in learners),
    )


def _count_states(
    lesson: str, tag: str, learners: Iterable[str], standings: RoomProgress
) -> tuple[int, ...]:
    found = Counter(standings.at(one, lesson, tag).state for one in learners)
    return tuple(found[state] for state in STATES)


def _mistakes(
    lesson: str,
    tags: Iterable[str],
    learners: Iterable[str],
    standings: RoomProgress,
    sentences: Sentences,
) -> tuple[CommonMistake, ...]:
    now, ever = Counter[tuple[str, str]](), defaultdict[tuple[str, str], set[str]](set)
    for learner in learners:
        for tag in tags:
            one = standings.at(learner, lesson, tag)
            for words in _said(lesson, one.made, sentences):
                ever[tag, words].add(learner)
            if one.state == "wrong":
                current = _said(lesson, {one.mistake}, sentences)
                now.update((tag, words) for words in current)
    found = [
        CommonMistake(tag, words, now[tag, words], len(who))
        for (tag, words), who in ever.items()
        if len(who) >= FEWEST_PEOPLE
    ]
    found.sort(key=lambda one: (-one.now, -one.ever, one.exercise))
    return tuple(found[:MOST_MISTAKES])


def _said(lesson: str, made: Iterable[str], sentences: Sentences) -> set[str]:
    return {words for tag in made for words in sentences.of(lesson, tag)}
