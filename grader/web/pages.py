"""pages: the overview of a course and the page of a lesson, as HTML."""

from __future__ import annotations

import base64
import functools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from grader.common.errors import BrokenLesson
from grader.common.sanitize import replace_controls
from grader.course.document.catalog import Lesson
from grader.course.document.cells import Cell, Document, version_of
from grader.course.document.kept_figures import label_fold
from grader.course.document.markup import Html, tag
from grader.course.document.renewal import renew
from grader.course.document.source import LARGEST_NOTEBOOK
from grader.course.document.templates import render
from grader.course.installation import format_command
from grader.course.settings import CourseSettings, Introduction, read_settings
from grader.judge import ExerciseInfo, abilities_of
from grader.learner.gradebook import LessonStanding
from grader.learner.gradebook.course_page import HEADING
from grader.report import Outcome, Report
from grader.report.sentences import count_of
from grader.web import search
from grader.web.drawing import draw_kept, keepsake_link
from grader.web.page_store import LARGEST_IN_ROOM, MOST_CELLS, Page
from grader.web.sections import (
    Section,
    group_parts,
    list_contents,
    place_parts,
    set_texts,
)
from grader.web.take_home import ALL, KEEPSAKE

# What a page that isn't a lesson loads.
_SCRIPTS = ("overview",)
_AN_HOUR = 55  # minutes, from which hours are counted


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
        root: the folder of the course, for its picture and its parts; None for none.
    """

    introduction: Introduction
    lessons: Sequence[Lesson]
    standings: Mapping[str, LessonStanding]
    onward: Onward | None
    greeting: str = ""
    next_lesson: str = ""
    root: Path | None = None


def overview_page(shown: CourseView) -> bytes:
    """Return the page with the learner's state in the whole course."""
    rows = [
        _lesson_fields(lesson, shown.standings.get(lesson.name))
        for lesson in shown.lessons
    ]
    course = read_settings(shown.root) if shown.root else CourseSettings()
    return draw_page(
        "web/overview.html",
        shown.introduction.title or "Lessons",
        _SCRIPTS,
        summary=shown.introduction.summary,
        parts=_group_lessons(rows, course.parts),
        standing=_describe_standing(rows),
        cover=_draw_cover(shown.root, course),
        onward=shown.onward,
        greeting=shown.greeting,
        next_lesson=shown.next_lesson,
        all=ALL,
        keepsake=keepsake_link() if any(one["is_passed"] for one in rows) else "",
    )


def _lesson_fields(lesson: Lesson, standing: LessonStanding | None) -> dict[str, Any]:
    try:
        points, minutes, abilities = _read_facts(lesson)
    except BrokenLesson:  # its own page shows what is wrong with it
        points, minutes, abilities = 0, 0, ()
    return {
        "lesson": lesson,
        "minutes": minutes,
        "abilities": abilities,
        "has_begun": standing is not None and standing.points > 0,
        "points": (standing and standing.points) or points,
        "best": standing.best if standing else 0,
        "is_passed": bool(standing and standing.has_passed),
    }


# A class opens the overview all at once, and a lesson doesn't change while it is
# served.
@functools.lru_cache(maxsize=64)
def _read_facts(lesson: Lesson) -> tuple[int, int, tuple[str, ...]]:
    """Return a lesson's points and minutes, and what you can do afterwards."""
    page = Document.read(lesson.page)
    return sum(page.points.values()), page.minutes, tuple(abilities_of(lesson))


def _group_lessons(
    rows: Sequence[Mapping[str, Any]], parts: Mapping[str, int]
) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Return the parts of a course, each with its lessons."""
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for one in rows:
        number = one["lesson"].number
        # That lesson itself may have been removed.
        begun = [title for title, first in parts.items() if first <= number]
        title = max(begun, key=lambda name: parts[name], default="Lessons")
        grouped.setdefault(title, []).append(one)
    return list(grouped.items())


def _describe_standing(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the points of a whole course, and how long the rest of it takes."""
    points, best = (sum(one[name] for one in rows) for name in ("points", "best"))
    left = sum(
        one["minutes"] * (1 - one["best"] / one["points"])
        for one in rows
        if one["points"] and not one["is_passed"]
    )
    many = f"{best:,} of {points:,} points" if best else f"{points:,} points"
    if not round(left):
        return many
    count, noun = (left / 60, "hour") if left >= _AN_HOUR else (left, "minute")
    rest = f"about {count_of(round(count), noun)}"
    return f"{many}, {rest} left" if best else f"{many}, {rest}"


def _draw_cover(root: Path | None, course: CourseSettings) -> Html:
    """Return the picture of a course, inside the page itself; or nothing."""
    if root is None or not course.cover:
        return Html("")
    source = base64.b64encode((root / course.cover).read_bytes()).decode()
    alt = course.cover_alt or "The picture of the course"
    return tag("img", src=f"data:image/png;base64,{source}", alt=alt, class_="cover")


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
        passed: the names of the lessons of which everything is right.
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
    passed: frozenset[str] = frozenset()


def _language_of(lesson: Lesson) -> str:
    """Return the language of a lesson's texts; "" if it is that of the page."""
    language = read_settings(lesson.folder.parents[1]).language
    return "" if language == "en" else language


