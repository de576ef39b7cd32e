"""Attacks on a room, each a function that goes on until the room's time is over.

An attack is one function with a decorator that names it; it is called in a thread of
its own, in a process of attackers, and returns a sentence about what it saw. What it
raises fails the measurement: an attack that does not attack must not pass.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import multiprocessing
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.room import Asker

_LESSON = "lesson3"
_HAND_IN = "hand-in?name=mine.ipynb"
_CELL = '# %% id="3a"\n'
_CELLS = _CELL + "# %%\n" * 79_000
_CHUNKED = "Transfer-Encoding: chunked"
_POSTS = ("reset", "save", "grade", "run", "scratch", "hint", "solution", "versions")
_JOIN_PATIENCE_S = 90.0
_CROWD = 8
# Writes an answer of its own making, with 50,000 names of changed arguments in it.
_FORGES = """
import os, sys
from grader.sandbox import codec

def softmax(z):
    frame = sys._getframe()
    while "self" not in frame.f_locals: frame = frame.f_back
    places = tuple("x" * 900 + str(at) for at in range(50_000))
    told = frame.f_locals["self"]._question, "Returned", z, places
    body = codec.encode(told)
    rest = memoryview(len(body).to_bytes(8, "little") + body)
    while rest: rest = rest[os.write(3, rest):]
    os._exit(0)
"""


class Target:
    """A room that is attacked.

    Args:
        port: where it is.
        code: what newcomers type.
        over: set when the attack ends.

    Attributes:
        crowd: several who have joined.
    """

    def __init__(self, port: int, code: str, over: Any) -> None:
        self.port, self.code, self._over = port, code, over
        # Before newcomers without end fill the minute.
        self.crowd = [self.learner(f"One of {_CROWD}, {n}") for n in range(_CROWD)]

    @property
    def is_over(self) -> bool:
        """Whether the attack ends."""
        return bool(self._over.is_set())

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end."""
        self._over.wait(seconds)

    def stranger(self) -> Asker:
        """Return somebody who has not joined."""
        return Asker(self.port)

    def learner(self, name: str) -> Asker:
        """Return somebody who has joined on the page, however long that took."""
        one = self.stranger()
        join(one, self.code, name)
        return one


Attack = Callable[[Target], str]
ATTACKS: dict[str, Attack] = {}


def attack(what: str) -> Callable[[Attack], Attack]:
    """Register an attack under the words that the measurement shows."""

    def membership(run: Attack) -> Attack:
        ATTACKS[what] = run
        return run

    return membership


def join(asker: Asker, code: str, name: str) -> None:
    """Join on the page; where many come at once, try again as the page does."""
    deadline = time.monotonic() + _JOIN_PATIENCE_S
    while True:
        status, _, body = asker.fill_in("/join", code=code, name=name)
        if status == 303:
            return
        if status != 429 or time.monotonic() > deadline:
            raise AssertionError((name, status, body[:300]))
        time.sleep(2.0)


@attack("newcomers without end")
def fill_the_room(target: Target) -> str:
    let_in = asked = 0
    for number in itertools.count():
        if target.is_over:
            break
        one = target.stranger()
        status, _, _ = one.fill_in("/join", code=target.code, name=f"Bot {number}")
        let_in, asked = let_in + (status == 303), asked + 1
        target.pause(0.01)
    return f"{asked} asked to come in, {let_in} were let in"


@attack("wrong codes")
def guess_the_code(target: Target) -> str:
    one, looked_at, asked = target.stranger(), 0, 0
    while not target.is_over:
        status, _, _ = one.fill_in("/join", code="WRONGG", name="Eve")
        assert status in (403, 429), status
        looked_at, asked = looked_at + (status == 403), asked + 1
        target.pause(0.02)
    return f"{asked} codes were typed, {looked_at} were looked at"


