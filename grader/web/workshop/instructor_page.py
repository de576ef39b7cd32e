"""instructor_page: who is where, for the instructor and those who help."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from grader.document import typeset
from grader.document.catalog import Lesson
from grader.document.markup import Html, join, table, tag
from grader.judge import ExerciseInfo
from grader.report import Report
from grader.web import drawing
from grader.web.pages import document
from grader.web.workshop.board_page import WORDS, draw_clock
from grader.web.workshop.progress import ExerciseProgress, WrittenCode
from grader.web.workshop.room_state import Member, RoomState

_SCRIPTS = ("board",)
# What somebody writes keeps no instructor waiting, however much it is.
_MOST_SHOWN = typeset.LONGEST_CODE
_CUT = f"Only {_MOST_SHOWN:,} characters are shown. The rest is in the file."
_SIGNS = {"right": "✓", "wrong": "✗", "working": "…", "open": "·"}


class LearnerRow(msgspec.Struct, frozen=True):
    """A learner, as the instructor sees them.

    Attributes:
        member: who.
        exercise: the exercise that they are at, with its lesson's number in it, or "".
        minutes: since when.
        is_stuck: whether they were wrong there three times or more.
        mistake: what is said of the mistake that was named there last, or "".
        here: where they are with that exercise; None before they did anything.
        states: one word for each exercise of the lesson of the hour.
    """

    member: Member
    exercise: str
    minutes: int
    is_stuck: bool
    mistake: str
    here: ExerciseProgress | None
    states: tuple[str, ...]


def instructor_page(
    lessons: Sequence[Lesson], lesson: Lesson, tags: Sequence[str],
    rows: Sequence[LearnerRow], kept: RoomState, problem: str = "",
) -> bytes:  # fmt: skip
    """Return the whole page; its script fetches `draw_rows` again when something is
    new.
    """
    main = tag(
        "main",
        tag("h1", "Who is where"),
        draw_clock(kept.clock_ends_at),
        tag("div", draw_rows(lesson, tags, rows, problem), id="now", class_="wide"),
        _steer(lessons, lesson, kept),
        id="main",
        class_="board",
        data_place="/instructor",
    )
    return document("Who is where", "", main, scripts=_SCRIPTS)


def draw_rows(
    lesson: Lesson, tags: Sequence[str], rows: Sequence[LearnerRow], problem: str = ""
) -> Html:
    """Draw who is where; those who are stuck longest come first.

    Args:
        lesson: the lesson of the hour.
        tags: its exercises.
        rows: who is where.
        problem: what is wrong with the room, or "".
    """
    ordered = sorted(rows, key=lambda row: (not row.is_stuck, -row.minutes))
    columns = ("who", "at", "minutes", "tries", "hints", "last mistake", *tags)
    many = f"{len(rows)} in the room; lesson {lesson.number}, {lesson.title}"
    said = tag("p", problem, class_="trouble", role="alert") if problem else ""
    return join((said, table(many, columns, [_row(one) for one in ordered])))


def _row(row: LearnerRow) -> Html:
    link = tag("a", row.member.shown, href=f"/instructor/learner/{row.member.id}")
    here = row.here
    cells = (
        tag("td", row.exercise),
        tag("td", row.minutes if row.exercise else "", class_="number"),
        tag("td", here.tries if here else "", class_="number"),
        tag("td", here.hints if here else "", class_="number"),
        tag("td", row.mistake, class_="said"),
    )
    states = (tag("td", _sign(state), class_=state) for state in row.states)
    stuck = tag("b", " stuck") if row.is_stuck else ""
    return tag("tr", tag("th", link, stuck, scope="row"), *cells, *states)


def _sign(state: str) -> Html:
    sign = tag("span", _SIGNS[state], aria_hidden="true")
    return join((sign, tag("span", WORDS[state], class_="spoken")))


def _steer(lessons: Sequence[Lesson], lesson: Lesson, kept: RoomState) -> Html:
    """Return what the instructor sets: the lesson, the clock, the code."""
    options = [
        tag(
            "option",
            f"{one.number}  {one.title}",
            value=one.short_name,
            selected="" if one == lesson else None,
        )
        for one in lessons
    ]
    door = "Let newcomers in" if not kept.is_open else "Close the room for newcomers"
    return tag(
        "section",
        tag("h2", "The room"),
        post_form(
            "lesson",
            "Go on to this lesson",
            _label("Lesson", tag("select", *options, name="lesson")),
        ),
        post_form(
            "clock", "Start the clock", _label("Minutes", _number("minutes", 10))
        ),
        tag("p", "Code ", tag("b", kept.code), "." if kept.is_open else ", closed."),
        post_form("code", "Make a new code"),
        post_form("open" if not kept.is_open else "close", door),
        tag(
            "details",
            tag("summary", "Remove everybody without work"),
            tag(
                "p",
                "Everybody who joined and never wrote anything leaves the room. They "
                "can join again while it is open.",
            ),
            post_form("remove-idle", "Remove everybody without work"),
        ),
    )


def post_form(action: str, words: str, *fields: Html, **facts: str) -> Html:
    """Return a form whose script sends its fields to an action of the instructor's."""
    hidden = (tag("input", type="hidden", name=k, value=v) for k, v in facts.items())
    button = tag("button", words)
    return tag("form", *hidden, *fields, " ", button, data_post=f"/instructor/{action}")


