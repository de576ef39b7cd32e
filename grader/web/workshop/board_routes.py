"""board_routes: the addresses of the projector's page and of the instructor's."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from grader.document import catalog
from grader.document.catalog import Lesson
from grader.web.responses import answer_errors, field, html, read_json, stream
from grader.web.workshop import board_page, changing, instructor_page
from grader.web.workshop.auth import BOARD, INSTRUCTOR
from grader.web.workshop.board import Board
from grader.web.workshop.instructor_page import LearnerRow
from grader.web.workshop.members import Member
from grader.web.workshop.membership import Refused
from grader.web.workshop.rebuild_progress import find_written
from grader.web.workshop.room import Room
from grader.web.workshop.room_state import RoomState

_LONGEST_NAME = 10_000
Act = Callable[[dict[str, Any]], str | None]


class Boards:
    """What the projector and the instructor see, and what the instructor changes.

    Args:
        room: the room.
        address: where learners find it.
    """

    def __init__(self, room: Room, address: str) -> None:
        self._room, self._address = room, address

    def routes(self) -> list[Route]:
        """Return every address, and what answers it."""
        acts: dict[str, Act] = {
            "lesson": lambda asked: self._room.go_on_to(_text(asked, "lesson")),
            "clock": self._set_clock,
            "code": lambda _: self._room.membership.change_code(),
            "open": lambda _: self._room.membership.set_open(True),
            "close": lambda _: self._room.membership.set_open(False),
            "rename": self._rename,
            "merge": self._merge,
            "remove": self._remove,
            "remove-idle": lambda _: changing.remove_idle(self._room),
        }
        shown = (
            (BOARD, self._draw_board_page),
            (f"{BOARD}/now", self._draw_board),
            (INSTRUCTOR, self._draw_instructor_page),
            (f"{INSTRUCTOR}/now", self._draw_rows),
        )
        return [
            *(Route(path, answer_errors(_page(draw))) for path, draw in shown),
            *(
                Route(f"{place}/events", answer_errors(self._listen))
                for place in (BOARD, INSTRUCTOR)
            ),
            Route(f"{INSTRUCTOR}/learner/{{learner}}", answer_errors(self._learner)),
            *(
                Route(
                    f"{INSTRUCTOR}/{name}",
                    answer_errors(self._post(act)),
                    methods=["POST"],
                )
                for name, act in acts.items()
            ),
        ]

    async def _listen(self, _: Request) -> Response:
        return stream(self._room.boards)

    async def _learner(self, request: Request) -> Response:
        name = request.path_params["learner"]
        return html(await run_in_threadpool(self._draw_learner, name))

    def _post(self, act: Act) -> Callable[[Request], Any]:
        async def answered(request: Request) -> Response:
            try:
                goal = await run_in_threadpool(act, await read_json(request))
            except Refused as refused:
                return JSONResponse({"problem": str(refused)}, refused.status)
            self._room.change()
            return JSONResponse({"goal": goal or INSTRUCTOR})

        return answered

    def _draw_board_page(self) -> bytes:
        return board_page.board_page(*self._seen())

    def _draw_board(self) -> bytes:
        return board_page.draw_board(*self._seen()).encode()

    def _seen(self) -> tuple[Lesson, Board, RoomState, str]:
        room = self._room
        lesson = room.lessons[room.now_at]
        return lesson, room.count(), room.membership.now, self._address

    def _draw_instructor_page(self) -> bytes:
        room = self._room
        lesson, tags, rows = self._rows()
        course = catalog.course(room.root)
        return instructor_page.instructor_page(
            course, lesson, tags, rows, room.membership.now, room.disk_problem
        )

    def _draw_rows(self) -> bytes:
        problem = self._room.disk_problem
        return instructor_page.draw_rows(*self._rows(), problem).encode()

    def _rows(self) -> tuple[Lesson, tuple[str, ...], list[LearnerRow]]:
        name = self._room.now_at
        tags = self._room.tags(name)
        rows = [self._row(one, name, tags) for one in self._room.membership.joined]
        return self._room.lessons[name], tags, rows

    def _row(self, member: Member, lesson: str, tags: tuple[str, ...]) -> LearnerRow:
        standings = self._room.standings
        seat = standings.seat(member.id)
        here = standings.at(member.id, seat.lesson, seat.exercise) if seat else None
        said = (
            self._room.sentences.of(seat.lesson, here.mistake) if seat and here else ()
        )
        return LearnerRow(
            member=member,
            exercise=seat.exercise if seat else "",
            minutes=int((time.time() - seat.since) / 60) if seat else 0,
            is_stuck=standings.is_stuck(member.id, seat.lesson) if seat else False,
            mistake=" ".join(said),
            here=here,
            states=tuple(standings.at(member.id, lesson, tag).state for tag in tags),
        )

    def _draw_learner(self, name: str) -> bytes:
        room = self._room
        member, seat = room.membership.member(name), room.standings.seat(name)
        lesson = room.lessons[seat.lesson if seat else room.now_at]
        infos = room.exercises(lesson.short_name)
        with room.gradebook() as book:
            report = book.latest_verdicts(lesson.name, name)
        return instructor_page.learner_page(
            member,
            [one for one in room.membership.joined if one.id != name],
            lesson,
            infos,
            [room.standings.at(name, lesson.short_name, x.tag) for x in infos],
            find_written(room.desk(member).attempts, lesson),
            report,
        )

    def _set_clock(self, asked: dict[str, Any]) -> None:
        minutes = _text(asked, "minutes")
        if not minutes.isdecimal() or not 0 <= int(minutes) <= 240:
            raise Refused("The clock takes a number of minutes, up to 240.", 400)
        until = time.time() + 60 * int(minutes) if int(minutes) else 0.0
        self._room.membership.set_clock(until)

    def _rename(self, asked: dict[str, Any]) -> str:
        name = _text(asked, "learner")
        self._room.membership.rename(name, _text(asked, "name"))
        return f"{INSTRUCTOR}/learner/{name}"

    def _merge(self, asked: dict[str, Any]) -> str:
        into = _text(asked, "into")
        changing.merge(self._room, _text(asked, "learner"), into)
        return f"{INSTRUCTOR}/learner/{into}"

    def _remove(self, asked: dict[str, Any]) -> None:
        changing.remove(self._room, _text(asked, "learner"))


def _page(draw: Callable[[], bytes]) -> Callable[[Request], Any]:
    async def answered(_: Request) -> Response:
        return html(await run_in_threadpool(draw))

    return answered


def _text(asked: dict[str, Any], name: str) -> str:
    words: str = field(asked, name, str)
    return words[:_LONGEST_NAME]
