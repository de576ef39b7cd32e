"""pages: the overview of a course and the page of a lesson, as HTML."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from grader.common.errors import BrokenLesson
from grader.common.sanitize import replace_controls
from grader.course.document import typeset
from grader.course.document.catalog import Lesson
from grader.course.document.cells import Cell, Document, version_of
from grader.course.document.markup import Html, tag
from grader.course.document.source import LARGEST_NOTEBOOK
from grader.course.document.templates import render
from grader.course.installation import format_command
from grader.course.settings import Introduction, read_settings
from grader.judge import ExerciseInfo, abilities_of
from grader.learner.gradebook import LessonStanding
from grader.report import Outcome, Report
from grader.web import search
from grader.web.drawing import keepsake_link
from grader.web.page_store import LARGEST_IN_ROOM, MOST_CELLS, Page
from grader.web.take_home import ALL

# A page shows a limited amount of its learner's own text, so that drawing it is always
# quick.
_MOST_OWN_TEXT = 15_000
# The fixed cost of each text, expressed in characters.
_EACH_TEXT = 20
_MORE_TEXT = (
    f"You have added more than {_MOST_OWN_TEXT:,} characters of text to this page. The "
    "rest is shown as it is written."
)
# What a page that isn't a lesson loads.
_SCRIPTS = ("overview",)


class Onward(msgspec.Struct, frozen=True):
    """Where a learner continues: a lesson, and its exercise if the lesson is begun."""

    lesson: Lesson
    exercise: str = ""


class CourseView(msgspec.Struct, frozen=True):
    """The content of a course's first page.

    Attributes:
        introduction: the course's description.
        lessons: all lessons.
        standings: the learner's state in each lesson that was graded.
        onward: where they continue, or None if every lesson is done.
        greeting: a message to the learner, or "".
        next_lesson: the short name of the class's current lesson, or "".
    """

    introduction: Introduction
    lessons: Sequence[Lesson]
    standings: Mapping[str, LessonStanding]
    onward: Onward | None
    greeting: str = ""
    next_lesson: str = ""


def overview_page(shown: CourseView) -> bytes:
    """Return the page with the learner's state in the whole course."""
    rows = [
        _lesson_fields(lesson, shown.standings.get(lesson.name))
        for lesson in shown.lessons
    ]
    return draw_page(
        "web/overview.html",
        shown.introduction.title or "Lessons",
        _SCRIPTS,
        summary=shown.introduction.summary,
        lessons=rows,
        onward=shown.onward,
        greeting=shown.greeting,
        next_lesson=shown.next_lesson,
        all=ALL,
        keepsake=keepsake_link() if any(one["is_passed"] for one in rows) else "",
    )


def _lesson_fields(lesson: Lesson, standing: LessonStanding | None) -> dict[str, Any]:
    try:
        minutes, abilities = _minutes_and_abilities(lesson)
    except BrokenLesson:  # its own page shows what is wrong with it
        minutes, abilities = 0, ()
    return {
        "lesson": lesson,
        "minutes": minutes,
        "abilities": abilities,
        "points": standing.points if standing else 0,
        "best": standing.best if standing else 0,
        "is_passed": bool(standing and standing.has_passed),
    }


# A class opens the overview all at once, and a lesson doesn't change while it is
# served.
@functools.lru_cache(maxsize=64)
def _minutes_and_abilities(lesson: Lesson) -> tuple[int, tuple[str, ...]]:
    """Return how many minutes a lesson takes, and what you can do afterwards."""
    return Document.read(lesson.page).minutes, tuple(abilities_of(lesson))


def search_page(lessons: Sequence[Lesson], query: str) -> bytes:
    """Return the places of all lessons that contain a text."""
    query = query[: search.LONGEST_QUERY].strip()
    results = search.find(lessons, query)
    return draw_page(
        "web/search.html",
        f"Search: {query}" if query else "Search",
        _SCRIPTS,
        query=query,
        found=results,
        suggestion="" if results else search.suggest(lessons, query),
        is_cut=len(results) == search.MOST_FOUND,
    )


class LessonPage(msgspec.Struct, frozen=True):
    """The content of a lesson's page.

    Attributes:
        lessons: all lessons of the course.
        page: the content of the learner's file.
        exercises: the exercises that are graded.
        report: the last grading.
        trouble: why nothing can be run or graded here, or "".
        next_lesson: the short name of the class's current lesson, or "".
        learner: the learner's id if several may use one browser, or "".
        has_canvas: whether a digit can be drawn for the learner's own network.
    """

    lesson: Lesson
    lessons: Sequence[Lesson]
    page: Page
    exercises: Sequence[ExerciseInfo]
    report: Report | None
    trouble: str = ""
    next_lesson: str = ""
    learner: str = ""
    has_canvas: bool = False


def _language_of(lesson: Lesson) -> str:
    """Return the language of a lesson's texts; "" if it is that of the page."""
    language = read_settings(lesson.folder.parents[1]).language
    return "" if language == "en" else language


