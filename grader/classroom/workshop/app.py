"""app: assemble the server of a room."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

from anyio import to_thread
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool

from grader.classroom.workshop.auth import RoomAuth, member_of
from grader.classroom.workshop.membership import Membership
from grader.classroom.workshop.room import Room
from grader.classroom.workshop.routes import BoardRoutes, JoinRoutes
from grader.course.document import catalog
from grader.web.app import watching_files
from grader.web.middleware import SecurityMiddleware
from grader.web.responses import internal_error, not_found
from grader.web.routes import CourseRoutes

# A request for a grading waits in a thread, and saving must never wait for these.
_THREADS = 1_000
# Python lets a thread that parses go on for this long while the event loop waits for
# its turn, and each answer needs several turns. By default it is ten times as long.
_SWITCH_S = 0.0005


def make_room_app(
    root: Path,
    membership: Membership,
    hosts: frozenset[str],
    port: int,
    address: str,
    require_sandbox: bool = False,
) -> SecurityMiddleware:
    """Return the whole server of a room, as an ASGI application.

    Args:
        root: the course.
        membership: the members of the room.
        hosts: the server's names with their ports.
        port: its port.
        address: the learners' address, for the board.
        require_sandbox: run no learner's code unless every part of the isolation works.
    """
    room = Room(root, membership, require_sandbox)
    auth = RoomAuth(membership, port)
    course = CourseRoutes(root, lambda request: room.context(member_of(request)))

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = _THREADS
        usual_s = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_S)
        over = threading.Event()
        publishing = threading.Thread(
            target=room.publish_changes, args=(over,), daemon=True
        )
        publishing.start()
        # Keep the gradebook open, so that it can be read even if the disk is full.
        with room.gradebook(), watching_files(catalog.lessons(root), room.contexts):
            yield
        over.set()
        await run_in_threadpool(room.close)
        sys.setswitchinterval(usual_s)

    routes = [
        *JoinRoutes(room, auth).routes(),
        *BoardRoutes(room, address).routes(),
        *course.routes(),
    ]
    inner = Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={404: not_found, Exception: internal_error},
    )
    inner.router.redirect_slashes = False
    return SecurityMiddleware(inner, hosts, auth)
