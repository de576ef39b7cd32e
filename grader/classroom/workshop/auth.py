"""auth: decide who may open which page of a room.

Learners have a token; the projector's page and the instructor's have a key each. A
request that changes something has to come from a page of this server.
"""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import (
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)

from grader.classroom.workshop.credentials import RateLimiter
from grader.classroom.workshop.membership import Membership
from grader.classroom.workshop.room_state import Member
from grader.web.auth import (
    is_own_script,
    is_same_origin,
    is_same_secret,
    redirect_with_key,
    set_key_cookie,
)
from grader.web.middleware import limits_of
from grader.web.responses import is_navigation, problem

JOIN = "/join"
BOARD, INSTRUCTOR = "/board", "/instructor"
_OPEN = (JOIN, "/return")
_ELSEWHERE = "This comes from another page."
_NO_KEY = "This page has its own key. Open the whole address that the terminal shows."
_TOO_OFTEN = "This came too soon after the last ones. Try again in a few seconds."
_NOT_JOINED = "You are not in this room, or not any more. Open its address and join."


class RoomAuth:
    """Admit learners, the projector and the instructor to their own pages.

    Args:
        membership: the members of the room.
        port: its port, because browsers share cookies between all ports of a machine.
    """

    def __init__(self, membership: Membership, port: int) -> None:
        self._membership, self._port = membership, port
        self._limiters: dict[str, RateLimiter] = {}

    def __call__(self, request: Request) -> Response | None:
        """Return the refusal of a request, or None if it is admitted."""
        path = request.url.path
        is_of_a_page = request.method == "POST" and "origin" in request.headers
        if is_of_a_page and not is_same_origin(request):
            return PlainTextResponse(_ELSEWHERE, 403)
        if path in _OPEN or path.startswith("/static/"):
            return None
        for place in (BOARD, INSTRUCTOR):
            if path == place or path.startswith(f"{place}/"):
                return self._admit_by_key(request, place)
        return self._admit_learner(request)

    def set_cookie(self, answer: Response, request: Request, token: str) -> Response:
        """Return the answer with a cookie that contains a learner's token."""
        set_key_cookie(answer, request, self._cookie("learner"), token)
        return answer

    def _admit_learner(self, request: Request) -> Response | None:
        token = request.cookies.get(self._cookie("learner"), "")
        if request.method == "POST" and not is_own_script(request):
            return PlainTextResponse(_ELSEWHERE, 403)
        if self._knows(request, token):
            return self._limit_rate(request)
        if is_navigation(request):
            name = request.url.path.split("/")[1]
            return RedirectResponse(f"{JOIN}?to={quote(name)}" if name else JOIN, 303)
        return JSONResponse({"problem": _NOT_JOINED}, 403)

    def _admit_by_key(self, request: Request, place: str) -> Response | None:
        state = self._membership.state
        key = state.board_key if place == BOARD else state.instructor_key
        given = request.query_params.get("key", "")
        if request.method == "GET" and given and is_same_secret(given, key):
            return redirect_with_key(request, self._cookie(place[1:]), key)
        if not is_same_secret(request.cookies.get(self._cookie(place[1:]), ""), key):
            return problem(request, _NO_KEY, 403)
        if request.method == "POST" and not is_own_script(request):
            return PlainTextResponse(_ELSEWHERE, 403)
        return None

    def _limit_rate(self, request: Request) -> Response | None:
        """Return a refusal if a learner sends a kind of request too often."""
        route = request.state.route
        if request.method != "POST" or route is None:
            return None
        if route.path not in self._limiters:
            limits = limits_of(request)
            self._limiters[route.path] = RateLimiter(limits.most, limits.within_s)
        if self._limiters[route.path].takes(member_of(request).id):
            return None
        return JSONResponse({"problem": _TOO_OFTEN}, 429)

    def _knows(self, request: Request, token: str) -> bool:
        member = self._membership.member_with_token(token)
        request.state.member = member
        return member is not None

    def _cookie(self, whose: str) -> str:
        return f"{whose}_{self._port}"


def member_of(request: Request) -> Member:
    """Return the member who sent an admitted request."""
    member: Member = request.state.member
    return member
