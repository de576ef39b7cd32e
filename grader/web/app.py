"""app: the server for one learner, put together."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool

from grader.document import catalog
from grader.document.catalog import Lesson
from grader.session import LearnerSession
from grader.web.course_routes import Course
from grader.web.desk import Desk
from grader.web.guard import SecurityMiddleware, TokenAuth
from grader.web.jobs import Jobs, OwnProcesses
from grader.web.page_store import Attempts
from grader.web.server_sent_events import Events

_LOOK_S = 0.5


def make_app(
    root: Path, hosts: frozenset[str], key: str, once: str = ""
) -> SecurityMiddleware:
    """Return the whole server, as an ASGI application.

    Args:
        root: the course.
        hosts: the names and ports that it is called by.
        key: what the learner's address carries.
        once: a word that lets in once, in the place of the key; "" for none.
    """
    folder, events, own = catalog.attempts_folder(root), Events(), OwnProcesses()
    jobs = Jobs(own, LearnerSession.at(folder), events.tell)
    desk = Desk(Attempts(folder), jobs, events)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        with looking(catalog.lessons(root), lambda: [desk]):
            yield
        jobs.stop()
        await run_in_threadpool(own.close)

    inner = Starlette(routes=Course(root, lambda _: desk).routes(), lifespan=lifespan)
    # Else /static/, which is no address, would be led on to one.
    inner.router.redirect_slashes = False
    return SecurityMiddleware(inner, hosts, TokenAuth(hosts, key, once))


@contextlib.contextmanager
def looking(
    lessons: Iterable[Lesson], desks: Callable[[], Iterable[Desk]]
) -> Iterator[None]:
    """Tell the pages of each file that changes, whoever changed it."""
    over = threading.Event()
    looks = threading.Thread(target=_look, args=(over, lessons, desks), daemon=True)
    looks.start()
    try:
        yield
    finally:
        over.set()


def _look(
    over: threading.Event,
    lessons: Iterable[Lesson],
    desks: Callable[[], Iterable[Desk]],
) -> None:
    seen: dict[tuple[Path, str], tuple[int, int]] = {}
    while True:
        for desk in desks():
            for lesson in lessons:
                key = desk.attempts.folder, lesson.short_name
                now = desk.attempts.stamp(lesson)
                if seen.setdefault(key, now) != now:
                    seen[key] = now
                    desk.events.tell("changed", {"lesson": lesson.short_name})
        if over.wait(_LOOK_S):
            return
