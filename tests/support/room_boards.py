"""What learners write in a room, and what its board shows of it."""

from __future__ import annotations

import http.client
import itertools
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.room import Asker, Served
from tests.support.waiting import LONGEST_S

RIGHT, SQUARED, NEITHER = ("return 2 * x", "return x * x", "return x + 1")


def write(asker: Asker, body: str) -> None:
    base = json.loads(asker.get("/lesson1/cells"))["cells"]["1"]["version"]
    text = f"def double(x):\n    {body}"
    asker.post("/lesson1/save", number=1, base=base, text=text)


def grade(asker: Asker, body: str, asked: str = "{}") -> dict:
    write(asker, body)
    deadline = time.monotonic() + LONGEST_S
    while time.monotonic() < deadline:
        status, _, said = asker.ask("POST", "/lesson1/grade", asked)
        if status != 429:
            assert status == 200, said
            return json.loads(said)
        time.sleep(0.1)
    raise AssertionError("never graded")


def projector(room: Served) -> Asker:
    asker = room.asker()
    assert asker.ask("GET", f"/board?key={room.membership.state.board_key}")[0] == 303
    return asker


def instructor(room: Served) -> Asker:
    asker = room.asker()
    path = f"/instructor?key={room.membership.state.instructor_key}"
    assert asker.ask("GET", path)[0] == 303
    return asker


def counts(page: str, exercise: str) -> list[str]:
    """Right, wrong, in progress, nothing yet."""
    row = re.search(rf"<b>{exercise}</b>.*?</tr>", page, re.S)
    assert row is not None
    return re.findall(r'<td class="number">(\d*)</td>', row[0])


@contextmanager
def listening(room: Served, who: Asker, path: str) -> Iterator[Iterator[bytes]]:
    """The first lines of the events that a page gets; some come every second."""
    line = http.client.HTTPConnection("127.0.0.1", room.port, timeout=300)
    cookie = "; ".join(f"{key}={value}" for key, value in who.cookies.items())
    line.request("GET", path, headers={"Host": who.host, "Cookie": cookie})
    stream = line.getresponse()
    stream.readline()
    yield itertools.islice(iter(stream.readline, b""), 40)
    line.close()
