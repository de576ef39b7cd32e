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
_FENCE = re.compile(r"(?m)^```.*$")
_HEADING_LINE = re.compile(r"(?m)^(#+ .*\n)")
_MARKUP = re.compile(r"(?m)^#+ +|[*`]")
_SPACE = "\N{NO-BREAK SPACE}"  # no ellipsis is alone on its line

# A paragraph or a line of code, and whether it is code.
_Block = tuple[str, bool]
# Its place, its heading, and the blocks below it.
_Section = tuple[str, str, tuple[_Block, ...]]


class Found(msgspec.Struct, frozen=True):
    """One place that contains what was searched for.

    Attributes:
        lesson: the lesson whose text contains it.
        place: the id of its section on the lesson's page.
        heading: the heading of the section.
        before: the text before the match, on the same line of the results.
        match: the match itself, as the lesson spells it; "" if only the heading
            contains it, and then the section's first words come after it.
        after: the text after it.
        is_code: whether it is a line of code.
    """

    lesson: Lesson
    place: str
    heading: str
    before: str
    match: str
    after: str
    is_code: bool = False


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
        for place, heading, blocks in _sections(lesson):
            found = ((pattern.search(text), text, is_code) for text, is_code in blocks)
            match, text, is_code = next((x for x in found if x[0]), (None, "", False))
            title = heading or lesson.title
            if match is None and not pattern.search(title):
                continue
            if match is None and blocks:
                text, is_code = blocks[0]
            begin, end = match.span() if match else (0, 0)
            before, after = _last_words(text[:begin]), _first_words(text[end:])
            results.append(
                Found(lesson, place, title, before, text[begin:end], after, is_code)
            )
            if len(results) == MOST_FOUND:
                return results
    return results


def suggest(lessons: Sequence[Lesson], query: str) -> str:
    """Return a query that is spelled similarly and finds something, or ""."""
    texts = (
        text
        for lesson in lessons
        for _, heading, blocks in _sections(lesson)
        for text in (heading, *(text for text, _ in blocks))
    )
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
    return f"…{_SPACE}" + text[-_AROUND:].partition(" ")[2]


def _first_words(text: str) -> str:
    """Return the beginning of a text, up to the end of a word."""
    if len(text) <= _AROUND:
        return text
    return text[:_AROUND].rpartition(" ")[0] + f"{_SPACE}…"


def _heading_of(text: str) -> str:
    heading = _HEADING.match(text)
    words = heading[1].partition("  (")[0].split() if heading else ()
    return _MARKUP.sub("", " ".join(words))


@functools.lru_cache(maxsize=64)
def _sections(lesson: Lesson) -> tuple[_Section, ...]:
    return tuple(_read_sections(lesson))


def _read_sections(lesson: Lesson) -> Iterator[_Section]:
    """Yield the place, the heading and the blocks of each section of a lesson."""
    place = heading = ""
    blocks: list[_Block] = []
    for cell in Document.read(lesson.page).cells:
        if not cell.is_text:
            continue
        text = cell.source
        if name := section_id(text):
            if blocks or heading:
                yield place, heading, tuple(blocks)
            place, heading, blocks = name, _heading_of(text), []
            text = text.partition("\n")[2]
        blocks += _split_blocks(text)
    if blocks or heading:
        yield place, heading, tuple(blocks)


def _split_blocks(source: str) -> Iterator[_Block]:
    """Yield the paragraphs of a text, each as one line, and the lines of its code."""
    for number, piece in enumerate(_FENCE.split(source)):
        text = piece if number % 2 else _HEADING_LINE.sub(r"\1\n", piece)
        for block in re.split(r"\n\s*\n", text):
            is_indented = all(line[:4] == "    " for line in block.splitlines())
            is_code = number % 2 == 1 or is_indented
            words = plain(block)
            parts = words.splitlines() if is_code else [_MARKUP.sub("", words)]
            for part in parts:
                if line := " ".join(part.split()):
                    yield line, is_code
