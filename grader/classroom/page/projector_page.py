"""projector_page: where a class stands, for everybody's eyes: no name is on it."""

from __future__ import annotations

from grader.classroom.page.learner_page import bar
from grader.classroom.records import ClassResult
from grader.classroom.summary import (
    ExerciseSummary,
    MistakeCount,
    Summary,
    place_of,
    summarise,
)
from grader.document.markup import Html, document, join, table, tag

COMMONEST = 6


def projector_page(result: ClassResult, style: str) -> bytes:
    """Return counts by exercise, and what several people got wrong.

    Args:
        result: the class.
        style: the style sheet's text.
    """
    summary, people = summarise(result), len(result.learners)
    many = f"{people} {'person' if people == 1 else 'people'}"
    return document(
        result.title,
        style,
        tag("header", tag("h1", result.title), tag("p", many)),
        tag(
            "main",
            tag("section", tag("h2", "What to explain next"), _mistakes(summary)),
            tag("section", tag("h2", "The exercises"), _exercises(summary, people)),
            class_="projector",
        ),
    )


def _mistakes(summary: Summary) -> Html:
    """Return what several people got wrong: what one alone did would point at
    somebody.
    """
    several = [one for one in summary.mistakes if len(one.learners) > 1]
    if not several:
        return tag("p", "No known mistake was made by more than one person.")
    return tag("ol", *map(_mistake, several[:COMMONEST]), class_="mistakes")


def _mistake(one: MistakeCount) -> Html:
    head = tag("p", tag("strong", one.people), f": {one.name}")
    # A sentence may hold a number of the answer that it was told of.
    if not one.is_shared:
        return tag("li", head)
    return tag("li", head, tag("p", one.sentence, class_="mistake"))


def _exercises(summary: Summary, people: int) -> Html:
    found = sorted(summary.exercises, key=lambda one: place_of(one.tag))
    if not found:
        return tag("p", "Nothing has been graded.")
    return table(
        "How many have it right, how many not yet, and of how many nothing could be "
        "judged",
        ("exercise", "right", "not yet", "not judged"),
        [_row(one, people) for one in found],
    )


def _row(one: ExerciseSummary, people: int) -> Html:
    right, tried = one.counts.passed, one.counts.tried
    share = join((bar(right / people), " ", str(right)))
    # The others handed in nothing, or nothing that could be judged.
    counts = (share, str(tried - right), str(people - tried))
    return tag(
        "tr",
        tag("th", tag("b", one.tag), " ", one.title, scope="row"),
        *(tag("td", count, class_="number") for count in counts),
    )