def lesson_page(shown: LessonPage) -> bytes:
    """Return the page on which a learner reads, writes, runs and grades a lesson."""
    lesson, many = shown.lesson, len(shown.page.document.cells)
    parts = _list_parts(shown)
    outcomes = _outcomes(shown.report, shown.exercises)
    contents = list_contents(
        parts, {name: (title, outcome, word) for name, title, outcome, word in outcomes}
    )
    own = shown.page
    renewable = renew(own.document, Document.read(lesson.page))[1]
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
        renewable=renewable if own.has_begun else 0,
        contents=contents,
        passed=shown.passed,
        **neighbours_of(lesson, shown.lessons),
        abilities=abilities_of(lesson),
        language=_language_of(lesson),
        is_graded=shown.report is not None,
        is_passed=_has_passed(shown.report),
        shape=shown.page.document.shape,
        groups=group_parts(parts, {info.tag for info in shown.exercises}),
        serve=format_command("serve"),
        is_cut=many > MOST_CELLS,
        cell_count=many,
        most_cells=MOST_CELLS,
        largest_python=LARGEST_IN_ROOM,
        largest_notebook=LARGEST_NOTEBOOK,
    )


def _list_parts(shown: LessonPage) -> list[dict[str, Any]]:
    """Return the sections and the cells of a page, each with its place."""
    cells = shown.page.document.cells[:MOST_CELLS]
    known = {info.tag for info in shown.exercises}
    graded = {cell.tag: cell.number for cell in cells if cell.tag in known}
    texts = set_texts(shown.lesson, cells)
    kept = shown.page.kept_figures(shown.lesson)
    given = shown.page.given_cells(Document.read(shown.lesson.page))
    parts: list[dict[str, Any]] = []
    for cell in cells:
        if not cell.is_text:
            figures = kept.get(cell.number)
            is_graded = graded.get(cell.tag) == cell.number
            original = given.get(cell.tag if is_graded else cell.number)
            parts.append(
                _code_fields(cell, is_graded)
                | {"given": original.source if original else None}
                | {"kept": "" if figures is None else draw_kept(shown.lesson, figures)}
            )
        elif cell.source.strip():
            parts += map(_text_fields, texts[cell.number])
    place_parts(parts)
    return parts


def abilities_page(described: Mapping[str, Any]) -> bytes:
    """Return the page with what the learner can do now."""
    return draw_page(
        "web/abilities.html", HEADING, _SCRIPTS, file=f"/take/{KEEPSAKE}", **described
    )


def problem_page(sentence: str, is_missing: bool) -> bytes:
    """Return the page for a problem, instead of one that can't be shown.

    Args:
        sentence: what the problem is.
        is_missing: whether nothing has the address of the page.
    """
    title = "Page not found" if is_missing else "This page can't be shown"
    return draw_page(
        "web/problem.html", title, _SCRIPTS, sentence=sentence, is_missing=is_missing
    )


def draw_page(
    name: str, title: str, scripts: Sequence[str] = (), /, **values: Any
) -> bytes:
    """Return a whole page, from a template that extends ``web/base.html``."""
    return f"{render(name, title=title, scripts=scripts, **values)}\n".encode()


def _has_passed(report: Report | None) -> bool:
    """Return whether all of a lesson is right, not only what was graded of it."""
    return report is not None and report.has_passed and not report.partial


def neighbours_of(
    lesson: Lesson, lessons: Sequence[Lesson]
) -> dict[str, Lesson | None]:
    """Return the previous and the following lesson, by these words."""
    around = [None, *lessons, None]
    at = around.index(lesson) if lesson in around else 0
    return {"previous": around[at - 1] if at else None, "following": around[at + 1]}


def states_of(report: Report | None, exercises: Iterable[ExerciseInfo]) -> Html:
    """Return the exercises with their outcomes, each as a link to its place."""
    return render("web/states.html", outcomes=_outcomes(report, exercises))


def _outcomes(
    report: Report | None, exercises: Iterable[ExerciseInfo]
) -> list[tuple[str, str, Outcome, str]]:
    """Return each exercise's tag and title, its outcome, and the word for that."""
    none = Outcome.NOT_ATTEMPTED
    known = {e.tag: (e.outcome, e.word) for e in report.exercises} if report else {}
    return [
        (one.tag, one.title, *known.get(one.tag, (none, none.word)))
        for one in exercises
    ]


def _text_fields(section: Section) -> dict[str, Any]:
    return {
        "is_text": True,
        "name": section.name,
        "title": section.title,
        "text": section.html,
    }


def _code_fields(cell: Cell, is_graded: bool) -> dict[str, Any]:
    name, line = cell.tag, cell.first_line
    return {
        "is_text": False,
        "name": name if is_graded else "",
        "number": cell.number - 1,
        # If a page can't show the text unchanged, a save never matches, so nothing is
        # lost.
        "version": version_of(replace_controls(cell.source)),
        "line": line,
        "exercise": name if is_graded else "",
        "label": f"Code of exercise {name}" if name else f"Code, line {line}",
        "fold": label_fold(cell),
        "source": cell.source,
        "rows": cell.source.count("\n") + 1,
    }
