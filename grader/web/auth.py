"""auth: check a server's key, and that requests come from its own pages."""

from __future__ import annotations

import hmac

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

# A page from elsewhere can't send a custom header without asking first (CORS).
SCRIPT_HEADER = "x-lesson"
_NO_KEY = (
    "This page belongs to the person who started it. Open the whole address that the "
    "terminal shows, including its key."
)


class TokenAuth:
    """Admit only the learner's own browser, which has the key.

    Args:
        hosts: the server's names with their ports.
        key: the key in the learner's address.
        once: a word that lets in once, instead of the key; "" for none.
    """

    def __init__(self, hosts: frozenset[str], key: str, once: str = "") -> None:
        self._key, self._once = key, once
        # Browsers keep one set of cookies for all ports of a machine.
        self._cookie = f"key_{min(hosts).rpartition(':')[2]}"

    def __call__(self, request: Request) -> Response | None:
        """Return the refusal of a request, or None if it is admitted."""
        given = request.query_params.get("key", "")
        if request.method == "GET" and given and self._knows(given):
            return redirect_with_key(request, self._cookie, self._key)
        if not is_same_secret(request.cookies.get(self._cookie, ""), self._key):
            return PlainTextResponse(_NO_KEY, 403)
        if request.method == "POST" and not is_own_script(request):
            return PlainTextResponse("This comes from another page.", 403)
        return None

    def _knows(self, key_given: str) -> bool:
        if self._once and is_same_secret(key_given, self._once):
            self._once = ""
            return True
        return is_same_secret(key_given, self._key)


def redirect_with_key(request: Request, cookie: str, key: str) -> Response:
    """Redirect to the address without its key, which becomes a cookie."""
    # Two slashes at the beginning would lead to another machine.
    answer = RedirectResponse(f"/{request.url.path.lstrip('/')}", 303)
    set_key_cookie(answer, request, cookie, key)
    return answer


def set_key_cookie(answer: Response, request: Request, cookie: str, key: str) -> None:
    """Set a cookie with a key, which no script and no other site can use."""
    is_secure = request.url.scheme == "https"
    answer.set_cookie(cookie, key, httponly=True, samesite="strict", secure=is_secure)


def is_same_secret(typed: str, key: str) -> bool:
    """Return whether a given key is the right one, in constant time."""
    # An empty key would let everybody in. Compare bytes, because `compare_digest`
    # raises for text beyond ASCII.
    sent = typed.encode("utf-8", "replace")
    return bool(key) and hmac.compare_digest(sent, key.encode())


def is_own_script(request: Request) -> bool:
    """Return whether a request was sent by a script in one of this server's pages."""
    return request.headers.get(SCRIPT_HEADER) == "1" and is_same_origin(request)


def is_same_origin(request: Request) -> bool:
    """Return whether a request has this server's origin."""
    own_origin = f"{request.url.scheme}://{request.headers['host']}"
    return request.headers.get("origin", "") == own_origin
