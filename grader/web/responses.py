"""responses: what routes share: parsing requests, events, and error responses."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from grader.checks.attempt import Cancelled
from grader.common.errors import GraderError, NotFound
from grader.course.document import catalog
from grader.course.document.catalog import Lesson
from grader.course.document.source import Unreadable
from grader.judge import ExerciseInfo
from grader.web.drawing import draw_kept
from grader.web.middleware import TooLarge
from grader.web.page_store import MOST_CELLS, Page
from grader.web.pages import problem_page
from grader.web.work_queue import GivenUp

_LARGEST_NUMBER = 10_000
_GIVEN_UP = (
    "The server gave up on this request: it arrived too slowly, or too many came at "
    "once. Try again."
)
_NO_PAGE = "There is no such page."
Endpoint = Callable[[Request], Awaitable[Response]]


class BadRequest(Exception):
    """Raised if a request lacks something that is needed to answer it."""


def answer_errors(endpoint: Endpoint) -> Endpoint:
    """Return the endpoint with errors converted to sentences with an HTTP status."""

    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Cancelled:
            return JSONResponse({"stopped": True})
        except ClientDisconnect:  # nobody waits for the answer
            return Response(status_code=204)
        except NotFound:
            return problem(request, _NO_PAGE, 404)
        except BadRequest as error:
            return problem(request, str(error), 400)
        except TooLarge as error:
            return problem(request, str(error), 413)
        except GivenUp:
            return problem(request, _GIVEN_UP, 429)
        except (GraderError, Unreadable) as error:
            return problem(request, sentence_of(error), 409)
        except OSError as error:  # too many open files or processes
            why = error.strerror or str(error)
            sentence = f"The machine that serves the lessons cannot do it now ({why})."
            return problem(request, f"{sentence} Try again.", 503)

    return answered


def problem(request: Request, sentence: str, status: int) -> Response:
    """Return what is wrong as a page, or as JSON if a script asked."""
    if is_navigation(request):
        return html(problem_page(sentence, status == 404), status)
    return JSONResponse({"problem": sentence}, status)


def is_navigation(request: Request) -> bool:
    """Return whether somebody opens a page; scripts accept anything, or events."""
    is_page = "text/html" in request.headers.get("accept", "")
    return is_page and request.method == "GET"


async def not_found(request: Request, _: Exception) -> Response:
    """Return the answer to a request for an address that doesn't exist."""
    return problem(request, _NO_PAGE, 404)


async def internal_error(request: Request, error: Exception) -> Response:
    """Return the answer to a request that raised an exception of ours.

    The server raises it again, so its terminal shows the traceback.
    """
    sentence = (
        f"The server couldn't answer because of an error in its own code "
        f"({type(error).__name__}). Its terminal shows the details. Try again."
    )
    return problem(request, sentence, 500)


def sentence_of(error: GraderError | Unreadable) -> str:
    """Return the message of an error for a learner, without paths of this machine."""
    return error.for_others if isinstance(error, GraderError) else str(error)


def html(page: bytes, status: int = 200) -> Response:
    """Return a page as a response in UTF-8."""
    return Response(page, status, media_type="text/html; charset=utf-8")


def cell_fields(page: Page, lesson: Lesson) -> dict[str, Any]:
    """Return the code cells that a page shows, by index, as its script expects them."""
    kept = page.kept_figures(lesson)
    cells = {
        str(c.number - 1): {
            "text": c.source,
            "version": c.version,
            "line": c.first_line,
            "kept": draw_kept(lesson, kept[c.number]) if c.number in kept else "",
        }
        for c in page.document.cells[:MOST_CELLS]
        if not c.is_text
    }
    return {"shape": page.document.shape, "cells": cells}


def parse_json(content: bytes) -> dict[str, Any]:
    """Return the JSON object in the body of a request.

    Raises:
        BadRequest: if it isn't one.
    """
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise BadRequest("The request isn't a JSON object.")
    return parsed