@attack("a file handed in again and again")
def fill_the_disk(target: Target) -> str:
    one, taken, refused = target.learner("Hands in"), 0, 0
    while not target.is_over:
        status, _ = one.hand_in(_LESSON, f"{_CELLS}\n# {taken}\n")
        taken, refused = taken + (status == 200), refused + (status != 200)
        target.pause(0.2)
    return f"{taken} files of 400 kB were taken, {refused} refused"


@attack("bytes that are no HTTP")
def talk_nonsense(target: Target) -> str:
    asked = 0
    while not target.is_over:
        line = http.client.HTTPConnection("127.0.0.1", target.port, timeout=10)
        line.connect()
        line.sock.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
        line.close()
        asked += 1
        target.pause(0.05)
    return f"{asked} requests were sent"


@attack("answers of a worker's own making")
def forge_answers(target: Target) -> str:
    one, graded, longest = target.learner("Forges"), 0, 0
    one.write(_LESSON, "3c", _FORGES)
    while not target.is_over:
        status, _, body = one.ask("POST", f"/{_LESSON}/grade", '{"exercise": "3c"}')
        assert status in (200, 429), (status, body)
        graded, longest = graded + (status == 200), max(longest, len(body))
        assert longest < 100_000
        target.pause(0.5)
    return f"{graded} were graded, the longest feedback has {longest} bytes"


@attack("a page of 200 kB asked for without end")
def ask_for_a_heavy_page(target: Target) -> str:
    one, asked = target.learner("Draws"), 0
    request = f"GET /{_LESSON} HTTP/1.1\r\nHost: {one.host}\r\n{_cookie(one)}\r\n"
    shapes = itertools.cycle(("[", "![[", "|-|-\n# ", "- a\n# ", "**a", "$a$ "))
    while not target.is_over:
        text = "# %% [markdown]\n# " + next(shapes) * 30_000 + f"\n# {asked}\n"
        status, said = one.hand_in(_LESSON, text + _CELL)
        assert status == 200, said
        # As many as are asked for at once are hung up at once.
        for _ in range(40):
            with contextlib.closing(
                socket.create_connection(("127.0.0.1", one.port))
            ) as line:
                line.sendall(request.encode())
            asked += 1
        target.pause(1.0)
    return f"{asked} pages were asked for"


def _begin(one: Asker, path: str, length: int | None) -> bytes:
    """The head of a POST of a page; without a length, its body comes in chunks."""
    size = f"Content-Length: {length}" if length is not None else _CHUNKED
    return (
        f"POST {path} HTTP/1.1\r\nHost: {one.host}\r\nOrigin: http://{one.host}\r\n"
        f"X-Lesson: 1\r\n{_cookie(one)}{size}\r\n\r\n"
    ).encode()


def _cookie(one: Asker) -> str:
    ((name, token),) = one.cookies.items()
    return f"Cookie: {name}={token}\r\n"


@attack("posts of 27 bytes that are hung up, after a file of 400 kB")
def post_and_hang_up(target: Target) -> str:
    one, asked = target.learner("Posts"), 0
    assert one.hand_in(_LESSON, _CELLS) == (200, {})
    body = b'{"exercise":"3a","line": 5}'
    while not target.is_over:
        for name in _POSTS:
            for _ in range(100):
                line = socket.create_connection(("127.0.0.1", one.port), 60)
                line.sendall(_begin(one, f"/{_LESSON}/{name}", len(body)) + body)
                line.close()
                asked += 1
            target.pause(0.5)
    return f"{asked} were sent"


@attack("bodies of JSON")
def send_json(target: Target) -> str:
    one, answers = target.learner("Sends JSON"), Counter[str]()
    large, small = b"[" + b"{}," * 4_000_000, b"[" + b"{}," * 900_000
    while not target.is_over:
        for body in (large, small, b"[" + b"1e9," * 700_000):
            lines = []
            for length in (len(body), None) * 4:
                line = socket.create_connection(("127.0.0.1", one.port), 60)
                lines.append(line)
                line.settimeout(60)
                chunk = b"" if length else f"{len(body):x}\r\n".encode()
                end = b"" if length else b"\r\n0\r\n\r\n"
                head = _begin(one, f"/{_LESSON}/save", length)
                with contextlib.suppress(OSError):  # it need not read all of it
                    line.sendall(head + chunk + body + end)
            for line in lines:
                with contextlib.suppress(OSError):
                    answers[line.recv(12)[-3:].decode()] += 1
                line.close()
        target.pause(1.0)
    return f"answers: {dict(answers)}"


