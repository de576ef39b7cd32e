"""board_page: the projector's page: counts, mistakes, a clock; nobody's name."""

from __future__ import annotations

import math

from grader.document.catalog import Lesson
from grader.document.markup import Html, join, table, tag
from grader.web.pages import document
from grader.web.workshop.addresses import make_qr
from grader.web.workshop.board import Board, CommonMistake, ExerciseCount
from grader.web.workshop.room_state import RoomState

# By `Standing.state`, in the order of the board's columns.
WORDS = {
    "right": "right",
    "wrong": "wrong",
    "working": "in work",
    "open": "nothing yet",
}
_SCRIPTS = ("board",)


def board_page(lesson: Lesson, board: Board, kept: RoomState, address: str) -> bytes:
    """Return the whole page; its script fetches `draw_board` again when something is
    new.
    """
    body = tag(
        "main",
        tag("div", draw_board(lesson, board, kept, address), id="now"),
        id="main",
        class_="board",
        data_place="/board",
    )
    return document("The room", "", body, scripts=_SCRIPTS)


def draw_board(lesson: Lesson, board: Board, kept: RoomState, address: str) -> Html:
    """Return what changes on the page."""
    rows = [_row(one, board.people) for one in board.exercises]
    columns = ("exercise", *WORDS.values(), "")
    return join(
        (
            _invitation(kept, address),
            tag("h1", f"Lesson {lesson.number}  {lesson.title}"),
            tag("p", _people(board), class_="people"),
            draw_clock(kept.clock_ends_at),
            tag("div", table("How many are how far", columns, rows), class_="wide"),
            _draw_mistakes(board.mistakes),
        )
    )


def draw_clock(ends_at: float) -> Html:
    """Return the clock of an exercise, which the page's script lets run."""
    if not ends_at:
        return Html("")
    return tag("p", "", class_="clock", role="timer", data_ends=math.ceil(ends_at))


def _people(board: Board) -> str:
    joined = "1 person has" if board.people == 1 else f"{board.people} people have"
    if not board.stuck:
        return f"{joined} joined."
    who = "1 has" if board.stuck == 1 else f"{board.stuck} have"
    return f"{joined} joined. {who} tried three times or more where they are."


def _row(one: ExerciseCount, people: int) -> Html:
    cells = (tag("td", number or "", class_="number") for number in one.counts)
    head = tag("th", tag("b", one.tag), " ", one.title, scope="row")
    return tag("tr", head, *cells, tag("td", _draw_bar(one.counts, people)))


def _draw_bar(counts: tuple[int, ...], people: int) -> Html:
    """Return the counts as one bar; the numbers stand beside it for whoever hears the
    page.
    """
    at, parts = 0.0, []
    for state, number in zip(("right", "wrong", "working"), counts, strict=False):
        width = 100 * number / max(1, people)
        if number:
            parts.append(
                tag(
                    "rect",
                    x=f"{at:.2f}",
                    y=0,
                    width=f"{width:.2f}",
                    height=10,
                    class_=state,
                )
            )
        at += width
    facts = {"viewBox": "0 0 100 10", "preserveAspectRatio": "none"}
    return tag("svg", *parts, class_="bar", aria_hidden="true", **facts)


def _draw_mistakes(mistakes: tuple[CommonMistake, ...]) -> Html:
    if not mistakes:
        return Html("")
    items = (
        tag(
            "li",
            tag("b", one.exercise),
            " ",
            one.sentence,
            " ",
            tag("span", _often(one), class_="quiet"),
        )
        for one in mistakes
    )
    return tag("section", tag("h2", "Seen more than once"), tag("ul", *items))


def _often(one: CommonMistake) -> str:
    return f"({one.ever} people, {one.now} of them now)"


def _invitation(kept: RoomState, address: str) -> Html:
    """Return how to come in, as long as the room is open."""
    if not kept.is_open:
        return tag("p", "The room is closed for newcomers.", class_="quiet")
    return tag(
        "aside",
        draw_qr(f"{address}/join?code={kept.code}"),
        tag("p", tag("b", address), tag("br"), "Code ", tag("b", kept.code)),
        class_="invitation",
    )


def draw_qr(text: str) -> Html:
    """Return a text as a QR code: dark on white in every colour scheme."""
    rows = make_qr(text)
    path = "".join(
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    size = len(rows)
    return tag(
        "svg",
        tag("rect", width=size, height=size, class_="light"),
        tag("path", d=path, class_="dark"),
        viewBox=f"0 0 {size} {size}",
        class_="qr",
        role="img",
        aria_label=f"A QR code for {text}",
    )