def learner_page(
    member: Member,
    others: Iterable[Member],
    lesson: Lesson,
    infos: Sequence[ExerciseInfo],
    standings: Sequence[ExerciseProgress],
    written: WrittenCode,
    report: Report | None,
) -> bytes:
    """Return a learner: where they are, what the last grading said, and their code.

    Args:
        member: who.
        others: who else is in the room.
        lesson: the lesson that they are in.
        infos: its exercises.
        standings: where they are with each of them.
        written: what stands in their file of it.
        report: the last grading, or None.
    """
    rows = [_standing_row(*pair) for pair in zip(infos, standings, strict=True)]
    columns = ("exercise", "", "tries", "hints")
    main = tag(
        "main",
        tag("p", tag("a", "Who is where", href="/instructor")),
        tag("h1", member.shown),
        tag("p", f"Return code {member.return_code}. Folder {member.id}."),
        table(f"Lesson {lesson.number}, {lesson.title}", columns, rows),
        *_feedback(report),
        tag("h2", "What they wrote"),
        *_draw_written(written, lesson),
        _change(member, others),
        id="main",
        class_="board",
    )
    return document(member.shown, "", main, scripts=_SCRIPTS)


def _standing_row(info: ExerciseInfo, now: ExerciseProgress) -> Html:
    head = tag("th", tag("b", info.tag), " ", info.title, scope="row")
    numbers = (tag("td", x or "", class_="number") for x in (now.tries, now.hints))
    # Which kind of wrong is the outcome's to say; the board's words are for the rest.
    is_wrong = now.outcome is not None and now.state == "wrong"
    word = now.outcome.value if now.outcome and is_wrong else WORDS[now.state]
    return tag("tr", head, tag("td", word, class_=now.state), *numbers)


def _draw_written(written: WrittenCode, lesson: Lesson) -> Iterable[Html]:
    if not written.name:
        yield tag("p", f"There is no file of lesson {lesson.number} in their folder.")
        return
    yield tag("p", f"In {written.name}.")
    for note in written.notes:
        yield tag("p", note)
    shown = written.code
    if written.whole:
        yield tag("p", "No cell in it says which exercise it is of.")
        shown = (("", written.whole),)
    elif not written.code and not written.notes:
        yield tag("p", "No cell of an exercise is other than on the page.")
    left = _MOST_SHOWN
    for exercise, source in shown:
        if exercise:
            yield tag("h3", exercise)
        yield tag("pre", typeset.code(source[:left]), tabindex=0)
        if len(source) > left:
            yield tag("p", _CUT)
            return
        left -= len(source)


def _feedback(report: Report | None) -> Iterable[Html]:
    if report is None:
        return
    yield tag("h2", "What they were told last")
    yield drawing.draw_report(report)
    for exercise in report.exercises if report.problem is None else ():
        if not exercise.is_right:
            yield tag("h3", exercise.tag)
            yield drawing.draw_exercise(exercise)


def _change(member: Member, others: Iterable[Member]) -> Html:
    options = [tag("option", one.shown, value=one.id) for one in others]
    name = tag("input", name="name", value=member.name, autocomplete="off")
    same = tag("select", *options, name="into")
    who = {"learner": member.id}
    return tag(
        "section",
        tag("h2", "Change"),
        post_form("rename", "Rename", _label("Name", name), **who),
        post_form("merge", "They are one", _label("The same person as", same), **who)
        if options
        else "",
        tag(
            "details",
            tag("summary", "Take out of the room"),
            tag(
                "p",
                "They cannot come in any more with what they have, and count nowhere. "
                "Their folder is moved into .room/removed.",
            ),
            post_form("remove", "Take out", **who),
        ),
    )


def _label(words: str, box: Html) -> Html:
    return tag("label", words, " ", box)


def _number(name: str, value: int) -> Html:
    return tag("input", type="number", name=name, value=value, min=0, max=240)
