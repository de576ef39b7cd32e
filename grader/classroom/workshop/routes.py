"""routes: the routes of a room: joining, projector and instructor."""

from __future__ import annotations

import functools
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from grader.classroom.comments import (
    CommentRow,
    add_comment,
    match_comments,
    read_comments,
)
from grader.classroom.roster import read_roster
from grader.classroom.workshop import room_pages
from grader.classroom.workshop.auth import (
    BOARD,
    INSTRUCTOR,
    JOIN,
    RoomAuth,
)
from grader.classroom.workshop.board import Board
from grader.classroom.workshop.credentials import is_code
from grader.classroom.workshop.membership import (
    Full,
    Namesakes,
    Wait,
    count_people,
    roster_csv,
)
from grader.classroom.workshop.progress import find_written
from grader.classroom.workshop.room import Room
from grader.classroom.workshop.room_pages import LearnerRow, RoomView
from grader.classroom.workshop.room_state import (
    LONGEST_COMMENT,
    Member,
    Refused,
    RoomState,
)
from grader.common.errors import Misuse
from grader.common.sanitize import clean_line
from grader.course.document import catalog
from grader.course.document.catalog import Lesson
from grader.report.sentences import moment_in_seconds
from grader.web.responses import EventResponse, answer_errors, field, html, parse_json
from grader.web.work_queue import WorkQueue

# Somebody at another address is not hindered by those at one.
_MOST_ADDRESSES = 1_000
# A whole class may share an address, and all join at once.
_MOST_JOINING = 300
_FIELDS = ("code", "name", "partner", "listed", "number", "return_code", "to")


