"""pages: the overview of a course and the page of a lesson, as HTML."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from grader.document import typeset
from grader.document.catalog import Lesson
from grader.document.cells import EXERCISE_TAG, Cell, Document, version_of
from grader.document.markup import Html, join, table, tag
from grader.gradebook import LessonStanding
from grader.installation import format_command
from grader.judge import ExerciseInfo
from grader.report import Outcome, Report
from grader.sanitize import replace_controls
from grader.web.drawing import keepsake_link
from grader.web.page_store import MOST_CELLS, Page
from grader.web.take_home import ALL

_HEADING = re.compile(rf"#+ ({EXERCISE_TAG}\d?)\b")
# What a page has of its learner's own is bounded, so that drawing it takes a moment
# whatever they write.
_MOST_OWN_TEXT = 15_000
# What setting a text takes however short it is, in characters.
_EACH_TEXT = 20
_MORE_CELLS = (
    "Your file has {} cells, and this page shows the first {}. The others are in the "
    "file: open it in an editor."
)
_MORE_TEXT = (
    f"You have added more than {_MOST_OWN_TEXT:,} characters of text to this page. The "
    "rest is shown as it is written."
)
# In the order in which they need each other.
_SCRIPTS = ("editor", "curve", "cell", "lesson")
_KEYS = (
    "Tab indents; Escape and then Tab leaves the editor. Ctrl+Enter runs the cell, "
    "Alt+Enter grades."
)


def overview_page(
    title: str,
    lessons: Sequence[Lesson],
    standings: Mapping[str, LessonStanding],
    greeting: str = "",
    next_lesson: str = "",
) -> bytes:
    """Return where the learner stands in the whole course."""
    rows = [_overview_row(lesson, standings.get(lesson.name)) for lesson in lessons]
    shown = table("The lessons", ("lesson", "points", "graded"), rows)
    take = tag("a", "Take everything home (zip)", href=f"/take/{ALL}")
    found = [standings.get(lesson.name) for lesson in lessons]
    has_passed = any(standing and standing.has_passed for standing in found)
    heading = tag("h1", title or "Lessons")
    hello = tag("p", greeting) if greeting else ""
    keep = tag("p", keepsake_link()) if has_passed else ""
    parts = (heading, hello, next_line(next_lesson), shown, tag("p", take), keep)
    body = tag("main", *parts, id="main")
    return document(title or "Lessons", "", body)


class LessonPage(msgspec.Struct, frozen=True):
    """What the page of a lesson is made of.

    Attributes:
        lesson: the lesson.
        lessons: all lessons of the course.
        page: what stands in the learner's file.
        exercises: the exercises that are graded.
        report: the last grading.
        trouble: why nothing can be run or graded here, or "".
        next_lesson: the short name of the lesson that the class is at, or "".
        learner: who it is, where several may use one browser, or "".
    """

    lesson: Lesson
    lessons: Sequence[Lesson]
    page: Page
    exercises: Sequence[ExerciseInfo]
    report: Report | None
    trouble: str = ""
    next_lesson: str = ""
    learner: str = ""


def lesson_page(shown: LessonPage) -> bytes:
    """Return the page on which a learner reads, writes, runs and has it graded."""
    lesson, cells = shown.lesson, shown.page.document.cells[:MOST_CELLS]
    known = {info.tag: info for info in shown.exercises}
    last = {cell.tag: cell.number for cell in cells if cell.tag in known}
    # An exercise may have several headings; a link leads to the first.
    places = {_headed(cell): cell.number for cell in reversed(cells)}
    texts = _set_texts(lesson, cells)
    parts = [
        _draw_text(cell, places, texts[cell.number])
        if cell.is_text
        else _draw_code(
            cell, known.get(cell.tag) if last.get(cell.tag) == cell.number else None
        )
        for cell in cells
        if cell.source.strip() or not cell.is_text
    ]
    trouble, many = shown.trouble, len(shown.page.document.cells)
    main = tag(
        "main",
        tag("p", trouble, class_="trouble", role="alert") if trouble else "",
        *parts,
        tag("p", _MORE_CELLS.format(many, MOST_CELLS)) if many > MOST_CELLS else "",
        tag("section", id="whole", aria_live="polite", aria_label="The whole lesson"),
        tag("p", _KEYS, id="keys", class_="quiet"),
        id="main",
        data_lesson=lesson.short_name,
        data_shape=shown.page.document.shape,
        data_learner=shown.learner or None,
    )
    title = f"Lesson {lesson.number} - {lesson.title}"
    return document(title, _bar(shown, known), main)


def problem_page(sentence: str) -> bytes:
    """Return what stands in the place of a page that cannot be shown."""
    back = tag("p", tag("a", "All lessons", href="/"))
    body = tag("main", tag("h1", "Not here"), tag("p", sentence), back, id="main")
    return document("Not here", "", body)


def document(
    title: str, head: Html | str, body: Html, scripts: Sequence[str] = _SCRIPTS
) -> bytes:
    """Return a whole page; what it may load is said by the server's headers."""
    files = (
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        Html('<link rel="stylesheet" href="/static/style.css">'),
        # Without one a browser asks for /favicon.ico, which is nothing here.
        Html('<link rel="icon" href="data:,">'),
        *(tag("script", src=f"/static/{name}.js", defer="") for name in scripts),
    )
    skip = tag("a", "To the text", href="#main", class_="skip")
    page = tag("html", tag("head", *files), tag("body", skip, head, body), lang="en")
    return f"<!doctype html>\n{page}\n".encode()


