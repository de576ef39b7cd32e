"""app: assemble the server for one learner."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool

from grader.course.document.catalog import Lesson
from grader.learner.application import Application
from grader.learner.session import LearnerSession
from grader.web.auth import TokenAuth
from grader.web.jobs import Jobs, LocalJobRunner
from grader.web.learner_context import LearnerContext
from grader.web.middleware import SecurityMiddleware
from grader.web.page_store import Attempts
from grader.web.responses import Events, internal_error, not_found
from grader.web.routes import CourseRoutes

_WATCH_S = 0.5


def make_app(
    root: Path, hosts: frozenset[str], key: str, once: str = ""
) -> SecurityMiddleware:
    """Return the whole server, as an ASGI application.

    Args:
        root: the course.
        hosts: the server's names with their ports.
        key: the key in the learner's address.
        once: a word that lets in once, instead of the key; "" for none.
    """
    course, events = Application(root), Events()
    folder, runner = course.attempts, LocalJobRunner(course.pool)
    jobs = Jobs(runner, LearnerSession.at(folder), events.publish)
    context = LearnerContext(Attempts(folder), jobs, events)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        with watching_files(course.lessons(), lambda: [context]):
            yield
        jobs.stop()
        await run_in_threadpool(runner.close)

    inner = Starlette(
        routes=CourseRoutes(root, lambda _: context).routes(),
        lifespan=lifespan,
        exception_handlers={404: not_found, Exception: internal_error},
    )
    # Otherwise /static/, which isn't an address, would be redirected to one.
    inner.router.redirect_slashes = False
    return SecurityMiddleware(inner, hosts, TokenAuth(hosts, key, once))


@contextlib.contextmanager
def watching_files(
    lessons: Iterable[Lesson], contexts: Callable[[], Iterable[LearnerContext]]
) -> Iterator[None]:
    """Notify the pages of each file that changes, whatever has changed it."""
    over = threading.Event()
    watcher = threading.Thread(
        target=_watch_files, args=(over, lessons, contexts), daemon=True
    )
    watcher.start()
    try:
        yield
    finally:
        over.set()


def _watch_files(
    over: threading.Event,
    lessons: Iterable[Lesson],
    contexts: Callable[[], Iterable[LearnerContext]],
) -> None:
    seen: dict[tuple[Path, str], tuple[int, int]] = {}
    while True:
        for context in contexts():
            for lesson in lessons:
                key = context.attempts.folder, lesson.short_name
                now = context.attempts.stamp(lesson)
                if seen.setdefault(key, now) != now:
                    seen[key] = now
                    context.events.publish("changed", {"lesson": lesson.short_name})
        if over.wait(_WATCH_S):
            return
