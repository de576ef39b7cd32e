"""search: find words in the text of all lessons."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterator, Sequence

import msgspec

from grader.course.document.catalog import Lesson
from grader.course.document.cells import EXERCISE_TAG, Document
from grader.course.document.typeset import plain

MOST_FOUND = 50
LONGEST_QUERY = 80
_AROUND = 80  # characters on each side
_HEADING = re.compile(r"#+ +(.+)")
_TAG = re.compile(rf"{EXERCISE_TAG}\b")
_WORD = re.compile(r"\w{3,}")
_MARKUP = re.compile(r"(?m)^#+ +|[*`]")


class Found(msgspec.Struct, frozen=True):
    """One place that contains what was searched for.

    Attributes:
        lesson: the lesson whose text contains it.
        place: the id of its section on the lesson's page.
        heading: the heading of the section.
        before: the text before the match, on the same line of the results.
        match: the match itself, as the lesson spells it.
        after: the text after it.
    """

    lesson: Lesson
    place: str
    heading: str
    before: str
    match: str
    after: str


def section_id(text: str) -> str:
    """Return the id of a text cell on a page: its exercise, or its heading.

    >>> section_id("## 3e  The mean (20 points)"), section_id("## Why exp?")
    ('3e', 'why-exp')
    """
    heading = _HEADING.match(text)
    if heading is None:
        return ""
    if tag := _TAG.match(heading[1]):
        return tag[0]
    return "-".join(re.findall(r"\w+", heading[1].lower()))[:60]


def find(lessons: Sequence[Lesson], query: str) -> list[Found]:
    """Return up to `MOST_FOUND` sections that contain a text, whatever its case.

    Returns:
        At most one place for each section.
    """
    words = " ".join(query.split())[:LONGEST_QUERY]
    if not words:
        return []
    pattern = re.compile(re.escape(words), re.IGNORECASE)
    results = []
    for lesson in lessons:
        for place, heading, text in _sections(lesson):
            if match := pattern.search(text):
                begin, end = match.span()
                results.append(
                    Found(
                        lesson,
                        place,
                        heading or lesson.title,
                        _last_words(text[:begin]),
                        match[0],
                        _first_words(text[end:]),
                    )
                )
                if len(results) == MOST_FOUND:
                    return results
    return results


def suggest(lessons: Sequence[Lesson], query: str) -> str:
    """Return a query that is spelled similarly and finds something, or ""."""
    texts = (text for lesson in lessons for _, _, text in _sections(lesson))
    vocabulary = sorted(
        {word for text in texts for word in _WORD.findall(text.lower())}
    )
    words = query[:LONGEST_QUERY].lower().split()
    near = [difflib.get_close_matches(word, vocabulary, 1, 0.75) for word in words]
    if not all(near):
        return ""
    other = " ".join(best for (best,) in near)
    return other if find(lessons, other) else ""


def _last_words(text: str) -> str:
    """Return the end of a text, from the beginning of a word on."""
    if len(text) <= _AROUND:
        return text
    return "… " + text[-_AROUND:].partition(" ")[2]


def _first_words(text: str) -> str:
    """Return the beginning of a text, up to the end of a word."""
    if len(text) <= _AROUND:
        return text
    return text[:_AROUND].rpartition(" ")[0] + " …"


def _heading_of(text: str) -> str:
    heading = _HEADING.match(text)
    return " ".join(heading[1].partition("  (")[0].split()) if heading else ""


@functools.lru_cache(maxsize=64)
def _sections(lesson: Lesson) -> tuple[tuple[str, str, str], ...]:
    return tuple(_read_sections(lesson))


def _read_sections(lesson: Lesson) -> Iterator[tuple[str, str, str]]:
    """Yield the place, the heading and the text of each section of a lesson."""
    place = heading = ""
    for cell in Document.read(lesson.page).cells:
        if not cell.is_text:
            continue
        if name := section_id(cell.source):
            place, heading = name, _heading_of(cell.source)
        text = " ".join(_MARKUP.sub("", plain(cell.source)).split())
        yield place, heading, text
