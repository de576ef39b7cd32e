"""The minutes that are stated are those of the exercises and of reading the text."""

from __future__ import annotations

import re

from grader.authoring.verify.lesson_text import EXERCISE, minutes_needed, minutes_stated
from grader.course.document import catalog
from grader.course.document.cells import Document
from tests.support.project import ROOT

NUMBERS = re.findall(
    r"\w+",
    "no one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty",
)
LESSONS = {lesson.number: lesson for lesson in catalog.lessons(ROOT)}
PLAN = (ROOT / "docs" / "workshop.md").read_text(encoding="utf-8")


def text_of(number: int) -> str:
    return Document.read(LESSONS[number].solution).prose


def stated(number: int) -> int:
    minutes = minutes_stated(text_of(number))
    assert minutes, "the top of a lesson says how many minutes it takes"
    return minutes


def as_far_as(text: str, tag: str) -> str:
    """The text up to the end of what follows an exercise."""
    starts = {match[1]: match.start() for match in EXERCISE.finditer(text)}
    later = [start for start in starts.values() if start > starts[tag]]
    return text[: min(later)] if later else text


def plan() -> list[tuple[str, int, str, str]]:
    rows = re.findall(r"(?m)^\| (\d:\d\d) \| (\d+) \| (.*?) \| (.*?)\|$", PLAN)
    return [(start, int(minutes), what, how) for start, minutes, what, how in rows]


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
        need = minutes_needed(as_far_as(text_of(number), last))
        assert need <= minutes, f"{what}: {first} to {last} take {need:.1f} minutes"


def test_the_lessons_that_fit_into_ninety_minutes_more_are_stated_so() -> None:
    more = re.search(
        r"With (\d+) minutes more, take lesson (\d) after .* and lesson (\d) after",
        PLAN,
    )
    assert more is not None
    assert int(more[1]) == stated(int(more[2])) + stated(int(more[3]))


def test_the_hours_in_all_and_at_home_are_as_stated() -> None:
    """A lesson that is added leaves it true: it says of which lessons it speaks."""
    told = re.search(r"Lessons 1 to (\d+) take (\w+) in all\.", PLAN)
    assert told is not None
    in_all = sum(stated(number) for number in LESSONS if number <= int(told[1]))
    in_the_room = sum(minutes for _, minutes, what, _ in plan() if "Lesson" in what)
    assert told[2] == NUMBERS[round(in_all / 60)]
    at_home = NUMBERS[round((in_all - in_the_room) / 60)]
    assert f"about {at_home} hours." in PLAN


def test_the_hours_and_the_sittings_in_the_readme_are_as_stated() -> None:
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    told = re.search(
        r"Lessons 1 to (\d+) add up to about (\d+) hours, .*? sittings of (\d+) to (\d+) "
        r"minutes\.",
        readme,
    )
    assert told is not None
    last, hours, shortest, longest = map(int, told.groups())
    minutes = {number: stated(number) for number in LESSONS if number <= last}
    assert hours == round(sum(minutes.values()) / 60)
    two = re.search(r"\(lesson (\d+) takes two\)", readme)
    assert two is not None
    del minutes[int(two[1])]
    assert (shortest, longest) == (min(minutes.values()), max(minutes.values()))


def test_lesson_4_has_a_break_and_says_what_comes_after_it() -> None:
    text = text_of(4)
    _, _, below = text.partition("**A good place for a break.**")
    told = re.search(r"The second half takes about (\d+) minutes", below)
    assert told is not None
    assert abs(minutes_needed(below) - int(told[1])) < 5