def states_of(report: Report | None, exercises: Iterable[str]) -> Html:
    """Return the exercises with what became of them, each a link to its place."""
    outcomes = {e.tag: e.outcome for e in report.exercises} if report else {}
    return join(
        tag(
            "li",
            tag("a", tag("b", name), " ", _state(outcomes.get(name)), href=f"#{name}"),
        )
        for name in exercises
    )


def _state(outcome: Outcome | None) -> Html:
    """Return an outcome as a sign; its word is said to whoever hears the page."""
    outcome = outcome or Outcome.NOT_ATTEMPTED
    sign = tag("span", outcome.glyph, aria_hidden="true")
    kind = outcome.value.replace(" ", "-")
    word = tag("span", outcome.value, class_="spoken")
    return tag("span", sign, word, class_=f"outcome {kind}", title=outcome.value)


def next_line(short_name: str) -> Html:
    """Return where the class is, for a page that hears when it goes on."""
    link = tag("a", _lesson_words(short_name), href=f"/{short_name}")
    words = ("Your class is at ", link, ".") if short_name else ()
    return tag("p", *words, id="next", role="status")


def _lesson_words(short_name: str) -> str:
    return short_name.replace("lesson", "lesson ")


def _overview_row(lesson: Lesson, standing: LessonStanding | None) -> Html:
    link = tag(
        "a", f"Lesson {lesson.number}  {lesson.title}", href=f"/{lesson.short_name}"
    )
    points = f"{standing.last} of {standing.points}" if standing else "not graded yet"
    count = standing.gradings if standing else 0
    times = {0: "", 1: "once"}.get(count, f"{count} times")
    return tag(
        "tr",
        tag("th", link, scope="row"),
        tag("td", points, class_="number"),
        tag("td", times, class_="number"),
    )


