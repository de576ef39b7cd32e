"""minutes: how long a lesson takes, by its exercises and the words to be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import ceil

from grader.document.exercise_tag import EXERCISE_TAG

WORDS_A_MINUTE = 180
MOST_TO_SPARE = 10
EXERCISE = re.compile(rf"(?m)^#+ (?:({EXERCISE_TAG})\b)?.*?(\d+) minutes")
_MARKS = re.compile(r"(?m)^ *(?:#+|\*) ")  # of a heading, of an item in a list


def minutes_needed(text: str) -> float:
    """Return the minutes that a text takes: those of its exercises, and the reading."""
    exercises = sum(int(minutes) for _, minutes in EXERCISE.findall(text))
    return exercises + len(_MARKS.sub("", text).split()) / WORDS_A_MINUTE


def minutes_stated(text: str) -> int | None:
    """Return the minutes that a lesson's text states at its top; None for none."""
    found = re.search(r"(?m)^(\d+) minutes\b", text)
    return int(found[1]) if found else None


def minute_problems(text: str) -> Iterator[str]:
    """Yield what is wrong with the minutes that a lesson's text states."""
    stated, need = minutes_stated(text), minutes_needed(text)
    right = 5 * ceil(need / 5)
    if stated is None:
        yield f"nothing says how long it takes; write below its title: {right} minutes."
    elif not need <= stated <= need + MOST_TO_SPARE:
        yield (
            f"it takes {need:.1f} minutes, by its exercises and {WORDS_A_MINUTE} words "
            f"a minute; its top says {stated}. Write {right} minutes there"
        )
