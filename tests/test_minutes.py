"""The minutes that are stated are those of the exercises and of reading the text."""

from __future__ import annotations

import re
from math import ceil
from pathlib import Path

import pytest

from grader import build, catalog

ROOT = Path(__file__).parent.parent
LESSONS = {lesson.number: lesson for lesson in catalog.lessons(ROOT)}
PLAN = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
WORDS_A_MINUTE = 180
MOST_TO_SPARE = 10
EACH = pytest.mark.parametrize("number", LESSONS)
EXERCISE = re.compile(r"(?m)^#+ (?:(\d+[a-z])\b)?.*?(\d+) minutes")
MARKS = re.compile(r"(?m)^ *(?:#+|\*) ")  # of a heading, of an item in a list


def text_of(number: int) -> str:
    return build.prose(LESSONS[number].solution)


def needed(text: str) -> float:
    exercises = sum(int(minutes) for _, minutes in EXERCISE.findall(text))
    return exercises + len(MARKS.sub("", text).split()) / WORDS_A_MINUTE


def stated(number: int) -> int:
    found = re.search(r"(?m)^(\d+) minutes\b", text_of(number))
    assert found, "the top of a lesson says how many minutes it takes"
    return int(found[1])


def as_far_as(text: str, tag: str) -> str:
    """The text up to the end of what follows an exercise."""
    starts = {match[1]: match.start() for match in EXERCISE.finditer(text)}
    later = [start for start in starts.values() if start > starts[tag]]
    return text[: min(later)] if later else text


def plan() -> list[tuple[str, int, str, str]]:
    rows = re.findall(r"(?m)^\| (\d:\d\d) \| (\d+) \| (.*?) \| (.*?)\|$", PLAN)
    return [(start, int(minutes), what, how) for start, minutes, what, how in rows]


@EACH
def test_the_top_of_a_lesson_states_its_exercises_and_its_reading(number: int) -> None:
    need = needed(text_of(number))
    assert need <= stated(number) <= need + MOST_TO_SPARE, (
        f"Lesson {number} takes {need:.1f} minutes; state {5 * ceil(need / 5)}."
    )


@EACH
def test_the_readme_states_what_the_lesson_states(number: int) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    row = re.search(rf"(?m)^\| {number} \| .*? \| (\d+) \|", readme)
    assert row is not None
    assert int(row[1]) == stated(number)


def test_the_plan_is_three_hours_without_a_gap() -> None:
    clock = 0
    for start, minutes, what, _ in plan():
        hours, rest = start.split(":")
        assert 60 * int(hours) + int(rest) == clock, what
        clock += minutes
    assert clock == 180


def test_the_plan_leaves_every_lesson_the_minutes_that_it_takes() -> None:
    taught = [row for row in plan() if row[2].startswith("Lesson")]
    assert len(taught) >= 4
    for _, minutes, what, how in taught:
        number = int(re.findall(r"\d+", what)[0])
        first, last = re.findall(rf"\b{number}[a-z]\b", how)
        assert first == f"{number}a", "the reading is counted from the top"
        need = needed(as_far_as(text_of(number), last))
        assert need <= minutes, f"{what}: {first} to {last} take {need:.1f} minutes"


def test_the_lessons_that_fit_into_ninety_minutes_more_are_stated_so() -> None:
    more = re.search(
        r"With (\d+) minutes more, take lesson (\d) after .* and lesson (\d) after",
        PLAN,
    )
    assert more is not None
    assert int(more[1]) == stated(int(more[2])) + stated(int(more[3]))


def test_the_hours_in_all_and_at_home_are_as_stated() -> None:
    in_all = sum(map(stated, LESSONS))
    in_the_room = sum(minutes for _, minutes, what, _ in plan() if "Lesson" in what)
    hours = dict(
        enumerate(
            [
                "no",
                "one",
                "two",
                "three",
                "four",
                "five",
                "six",
                "seven",
                "eight",
                "nine",
            ]
        )
    )
    assert f"All ten lessons take {hours[round(in_all / 60)]}." in PLAN
    assert f"about {hours[round((in_all - in_the_room) / 60)]} hours." in PLAN