def field(fields: dict[str, Any], name: str, kind: type) -> Any:
    """Return a field of the object that was sent.

    Args:
        fields: the object that was sent.
        name: the field.
        kind: its required type; an int must be from 0 to 10,000.

    Raises:
        BadRequest: if it is missing, or has another type.
    """
    value = fields.get(name)
    is_right = type(value) is kind  # True is an int, but isn't a number here
    if isinstance(value, int):
        is_right = is_right and 0 <= value <= _LARGEST_NUMBER
    if not is_right:
        raise BadRequest(f"{name} is missing, or isn't what it should be.")
    return value


def find_lesson(root: Path, name: str) -> Lesson:
    """Return a lesson by its short name.

    Raises:
        NotFound: if there is none.
    """
    if lesson := catalog.find_by_short_name(name, root):
        return lesson
    raise NotFound(name)


def find_exercise(
    exercises: Iterable[ExerciseInfo], fields: dict[str, Any]
) -> ExerciseInfo:
    """Return the exercise that a request names by its tag.

    Raises:
        BadRequest: if there is none with that name.
    """
    name = field(fields, "exercise", str)
    for info in exercises:
        if info.tag == name:
            return info
    raise BadRequest("There is no such exercise.")


# A browser has six connections to a server, so pages that listen must leave some for
# saving.
MOST_STREAMS = 3
_MOST_WAITING = 100
_PULSE_S = 1.0


class Events:
    """Publish events from any thread to every page that listens.

    A page that doesn't read loses events, without blocking others.

    Args:
        most: how many pages may listen.

    Attributes:
        left_at: when a page last stopped listening, by the monotonic clock.
    """

    def __init__(self, most: int = MOST_STREAMS) -> None:
        self._most = most
        self._listeners: dict[asyncio.Queue[str], asyncio.AbstractEventLoop] = {}
        self.left_at = 0.0

    def publish(self, kind: str, what: dict[str, Any]) -> None:
        """Send an event to every page that listens."""
        words = f"event: {kind}\ndata: {json.dumps(what)}\n\n"
        # This is called from any thread, but an asyncio queue belongs to its loop's
        # thread.
        for queue, loop in list(self._listeners.items()):
            loop.call_soon_threadsafe(_offer, queue, words)

    @property
    def has_listeners(self) -> bool:
        """Whether a page listens."""
        return bool(self._listeners)

    def add_listener(self) -> asyncio.Queue[str] | None:
        """Return a queue of the events from now on, or None if too many listen."""
        if len(self._listeners) >= self._most:
            return None
        queue: asyncio.Queue[str] = asyncio.Queue(_MOST_WAITING)
        self._listeners[queue] = asyncio.get_running_loop()
        return queue

    def remove_listener(self, queue: asyncio.Queue[str]) -> None:
        """Add nothing to a queue any more."""
        del self._listeners[queue]
        self.left_at = time.monotonic()


class EventResponse(Response):
    """A stream of the events from now on, unless too many pages listen already.

    Args:
        events: the source that the page listens to.
    """

    def __init__(self, events: Events) -> None:
        super().__init__()
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until the page has gone."""
        # It is counted before anything is sent, and also if nothing can be sent.
        queue = self._events.add_listener()
        if queue is None:
            full = JSONResponse({"problem": "Too many pages are open."}, 429)
            await full(scope, receive, send)
            return
        try:
            answer = StreamingResponse(_pulse(queue), media_type="text/event-stream")
            await answer(scope, receive, send)
        finally:
            self._events.remove_listener(queue)


async def _pulse(queue: asyncio.Queue[str]) -> AsyncIterator[str]:
    """Yield the events in a queue, and a heartbeat that detects a lost page."""
    # A page that lost the server tries again every second. The immediate reply shows
    # the page that it is connected.
    yield "retry: 1000\n: begun\n\n"
    while True:
        try:
            yield await asyncio.wait_for(queue.get(), _PULSE_S)
        except TimeoutError:
            yield ": alive\n\n"


def _offer(queue: asyncio.Queue[str], words: str) -> None:
    if not queue.full():
        queue.put_nowait(words)
