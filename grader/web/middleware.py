"""middleware: decide which requests are answered, and what the pages may do.

Everything is checked before any route: the host name, the key, the origin of a request
that changes something, and the limits of its route.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import (
    JSONResponse,
    PlainTextResponse,
    Response,
)
from starlette.routing import Match, Route
from starlette.types import Message, Receive, Scope, Send

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    # With "no-referrer", our own form pages wouldn't send their origin.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


class RequestLimits(msgspec.Struct, frozen=True):
    """The limits of a route.

    Attributes:
        largest: how many bytes the body of a request may have.
        most: how many POST requests one learner of a room may send within `within_s`.
        within_s: that period in seconds.
    """

    largest: int = 64_000
    most: int = 10
    within_s: float = 2.0


class LimitedRoute(Route):
    """A route with its own limits; any other route has the defaults."""

    def __init__(
        self, path: str, endpoint: Callable[..., Any], limits: RequestLimits, **how: Any
    ) -> None:
        super().__init__(path, endpoint, **how)
        self.limits = limits


def limits_of(request: Request) -> RequestLimits:
    """Return the limits of the route that a request goes to."""
    return getattr(request.state.route, "limits", None) or RequestLimits()


def has_body(request: Request) -> bool:
    """Return whether a request announces a body, of any length."""
    headers = request.headers
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


class TooLarge(Exception):
    """Raised if the body of a request is too large.

    Args:
        sentence: what is too large, and how large it may be.
    """

    def __init__(self, sentence: str = "This is more than a page may contain.") -> None:
        super().__init__(sentence)


class SecurityMiddleware:
    """Refuse requests before they reach a route, and set security headers.

    Args:
        app: the application that answers.
        hosts: this server's names with their ports.
        admit: returns the refusal of a request, or None if it is admitted. It finds the
            route in the request's state.
    """

    def __init__(
        self,
        app: Starlette,
        hosts: frozenset[str],
        admit: Callable[[Request], Response | None],
    ) -> None:
        self._app, self._hosts, self._admit = app, hosts, admit
        self._headers = _HEADERS | {"content-security-policy": _POLICY}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        request.state.route = self._find_route(scope)
        refusal = self._refuse(request)
        # A refusal is sent in the same way, so that it has these headers, too.
        answer = refusal or self._app

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        most = limits_of(request).largest
        await answer(scope, _limit_body(receive, most), send_guarded)

    def _find_route(self, scope: Scope) -> Route | None:
        for route in self._app.routes:
            if isinstance(route, Route) and route.matches(scope)[0] is Match.FULL:
                return route
        return None

    def _refuse(self, request: Request) -> Response | None:
        """Return the refusal of a request, or None if it is answered."""
        headers = request.headers
        # Otherwise a site could point its own name to this machine, and its pages would
        # have the same origin as these (DNS rebinding).
        if headers.get("host", "") not in self._hosts:
            return PlainTextResponse("This server has a different name.", 421)
        if refusal := self._admit(request):
            return refusal
        if request.method not in ("GET", "HEAD", "POST"):
            return PlainTextResponse("There is nothing here that can do this.", 405)
        if request.method != "POST" and has_body(request):
            return JSONResponse({"problem": "Only a POST has a body."}, 400)
        if not _is_within(headers, limits_of(request).largest):
            return JSONResponse({"problem": str(TooLarge())}, 413)
        return None


def _is_within(headers: Mapping[str, str], most: int) -> bool:
    # If there is no length, as with chunks, `_limit_body` cuts the body off.
    length = headers.get("content-length", "0")
    return (
        length.isascii()
        and length.isdigit()
        and len(length) < 20
        and int(length) <= most
    )


def _limit_body(receive: Receive, most: int) -> Receive:
    """Return a `receive` that stops at the limit, even if the request's header lies."""
    taken = 0

    async def take() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise TooLarge
        return message

    return take