class JoinRoutes:
    """Routes for joining.

    Args:
        room: decides who may join.
        auth: stores their tokens in browsers.
    """

    def __init__(self, room: Room, auth: RoomAuth) -> None:
        self._room, self._auth = room, auth
        self._strangers: OrderedDict[str, WorkQueue] = OrderedDict()

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(JOIN, answer_errors(self._show), methods=["GET"]),
            Route(JOIN, answer_errors(self._enter), methods=["POST"]),
            Route("/return", answer_errors(self._enter), methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        query = request.query_params
        typed = {name: query.get(name, "")[:20] for name in ("code", "to")}
        queue = self._strangers_at(request)

        def draw() -> Response:
            membership, code = self._room.membership, typed["code"]
            try:
                if code:
                    membership.check_entry(code, _address(request))
            except Refused as refused:
                page = room_pages.join_page(membership, typed, str(refused))
                return html(page, refused.status)
            draw_page = functools.partial(
                room_pages.join_page, membership, typed, knows_code=bool(code)
            )
            return html(queue.page((membership.state, *typed.values()), draw_page))

        return await queue.run(request, draw)

    async def _enter(self, request: Request) -> Response:
        """Let somebody in by the room's code or by their return code."""
        queue = self._strangers_at(request)
        return await queue.take(request, functools.partial(self._let_in, request))

    def _let_in(self, request: Request, content: bytes) -> Response:
        fields = _fields_of(content)
        try:
            token = self._admit(request, fields)
        except Refused as refused:
            if isinstance(refused, Wait):
                page = room_pages.wait_page(request.url.path, fields, str(refused))
            else:
                page = self._ask_again(fields, refused)
            return html(page, refused.status)
        to = fields["to"] if fields["to"] in self._room.lessons else ""
        return self._auth.set_cookie(RedirectResponse(f"/{to}", 303), request, token)

    def _ask_again(self, fields: Mapping[str, str], refused: Refused) -> bytes:
        """Return the page for joining for somebody who was refused."""
        membership = self._room.membership
        state = membership.state
        return room_pages.join_page(
            membership,
            fields,
            str(refused),
            knows_code=state.is_open and is_code(fields["code"], state.code),
            asks_number=isinstance(refused, Namesakes),
        )

    def _strangers_at(self, request: Request) -> WorkQueue:
        """Return the queue of those at an address who haven't joined."""
        address = _address(request)
        if address not in self._strangers:
            shared = self._room.shared_work
            self._strangers[address] = WorkQueue(
                shared, most_bodies=_MOST_JOINING, pause=0
            )
        self._strangers.move_to_end(address)
        while len(self._strangers) > _MOST_ADDRESSES:
            self._strangers.popitem(last=False)
        return self._strangers[address]

    def _admit(self, request: Request, fields: Mapping[str, str]) -> str:
        """Let somebody in, and return their new token."""
        membership, address = self._room.membership, _address(request)
        if request.url.path == "/return" or fields["return_code"]:
            return membership.come_back(fields["return_code"], address)[1]
        code, partner, number = (fields[x] for x in ("code", "partner", "number"))
        name = fields["listed"] or fields["name"]
        arguments = code, name, partner, address, number
        try:
            return membership.join(*arguments)[1]
        except Full:
            if not self._room.remove_one_idle():
                raise
        return membership.join(*arguments)[1]


def _fields_of(content: bytes) -> dict[str, str]:
    """Return the fields of a form; if one is missing, it is ""."""
    fields = parse_qs(content.decode("utf-8", "replace"))
    return {name: fields.get(name, [""])[0] for name in _FIELDS}


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


_LONGEST_TEXT = 10_000
Act = Callable[[dict[str, Any]], str | None]


class BoardRoutes:
    """Routes for the pages of the projector and of the instructor.

    Args:
        room: provides what these pages show.
        address: the learners' address.
    """

    def __init__(self, room: Room, address: str) -> None:
        self._room, self._address = room, address
        self._work = {
            place: WorkQueue(room.shared_work) for place in (BOARD, INSTRUCTOR)
        }

    def routes(self) -> list[Route]:
        """Return the routes."""
        acts: dict[str, Act] = {
            "lesson": lambda fields: self._room.set_lesson(_text(fields, "lesson")),
            "clock": self._set_clock,
            "code": lambda _: self._room.membership.change_code(),
            "open": lambda _: self._room.membership.set_open(True),
            "close": lambda _: self._room.membership.set_open(False),
            "rename": self._rename,
            "merge": self._merge,
            "remove": self._remove,
            "remove-idle": lambda _: self._room.remove_idle(),
            "message": lambda fields: self._room.set_message(_text(fields, "message")),
            "reveal": lambda fields: self._room.reveal(_text(fields, "exercise")),
            "conceal": lambda _: self._room.conceal(),
            "helped": lambda fields: self._room.set_help(_text(fields, "learner"), ""),
            "comment": self._comment,
        }
        shown = (
            (BOARD, self._draw_board_page),
            (f"{BOARD}/now", self._draw_board),
            (INSTRUCTOR, self._draw_instructor_page),
            (f"{INSTRUCTOR}/now", self._draw_rows),
        )
        return [
            *(Route(path, answer_errors(self._page(draw))) for path, draw in shown),
            *(
                Route(f"{place}/events", answer_errors(self._listen))
                for place in (BOARD, INSTRUCTOR)
            ),
            Route(f"{INSTRUCTOR}/class.csv", answer_errors(self._download)),
            Route(f"{INSTRUCTOR}/learner/{{learner}}", answer_errors(self._learner)),
            Route(f"{INSTRUCTOR}/merge/{{learner}}/{{into}}", answer_errors(self._ask)),
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
        return EventResponse(self._room.boards)

    async def _download(self, request: Request) -> Response:
        content = await self._work_of(request).run(
            request, lambda: room_pages.class_csv(self._view())
        )
        headers = {"Content-Disposition": 'attachment; filename="class.csv"'}
        return Response(content, media_type="text/csv", headers=headers)

    async def _learner(self, request: Request) -> Response:
        name = request.path_params["learner"]
        draw = functools.partial(self._draw_learner, name)
        return html(await self._work_of(request).run(request, draw))

    async def _ask(self, request: Request) -> Response:
        """Ask whether two learners are one person."""
        parameters = request.path_params
        draw = functools.partial(
            self._draw_merge, parameters["learner"], parameters["into"]
        )
        return html(await self._work_of(request).run(request, draw))

    def _draw_merge(self, learner: str, into: str) -> bytes:
        room = self._room
        labels = room_pages.label_all(room.membership.members)
        two = [room.membership.member(name) for name in (learner, into)]
        return room_pages.merge_page(
            [(one, labels[one.id], room.describe_files(one.id)) for one in two]
        )

    def _post(self, act: Act) -> Callable[[Request], Any]:
        async def answered(request: Request) -> Response:
            try:
                fields = await self._work_of(request).take(request, parse_json)
                goal = await run_in_threadpool(act, fields)
            except Refused as refused:
                return JSONResponse({"problem": str(refused)}, refused.status)
            self._room.mark_changed()
            return JSONResponse({"goal": goal or INSTRUCTOR})

        return answered

    def _page(self, draw: Callable[[], bytes]) -> Callable[[Request], Any]:
        async def answered(request: Request) -> Response:
            return html(await self._work_of(request).run(request, draw))

        return answered

    def _work_of(self, request: Request) -> WorkQueue:
        """Return the queue of the projector or of the instructor."""
        return self._work[f"/{request.url.path.split('/')[1]}"]

    def _draw_board_page(self) -> bytes:
        return room_pages.board_page(*self._board_arguments())

    def _draw_board(self) -> bytes:
        return room_pages.draw_board(*self._board_arguments()).encode()

    def _board_arguments(self) -> tuple[Lesson, Board, RoomState, str, bool]:
        room = self._room
        lesson, state = room.lessons[room.current_lesson], room.membership.state
        return lesson, room.count(), state, self._address, room.are_most_in

    def _draw_instructor_page(self) -> bytes:
        course = catalog.require_lessons(self._room.root)
        return room_pages.instructor_page(course, self._view())

    def _draw_rows(self) -> bytes:
        return room_pages.draw_rows(self._view()).encode()

    def _view(self) -> RoomView:
        room, name = self._room, self._room.current_lesson
        tags, room_state = room.tags(name), room.membership.state
        rows = tuple(self._row(one, name, tags) for one in room.membership.joined)
        lesson, problem = room.lessons[name], room.problem
        labels = room_pages.label_all(room.membership.members)
        people = sum(count_people(room.membership.members).values())
        state = room.class_state()
        return RoomView(lesson, tags, rows, people, room_state, state, labels, problem)

    def _row(self, member: Member, lesson: str, tags: tuple[str, ...]) -> LearnerRow:
        standings = self._room.progress
        seat = standings.seat(member.id)
        here = standings.at(member.id, seat.lesson, seat.exercise) if seat else None
        return LearnerRow(
            member=member,
            exercise=seat.exercise if seat else "",
            minutes=_minutes_since(seat.since) if seat else 0,
            idle=_minutes_since(
                seat.last_at if seat else moment_in_seconds(member.joined_at)
            ),
            is_stuck=standings.is_stuck(member.id, seat.lesson) if seat else False,
            is_away=self._room.is_away(member),
            help_minutes=_minutes_since(member.help_since),
            said=here.said if here else "",
            here=here,
            states={tag: standings.at(member.id, lesson, tag).state for tag in tags},
        )

    def _draw_learner(self, name: str) -> bytes:
        room = self._room
        member, seat = room.membership.member(name), room.progress.seat(name)
        lesson = room.lessons[seat.lesson if seat else room.current_lesson]
        infos = room.exercises(lesson.short_name)
        labels = room_pages.label_all(room.membership.members)
        with room.gradebook() as book:
            report = book.latest_verdicts(lesson.name, name)
        return room_pages.member_page(
            member,
            {one.id: labels[one.id] for one in room.membership.joined if one != member},
            lesson,
            infos,
            [room.progress.at(name, lesson.short_name, x.tag) for x in infos],
            find_written(room.context(member).attempts, lesson),
            report,
            *self._comments_on(name),
        )

    def _comments_on(self, learner: str) -> tuple[list[CommentRow], str]:
        """Return the comments on a learner, and why they can't be read, or ""."""
        membership = self._room.membership
        try:
            rows = read_comments(membership.folder)
            people = read_roster(roster_csv(membership.members))
            by = match_comments(rows, people).by
        except Misuse as error:
            return [], str(error)
        return [
            row for (who, _), some in by.items() if who == learner for row in some
        ], ""

    def _comment(self, fields: dict[str, Any]) -> str:
        """Add a comment to the class's file of comments."""
        name = self._room.membership.member(_text(fields, "learner")).id
        part, words = _text(fields, "exercise"), clean_line(_text(fields, "comment"))
        parts = {tag for x in self._room.lessons for tag in (x, *self._room.tags(x))}
        if part not in parts or not words:
            raise Refused("Choose an exercise, and write what you want to say.", 400)
        if len(words) > LONGEST_COMMENT:
            most = f"{LONGEST_COMMENT:,} characters"
            raise Refused(f"A comment has at most {most}. Shorten it.", 400)
        try:
            add_comment(self._room.membership.folder, name, part, words)
        except Misuse as error:
            raise Refused(str(error), 409) from error
        return f"{INSTRUCTOR}/learner/{name}"

    def _set_clock(self, fields: dict[str, Any]) -> None:
        minutes = _text(fields, "minutes")
        if not minutes.isdecimal() or not 0 <= int(minutes) <= 240:
            raise Refused("The clock takes a number of minutes, up to 240.", 400)
        until = time.time() + 60 * int(minutes) if int(minutes) else 0.0
        self._room.set_clock(until)

    def _rename(self, fields: dict[str, Any]) -> str:
        name = _text(fields, "learner")
        self._room.membership.rename(name, _text(fields, "name"))
        return f"{INSTRUCTOR}/learner/{name}"

    def _merge(self, fields: dict[str, Any]) -> str:
        """Merge two learners, or lead to the question whether they are one person."""
        learner, into = _text(fields, "learner"), _text(fields, "into")
        if "is_sure" not in fields:
            self._room.membership.two(learner, into)
            return f"{INSTRUCTOR}/merge/{quote(learner)}/{quote(into)}"
        self._room.merge(learner, into)
        return f"{INSTRUCTOR}/learner/{quote(into)}"

    def _remove(self, fields: dict[str, Any]) -> None:
        self._room.remove(_text(fields, "learner"))


def _minutes_since(moment: float) -> int:
    return max(0, int((time.time() - moment) / 60))


def _text(fields: dict[str, Any], name: str) -> str:
    words: str = field(fields, name, str)
    return words[:_LONGEST_TEXT]
