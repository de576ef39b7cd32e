"""serving: the command that opens the lessons in a browser."""

from __future__ import annotations

from pathlib import Path

from grader import machine
from grader.cli.command import ROOT, command, screen
from grader.document import catalog
from grader.errors import Misuse

_PORT = "listen here; by default where it did last time, or where it is free"


@command(
    help={
        "port": _PORT,
        "browser": "whether a browser is opened (--no-browser: only the address shown)",
        "room": "serve a class, and keep what it writes in this folder",
        "roster": "a CSV of the class, to choose names from; for a room",
        "cert": "a certificate, for a room with https",
        "key": "the key of the certificate",
        "local": "a room for this machine alone, to try it",
    }
)
def serve(
    port: str = "",
    browser: bool = True,
    room: str = "",
    roster: str = "",
    cert: str = "",
    key: str = "",
    local: bool = False,
) -> None:
    """Open the lessons in your browser: read, write, run and grade on one page.

    It is for this machine alone, and what you write is the same file in attempts/. With
    --room FOLDER a class joins from its own browsers, and you see where it is.
    """
    only = {"--roster": roster, "--cert": cert, "--key": key, "--local": local}
    if not room and (given := [word for word, value in only.items() if value]):
        raise Misuse(f"{given[0]} goes with --room: name the folder of the room.")
    catalog.course(ROOT)  # a folder without lessons is told before anything is served
    try:
        if room:
            _serve_room(Path(room), roster, _read_port(port), cert, key, local)
        else:
            _serve_one(_read_port(port), browser)
    except ImportError as error:
        raise Misuse(
            "The lessons in a browser need Starlette, uvicorn and segno, and "
            f"{error.name} is not installed. Install them:  "
            f"{machine.install_command()}"
        ) from error


def _serve_one(port: int, browser: bool) -> None:
    from grader.web.server import serve as serve_lessons

    paper = screen()

    def say(address: str) -> None:
        paper.print("", "Your lessons are here, for this machine alone:")
        paper.print(f"  {address}", "")
        paper.print("Ctrl-C ends it. What you write is in attempts/, as always.")

    serve_lessons(ROOT, port, say, browser)


def _serve_room(
    folder: Path, roster: str, port: int, cert: str, key: str, local: bool
) -> None:
    from grader.web.workshop.room_server import Opened, Settings, serve_room

    paper = screen()
    listed, certificate, its_key = (
        Path(words) if words else None for words in (roster, cert, key)
    )
    settings = Settings(folder, listed, port, certificate, its_key, local)

    def say(opened: Opened) -> None:
        from grader.cli.render.class_view import draw_keys, draw_room

        draw_room(paper, opened.addresses, opened.code, opened.qr)
        draw_keys(paper, opened.board, opened.instructor)

    serve_room(ROOT, settings, say)


def _read_port(words: str) -> int:
    """Return the port that is asked for; 0 when none is."""
    if words and not words.isdecimal():
        raise Misuse(f"--port takes a number such as 8800, not {words!r}.")
    return int(words or 0)
