"""Connections that say nothing are closed, and lock nobody out."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from grader.web.http_server import Connections, listen
from tests.room import Asker, serve_room
from tests.test_server import make_course
from tools.shots.serving import served


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """An application that answers at once, or at /long after a while."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    head = {"type": "http.response.start", "status": 200, "headers": []}
    await send(head | {"headers": [(b"content-length", b"2")]})
    if scope["path"] == "/long":
        await send({"type": "http.response.body", "body": b"o", "more_body": True})
        await asyncio.sleep(5)
        await send({"type": "http.response.body", "body": b"k"})
    else:
        await send({"type": "http.response.body", "body": b"ok"})


@contextmanager
def serve(connections: Connections) -> Iterator[int]:
    listening = listen("127.0.0.1", [0])
    with served(answer, listening, connections):
        yield listening.getsockname()[1]


def ask(port: int, path: str = "/") -> bytes:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    line.request("GET", path)
    said = line.getresponse().read()
    line.close()
    return said


def is_closed(line: socket.socket, within_s: float = 0.0) -> bool:
    """Whether the other side has hung up."""
    line.settimeout(within_s or 0.001)
    try:
        return line.recv(1_000) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


@contextmanager
def connected(
    port: int, count: int, says: bytes = b""
) -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as stack:
        lines = []
        for _ in range(count):
            line = socket.create_connection(("127.0.0.1", port), timeout=20)
            lines.append(stack.enter_context(line))
            if says:
                line.sendall(says)
        yield lines


@pytest.mark.parametrize("says", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_without_a_whole_head_a_connection_is_closed(says: bytes) -> None:
    with serve(Connections(50, head_s=0.5)) as port, connected(port, 1, says) as (one,):
        assert is_closed(one, within_s=20)


def test_to_send_a_letter_now_and_then_is_no_whole_head() -> None:
    with serve(Connections(50, head_s=0.5)) as port, connected(port, 2) as (new, old):
        old.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert old.recv(1_000).startswith(b"HTTP/1.1 200")
        deadline = time.monotonic() + 20
        left = {new, old}
        while left and time.monotonic() < deadline:
            for one in tuple(left):
                try:
                    one.sendall(b"G")
                except OSError:
                    left.remove(one)
            time.sleep(0.1)
        assert not left


def test_one_that_asks_again_and_again_stays_open() -> None:
    with serve(Connections(50, head_s=1.0)) as port, connected(port, 1) as (one,):
        for _ in range(5):
            one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            said = b""
            while not said.endswith(b"ok"):
                more = one.recv(1_000)
                assert more
                said += more
            time.sleep(0.4)


def test_an_answer_may_take_longer_than_a_head() -> None:
    with serve(Connections(50, head_s=0.5)) as port:
        assert ask(port, "/long") == b"ok"


def test_those_of_one_address_that_say_nothing_make_room() -> None:
    with (
        serve(Connections(50, most_of_one=10)) as port,
        connected(port, 40, b"GET") as lines,
    ):
        for _ in range(5):
            assert ask(port) == b"ok"
        closed = [is_closed(one) for one in lines]
        # The longest first.
        assert closed == sorted(closed, reverse=True)
        assert 30 <= sum(closed) <= 36


def test_those_of_all_addresses_that_say_nothing_make_room() -> None:
    with serve(Connections(6, most_of_one=3)) as port:
        lines = []
        for host in range(1, 21):
            line = socket.create_connection(
                ("127.0.0.1", port), source_address=(f"127.0.1.{host}", 0)
            )
            lines.append(line)
        assert ask(port) == b"ok"
        assert sum(is_closed(one) for one in lines) >= 14
        for line in lines:
            line.close()


def test_one_that_is_answered_makes_room_for_nobody() -> None:
    long = b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n"
    with (
        serve(Connections(50, most_of_one=3)) as port,
        connected(port, 3, long) as lines,
    ):
        for line in lines:
            assert line.recv(1_000).startswith(b"HTTP/1.1 200")
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            ask(port)
        # Others still come in.
        with socket.create_connection(
            ("127.0.0.1", port), 20, source_address=("127.0.0.2", 0)
        ) as other:
            other.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"200" in other.recv(1_000)
        assert not any(is_closed(one) for one in lines)


_LIMITED = """
import resource
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
from grader.web.http_server import configure
configure(None)
soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
assert soft == min(hard, 65_536) or hard == resource.RLIM_INFINITY, (soft, hard)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="its sockets are no files")
def test_a_server_may_open_as_many_files_as_the_system_lets_it() -> None:
    root = Path(__file__).parent.parent
    subprocess.run([sys.executable, "-c", _LIMITED], check=True, cwd=root)


def test_idle_connections_lock_nobody_out_of_a_room(tmp_path: Path) -> None:
    root = make_course(tmp_path / "course")
    with (
        serve_room(root, tmp_path / "room", connections=Connections(40)) as room,
        connected(room.port, 200, b"G"),
    ):
        ada: Asker = room.learner("Ada")
        assert "double" in ada.get("/lesson1")
