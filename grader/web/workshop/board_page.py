"""board_page: the projector's page: counts, mistakes, a clock; nobody's name."""

from __future__ import annotations

from typing import Any

from grader.document.catalog import Lesson
from grader.document.markup import Html
from grader.document.templates import render
from grader.web.pages import draw_page
from grader.web.workshop.addresses import make_qr
from grader.web.workshop.board import Board
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
    now = draw_board(lesson, board, kept, address)
    return draw_page("web/board.html", "The room", _SCRIPTS, now=now)


def draw_board(lesson: Lesson, board: Board, kept: RoomState, address: str) -> Html:
    """Return what changes on the page."""
    return render(
        "web/board_now.html",
        room=kept,
        address=address,
        qr=_describe_qr(f"{address}/join?code={kept.code}") if kept.is_open else None,
        lesson=lesson,
        people=_people(board),
        words=WORDS,
        exercises=[(one, _bar(one.counts, board.people)) for one in board.exercises],
        mistakes=board.mistakes,
    )


def _people(board: Board) -> str:
    joined = "1 person has" if board.people == 1 else f"{board.people} people have"
    if not board.stuck:
        return f"{joined} joined."
    who = "1 has" if board.stuck == 1 else f"{board.stuck} have"
    return f"{joined} joined. {who} tried three times or more where they are."


def _bar(counts: tuple[int, ...], people: int) -> list[tuple[str, float, float]]:
    """Return the counts as parts of one bar: the state, where it begins, its width."""
    at, parts = 0.0, []
    for state, number in zip(("right", "wrong", "working"), counts, strict=False):
        width = 100 * number / max(1, people)
        if number:
            parts.append((state, at, width))
        at += width
    return parts


def _describe_qr(text: str) -> dict[str, Any]:
    """Return a text as a QR code: dark on white in every colour scheme."""
    rows = make_qr(text)
    path = "".join(
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    return {"text": text, "size": len(rows), "path": path}
