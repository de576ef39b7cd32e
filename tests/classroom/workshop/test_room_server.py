"""A room is opened to others only where everything stands that confines their code."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from grader.classroom.workshop import room_server
from grader.classroom.workshop.room_server import Opened, Settings
from grader.cli import browser
from grader.cli.command import Program
from grader.common.errors import Misuse
from grader.sandbox.isolation.policy import Isolation
from tests.support.project import ROOT

FILES = ("roster", "certificate", "key")


class Confined:
    """A process that starts workers, of which some of the isolation is missing."""

    lacking: Isolation | None = None

    def __init__(self, *_: object) -> None:
        self.isolation = tuple(x for x in Isolation if x is not self.lacking)

    def __enter__(self) -> Confined:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def never(_: Opened) -> None:
    raise AssertionError("the room was opened")


@pytest.mark.promise("room-isolation")
@pytest.mark.parametrize("part", list(Isolation))
def test_beyond_this_machine_every_part_of_the_isolation_has_to_stand(
    part: Isolation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Confined, "lacking", part)
    monkeypatch.setattr(room_server, "WorkerFactory", Confined)
    monkeypatch.setattr(room_server, "find_addresses", lambda: ("192.168.1.20",))
    monkeypatch.setattr(room_server, "listen", never)
    with pytest.raises(Misuse, match=f"{part.known_as} does not work here"):
        room_server.serve_room(ROOT, Settings(tmp_path / "room"), never)
    assert not (tmp_path / "room").exists()


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"port": 0}, "can't be used on this machine"),
        ({"port": 70_000}, "--port takes a number up to 65535"),
        ({"roster": "none.csv"}, "The roster .* cannot be read"),
        ({"roster": "pem"}, "has no column that identifies learners"),
        ({"certificate": "pem"}, "--cert and --key go together"),
        ({"certificate": "pem", "key": "none"}, "There is no file"),
        ({"certificate": "pem", "key": "pem"}, "as a certificate and its key"),
        ({"proxy": "proxy.example.org"}, "--proxy takes the IPv4 address .*, not 'p"),
        ({"proxy": "*"}, "--proxy takes the IPv4 address"),
        ({"proxy": "10.0.0.0/8"}, "--proxy takes the IPv4 address"),
        ({"proxy": "10.0.0.1,10.0.0.2"}, "--proxy takes the IPv4 address"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_room_that_is_refused_leaves_no_folder(
    tmp_path: Path, asked: dict[str, int | str], why: str
) -> None:
    (tmp_path / "pem").write_text("no certificate\n")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        how = {
            name: tmp_path / value if name in FILES else value
            for name, value in asked.items()
        }
        if how.get("port") == 0:
            how["port"] = taken.getsockname()[1]
        settings = Settings(tmp_path / "room", is_local=True, **how)
        with pytest.raises(Misuse, match=why):
            room_server.serve_room(ROOT, settings, never)
    assert not (tmp_path / "room").exists()


def test_where_everything_stands_it_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_server, "WorkerFactory", Confined)
    room_server.check_isolation()


def test_without_a_network_it_is_said_that_nobody_can_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_server, "find_addresses", lambda: ())
    with pytest.raises(Misuse, match="in no network"):
        room_server.serve_room(ROOT, Settings(tmp_path / "room"), never)


@pytest.mark.parametrize("is_free", [True, False])
def test_that_the_previous_port_is_taken_is_said(
    is_free: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(room_server, "make_room_app", lambda *_: None)
    monkeypatch.setattr(room_server, "run_server", lambda _, __, ready, *___: ready())

    def open_room(port: str = "") -> str:
        browser.serve(
            Program.here(), room=str(tmp_path / "room"), port=port, local=True
        )
        return capsys.readouterr().out

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        taken.close()
        assert "is taken" not in open_room(str(port))
        with socket.socket() as other:
            if not is_free:
                other.bind(("127.0.0.1", port))
                other.listen()
            said = " ".join(open_room().split())
    sentence = f"Port {port}, which you used last time, is taken."
    assert (sentence in said) == (f":{port}/" not in said) == (not is_free)
