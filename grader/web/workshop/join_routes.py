"""join_routes: the page on which learners come in, and what their own editors send."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from urllib.parse import parse_qs, unquote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from grader.document import catalog
from grader.document.attempt_file import SUFFIXES
from grader.document.attempt_file import largest as largest_of
from grader.web.guard import TooLarge
from grader.web.responses import answer_errors, html
from grader.web.workshop import changing, join_page
from grader.web.workshop.auth import HAND_IN, JOIN, RoomAuth, member_of
from grader.web.workshop.members import Member
from grader.web.workshop.membership import Full, Refused, Wait
from grader.web.workshop.outcome_log import read_outcome
from grader.web.workshop.room import Room

_LARGEST_FORM = 64_000
_FORM = "application/x-www-form-urlencoded"
_FIELDS = ("code", "name", "partner", "listed", "return_code")


class Joining:
    """Lets learners in, and takes what their own editors send.

    Args:
        room: the room.
        doors: keeps their tokens in browsers.
    """

    def __init__(self, room: Room, doors: RoomAuth) -> None:
        self._room, self._doors = room, doors

    def routes(self) -> list[Route]:
        """Return every address, and what answers it."""
        return [
            Route(JOIN, self._show, methods=["GET"]),
            Route(JOIN, answer_errors(self._enter), methods=["POST"]),
            Route("/return", answer_errors(self._enter), methods=["POST"]),
            Route("/told", answer_errors(self._hear), methods=["POST"]),
            Route(HAND_IN, answer_errors(self._take), methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        code = request.query_params.get("code", "")[:20]
        return html(join_page.draw(self._room.membership, {"code": code}))

    async def _enter(self, request: Request) -> Response:
        """Let somebody in by the room's code, or by a code of their own."""
        fields = _fields_of(request, await _body(request, _LARGEST_FORM))
        is_form = request.headers.get("content-type", "").startswith(_FORM)
        try:
            member, token = await run_in_threadpool(self._let_in, request, fields)
        except Refused as refused:
            if not is_form:
                return _problem(refused)
            if isinstance(refused, Wait):
                page = join_page.draw_wait(request.url.path, fields, str(refused))
            else:
                page = join_page.draw(self._room.membership, fields, str(refused))
            return html(page, refused.status)
        if is_form:
            answer: Response = RedirectResponse("/", 303)
        else:
            who = {"learner": member.id, "name": member.shown}
            answer = JSONResponse(
                {"token": token, "return_code": member.return_code, **who}
            )
        return self._doors.welcome(answer, request, token)

    def _let_in(
        self, request: Request, fields: Mapping[str, str]
    ) -> tuple[Member, str]:
        membership, address = self._room.membership, _address(request)
        if request.url.path == "/return" or fields["return_code"]:
            return membership.come_back(fields["return_code"], address)
        code, name, partner = (fields[x] for x in ("code", "name", "partner"))
        asked = code, name, partner, address, fields["listed"]
        try:
            return membership.join(*asked)
        except Full:
            if not changing.make_place(self._room):
                raise
        return membership.join(*asked)

    async def _hear(self, request: Request) -> Response:
        """Note what happened to an exercise on a learner's own machine."""
        content = await _body(request, _LARGEST_FORM)
        try:
            said = read_outcome(content)
            await run_in_threadpool(
                self._room.hear, member_of(request), said, time.time()
            )
        except Refused as refused:
            return _problem(refused)
        return Response(status_code=204)

    async def _take(self, request: Request) -> Response:
        """Put a learner's file into their folder."""
        # One of a list of names, so that none leads out of the folder.
        name = unquote(request.headers.get("x-attempt-name", ""))
        known = [one.name for one in catalog.lessons(self._room.root)]
        if name not in {f"{stem}{end}" for stem in known for end in SUFFIXES}:
            words = "X-Attempt-Name is not the name of a file of this course."
            return JSONResponse({"problem": words}, 400)
        content = await _body(request, largest_of(name))
        member = member_of(request)
        try:
            await run_in_threadpool(self._room.take_in, member, name, content)
        except Refused as refused:
            return _problem(refused)
        return Response(status_code=204)


async def _body(request: Request, most: int) -> bytes:
    """Return what was sent.

    Raises:
        TooLarge: it is more than that.
    """
    # Joined once: other learners are answered by the same thread.
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > most:
            raise TooLarge
    return bytes(content)


def _fields_of(request: Request, content: bytes) -> dict[str, str]:
    """Return the fields of a form or of a JSON object; what is missing, or no text, is
    "".
    """
    text = content.decode("utf-8", "replace")
    if request.headers.get("content-type", "").startswith(_FORM):
        found = {key: values[0] for key, values in parse_qs(text).items()}
    else:
        found = _object(text)
    values = {name: found.get(name, "") for name in _FIELDS}
    return {key: x if isinstance(x, str) else "" for key, x in values.items()}


def _object(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _problem(refused: Refused) -> Response:
    return JSONResponse({"problem": str(refused)}, refused.status)
