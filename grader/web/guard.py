"""guard: who is answered at all, and what a page that is answered with may do.

Everything stands before any route: the name that this machine was called by, the key,
where a request that changes something comes from, and how much it may send.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from types import MappingProxyType

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import (
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grader.document.source import LARGEST_ATTEMPT

# A cell as JSON takes up to six bytes for a letter.
LARGEST_BODY = 6 * LARGEST_ATTEMPT
# A page from elsewhere cannot send a header of its own without asking first (CORS).
HEADER = "x-lesson"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action {form_action}; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    # With "no-referrer" a form of its own pages would not say where it comes from.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}
_NO_KEY = (
    "This page belongs to whoever started it. Open the whole address that the terminal "
    "shows, with its key."
)


class TooLarge(Exception):
    """A request sends more than one may."""


class SecurityMiddleware:
    """Lets through what may be asked, and nothing else.

    Args:
        app: what answers.
        hosts: the names and ports that this server is called by.
        admit: why a request is not answered, as an answer; None if it is.
        form_action: where the forms of its pages may send something, as a policy.
        largest: how many bytes may be sent to a path, where that is not `LARGEST_BODY`.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: frozenset[str],
        admit: Callable[[Request], Response | None],
        form_action: str = "'none'",
        largest: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self._app, self._hosts, self._admit = app, hosts, admit
        self._largest = largest
        policy = _POLICY.format(form_action=form_action)
        self._headers = _HEADERS | {"content-security-policy": policy}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refuse(Request(scope))
        # A refusal is sent the same way, so that it has these headers, too.
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
        """Say why a request is not answered; None if it is."""
        headers = request.headers
        # Else a site could lead a name of its own to this machine, and its pages would
        # be of one origin with these (DNS rebinding).
        if headers.get("host", "") not in self._hosts:
            return PlainTextResponse("This server has another name.", 421)
        if refusal := self._admit(request):
            return refusal
        if request.method not in ("GET", "HEAD", "POST"):
            return PlainTextResponse("There is nothing to do this with.", 405)
        if not _is_within(headers, self._largest_body(request.url.path)):
            return JSONResponse({"problem": "This is more than a page may hold."}, 413)
        return None


class TokenAuth:
    """Admits the learner's own browser alone: the one that has the key.

    Args:
        hosts: the names and ports that the server is called by.
        key: what the learner's address carries.
        once: a word that lets in once, in the place of the key; "" for none.
    """

    def __init__(self, hosts: frozenset[str], key: str, once: str = "") -> None:
        self._key, self._once = key, once
        # Browsers keep one set of cookies for all ports of a machine.
        self._cookie = f"key_{min(hosts).rpartition(':')[2]}"

    def __call__(self, request: Request) -> Response | None:
        """Say why a request is not answered; None if it is."""
        given = request.query_params.get("key", "")
        if request.method == "GET" and given and self._knows(given):
            return let_in(request, self._cookie, self._key)
        if not is_same(request.cookies.get(self._cookie, ""), self._key):
            return PlainTextResponse(_NO_KEY, 403)
        if request.method == "POST" and not is_of_own_page(request):
            return PlainTextResponse("This comes from another page.", 403)
        return None

    def _knows(self, given: str) -> bool:
        if self._once and is_same(given, self._once):
            self._once = ""
            return True
        return is_same(given, self._key)


def let_in(request: Request, cookie: str, key: str) -> Response:
    """Keep a key in the browser and take it out of the address."""
    # Two slashes in front would lead to another machine.
    answer = RedirectResponse(f"/{request.url.path.lstrip('/')}", 303)
    keep_key(answer, request, cookie, key)
    return answer


def keep_key(answer: Response, request: Request, cookie: str, key: str) -> None:
    """Let a browser keep a key that no script and no other site can use."""
    is_secure = request.url.scheme == "https"
    answer.set_cookie(cookie, key, httponly=True, samesite="strict", secure=is_secure)


def is_same(given: str, key: str) -> bool:
    """Return whether a key was given; how long it takes says nothing of it."""
    # An empty key would let everybody in. As bytes: `compare_digest` raises for a text
    # with letters beyond ASCII.
    sent = given.encode("utf-8", "replace")
    return bool(key) and hmac.compare_digest(sent, key.encode())


def is_of_own_page(request: Request) -> bool:
    """Return whether a request was made by a script of a page of this server."""
    return request.headers.get(HEADER) == "1" and is_from_here(request)


def is_from_here(request: Request) -> bool:
    """Return whether a request says that a page of this server made it."""
    own = f"{request.url.scheme}://{request.headers['host']}"
    return request.headers.get("origin", "") == own


def _is_within(headers: Mapping[str, str], most: int) -> bool:
    # Without a length, as in chunks, it is `_bounded` that cuts it off.
    told = headers.get("content-length", "0")
    return told.isascii() and told.isdigit() and len(told) < 20 and int(told) <= most


def _bounded(receive: Receive, most: int) -> Receive:
    """Return what a request sends, cut off where it is too much whatever it said
    before.
    """
    taken = 0

    async def take() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise TooLarge
        return message

    return take
