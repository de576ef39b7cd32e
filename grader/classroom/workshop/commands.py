"""commands: `serve --room`, and what it shows in the instructor's terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from grader.cli.browser import read_port, requiring_web, say_taken
from grader.cli.command import Program, command
from grader.common.errors import Misuse

if TYPE_CHECKING:
    from grader.classroom.workshop.room_server import Opened
    from grader.cli.render.screen import Screen


@command(
    help={
        "room": "serve a class, and keep its work in this folder",
        "roster": "a CSV file of the class to choose names from; for a room",
        "cert": "a certificate file, for a room with https",
        "key": "the key of the certificate",
        "local": "a room that only this machine can reach, to try it out",
        "proxy": "IPv4 address of a proxy whose X-Forwarded-For counts, for a room",
    },
)
def serve(
    app: Program,
    lesson: str = "",
    port: str = "",
    room: str = "",
    roster: str = "",
    cert: str = "",
    key: str = "",
    local: bool = False,
    proxy: str = "",
) -> None:
    """With --room FOLDER a class joins from their own browsers.

    You see their progress.
    """
    only = {"--roster": roster, "--cert": cert, "--key": key, "--local": local}
    only |= {"--proxy": proxy}
    if not room:
        given = next(word for word, value in only.items() if value)
        raise Misuse(f"{given} needs --room: name the folder of the room.")
    # A folder without lessons is reported before the server starts.
    app.require_lessons()
    if lesson:
        app.find(lesson)
        raise Misuse(
            "A room opens at its own page. Leave the lesson out, and choose it there."
        )
    with requiring_web():
        from grader.classroom.workshop.room_server import Settings, serve_room

        listed, certificate, its_key = (
            Path(words) if words else None for words in (roster, cert, key)
        )
        settings = Settings(
            Path(room), listed, read_port(port), certificate, its_key, local, proxy
        )
        serve_room(app.root, settings, lambda opened: _show(app.screen, opened))


def _show(screen: Screen, opened: Opened) -> None:
    _draw_room(screen, opened.addresses, opened.code, opened.qr)
    _draw_keys(screen, opened.board, opened.instructor)
    if opened.taken:
        say_taken(screen, opened.taken)


def _draw_room(
    screen: Screen,
    addresses: Sequence[str],
    code: str,
    qr: Sequence[Sequence[bool]],
) -> None:
    """Draw what learners need: the address, the code, and both as a QR code."""
    screen.print("", "Learners open this address and type the code:")
    screen.print(screen.line("  ", (addresses[0], "bold")))
    screen.print(screen.line("  ", (" ".join(code), "bold")), "")
    if len(addresses) > 1:
        others = ", ".join(addresses[1:])
        screen.print(f"Can't reach it? This machine is also at {others}.", "")
    if screen.has_colour and not screen.is_ascii and len(qr[0]) <= screen.width:
        # Dark on white regardless of the terminal's colours.
        lines = (screen.text(one, "black on white") for one in _draw_qr(qr))
        screen.print(*lines, "")


def _draw_keys(screen: Screen, board: str, instructor: str) -> None:
    """Draw the addresses that must not be given to learners."""
    screen.print("For the projector, without names:")
    screen.print(screen.whole(f"  {board}"), "")
    screen.print("Only for you, with names; don't project this window:")
    screen.print(screen.whole(f"  {instructor}"), "")
    screen.print("Ctrl-C ends the room. The learners' work stays in its folder.")


def _draw_qr(qr: Sequence[Sequence[bool]]) -> list[str]:
    """Return the lines of a QR code; each shows two rows of modules."""
    below = [*qr[1:], [False] * len(qr[0])]
    pairs = list(zip(qr, below, strict=True))[::2]
    return ["".join(map(_draw_pair, *pair)) for pair in pairs]


def _draw_pair(upper: bool, lower: bool) -> str:
    return "█" if upper and lower else "▀" if upper else "▄" if lower else " "