@attack("bodies that never end")
def send_without_end(target: Target) -> str:
    one, made = target.learner("Never ends"), 0
    lines: list[socket.socket] = []
    while not target.is_over:
        for name, length in (("save", 3_000_000), (_HAND_IN, 20_000_000)):
            head = _begin(one, f"/{_LESSON}/{name}", length)
            for _ in range(3):
                line = socket.create_connection(("127.0.0.1", one.port), 60)
                line.settimeout(5)
                lines.append(line)
                with contextlib.suppress(OSError):  # it need not read all of it
                    line.sendall(head + b" " * (length - 1))
                made += 1
        while len(lines) > 60:
            lines.pop(0).close()
        target.pause(0.2)
    for line in lines:
        line.close()
    return f"{made} were begun, up to 60 of them held"


@attack("connections that say nothing")
def connect_and_be_silent(target: Target) -> str:
    lines: list[socket.socket] = []
    made = 0
    while not target.is_over:
        if len(lines) >= 1_000:
            lines.pop(0).close()
        lines.append(socket.create_connection(("127.0.0.1", target.port), timeout=20))
        made += 1
        target.pause(0.005)
    for line in lines:
        line.close()
    return f"{made} connections were made, up to 1,000 of them kept"


@attack("eight loops without an end")
def run_loops(target: Target) -> str:
    ended: Counter[str] = Counter()
    people = target.crowd

    def run(one: Asker) -> None:
        one.patience_s = 300.0
        line = one.write(_LESSON, "3a", "while True:\n    pass")
        while not target.is_over:
            words = json.dumps({"line": line})
            status, _, body = one.ask("POST", f"/{_LESSON}/run", words)
            if status == 200:
                is_for_others = b"somebody else was waiting" in body
                ended["for others" if is_for_others else "otherwise"] += 1
            target.pause(2.1)

    running = [threading.Thread(target=run, args=(one,), daemon=True) for one in people]
    for one in running:
        one.start()
    while not target.is_over:
        target.pause(1.0)
    for one in people:
        one.ask("POST", "/stop")
    return f"loops that were ended: {dict(ended)}"


class Attackers:
    """The process that attacks a room.

    Attributes:
        saw: what each attack saw, by its name; filled at the end.
        failed: attacks that raised.
    """

    def __init__(self) -> None:
        self.saw: dict[str, str] = {}
        self.failed: list[tuple[str, str]] = []


@contextmanager
def attacking(port: int, code: str) -> Iterator[Attackers]:
    """Attack a room in all ways at once, for as long as this lasts."""
    context = multiprocessing.get_context("spawn")
    over, told = context.Event(), context.Queue()
    process = context.Process(target=_attack, args=(port, code, over, told))
    found = Attackers()
    process.start()
    try:
        yield found
    finally:
        over.set()
        for _ in range(len(ATTACKS)):
            what, saw, is_failed = told.get(timeout=120)
            if is_failed:
                found.failed.append((what, saw))
            else:
                found.saw[what] = saw
        process.join(10)


def _attack(port: int, code: str, over: Any, told: Any) -> None:
    target = Target(port, code, over)

    def run(what: str, one: Attack) -> None:
        try:
            told.put((what, one(target), False))
        except Exception as error:  # is shown, and fails the measurement
            told.put((what, re.sub(r"\s+", " ", repr(error))[:300], True))

    several = [
        threading.Thread(target=run, args=pair, daemon=True) for pair in ATTACKS.items()
    ]
    for one in several:
        one.start()
    for one in several:
        one.join()
