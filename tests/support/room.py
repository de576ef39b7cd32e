"""A room that is served, and those who ask it, for tests."""

from __future__ import annotations

import json
import os
import sqlite3
import urllib.parse
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from grader.classroom.workshop import graders
from grader.classroom.workshop.app import make_room_app
from grader.classroom.workshop.membership import Membership
from grader.course.document import catalog
from grader.course.document.cells import Document
from grader.learner.application import Application
from grader.learner.grading_service.process_pool import GraderPool
from grader.web.http_server import Connections, listen
from tests.support import certificate
from tests.support.project import ROOT
from tests.support.worker_pools import KeptPool
from tools.shots.serving import served


class Asker:
    """Somebody who asks a room, as a browser does."""

    def __init__(self, port: int, scheme: str = "http") -> None:
        self.port, self.host, self.scheme = port, f"127.0.0.1:{port}", scheme
        self.cookies: dict[str, str] = {}
        self.patience_s = 60.0
        self.address = "127.0.0.1"  # of the device

    def ask(
        self, method: str, path: str, body: bytes | str = b"", **headers: str | None
    ) -> tuple[int, dict[str, str], bytes]:
        """The status, the headers and the body; None leaves a header out."""
        content = body.encode() if isinstance(body, str) else body
        cookie = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
        sent: dict[str, str | None] = {
            "Host": self.host,
            "Content-Length": str(len(content)),
            "Cookie": cookie or None,
            "Accept": "text/html,*/*;q=0.8" if method == "GET" else "*/*",
        }
        if method == "POST":
            sent |= {"Origin": f"{self.scheme}://{self.host}", "X-Lesson": "1"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        line = certificate.connect(
            self.port, self.scheme, self.patience_s, self.address
        )
        with closing(line):  # also where the server dies meanwhile
            line.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in sent.items():
                if value is not None:
                    line.putheader(name, value)
            line.endheaders(content)
            answer = line.getresponse()
            told = answer.status, dict(answer.getheaders()), answer.read()
        for word in told[1].get("set-cookie", "").split(";")[:1]:
            name, _, value = word.partition("=")
            self.cookies |= {name: value} if value else {}
        return told

    def get(self, path: str) -> str:
        status, _, body = self.ask("GET", path)
        assert status == 200, (status, body)
        return body.decode()

    def post(self, path: str, **what: object) -> dict:
        status, _, body = self.ask("POST", path, json.dumps(what))
        assert status == 200, (status, body)
        return json.loads(body)

    def write(self, lesson: str, tag: str, text: str) -> int:
        """Write into the cell of an exercise; the line at which it begins then."""
        number = number_of(catalog.find(lesson, ROOT), tag)
        cells = json.loads(self.get(f"/{lesson}/cells"))["cells"]
        base = cells[number]["version"]
        told = self.post(f"/{lesson}/save", number=int(number), base=base, text=text)
        assert not told.get("conflict"), told
        return int(told["cells"][number]["line"])

    def hand_in(
        self,
        lesson: str,
        body: bytes | str,
        name: str = "mine.py",
        replaces: bool = True,
    ) -> tuple[int, dict[str, Any]]:
        """The status and the answer for a file of one's own editor."""
        query = {"name": name, **({"replaces": "true"} if replaces else {})}
        path = f"/{lesson}/hand-in?{urllib.parse.urlencode(query)}"
        status, _, said = self.ask("POST", path, body)
        return status, json.loads(said)

    def fill_in(self, path: str, **fields: str) -> tuple[int, dict[str, str], bytes]:
        """As the form of a page does."""
        body = urllib.parse.urlencode(fields)
        kind = "application/x-www-form-urlencoded"
        return self.ask("POST", path, body, X_Lesson=None, Content_Type=kind)


class Served:
    """A room, its address, and its folder."""

    def __init__(self, membership: Membership, port: int, scheme: str = "http") -> None:
        self.membership, self.port, self.folder = membership, port, membership.folder
        self.scheme = scheme

    def asker(self) -> Asker:
        """Somebody new."""
        return Asker(self.port, self.scheme)

    def learner(self, name: str, partner: str = "") -> Asker:
        """Somebody who joins on the page."""
        one = self.asker()
        code = self.membership.state.code
        status, _, body = one.fill_in("/join", code=code, name=name, partner=partner)
        assert status == 303, body
        return one

    def id_of(self, name: str) -> str:
        """The id of somebody, which is also the name of their folder."""
        return next(x.id for x in self.membership.members if x.name == name)

    def folder_of(self, name: str) -> Path:
        """The folder of somebody."""
        return self.folder / self.id_of(name)

    def page_of(self, name: str) -> str:
        """The address of the instructor's page about somebody."""
        return f"/instructor/learner/{self.id_of(name)}"


def id_of(folder: Path, name: str) -> str:
    """The id of somebody in the folder of a room, by their name."""
    return str(dict(stored_in(folder, "SELECT name, id FROM member"))[name])


def stored_in(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """What is in the gradebook of a room, by an SQL query."""
    with closing(sqlite3.connect(folder / "gradebook.sqlite", timeout=30)) as db:
        return db.execute(query).fetchall()


def number_of(lesson: catalog.Lesson, tag: str) -> str:
    """The number of the first cell of code of an exercise."""
    cells = Document.from_python(lesson.page.read_text(encoding="utf-8")).cells
    return next(
        str(number)
        for number, cell in enumerate(cells)
        if cell.tag == tag and not cell.is_text and cell.source.strip()
    )


class KeptGraders(GraderPool):
    """Processes that grade for one room after another."""

    def close(self) -> None:
        """End those that still grade for the room that is closed."""
        with self._lock:
            busy = [*self._busy]
            self._busy.clear()
        for grader in busy:
            grader.end()

    def end(self) -> None:
        super().close()


_kept: tuple[KeptGraders, KeptPool] | None = None


def end_kept_processes() -> None:
    """End what rooms have left for the next one."""
    global _kept
    if _kept is not None:
        for kept in _kept:
            kept.end()
    _kept = None


def _sharing() -> tuple[KeptGraders, KeptPool]:
    """The processes that rooms share."""
    global _kept
    _kept = _kept or (KeptGraders(), KeptPool(lowers_priority=True))
    return _kept


@contextmanager
def serve_room(
    root: Path,
    folder: Path,
    roster: Path | None = None,
    connections: Connections | None = None,
    shares_processes: bool = True,
    scheme: str = "http",
    proxy: str = "",
) -> Iterator[Served]:
    """A room on this machine alone.

    It has one grader, which is enough for the few people of a test. Starting one takes
    half a second of a processor, so the rooms of a file of tests share theirs unless
    they are asked not to.
    """
    membership, listening = Membership(folder, roster), listen("127.0.0.1", [0])
    port = listening.getsockname()[1]
    host = f"127.0.0.1:{port}"
    changed: dict[str, object] = {
        "SPARE": 0,
        "MORE_THAN_CORES": 1 - (os.cpu_count() or 1),
    }
    with ExitStack() as stack:
        if shares_processes:
            made, pool = _sharing()
            changed["GraderPool"] = lambda *_: made
            stack.enter_context(mock.patch.object(Application, "pool", pool))
        stack.enter_context(mock.patch.multiple(graders, **changed))
        place = f"{scheme}://{host}"
        app = make_room_app(root, membership, frozenset({host}), port, place)
    with served(app, listening, connections, certificate.for_server(scheme), proxy):
        yield Served(membership, port, scheme)


@contextmanager
def serve_course(folder: Path) -> Iterator[Served]:
    """A room with the lessons of this project, where the class is at lesson 3."""
    for part in ("lessons", "solutions"):
        (folder / part).symlink_to(ROOT / part)
    with serve_room(folder, folder / "room") as room:
        room.membership.set_lesson("lesson3")
        yield room
