"""A room that was joined is told how gradings went, never at the learner's cost."""

from __future__ import annotations

import contextlib
import http.server
import json
import shutil
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from msgspec.structs import replace

from grader import judge, room_client
from grader.document import catalog
from grader.document.source import LARGEST_NOTEBOOK
from grader.errors import Misuse
from grader.report import Mistake, Outcome, Report
from grader.report.focus import find_focus
from grader.room_client import client, outcome_sender
from tests.room import outcomes_in, serve_room
from tests.test_tasks import LESSON3, Project
from tests.waiting import waited

pytestmark = pytest.mark.usefixtures("share_pool")

ROOT = Path(__file__).parent.parent
LESSON = catalog.find("lesson3", ROOT)
FIELDS = {"lesson", "exercise", "outcome", "mistake", "points", "of", "at", "id"}
CODE, BACK, TOKEN = "QZKRMT", "RETURNTO", "token-of-ada"


class Room:
    """A room that answers as the real one does, and keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.handed_in: list[tuple[str, bytes]] = []
        self.status = 204
        self.waits_s = 0.0
        self._server: http.server.ThreadingHTTPServer | None = None
        self.port = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def names_told(self) -> set[str]:
        return {one["id"] for one in self.told}

    def open(self) -> None:
        place = ("127.0.0.1", self.port)
        self._server = http.server.ThreadingHTTPServer(place, self._make_handler())
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def answer(self, path: str, proof: str, name: str, body: bytes) -> tuple[int, str]:
        time.sleep(self.waits_s)
        if path == "/join":
            asked = json.loads(body)
            if asked.get("code") != CODE and asked.get("return_code") != BACK:
                return 403, json.dumps({"problem": "This is not the room's code."})
            name = asked.get("name", "Ada Again")
            welcome = {"token": TOKEN, "learner": "ada", "name": name}
            return 200, json.dumps({**welcome, "return_code": BACK})
        if proof != f"Bearer {TOKEN}":
            return 401, json.dumps({"problem": "The room does not know you."})
        if self.status == 204 and path == "/told":
            outcome = json.loads(body)
            # As the real one: what came late is sent again, and counts once.
            if outcome["id"] not in self.names_told:
                self.told.append(outcome)
        elif self.status == 204:
            self.handed_in.append((name, body))
        return self.status, "" if self.status == 204 else '{"problem": "Not now."}'

    def _make_handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        room = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                proof = self.headers.get("Authorization", "")
                name = self.headers.get("X-Attempt-Name", "")
                status, said = room.answer(self.path, proof, name, body)
                # A room that is slow may find that the sender has gone.
                with contextlib.suppress(ConnectionError):
                    self.send_response(status)
                    if status != 204:
                        self.send_header("Content-Length", str(len(said.encode())))
                    self.end_headers()
                    self.wfile.write(said.encode())

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@pytest.fixture
def room() -> Iterator[Room]:
    one = Room()
    one.open()
    yield one
    one.close()


@pytest.fixture(scope="module")
def report() -> Report:
    """A wrong attempt at lesson 3, graded."""
    source = LESSON.solution.read_text().replace(
        "float(losses(y, p).mean())", "float(losses(y, p).sum())"
    )
    path = Path(f"attempts/{LESSON.name}.py")
    return judge.grade(LESSON, path, source=source.encode(), seed=7)


@pytest.fixture
def attempts(room: Room, tmp_path: Path) -> Path:
    """A folder of attempts whose learner has joined the room."""
    room_client.save_joined_room(tmp_path, client.join(room.address, CODE, "Ada"))
    return tmp_path


@pytest.mark.promise("join-sends")
def test_a_room_is_told_what_became_of_each_exercise_and_nothing_else(
    room: Room, attempts: Path, report: Report
) -> None:
    room_client.send_outcomes(report, LESSON, attempts)
    assert waited(lambda: room_client.count_unsent(attempts) == 0)
    assert [set(one) for one in room.told] == [FIELDS] * len(report.exercises)
    by_tag = {one["exercise"]: one for one in room.told}
    # Last comes where the learner is: the first that is wrong.
    assert list(by_tag) == ["3a", "3b", "3c", "3d", "3f", "3g", "3h", "3e"]
    wrong = by_tag["3e"]
    finding = next(x for x in report.exercises if x.tag == "3e").finding
    assert finding is not None
    assert wrong == {
        "lesson": "lesson3", "exercise": "3e", "outcome": "wrong", "points": 0,
        "of": 20, "at": report.started_at, "mistake": finding.mistakes[0].tag,
        "id": wrong["id"],
    }  # fmt: skip
    assert wrong["mistake"].startswith("3e.")
    assert (by_tag["3a"]["outcome"], by_tag["3a"]["mistake"]) == ("passed", "")
    assert len(room.names_told) == len(room.told)


def test_what_has_not_changed_is_told_once_but_for_where_the_learner_is(
    report: Report,
) -> None:
    def told(report: Report) -> list[str]:
        focus = find_focus(report.exercises).tag
        news = client.select_changed(client.outcomes_of(report, LESSON), known, focus)
        known.update({one.exercise: one.state for one in news})
        return [one.exercise for one in news]

    def with_outcome(report: Report, tag: str, outcome: Outcome) -> Report:
        exercises = tuple(
            replace(x, outcome=outcome, finding=None) if x.tag == tag else x
            for x in report.exercises
        )
        return replace(report, exercises=exercises)

    known: dict[str, client.State] = {}
    assert len(told(report)) == 8
    assert told(report) == ["3e"]
    raised = with_outcome(report, "3g", Outcome.RAISED)
    assert told(raised) == ["3g", "3e"]
    right = with_outcome(raised, "3e", Outcome.PASSED)
    assert told(right) == ["3e", "3g"]
    right = with_outcome(right, "3g", Outcome.PASSED)
    assert (told(right), told(right)) == (["3g", "3h"], ["3h"])
    assert client.select_changed([], known, "") == []


def test_a_mistake_that_may_be_another_is_not_told(report: Report) -> None:
    def with_mistakes(*mistakes: Mistake) -> str:
        (one,) = (x for x in report.exercises if x.tag == "3e")
        assert one.finding is not None
        wrong = replace(one, finding=replace(one.finding, mistakes=mistakes))
        only = replace(report, exercises=(wrong,))
        return client.outcomes_of(only, LESSON)[0].mistake

    bits, mean = Mistake("3e.bits", "In bits."), Mistake("3e.mean", "The mean.")
    assert with_mistakes(bits) == "3e.bits"
    assert with_mistakes(bits, mean) == ""
    assert with_mistakes() == ""


def test_what_a_room_was_not_told_waits_and_is_told_once_in_the_order_of_time(
    room: Room, attempts: Path, report: Report
) -> None:
    room.close()
    for _ in range(5):
        room_client.send_outcomes(report, LESSON, attempts)
    assert room_client.count_unsent(attempts) == 5
    assert not waited(lambda: room_client.count_unsent(attempts) < 5, 0.6)
    waiting = [
        event["id"]
        for path in sorted((attempts / ".room" / "untold").iterdir())
        for event in json.loads(path.read_bytes())
    ]
    room.open()
    room_client.send_outcomes(report, LESSON, attempts)
    assert waited(lambda: room_client.count_unsent(attempts) == 0)
    assert len(room.names_told) == len(report.exercises) + 5
    assert [one["id"] for one in room.told][: len(waiting)] == waiting


@pytest.mark.parametrize("kind", ["away", "silent"])
def test_a_room_that_is_away_is_not_felt(
    kind: str, room: Room, attempts: Path, report: Report
) -> None:
    if kind == "away":
        room.close()
    room.waits_s = 5.0
    took, computed = [], []
    for _ in range(15):
        begun, computed_s = time.perf_counter(), time.process_time()
        room_client.send_outcomes(report, LESSON, attempts)
        took.append(time.perf_counter() - begun)
        computed.append(time.process_time() - computed_s)
        time.sleep(0.05)
    # The median: other work on this machine is not the room's.
    assert median(computed) < 0.05
    assert median(took) < room.waits_s / 2  # none waits for its answer
    assert room_client.count_unsent(attempts) == 15


@pytest.mark.promise("join-deadline")
def test_the_courier_ends_soon_whatever_the_room_does(
    room: Room, attempts: Path, report: Report
) -> None:
    room.close()
    room_client.send_outcomes(report, LESSON, attempts)
    room.waits_s = 30.0
    room.open()
    begun = time.monotonic()
    outcome_sender.deliver_soon(attempts / ".room")
    assert time.monotonic() - begun < room.waits_s / 2
    # One that answers, but each time just before it is given up.
    room.waits_s = outcome_sender.PATIENCE_S * 0.9
    for _ in range(5):
        client._queue(attempts / ".room" / "untold", client.outcomes_of(report, LESSON))
    begun = time.monotonic()
    outcome_sender.deliver_soon(attempts / ".room")
    # It gives up before it has waited for as many answers as there are outcomes.
    assert time.monotonic() - begun < 35 * room.waits_s
    assert outcome_sender._LONGEST_S + 1 < 35 * room.waits_s


@pytest.mark.parametrize("status", [507, 500, 429, 404, 302])
def test_what_a_room_does_not_take_now_is_kept(
    status: int, room: Room, attempts: Path, report: Report
) -> None:
    room.status = status
    client._queue(attempts / ".room" / "untold", client.outcomes_of(report, LESSON))
    outcome_sender.deliver(attempts / ".room")
    assert (room_client.count_unsent(attempts), room_client.is_rejected(attempts)) == (
        1,
        False,
    )
    room.status = 204
    outcome_sender.deliver(attempts / ".room")
    assert room_client.count_unsent(attempts) == 0


def test_what_a_room_refuses_for_good_does_not_stand_in_the_way(
    room: Room, attempts: Path, report: Report
) -> None:
    room.status = 422
    client._queue(attempts / ".room" / "untold", client.outcomes_of(report, LESSON))
    outcome_sender.deliver(attempts / ".room")
    assert (room_client.count_unsent(attempts), room.told) == (0, [])


def test_a_spoilt_file_does_not_stand_in_the_way(
    room: Room, attempts: Path, report: Report
) -> None:
    folder = attempts / ".room" / "untold"
    (folder / "0.json").write_bytes(b"\xff[")
    client._queue(folder, client.outcomes_of(report, LESSON))
    outcome_sender.deliver(attempts / ".room")
    assert (room_client.count_unsent(attempts), len(room.told)) == (0, 8)


def test_what_waits_has_a_bound(
    attempts: Path, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_MOST_WAITING", 3)
    folder = attempts / ".room" / "untold"
    for number in range(5):
        at = replace(report, started_at=f"{number}")
        client._queue(folder, client.outcomes_of(at, LESSON))
    kept = [json.loads(path.read_bytes())[0]["at"] for path in sorted(folder.iterdir())]
    assert kept == ["2", "3", "4"]


@pytest.mark.promise("join-sends")
def test_nothing_is_told_after_a_day(
    room: Room, attempts: Path, report: Report
) -> None:
    now = room_client.find_joined_room(attempts)
    assert now is not None
    old = client.JoinedRoom(
        now.address, now.token, now.learner, "", time.time() - client.LASTS_S - 1
    )
    room_client.save_joined_room(attempts, old)
    room_client.send_outcomes(report, LESSON, attempts)
    assert room_client.count_unsent(attempts) == 0
    assert not waited(lambda: bool(room.told), 0.5)


@pytest.mark.promise("join-token")
def test_the_token_is_for_its_owner_alone(attempts: Path) -> None:
    folder = attempts / ".room"
    assert stat.S_IMODE((folder / "joined.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    room_client.forget_joined_room(attempts)
    assert list(attempts.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        "ftp://x",
        "",
        "http://",
        "a b",
        "host:99999",
        "host:x",
        "[::1",
        "a..b:80",
        "a" * 70,
    ],
)
def test_what_is_no_address_is_said(words: str) -> None:
    with pytest.raises(Misuse, match="the address of a room"):
        client.parse_address(words)


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("192.168.1.20:8765", "http://192.168.1.20:8765"),
        ("HTTP://ada@Lab:80/board?key=1#x", "http://lab:80"),
        ("https://lab", "https://lab"),
        ("[::1]:8765", "http://[::1]:8765"),
    ],
)
def test_an_address_is_taken_as_it_is_shown_anywhere(words: str, address: str) -> None:
    assert client.parse_address(words) == address


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ((404, "<html>not found"), "it isn't a room of these lessons"),
        ((200, "welcome"), "it isn't a room of these lessons"),
        ((200, '{"token": "a\\nb", "learner": "x"}'), "isn't a room of these lessons"),
        ((403, "Closed."), "it isn't a room of these lessons"),
        ((403, json.dumps({"problem": "Shut.\x1b[2J" + "x" * 900})), "says: Shut."),
    ],
)
def test_what_answers_strangely_is_said(
    said: tuple[int, str], told: str, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Room, "answer", lambda *_: said)
    with pytest.raises(Misuse, match=told) as caught:
        client.join(room.address, CODE, "Ada")
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_a_name_that_is_no_text_is_sent_as_far_as_it_is(room: Room) -> None:
    assert client.join(room.address, CODE, "Zo\udceb").learner == "Zo?"


@pytest.mark.promise("join-deadline")
@pytest.mark.parametrize(
    "drips", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"]
)
def test_a_room_that_answers_drop_by_drop_has_one_deadline(
    drips: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_PATIENCE_S", 1.0)
    over = threading.Event()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"

        def drip() -> None:
            line, _ = listening.accept()
            with line, contextlib.suppress(OSError):
                line.sendall(drips)
                while not over.wait(0.1):
                    line.sendall(b"x")

        for ask in (
            lambda: client.join(address, CODE, "Ada"),
            lambda: client.hand_in(
                room_client.JoinedRoom(address, TOKEN, "Ada", "", time.time()),
                "x.py",
                b"x",
            ),
        ):
            threading.Thread(target=drip, daemon=True).start()
            with pytest.raises(Misuse, match="no whole answer from"):
                ask()
        over.set()


@pytest.mark.promise("join-deadline")
def test_what_a_room_sends_is_one_clean_line_and_never_typed(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sends(code: str) -> None:
        welcome = {"token": TOKEN, "name": "Ada\x1b[2J\n  rm -rf ~", "learner": ""}
        said = json.dumps({**welcome, "return_code": code})
        monkeypatch.setattr(Room, "answer", lambda *_: (200, said))

    for code in ("x; rm -rf ~", "$(id)", "X" * 400, "RETURN\nTO"):
        sends(code)
        now = client.join(room.address, CODE, "Ada")
        assert now.return_code == ""
        assert now.learner.splitlines() == [now.learner]
        assert "\x1b" not in now.learner
    sends(BACK)
    code, text = Project(tmp_path).run("join", room.address, CODE, "--name", "Ada")
    assert code == 0
    assert "rm" not in [line.split()[0] for line in text.splitlines() if line.strip()]
    typed = [line for line in text.splitlines() if "invoke join" in line]
    assert len(typed) == 1
    assert BACK not in typed[0]


class Watched(Project):
    """A project whose commands tell which sockets and programs they use."""

    def watched(self, *words: str) -> tuple[int, set[str]]:
        record = self.root / "seen.txt"
        record.write_text("")
        code = (
            "import sys\n"
            "def see(event, _):\n"
            "    if event.startswith('socket.') or event == 'subprocess.Popen':\n"
            f"        open({str(record)!r}, 'a').write(event + chr(10))\n"
            "sys.addaudithook(see)\n"
            "from grader.cli.program import main\n"
            f"sys.argv = ['invoke', *{words!r}]\n"
            "sys.exit(main())\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=self.root, capture_output=True, timeout=60
        )
        return done.returncode, set(record.read_text().split())


NETWORK = {"socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind"}


@pytest.mark.promise("join-only")
@pytest.mark.slow
def test_without_join_nothing_leaves_the_machine(tmp_path: Path, room: Room) -> None:
    project = Watched(tmp_path)
    project.run("start", "lesson3")
    code, seen = project.watched("grade", "lesson3")
    assert (code, seen & NETWORK, room.told) == (1, set(), [])
    assert not (tmp_path / "attempts" / ".room").exists()
    # What sees nothing sees what there is: joining is seen, and so is a courier.
    words = ("join", f"127.0.0.1:{room.port}", CODE, "--name", "Ada")
    code, opened = project.watched(*words)
    assert (code, "socket.connect" in opened) == (0, True)
    _, joined_seen = project.watched("grade", "lesson3")
    assert joined_seen - seen == set()  # the grading itself opens nothing even then
    assert waited(lambda: len(room.told) == 8)


@pytest.mark.promise("join-sends")
def test_an_hour_in_a_room(tmp_path: Path, room: Room) -> None:
    project = Project(tmp_path)
    address = f"127.0.0.1:{room.port}"
    code, text = project.run("join", address, "WRONG", "--name", "Ada")
    assert (code, "says: This is not the room's code." in " ".join(text.split())) == (
        2,
        True,
    )
    code, text = project.run("join", address, CODE)
    assert (code, "--name Ada" in text) == (2, True)
    code, text = project.run("hand-in", "lesson3")
    assert (code, "You are in no room." in text) == (2, True)

    code, text = project.run("join", address, CODE, "--name", "Ada Løvelace")
    assert (code, f"room at http://{address}, as Ada Løvelace." in text) == (0, True)
    assert f"Your return code is {BACK}." in text
    assert f"invoke join http://{address} RETURN-CODE --back" in text
    code, text = project.run("join", address, CODE, "--name", "Ben")
    assert (code, "already, as Ada Løvelace" in text) == (2, True)
    code, text = project.run("hand-in", "lesson3")
    assert (code, "no file of lesson 3 yet" in text) == (2, True)

    project.run("grade", "lesson3", "--attempt", "solutions")
    project.run("grade", "lesson3")
    assert waited(lambda: len(room.told) == 8)
    assert {one["outcome"] for one in room.told} == {"not attempted"}

    shutil.copy(project.root / "solutions" / f"{LESSON3}.py", project.attempt)
    room.close()
    for _ in range(2):
        assert project.run("grade", "lesson3", "--exercise", "3e")[0] == 0
    code, text = project.run()
    assert "You are in the room at" in text
    assert "2 gradings wait to be sent to it." in text
    code, text = project.run("hand-in", "lesson3")
    assert (code, "Nobody answers at" in text) == (2, True)
    room.open()
    code, text = project.run("hand-in", "lesson3")
    assert (code, "is handed in to the room" in text) == (0, True)
    assert room.handed_in == [(f"{LESSON3}.py", project.attempt.read_bytes())]

    code, text = project.run("leave")
    assert (code, "You have left the room" in text) == (0, True)
    assert "couldn't be sent" not in text
    assert [one["exercise"] for one in room.told[8:]] == ["3e", "3e"]
    project.run("grade", "lesson3")
    assert not waited(lambda: len(room.told) > 10, 1.0)
    assert project.run("leave")[0] == 2
    code, text = project.run("join", address, BACK.lower(), "--back")
    assert (code, "This is not the room's code." in text) == (2, True)
    code, text = project.run("join", address, BACK, "--back")
    assert (code, "as Ada Again." in text) == (0, True)


def test_whoever_is_not_known_any_more_is_told_so(tmp_path: Path, room: Room) -> None:
    project = Project(tmp_path)
    project.run("join", room.address, CODE, "--name", "Ada")
    room.status = 401
    project.run("grade", "lesson3")
    marker = tmp_path / "attempts" / ".room" / outcome_sender.REJECTED
    assert waited(marker.exists)
    _, text = project.run()
    assert "It doesn't know you any more." in " ".join(text.split())
    code, text = project.run("leave")
    assert (code, "1 grading couldn't be sent" in text) == (0, True)


def notebook_of(size: int) -> bytes:
    """A notebook of so many bytes, most of them a picture."""
    data = {"image/png": ""}
    shown = {"output_type": "display_data", "metadata": {}, "data": data}
    code = {"cell_type": "code", "source": "x = 1", "metadata": {}, "outputs": [shown]}
    book = {"cells": [code], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    data["image/png"] = "A" * (size - len(json.dumps(book)))
    return json.dumps(book).encode()


def count_unsent_after_retry(attempts: Path) -> int:
    """How many gradings wait, after sending them again as the next grading would.

    A room that is busy for a moment doesn't answer in time.
    """
    if not waited(lambda: room_client.count_unsent(attempts) == 0, 2.0):
        outcome_sender.deliver(attempts / ".room")
    return room_client.count_unsent(attempts)


def test_the_real_room_takes_what_is_told_and_handed_in(
    tmp_path: Path, report: Report
) -> None:
    attempts, folder = tmp_path / "attempts", tmp_path / "room"
    with serve_room(ROOT, folder) as served:
        address = f"http://127.0.0.1:{served.port}"
        with pytest.raises(Misuse, match="says: This code is not right"):
            client.join(address, "WRONG", "Ada")
        now = client.join(address, served.membership.state.code.lower(), "Ada Løvelace")
        assert now.learner == "Ada Løvelace"
        room_client.save_joined_room(attempts, now)
        for _ in range(2):
            room_client.send_outcomes(report, LESSON, attempts)
        assert waited(lambda: count_unsent_after_retry(attempts) == 0)
        told = outcomes_in(folder)
        assert len({one["id"] for one in told}) == len(told) == 9
        wrong = next(one for one in told if one["exercise"] == "3e")
        assert (wrong["outcome"], wrong["mistake"][:3]) == ("wrong", "3e.")

        client.hand_in(now, f"{LESSON3}.py", b"x = 1\n")
        (theirs,) = folder.glob(f"*/{LESSON3}.py")
        assert theirs.read_bytes() == b"x = 1\n"
        with pytest.raises(Misuse, match="says: X-Attempt-Name is not the name"):
            client.hand_in(now, "other.py", b"x = 1\n")
        drawn = notebook_of(LARGEST_NOTEBOOK)
        client.hand_in(now, f"{LESSON3}.ipynb", drawn)
        assert theirs.with_suffix(".ipynb").read_bytes() == drawn
        with pytest.raises(Misuse, match="more than"):
            client.hand_in(now, f"{LESSON3}.ipynb", drawn + b" ")

        served.membership.set_open(False)
        with pytest.raises(Misuse, match="says: The room is closed to newcomers"):
            client.join(address, served.membership.state.code, "Ben")
        assert client.rejoin(address, now.return_code).learner == "Ada Løvelace"
        for one in served.membership.joined:
            served.membership.remove(one.id)
        room_client.send_outcomes(report, LESSON, attempts)
        assert waited(lambda: room_client.is_rejected(attempts))
        with pytest.raises(Misuse, match="says: You are not in this room"):
            client.hand_in(now, f"{LESSON3}.py", b"x = 1\n")
