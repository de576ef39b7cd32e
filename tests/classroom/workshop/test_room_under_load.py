"""Whatever one learner sends, the others go on working."""

from __future__ import annotations

import asyncio
import contextlib
import html
import json
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from grader.course.document.cells import Document
from grader.web import responses, work_queue
from grader.web.http_server import listen
from grader.web.middleware import SecurityMiddleware
from grader.web.page_store import Attempts
from grader.web.work_queue import SharedWork, WorkQueue
from tests.support import room_attacks
from tests.support.project import ROOT
from tests.support.room import Asker, Served, id_of, serve_room
from tests.support.room_boards import RIGHT, instructor, write
from tests.support.room_process import RoomProcess
from tests.support.served_course import NAME, make_course
from tools.shots.serving import served

# Many cells, and as large as a room's file may be.
LARGE = b'# %% id="1a"\n' + b"# %%\n" * 79_000
LARGE += b"#" * (400_000 - len(LARGE))
SMALL = ("reset", "grade", "run", "hint", "solution", "versions")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Served]:
    with serve_room(make_course(tmp_path), tmp_path / "room") as served_room:
        yield served_room


@pytest.mark.promise("room-pace")
@pytest.mark.slow
def test_while_one_learner_attacks_the_saves_of_another_all_arrive(
    tmp_path: Path,
) -> None:
    attacks = (
        room_attacks.fill_the_disk,
        room_attacks.post_and_hang_up,
        room_attacks.send_json,
        room_attacks.send_without_end,
    )
    room, over = RoomProcess(ROOT, tmp_path / "room"), threading.Event()
    room.start()
    try:
        room.go_on_to("lesson3")
        target = room_attacks.Target(room.port, room.code, over)
        ada = target.learner("Ada")
        # One address has a limited number of connections.
        ada.address = "127.0.0.2"
        ada.write("lesson3", "3a", "x = 0")
        server = psutil.Process(room.pid)
        before_mb = server.memory_info().rss / 2**20
        running = [threading.Thread(target=one, args=(target,)) for one in attacks]
        for one in running:
            one.start()
        times, most_mb = [], before_mb
        for number in range(20):
            began = time.monotonic()
            ada.write("lesson3", "3a", f"x = {number}")
            times.append(time.monotonic() - began)
            most_mb = max(most_mb, server.memory_info().rss / 2**20)
            time.sleep(0.5)
        over.set()
        for one in running:
            one.join(120)
        median_s = sorted(times)[len(times) // 2]
        print(f"\nload and save: median {median_s:.2f} s, most {max(times):.2f} s")
        print(f"memory: {before_mb:.0f} MB, at most {most_mb:.0f} MB")
        # On a quiet machine less than 200; on a busy one, more requests wait.
        assert most_mb - before_mb < 300
        path = room.folder / id_of(room.folder, "Ada")
        written = (path / "lesson3_cross_entropy.py").read_text()
        assert "x = 19" in written
    finally:
        over.set()
        room.kill()


@pytest.mark.promise("room-bodies")
@pytest.mark.parametrize("name", SMALL)
def test_a_route_that_takes_a_tag_takes_64_kb(room: Served, name: str) -> None:
    ada = room.learner("Ada")
    told = ada.ask("POST", f"/lesson1/{name}", Content_Length="64001")
    assert (told[0], json.loads(told[2])["problem"][-1]) == (413, ".")
    assert ada.ask("POST", f"/lesson1/{name}", b" " * 64_000)[0] == 400


@pytest.mark.promise("room-bodies")
@pytest.mark.parametrize("name", ["save", "scratch"])
def test_a_route_that_takes_a_text_takes_3_mb(room: Served, name: str) -> None:
    ada = room.learner("Ada")
    large = ada.ask("POST", f"/lesson1/{name}", Content_Length="3000001")
    assert large[0] == 413
    assert ada.ask("POST", f"/lesson1/{name}", b" " * 3_000_000)[0] == 400


@pytest.mark.promise("room-bodies")
def test_a_new_route_has_limits_without_saying_so() -> None:
    async def echo(request: Request) -> Response:
        return PlainTextResponse(str(len(await request.body())))

    listening = listen("127.0.0.1", [0])
    one = Asker(listening.getsockname()[1])
    inner = Starlette(routes=[Route("/new", echo, methods=["POST"])])
    app = SecurityMiddleware(inner, frozenset({one.host}), lambda request: None)
    with served(app, listening):
        assert one.ask("POST", "/new", b"x" * 64_000)[::2] == (200, b"64000")
        assert one.ask("POST", "/new", b"x" * 64_001)[0] == 413


@pytest.mark.parametrize("path", ["/", "/lesson1", "/events", "/hour", "/join"])
def test_only_a_post_has_a_body(room: Served, path: str) -> None:
    ada = room.learner("Ada")
    assert ada.ask("GET", path, b" ")[0] == 400
    chunks = {"Content_Length": None, "Transfer_Encoding": "chunked"}
    assert ada.ask("GET", path, b"1\r\n \r\n0\r\n\r\n", **chunks)[0] == 400


@pytest.mark.promise("room-pace")
@pytest.mark.parametrize("name", ["hint", "reset", "versions", "stop"])
def test_every_post_of_a_learner_has_a_pace(room: Served, name: str) -> None:
    ada, bob = room.learner("Ada"), room.learner("Bob")
    path = "/stop" if name == "stop" else f"/lesson1/{name}"
    asked = [ada.ask("POST", path, '{"exercise": "1a"}')[0] for _ in range(40)]
    assert set(asked) == {200, 429}
    assert asked[:10] == [200] * 10
    assert bob.ask("POST", path, '{"exercise": "1a"}')[0] == 200


def test_who_works_honestly_is_not_asked_to_wait(room: Served) -> None:
    ada = room.learner("Ada")
    write(ada, RIGHT)
    for _ in range(5):
        assert ada.ask("POST", "/lesson1/grade", "{}")[0] == 200
    for number in range(4):
        ada.post("/lesson1/scratch", text=f"print({number})")
    base = json.loads(ada.get("/lesson1/cells"))["cells"]["1"]["version"]
    for number in range(20):  # somebody types for two seconds
        text = f"x = {number}"
        saved = ada.post("/lesson1/save", number=1, base=base, text=text)
        base = saved["version"]
        time.sleep(0.21)


@pytest.mark.promise("room-pace")
@pytest.mark.parametrize("name", [*SMALL, "save", "scratch"])
def test_nothing_is_done_for_a_browser_that_has_gone(
    room: Served, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    eve, ada = room.learner("Eve"), room.learner("Ada")
    write(eve, RIGHT)
    began, goes_on, pages = threading.Event(), threading.Event(), Counter[str]()
    page, slow = Attempts.page, room.id_of("Eve")

    def slow_page(self: Attempts, lesson: Any) -> Any:
        pages[self.folder.name] += 1
        if self.folder.name == slow:
            began.set()
            assert goes_on.wait(60)
        return page(self, lesson)

    monkeypatch.setattr(Attempts, "page", slow_page)
    body = {"exercise": "1a", "line": 4, "number": 1, "base": "", "text": "x = 1"}
    first = threading.Thread(target=lambda: eve.ask("GET", "/lesson1/cells"))
    first.start()
    assert began.wait(60)
    cookie = "; ".join(f"{key}={value}" for key, value in eve.cookies.items())
    sent = json.dumps(body).encode()
    for _ in range(4):
        head = (
            f"POST /lesson1/{name} HTTP/1.1\r\nHost: {eve.host}\r\nX-Lesson: 1\r\n"
            f"Origin: http://{eve.host}\r\nCookie: {cookie}\r\n"
            f"Content-Length: {len(sent)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", eve.port)) as line:
            line.sendall(head.encode() + sent)
    ada.get("/lesson1/cells")  # by now the server has read what came before
    goes_on.set()
    first.join()
    eve.get("/lesson1/cells")
    assert pages[slow] == 2


@pytest.mark.promise("room-bodies")
def test_what_is_sent_is_parsed_beside_the_event_loop_and_one_at_a_time(
    room: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, loads, turn = room.learner("Ada"), json.loads, threading.Lock()

    def slow_loads(content: Any) -> Any:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        assert turn.acquire(blocking=False)
        time.sleep(0.05)
        turn.release()
        return loads(content)

    monkeypatch.setattr(responses.json, "loads", slow_loads)
    answers = []

    def ask() -> None:
        answers.append(ada.ask("POST", "/lesson1/hint", '{"exercise": "1a"}')[0])

    asking = [threading.Thread(target=ask) for _ in range(5)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert answers == [200] * 5


@contextlib.contextmanager
def unfinished(one: Asker, count: int) -> Iterator[list[socket.socket]]:
    """Saves of which a part is sent."""
    cookie = "; ".join(f"{key}={value}" for key, value in one.cookies.items())
    head = (
        f"POST /lesson1/save HTTP/1.1\r\nHost: {one.host}\r\nX-Lesson: 1\r\n"
        f"Origin: http://{one.host}\r\nCookie: {cookie}\r\nContent-Length: 100000\r\n\r\n"
    )
    with contextlib.ExitStack() as stack:
        lines = []
        for _ in range(count):
            line = socket.create_connection(("127.0.0.1", one.port), timeout=300)
            lines.append(stack.enter_context(line))
            line.sendall(head.encode() + b" " * 90_000)
            time.sleep(0.02)  # so that they come in this order
        yield lines


@pytest.mark.promise("room-bodies")
def test_of_many_unfinished_bodies_a_learner_has_the_last_few(room: Served) -> None:
    eve = room.learner("Eve")
    with unfinished(eve, 10) as lines:
        for line in lines[: 10 - work_queue.MOST_BODIES]:
            assert line.recv(12).endswith(b"429")
        for line in lines[10 - work_queue.MOST_BODIES :]:
            line.setblocking(False)
            with pytest.raises(BlockingIOError):
                line.recv(1)


@pytest.mark.promise("room-bodies")
def test_an_unfinished_body_is_given_up_after_a_while(
    room: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_queue, "_PATIENCE_S", 0.2)
    monkeypatch.setattr(work_queue, "_SLOWEST_BYTES_PER_S", 10**9)
    with unfinished(room.learner("Eve"), 1) as (line,):
        said = b""
        while b"}" not in said:
            said += line.recv(10_000)
    assert said.startswith(b"HTTP/1.1 429")
    assert b"too slowly" in said


@pytest.mark.promise("room-bodies")
def test_when_all_bodies_are_too_many_who_has_most_gives_up_some() -> None:
    class Sent:
        """A request whose body has no end."""

        def __init__(self, size: int) -> None:
            self.parts = [b" " * size]

        def request(self) -> Request:
            scope = {"type": "http", "headers": [(b"content-length", b"60000")]}
            return Request(scope | {"state": {"route": None}}, self.receive)

        async def receive(self) -> Any:
            if not self.parts:
                await asyncio.sleep(60)
            body = self.parts.pop()
            return {"type": "http.request", "body": body, "more_body": True}

    async def send() -> list[bool]:
        shared = SharedWork(most_bytes=100_000)
        eve, ada = WorkQueue(shared), WorkQueue(shared)
        asked = [(ada, 10_000), (eve, 50_000), (eve, 30_000), (ada, 20_000)]
        tasks = []
        for queue, size in asked:
            request = Sent(size).request()
            tasks.append(asyncio.create_task(queue.take(request, len)))
            await asyncio.sleep(0.01)
        given_up = [task.done() for task in tasks]
        for task in tasks:
            task.cancel()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        kinds = [isinstance(one, work_queue.GivenUp) for one in found]
        assert kinds == given_up
        return given_up

    assert asyncio.run(send()) == [False, True, False, False]


@pytest.mark.promise("room-pace")
def test_a_thread_goes_to_the_learner_who_has_used_least_lately() -> None:
    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    class Connected(Request):
        async def is_disconnected(self) -> bool:
            return False

    def request() -> Request:
        scope = {"type": "http", "headers": [], "state": {"route": None}}
        return Connected(scope, receive)

    async def work() -> list[str]:
        shared, done, goes_on = SharedWork(threads=1), list[str](), threading.Event()
        used = iter([0.0, 10.0, 0.0, 1.0, 0.0, 0.0] + [0.0] * 20)
        heavy, light, new, blocker = (
            WorkQueue(shared, lambda: next(used), pause=0) for _ in range(4)
        )
        await heavy.run(request(), lambda: None)
        await light.run(request(), lambda: None)
        first = asyncio.create_task(blocker.run(request(), lambda: goes_on.wait(60)))
        await asyncio.sleep(0.05)
        asked = [("heavy", heavy), ("heavy", heavy), ("light", light), ("new", new)]
        tasks = [
            asyncio.create_task(queue.run(request(), lambda who=who: done.append(who)))
            for who, queue in asked
        ]
        await asyncio.sleep(0.05)
        goes_on.set()
        await asyncio.gather(first, *tasks)
        return done

    assert asyncio.run(work()) == ["new", "light", "heavy", "heavy"]


@pytest.mark.promise("room-pace")
def test_one_learner_has_three_event_streams_however_many_are_asked_for(
    room: Served,
) -> None:
    eve, ada = room.learner("Eve"), room.learner("Ada")
    cookie = "; ".join(f"{key}={value}" for key, value in eve.cookies.items())
    head = f"GET /events HTTP/1.1\r\nHost: {eve.host}\r\nCookie: {cookie}\r\n\r\n"
    with contextlib.ExitStack() as stack:
        lines = [
            stack.enter_context(
                socket.create_connection(("127.0.0.1", eve.port), timeout=300)
            )
            for _ in range(60)
        ]
        for line in lines:
            line.sendall(head.encode())
        answers = Counter(line.recv(12)[-3:] for line in lines)
        assert answers == {b"200": 3, b"429": 57}
        with socket.create_connection(("127.0.0.1", ada.port), timeout=300) as line:
            own = "; ".join(f"{key}={value}" for key, value in ada.cookies.items())
            line.sendall(head.replace(cookie, own).encode())
            assert line.recv(12).endswith(b"200")


@pytest.mark.promise("room-files")
def test_a_python_file_in_a_room_has_at_most_400_kb(room: Served) -> None:
    eve = room.learner("Eve")
    assert eve.hand_in("lesson1", LARGE) == (200, {})
    status, told = eve.hand_in("lesson1", LARGE + b"\n")
    assert status == 413
    assert told["problem"] == (
        "mine.py is too large: the limit is 400 kB. Is it the right file?"
    )
    ada = room.learner("Ada")
    write(ada, RIGHT)
    base = json.loads(ada.get("/lesson1/cells"))["cells"]["1"]["version"]
    asked = {"number": 1, "base": base, "text": "#" * 400_000}
    status, _, said = ada.ask("POST", "/lesson1/save", json.dumps(asked))
    assert status == 409
    assert b"This would make the file too large: the limit is 400 kB." in said
    assert RIGHT in (room.folder_of("Ada") / f"{NAME}.py").read_text()


@pytest.mark.promise("room-files")
def test_a_file_is_parsed_once_as_long_as_it_stays_the_same(
    room: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = room.learner("Ada")
    write(ada, RIGHT)
    own, parsed = (room.folder_of("Ada") / f"{NAME}.py").read_bytes(), list[Any]()
    from_python = Document.from_python

    def parse(source: str | bytes) -> Document:
        parsed.append(source)
        return from_python(source)

    monkeypatch.setattr(Document, "from_python", parse)
    ada.get("/lesson1/cells")
    ada.get("/lesson1")
    ada.post("/lesson1/hint", exercise="1a")
    ada.post("/lesson1/versions", exercise="1a")
    assert parsed.count(own) == 0
    (room.folder_of("Ada") / f"{NAME}.py").write_bytes(own + b"\n# %%\nx = 1\n")
    assert "x = 1" in ada.get("/lesson1/cells")
    assert len([one for one in parsed if one[: len(own)] == own]) == 1


@pytest.mark.promise("room-files")
def test_a_file_with_thousands_of_cells_is_not_run(room: Served) -> None:
    eve = room.learner("Eve")
    cells = b'# %% id="1a"\nx = 1\n' + b"# %%\nx = 1\n" * 2_000
    assert eve.hand_in("lesson1", cells) == (200, {})
    for name, what in (("run", {"line": 2}), ("scratch", {"text": "x"})):
        status, _, said = eve.ask("POST", f"/lesson1/{name}", json.dumps(what))
        assert (status, b"Your file has 2,001 cells." in said) == (409, True)
    eve.get("/lesson1")  # can still be read


@pytest.mark.promise("room-files")
@pytest.mark.only_on("posix")
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_a_room_opens_although_a_learners_file_is_none(
    tmp_path: Path, kind: str
) -> None:
    root, outside = make_course(tmp_path), tmp_path / "outside.py"
    outside.write_text("secret = 1\n")
    with serve_room(root, tmp_path / "room") as room:
        eve, ada = room.learner("Eve"), room.learner("Ada")
        write(ada, RIGHT)
    path = room.folder_of("Eve") / f"{NAME}.py"
    path.parent.mkdir()
    if kind == "link":
        path.symlink_to(outside)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    said = f"{NAME}.py isn't a regular file, so it isn't read."
    with serve_room(root, tmp_path / "room") as room:
        shown = instructor(room)
        for place in ("/instructor/now", room.page_of("Eve")):
            assert html.escape(said) in shown.get(place)
        for one in (eve, ada):
            one.cookies = {f"learner_{room.port}": x for x in one.cookies.values()}
            one.port, one.host = room.port, f"127.0.0.1:{room.port}"
        assert RIGHT in ada.get("/lesson1")
        for method, name in (("GET", "/cells"), ("POST", "/save"), ("POST", "/grade")):
            body = '{"number": 1, "base": "", "text": "x"}' if method == "POST" else ""
            path = f"/lesson1{name}"
            status, _, words = eve.ask(method, path, body, Accept="*/*")
            told = json.loads(words)["problem"]
            assert (status, told) == (409, f"{said} Tell your instructor.")
        content = '# %% id="1a"\nx = 1\n'
        status, told = eve.hand_in("lesson1", content)
        assert (status, told["problem"]) == (409, f"{said} Tell your instructor.")
    assert outside.read_text() == "secret = 1\n"