def lesson_page(shown: LessonPage) -> bytes:
    """Return the page on which a learner reads, writes, runs and grades a lesson."""
    lesson, cells = shown.lesson, shown.page.document.cells[:MOST_CELLS]
    infos = {info.tag: info for info in shown.exercises}
    last = {cell.tag: cell.number for cell in cells if cell.tag in infos}
    # An exercise may have several headings; a link leads to the first. In a learner's
    # file it may have none, or not at the beginning of a text; then to its code.
    places = last | {
        search.section_id(cell.source): cell.number
        for cell in reversed(cells)
        if cell.is_text
    }
    texts, many = _set_texts(lesson, cells), len(shown.page.document.cells)
    described = [
        _text_fields(cell, places, texts[cell.number])
        if cell.is_text
        else _code_fields(cell, places, is_graded=last.get(cell.tag) == cell.number)
        for cell in cells
        if cell.source.strip() or not cell.is_text
    ]
    return draw_page(
        "web/lesson.html",
        f"Lesson {lesson.number} - {lesson.title}",
        (
            "lesson",
            *(["canvas"] if shown.has_canvas else []),
            *(["hand_in"] if shown.learner else []),
        ),
        lesson=lesson,
        lessons=shown.lessons,
        next_lesson=shown.next_lesson,
        learner=shown.learner,
        has_canvas=shown.has_canvas,
        why_not=shown.trouble,
        outcomes=_outcomes(shown.report, shown.exercises),
        **_neighbours(lesson, shown.lessons),
        abilities=abilities_of(lesson),
        language=_language_of(lesson),
        is_passed=_has_passed(shown.report),
        shape=shown.page.document.shape,
        cells=described,
        serve=format_command("serve"),
        is_cut=many > MOST_CELLS,
        cell_count=many,
        most_cells=MOST_CELLS,
        largest_python=LARGEST_IN_ROOM,
        largest_notebook=LARGEST_NOTEBOOK,
    )


def problem_page(sentence: str) -> bytes:
    """Return the page for a problem, instead of one that can't be shown."""
    return draw_page("web/problem.html", "Not here", _SCRIPTS, sentence=sentence)


def draw_page(
    name: str, title: str, scripts: Sequence[str] = (), /, **values: Any
) -> bytes:
    """Return a whole page, from a template that extends ``web/base.html``."""
    return f"{render(name, title=title, scripts=scripts, **values)}\n".encode()


def _has_passed(report: Report | None) -> bool:
    """Return whether all of a lesson is right, not only what was graded of it."""
    return report is not None and report.has_passed and not report.partial


def _neighbours(lesson: Lesson, lessons: Sequence[Lesson]) -> dict[str, Lesson | None]:
    """Return the previous and the next lesson, for a lesson's page."""
    around = [None, *lessons, None]
    at = around.index(lesson) if lesson in around else 0
    return {"previous": around[at - 1] if at else None, "following": around[at + 1]}


def states_of(report: Report | None, exercises: Iterable[ExerciseInfo]) -> Html:
    """Return the exercises with their outcomes, each as a link to its place."""
    return render("web/states.html", outcomes=_outcomes(report, exercises))


def _outcomes(
    report: Report | None, exercises: Iterable[ExerciseInfo]
) -> list[tuple[str, str, Outcome]]:
    outcomes = {e.tag: e.outcome for e in report.exercises} if report else {}
    return [
        (one.tag, one.title, outcomes.get(one.tag, Outcome.NOT_ATTEMPTED))
        for one in exercises
    ]


def _set_texts(lesson: Lesson, cells: Sequence[Cell]) -> dict[int, Html]:
    """Return the typeset texts of a page, by the numbers of their cells.

    The amount of text that the learner has added and that is typeset is limited.
    """
    known, shown, left = _own_texts(lesson), {}, _MOST_OWN_TEXT
    for cell in cells:
        if not cell.is_text:
            continue
        if (typeset_text := known.get(cell.source)) is not None:
            shown[cell.number] = typeset_text
            continue
        is_over = left < 0
        left -= len(cell.source) + _EACH_TEXT
        if left >= 0:
            shown[cell.number] = typeset.text(cell.source, _draw_command)
        else:
            why = "" if is_over else _MORE_TEXT
            shown[cell.number] = typeset.as_written(cell.source, why)
    return shown


@functools.lru_cache(maxsize=32)
def _own_texts(lesson: Lesson) -> dict[str, Html]:
    """Return the lesson's own typeset texts, which are on everybody's page."""
    texts = [cell.source for cell in Document.read(lesson.page).cells if cell.is_text]
    return {source: typeset.text(source, _draw_command) for source in texts}


def _text_fields(cell: Cell, places: Mapping[str, int], text: Html) -> dict[str, Any]:
    place = _place(search.section_id(cell.source), cell, places)
    return {"is_text": True, "place": place, "text": text}


def _place(name: str, cell: Cell, places: Mapping[str, int]) -> str:
    """Return the id of a cell to which links with a name lead, or ""."""
    return name if name and places.get(name) == cell.number else ""


def _code_fields(
    cell: Cell, places: Mapping[str, int], is_graded: bool
) -> dict[str, Any]:
    tag, line = cell.tag, cell.first_line
    return {
        "is_text": False,
        "place": _place(tag, cell, places),
        "number": cell.number - 1,
        # If a page can't show the text unchanged, a save never matches, so nothing is
        # lost.
        "version": version_of(replace_controls(cell.source)),
        "line": line,
        "exercise": tag if is_graded else "",
        "label": f"Code of exercise {tag}" if tag else f"Code, line {line}",
        "source": cell.source,
        "rows": cell.source.count("\n") + 1,
    }


def _draw_command(words: str) -> Html:
    """Return a command in a text as a button."""
    if words.startswith("grade "):
        return tag("button", "Grade the lesson", type="button", data_command="grade")
    return tag("code", format_command(words))
