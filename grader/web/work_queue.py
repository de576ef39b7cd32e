"""work_queue: receive and answer the requests of many learners, each in turn.

Receiving a body takes memory. Parsing it, reading a file and drawing a page take a
processor, which all answers of a server share. So one learner's requests are worked on
one at a time, with a pause after each, and the work of all learners is done in a few
threads. A free thread goes to the learner who has used the least lately. If nobody
waits for an answer any more, it isn't made at all.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from grader.web.middleware import TooLarge, has_body, limits_of

# Python runs the code of one thread at a time, so more threads would only make each
# other and the event loop slower. The second one is for work that waits for a disk.
_THREADS = 2
# The next request waits this many times as long as the last one took, so a learner can
# use at most a third of a processor.
_PAUSE = 2
# After this time, the CPU time that a learner has used counts half.
_HALF_LIFE_S = 10.0
# How many bodies one learner may have here that nobody works on yet, and the bytes of
# them all: a notebook of 20 MB and a few cells.
MOST_BODIES, MOST_BYTES = 8, 25_000_000
# The bytes for all learners.
_MOST_BYTES_OF_ALL = 100_000_000
# The time for a body, and for each byte that it may have: a poor wifi.
_PATIENCE_S, _SLOWEST_BYTES_PER_S = 10.0, 200_000
_LARGEST_KEPT = 1_000_000
T = TypeVar("T")


class GivenUp(Exception):
    """Raised if a request was too slow, or is one of too many."""


class _Body(msgspec.Struct, eq=False):
    """A body that is being received, or that waits until it is its turn."""

    queue: WorkQueue
    timeout: asyncio.Timeout
    content: bytearray = msgspec.field(default_factory=bytearray)
    is_given_up: bool = False


class SharedWork:
    """The threads and the memory that the work of all learners shares.

    Args:
        threads: how many requests are worked on at a time.
        most_bytes: the bytes of all bodies that nobody works on yet.
    """

    def __init__(
        self, threads: int = _THREADS, most_bytes: int = _MOST_BYTES_OF_ALL
    ) -> None:
        self._free, self._most_bytes = threads, most_bytes
        self._waiting: dict[asyncio.Future[None], WorkQueue] = {}
        self._held: dict[WorkQueue, int] = {}

    @contextlib.asynccontextmanager
    async def thread(self, queue: WorkQueue) -> AsyncIterator[None]:
        """Wait until a thread is free for a learner's work."""
        if self._free:
            self._free -= 1
        else:
            turn = asyncio.get_running_loop().create_future()
            self._waiting[turn] = queue
            try:
                await turn
            except asyncio.CancelledError:
                if self._waiting.pop(turn, None) is None:  # it was given a thread
                    self._release()
                raise
        try:
            yield
        finally:
            self._release()

    def _release(self) -> None:
        # Some may have been cancelled that haven't noticed it yet.
        waiting = [turn for turn in self._waiting if not turn.done()]
        if not waiting:
            self._free += 1
            return
        turn = min(waiting, key=lambda one: self._waiting[one].recent_s)
        del self._waiting[turn]
        turn.set_result(None)

    def hold(self, queue: WorkQueue, size: int) -> None:
        """Add to the bytes of a queue's requests; give up the oldest if needed."""
        held = self._held.get(queue, 0) + size
        self._held[queue] = held
        if held <= 0:
            del self._held[queue]
        while sum(self._held.values()) > self._most_bytes:
            max(self._held, key=lambda one: self._held[one]).give_up_oldest()


