"""middleware: decide which requests are answered, and what the pages may do.

Everything is checked before any route: the host name, the key, the origin of a request
that changes something, and the size of its body.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import (
    JSONResponse,
    PlainTextResponse,
    Response,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grader.document.source import LARGEST_ATTEMPT

# As JSON, a cell takes up to six bytes for each character.
LARGEST_BODY = 6 * LARGEST_ATTEMPT
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


class TooLarge(Exception):
    """Raised if the body of a request is too large."""


class SecurityMiddleware:
    """Refuse requests before they reach a route, and set security headers.

    Args:
        app: the application that answers.
        hosts: this server's names with their ports.
        admit: returns the refusal of a request, or None if it is admitted.
        largest: how many bytes may be sent to a path, if not `LARGEST_BODY`.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: frozenset[str],
        admit: Callable[[Request], Response | None],
        largest: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self._app, self._hosts, self._admit = app, hosts, admit
        self._largest = largest
        self._headers = _HEADERS | {"content-security-policy": _POLICY}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refuse(Request(scope))
        # A refusal is sent in the same way, so that it has these headers, too.
        answer = refusal or self._app

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        most = self._largest_body(scope["path"])
        await answer(scope, _bounded(receive, most), send_guarded)

    def _largest_body(self, path: str) -> int:
        return self._largest.get(path, LARGEST_BODY)

    def _refuse(self, request: Request) -> Response | None:
        """Return the refusal of a request, or None if it is answered."""
        headers = request.headers
        # Otherwise a site could point its own name to this machine, and its pages would
        # have the same origin as these (DNS rebinding).
        if headers.get("host", "") not in self._hosts:
            return PlainTextResponse("This server has another name.", 421)
        if refusal := self._admit(request):
            return refusal
        if request.method not in ("GET", "HEAD", "POST"):
            return PlainTextResponse("There is nothing here that can do this.", 405)
        if not _is_within(headers, self._largest_body(request.url.path)):
            return JSONResponse(
                {"problem": "This is more than a page may contain."}, 413
            )
        return None


def _is_within(headers: Mapping[str, str], most: int) -> bool:
    # If there is no length, as with chunks, `_bounded` cuts the body off.
    told = headers.get("content-length", "0")
    return told.isascii() and told.isdigit() and len(told) < 20 and int(told) <= most


def _bounded(receive: Receive, most: int) -> Receive:
    """Return what a request sends, cut off at the limit whatever its header says."""
    taken = 0

    async def take() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise TooLarge
        return message

    return take
