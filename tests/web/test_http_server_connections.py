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

import psutil
import pytest

from grader.web.http_server import Connections, listen
from tests.support import certificate
from tests.support.project import ROOT
from tests.support.room import Asker, serve_room
from tests.support.room_boards import write
from tests.support.room_process import RoomProcess
from tests.support.served_course import make_course
from tools.shots.serving import served

HERE = "127.0.0.1"
# A head, or a handshake, of which the rest never comes.
BEGUN = {"http": b"G", "https": b"\x16\x03\x01"}


@pytest.fixture(params=certificate.SCHEMES)
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


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
def serve(connections: Connections, scheme: str) -> Iterator[int]:
    listening = listen("127.0.0.1", [0])
    with served(answer, listening, connections, certificate.for_server(scheme)):
        yield listening.getsockname()[1]


def ask(port: int, scheme: str, path: str = "/") -> bytes:
    line = certificate.connect(port, scheme, 20)
    line.request("GET", path)
    said = line.getresponse().read()
    line.close()
    return said


def is_closed(line: socket.socket, within_s: float = 0.0) -> bool:
    """Whether the other side has hung up."""
    line.settimeout(within_s or 0.001)
    try:
        return line.recv(1_000) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def connect(port: int, scheme: str, host: str = HERE) -> socket.socket:
    """Connect from an address of this machine, with https after the handshake."""
    line = socket.create_connection((HERE, port), 20, source_address=(host, 0))
    if scheme == "http":
        return line
    return certificate.for_browser().wrap_socket(line, server_hostname=HERE)


@contextmanager
def connected(
    port: int, scheme: str, count: int, says: bytes = b""
) -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as stack:
        lines = []
        for _ in range(count):
            lines.append(stack.enter_context(connect(port, scheme)))
            if says:
                lines[-1].sendall(says)
        yield lines