class WorkQueue:
    """Work on the requests of one learner, one at a time, and keep the last page.

    Args:
        shared: the threads and the memory for all learners.
        processor_s: returns the CPU seconds that the calling thread has used.
        most_bodies: how many bodies may wait here.
        pause: how many times as long as a request took, the next one waits.
    """

    def __init__(
        self,
        shared: SharedWork | None = None,
        processor_s: Callable[[], float] = time.thread_time,
        most_bodies: int = MOST_BODIES,
        pause: float | None = None,
    ) -> None:
        self._shared, self._processor_s = shared or SharedWork(), processor_s
        self._most_bodies = most_bodies
        self._pause = _PAUSE if pause is None else pause
        self._turn = asyncio.Lock()
        self._next_at = 0.0
        self._used_s, self._used_at = 0.0, time.monotonic()
        # The oldest comes first.
        self._bodies: dict[_Body, None] = {}
        self._kept: tuple[object, bytes] | None = None

    @property
    def recent_s(self) -> float:
        """The CPU seconds used lately; those of some time ago count less."""
        ago_s = time.monotonic() - self._used_at
        return self._used_s * math.exp2(-ago_s / _HALF_LIFE_S)

    async def run(self, request: Request, make: Callable[[], T]) -> T:
        """Call a function in a thread when it is this learner's turn.

        Args:
            request: the request that waits for it.
            make: the function; it isn't called if the client has gone by then.

        Raises:
            ClientDisconnect: if the client has gone.
            GivenUp, TooLarge: as in `take`.
        """
        return await self.take(request, lambda _: make())

    async def take(
        self, request: Request, make: Callable[[bytes], T], most: int | None = None
    ) -> T:
        """Receive the body of a request, and call a function with it as in `run`.

        Args:
            request: the client's request, whose body hasn't been read yet.
            make: gets the body.
            most: how many bytes it may have, if fewer than its route accepts.

        Raises:
            ClientDisconnect: if the client has gone.
            GivenUp: if the body came too slowly, or newer ones need its place.
            TooLarge: if the body is too large.
        """
        largest = limits_of(request).largest
        most = largest if most is None else min(most, largest)
        async with self._receive(request, most) as body, self._turn:
            if (pause_s := self._next_at - time.monotonic()) > 0:
                await asyncio.sleep(pause_s)
            async with self._shared.thread(self):
                await _stay(request)
                if body.is_given_up:
                    raise GivenUp
                self._drop(body)  # from here on it isn't given up any more
                content = bytes(body.content)
                return await run_in_threadpool(self._call_timed, make, content)

    def page(self, version: object, make: Callable[[], bytes]) -> bytes:
        """Return a page, and draw it again only if its version has changed.

        Args:
            version: everything that the page depends on.
            make: makes the page.
        """
        if self._kept is not None and self._kept[0] == version:
            return self._kept[1]
        page = make()
        self._kept = (version, page) if len(page) <= _LARGEST_KEPT else None
        return page

    def give_up_oldest(self) -> None:
        """Give up the body that has been here longest, so its memory is free."""
        if self._bodies:
            oldest = next(iter(self._bodies))
            self._drop(oldest)
            oldest.is_given_up = True
            oldest.timeout.reschedule(asyncio.get_running_loop().time())

    @contextlib.asynccontextmanager
    async def _receive(self, request: Request, most: int) -> AsyncIterator[_Body]:
        """Provide the body of a request, as long as it may stay here."""
        timeout = asyncio.timeout(_PATIENCE_S + most / _SLOWEST_BYTES_PER_S)
        body = _Body(self, timeout)
        try:
            async with timeout:
                if has_body(request):
                    self._bodies[body] = None
                    self._hold(body, 0)
                async for part in request.stream():
                    body.content += part
                    if len(body.content) > most:
                        raise TooLarge
                    self._hold(body, len(part))
                timeout.reschedule(None)
                yield body
        except TimeoutError:
            if timeout.expired():
                raise GivenUp from None
            raise
        finally:
            self._drop(body)

    def _hold(self, body: _Body, size: int) -> None:
        if body not in self._bodies:
            return
        self._shared.hold(self, size)
        while len(self._bodies) > self._most_bodies or self._size > MOST_BYTES:
            self.give_up_oldest()

    @property
    def _size(self) -> int:
        return sum(len(one.content) for one in self._bodies)

    def _drop(self, body: _Body) -> None:
        if body in self._bodies:
            del self._bodies[body]
            self._shared.hold(self, -len(body.content))

    def _call_timed(self, make: Callable[[bytes], T], content: bytes) -> T:
        began_s = self._processor_s()
        try:
            return make(content)
        finally:
            took_s, now = self._processor_s() - began_s, time.monotonic()
            self._used_s, self._used_at = self.recent_s + took_s, now
            self._next_at = now + self._pause * took_s


async def _stay(request: Request) -> None:
    if await request.is_disconnected():
        raise ClientDisconnect