def _bar(shown: LessonPage, known: Mapping[str, ExerciseInfo]) -> Html:
    """Return what stays at the top: the way to other lessons, and the exercises."""
    lesson = shown.lesson
    links = (
        tag(
            "li",
            tag(
                "a",
                str(one.number),
                href=f"/{one.short_name}",
                aria_current="page" if one == lesson else None,
                aria_label=f"Lesson {one.number}: {one.title}",
            ),
        )
        for one in shown.lessons
    )
    take = tag(
        "p",
        "Take home: ",
        tag("a", ".py", href=f"/take/{lesson.name}.py"),
        " ",
        tag("a", ".ipynb", href=f"/take/{lesson.name}.ipynb"),
        class_="take",
    )
    home = tag("a", "All lessons", href="/")
    return tag(
        "header",
        next_line(shown.next_lesson),
        tag("nav", home, tag("ol", *links), take, aria_label="Lessons"),
        tag(
            "nav",
            tag("ol", states_of(shown.report, known), id="states"),
            tag("p", "", id="saved", role="status"),
            aria_label="Exercises",
        ),
    )


def _headed(cell: Cell) -> str:
    """Return the exercise whose heading a text begins with, or ""."""
    heading = _HEADING.match(cell.source) if cell.is_text else None
    return heading[1] if heading else ""


def _set_texts(lesson: Lesson, cells: Sequence[Cell]) -> dict[int, Html]:
    """Return the texts of a page as they are set, by the numbers of their cells.

    Of what its learner has added only so much is set.
    """
    known, shown, left = _own_texts(lesson), {}, _MOST_OWN_TEXT
    for cell in cells:
        if not cell.is_text:
            continue
        if (own := known.get(cell.source)) is not None:
            shown[cell.number] = own
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
    """Return the lesson's own texts as they are set; they are on everybody's page."""
    texts = [cell.source for cell in Document.read(lesson.page).cells if cell.is_text]
    return {source: typeset.text(source, _draw_command) for source in texts}


def _draw_text(cell: Cell, places: Mapping[str, int], shown: Html) -> Html:
    name = _headed(cell)
    is_place = name and places[name] == cell.number
    return tag("section", shown, id=name if is_place else None, class_="text")


def _draw_code(cell: Cell, exercise: ExerciseInfo | None) -> Html:
    label = (
        f"Code of exercise {cell.tag}" if cell.tag else f"Code, line {cell.first_line}"
    )
    # A line end at the very beginning of a text area is not part of it.
    area = tag(
        "textarea",
        "\n" + cell.source,
        spellcheck="false",
        autocapitalize="off",
        autocomplete="off",
        wrap="off",
        rows=max(1, cell.source.count("\n") + 1),
        aria_label=label,
        aria_describedby="keys",
    )
    numbers = tag("ol", aria_hidden="true")
    shown = tag("pre", cell.source, aria_hidden="true")
    return tag(
        "section",
        tag("div", numbers, tag("div", shown, area), class_="editor"),
        _buttons(cell, exercise),
        tag("div", class_="conflict", role="alert"),
        tag("div", class_="curve"),
        tag("div", class_="shown", aria_live="polite"),
        tag("div", class_="feedback", aria_live="polite"),
        tag("div", class_="help", aria_live="polite"),
        class_="code",
        data_number=cell.number - 1,
        # Where the text cannot stand in a page as it is, no save fits: nothing is lost.
        data_version=version_of(replace_controls(cell.source)),
        data_line=cell.first_line,
        data_exercise=exercise.tag if exercise else None,
    )


def _draw_command(words: str) -> Html:
    """Return a command of a text as what is pressed for it here."""
    if words.startswith("grade "):
        return tag("button", "Grade the lesson", type="button", data_command="grade")
    return tag("code", format_command(words))


def _buttons(cell: Cell, exercise: ExerciseInfo | None) -> Html:
    def button(action: str, words: str, **facts: str | None) -> Html:
        return tag("button", words, type="button", data_action=action, **facts)

    graded = (
        (
            button("grade", f"Grade {exercise.tag}", class_="main"),
            button("hint", "Hint"),
            button("solution", "Solution"),
        )
        if exercise
        else ()
    )
    stop = button("stop", "Stop", hidden="")
    return tag("p", button("run", "Run"), *graded, stop, class_="buttons")