@pytest.mark.promise("idle-connections")
@pytest.mark.parametrize("says", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_without_a_whole_head_a_connection_is_closed(scheme: str, says: bytes) -> None:
    with (
        serve(Connections(50, head_s=0.5), scheme) as port,
        connected(port, scheme, 1, says) as (one,),
    ):
        assert is_closed(one, within_s=60)


@pytest.mark.promise("idle-connections")
def test_to_send_a_letter_now_and_then_is_no_whole_head(scheme: str) -> None:
    with (
        serve(Connections(50, head_s=0.5), scheme) as port,
        connected(port, scheme, 2) as (new, old),
    ):
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


def test_one_that_asks_again_and_again_stays_open(scheme: str) -> None:
    with (
        serve(Connections(50, head_s=1.0), scheme) as port,
        connected(port, scheme, 1) as (one,),
    ):
        for _ in range(5):
            one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            said = b""
            while not said.endswith(b"ok"):
                more = one.recv(1_000)
                assert more
                said += more
            time.sleep(0.4)


def test_an_answer_may_take_longer_than_a_head(scheme: str) -> None:
    with serve(Connections(50, head_s=0.5), scheme) as port:
        assert ask(port, scheme, "/long") == b"ok"


@pytest.mark.promise("idle-connections")
def test_those_of_one_address_that_say_nothing_make_room(scheme: str) -> None:
    with (
        serve(Connections(50, most_of_one=10), scheme) as port,
        connected(port, scheme, 40, b"GET") as lines,
    ):
        for _ in range(5):
            assert ask(port, scheme) == b"ok"
        closed = [is_closed(one) for one in lines]
        # The longest first.
        assert closed == sorted(closed, reverse=True)
        assert 30 <= sum(closed) <= 36


@pytest.mark.promise("idle-connections")
def test_those_of_all_addresses_that_say_nothing_make_room(scheme: str) -> None:
    with serve(Connections(6, most_of_one=3), scheme) as port:
        lines = []
        for host in range(1, 21):
            lines.append(connect(port, scheme, f"127.0.1.{host}"))
        assert ask(port, scheme) == b"ok"
        assert sum(is_closed(one) for one in lines) >= 14
        for line in lines:
            line.close()


def test_one_that_is_answered_makes_room_for_nobody(scheme: str) -> None:
    long = b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n"
    with (
        serve(Connections(50, most_of_one=3), scheme) as port,
        connected(port, scheme, 3, long) as lines,
    ):
        for line in lines:
            assert line.recv(1_000).startswith(b"HTTP/1.1 200")
        with pytest.raises((OSError, http.client.HTTPException)):
            ask(port, scheme)
        # Others still come in.
        with connect(port, scheme, "127.0.0.2") as other:
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


@pytest.mark.promise("idle-connections")
@pytest.mark.only_on("posix")
def test_a_server_may_open_as_many_files_as_the_system_lets_it() -> None:
    subprocess.run([sys.executable, "-c", _LIMITED], check=True, cwd=ROOT)


@pytest.mark.promise("idle-connections")
def test_idle_connections_lock_nobody_out_of_a_room(
    tmp_path: Path, scheme: str
) -> None:
    root, bounds = make_course(tmp_path / "course"), Connections(40)
    with (
        serve_room(root, tmp_path / "room", None, bounds, scheme=scheme) as room,
        connected(room.port, "http", 200, BEGUN[scheme]),
    ):
        ada: Asker = room.learner("Ada")
        assert "double" in ada.get("/lesson1")


@pytest.mark.promise("idle-connections")
@pytest.mark.parametrize("says", [b"", BEGUN["https"], b"GET / HTTP/1.1\r\n\r\n"])
def test_without_a_handshake_a_connection_is_closed(says: bytes) -> None:
    with (
        serve(Connections(50, head_s=0.5), "https") as port,
        connected(port, "http", 1, says) as (one,),
    ):
        assert is_closed(one, within_s=60)


@pytest.mark.promise("idle-connections")
def test_connections_without_a_handshake_make_room() -> None:
    with (
        serve(Connections(50, most_of_one=10), "https") as port,
        connected(port, "http", 20) as silent,
        connected(port, "http", 20, BEGUN["https"]) as begun,
    ):
        assert ask(port, "https") == b"ok"
        assert sum(is_closed(one) for one in (*silent, *begun)) >= 30


@pytest.mark.promise("idle-connections")
def test_a_handshake_is_part_of_the_time_for_a_head() -> None:
    with (
        serve(Connections(50, most_of_one=2), "https") as port,
        connected(port, "http", 1) as (plain,),
        connected(port, "https", 1) as (second,),
        certificate.for_browser().wrap_socket(plain, server_hostname=HERE) as first,
    ):
        # The one that has waited longest makes room, although its handshake was last.
        assert ask(port, "https") == b"ok"
        assert is_closed(first, within_s=60)
        assert not is_closed(second)


@pytest.mark.promise("idle-connections")
@pytest.mark.only_on("posix")
def test_1500_silent_connections_change_nothing_for_anybody(
    tmp_path: Path, scheme: str
) -> None:
    with may_open(4_000):
        room = RoomProcess(make_course(tmp_path), tmp_path / "room", scheme)
        room.start()
        try:
            ada = Asker(room.port, scheme)
            ada.fill_in("/join", code=room.code, name="Ada")
            write(ada, "return x")
            before = memory_mb(room)
            with connected(room.port, "http", 1_500) as lines:
                for number in range(5):
                    write(ada, f"return {number} * x")
                assert memory_mb(room) - before < 100
                # All of them are from one address, which may have 1,000.
                assert sum(is_closed(line) for line in lines) >= 500
                assert all(is_closed(line, within_s=60) for line in lines)
                write(ada, "return 2 * x")
        finally:
            room.kill()


def memory_mb(room: RoomProcess) -> float:
    return float(psutil.Process(room.pid).memory_info().rss / 1e6)


@contextmanager
def may_open(files: int) -> Iterator[None]:
    """Let this process and its children have so many open files."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < files:
        if hard < files:
            pytest.skip(f"only {hard} files may be open here")
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


# Without a free file, asyncio tries again each second: here three times.
_FULL = """
import asyncio, os, resource, socket, sys, threading
from pathlib import Path
from grader.web import http_server
from tests.support import certificate
from tests.web.test_http_server_connections import answer

class Loop(asyncio.SelectorEventLoop):
    refused = 0
    def _start_serving(self, *args, **named):
        if held:
            self.refused += 1
        if self.refused == 3:
            while held:
                os.close(held.pop())
        super()._start_serving(*args, **named)

def fill():
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, hard))
    try:
        while True:
            held.append(os.dup(0))
    except OSError:
        print(listening.getsockname()[1], flush=True)

held = []
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
asyncio.SelectorEventLoop = Loop
http_server.uvicorn.Config.get_loop_factory = lambda config: Loop
listening = http_server.listen("127.0.0.1", [0])
tls = certificate.for_server(sys.argv[1])
http_server.run_server(answer, listening, fill, tls)
"""


@pytest.mark.only_on("posix")
def test_that_no_file_can_be_opened_is_said_in_one_line(scheme: str) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", _FULL, scheme],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            assert ask(port, scheme) == b"ok"  # once files are free again
        finally:
            server.kill()
            _, said = server.communicate()
    (line,) = said.strip().splitlines()
    assert "can't open any more files" in line
    assert "Too many open files" in line
