"""sections: the texts of a lesson's page, cut at their headings, and its contents.

An exercise is a card: everything from its heading to its own cell.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from grader.course.document import typeset
from grader.course.document.catalog import Lesson
from grader.course.document.cells import (
    EXERCISE_TAG,
    MINUTES,
    Cell,
    Document,
    split_heading,
)
from grader.course.document.markup import Html, join, tag
from grader.course.installation import format_command
from grader.report import Outcome
from grader.web.search import section_id

# A page shows a limited amount of its learner's own text, so that drawing it is always
# quick.
_MOST_OWN_TEXT = 15_000
# The fixed cost of each text, expressed in characters.
_EACH_TEXT = 20
_MORE_TEXT = (
    f"You have added more than {_MOST_OWN_TEXT:,} characters of text to this page. The "
    "rest is shown as it is written."
)
_HEADING = re.compile(r"#{1,6} ")
# What is in front of a title: an exercise; or, with two spaces, such as "Lesson 3".
_NUMBERED = re.compile(
    rf"(?P<number>{EXERCISE_TAG}(?= )|\S[^ ]{{0,20}}(?: \d+)?(?=  )) +(?P<title>\S.*)"
)
_MARKUP = re.compile(r"[*`]")
_LISTED = 2  # the level of the headings that are in the contents


class Section(msgspec.Struct, frozen=True):
    """A part of a text cell, from one heading to the next.

    Attributes:
        name: the id to which links lead: its exercise, or its heading; or "".
        title: its heading without its number, for the contents; or "".
        html: the text.
    """

    name: str
    title: str
    html: Html


class ContentsEntry(msgspec.Struct, frozen=True):
    """A line of the contents: a section, or an exercise with its outcome.

    Attributes:
        place: the id to which it leads.
        title: the heading, or the title of the exercise.
        outcome: that of the exercise; None for a section.
        word: the outcome as people read it.
    """

    place: str
    title: str
    outcome: Outcome | None = None
    word: str = ""


class PartGroup(msgspec.Struct, frozen=True):
    """Parts of a page that belong together: a card if they are an exercise."""

    exercise: str
    parts: list[dict[str, Any]]


def split_text(source: str) -> list[str]:
    """Return a text cut at its headings, but not inside of code or of a fold.

    >>> split_text("# A\\nwords\\n## B"), split_text("```\\n# no heading\\n```")
    (['# A\\nwords', '## B'], ['```\\n# no heading\\n```'])
    """
    lines, starts = source.split("\n"), [0]
    is_fenced, folds = False, 0
    for number, line in enumerate(lines):
        is_fenced ^= line.startswith("```")
        folds = max(0, folds + line.count("<details") - line.count("</details"))
        if number and not is_fenced and not folds and _HEADING.match(line):
            starts.append(number)
    ends = [*starts[1:], len(lines)]
    return ["\n".join(lines[a:b]) for a, b in zip(starts, ends, strict=True)]


def set_texts(lesson: Lesson, cells: Sequence[Cell]) -> dict[int, tuple[Section, ...]]:
    """Return the typeset texts of a page, by the numbers of their cells.

    The amount of text that the learner has added and that is typeset is limited.
    """
    known, shown, left = _own_texts(lesson), {}, _MOST_OWN_TEXT
    for cell in cells:
        if not cell.is_text:
            continue
        if (sections := known.get(cell.source)) is not None:
            shown[cell.number] = sections
            continue
        is_over = left < 0
        left -= len(cell.source) + _EACH_TEXT
        if left >= 0:
            shown[cell.number] = tuple(_set_sections(cell.source))
        else:
            why = "" if is_over else _MORE_TEXT
            html = typeset.as_written(cell.source, why)
            shown[cell.number] = (Section(section_id(cell.source), "", html),)
    return shown


@functools.lru_cache(maxsize=32)
def _own_texts(lesson: Lesson) -> dict[str, tuple[Section, ...]]:
    """Return the lesson's own typeset texts, which are on everybody's page."""
    texts = [cell.source for cell in Document.read(lesson.page).cells if cell.is_text]
    return {source: tuple(_set_sections(source)) for source in texts}


def _set_sections(source: str) -> Iterator[Section]:
    is_usual = len(source) <= typeset.LONGEST_TEXT
    for part in split_text(source) if is_usual else [source]:
        first, _, rest = part.partition("\n")
        heading = split_heading(first) if is_usual else None
        if heading is None:
            yield Section(section_id(part), "", typeset.text(part, _draw_command))
            continue
        level, words, details = heading
        facts = tag("p", details, class_="facts") if details else ""
        if level == 1 and MINUTES.match(rest):  # what a lesson takes and needs
            first_lines, _, rest = rest.partition("\n\n")
            facts = tag("p", typeset.inline(first_lines), class_="facts")
        body = typeset.text(rest, _draw_command) if rest.strip() else ""
        html = join((_draw_heading(level, words), facts, body))
        title = _title_of(words) if level == _LISTED else ""
        yield Section(section_id(part), title, html)


def _draw_heading(level: int, words: str) -> Html:
    """Return a heading; the number in front of its title looks different."""
    match = _NUMBERED.fullmatch(words)
    if match is None:
        return tag(f"h{level}", typeset.inline(words))
    is_exercise = re.fullmatch(EXERCISE_TAG, match["number"])
    colon = "" if is_exercise else tag("span", ":", class_="spoken")
    shown = tag("span", match["number"], colon, class_="tag")
    return tag(f"h{level}", shown, " ", typeset.inline(match["title"]))


def _title_of(words: str) -> str:
    match = _NUMBERED.fullmatch(words)
    return _MARKUP.sub("", typeset.plain(match["title"] if match else words))


def _draw_command(words: str) -> Html:
    """Return a command in a text as a button."""
    if words.startswith("grade "):
        return tag("button", "Grade the lesson", type="button", data_command="grade")
    return tag("code", format_command(words))


def place_parts(parts: Iterable[dict[str, Any]]) -> None:
    """Give each part its place: the id to which links with its name lead, or "".

    An exercise may have several headings; a link leads to the first. In a learner's
    file it may have none; then to its code.
    """
    parts, seen = list(parts), set[str]()
    for is_text in (True, False):
        for part in parts:
            if part["is_text"] is is_text:
                part["place"] = "" if part["name"] in seen else part["name"]
                seen.add(part["name"])


def group_parts(
    parts: Iterable[dict[str, Any]], exercises: Collection[str]
) -> list[PartGroup]:
    """Return the parts of a page in groups: each exercise is one."""
    groups = [PartGroup("", [])]
    for part in parts:
        is_head = part["is_text"] and part["place"] in exercises
        is_own = not part["is_text"] and part["exercise"]
        if is_head or (is_own and groups[-1].exercise != part["exercise"]):
            groups.append(PartGroup(part["place"] if is_head else part["exercise"], []))
        groups[-1].parts.append(part)
        if is_own:
            groups.append(PartGroup("", []))
    return [group for group in groups if group.parts]


def list_contents(
    parts: Iterable[dict[str, Any]], outcomes: Mapping[str, tuple[str, Outcome, str]]
) -> list[ContentsEntry]:
    """Return the sections and the exercises of a page, in its order.

    Args:
        parts: the parts of the page, with their places.
        outcomes: by tag, the title and the outcome of each exercise, and the word for
            the outcome.
    """
    entries, left = [], dict(outcomes)
    for part in parts:
        place = part["place"]
        if place in left:
            entries.append(ContentsEntry(place, *left.pop(place)))
        elif part["is_text"] and place and part["title"]:
            entries.append(ContentsEntry(place, part["title"]))
    # A learner's file may lack the place of an exercise.
    return entries + [ContentsEntry(place, *facts) for place, facts in left.items()]
