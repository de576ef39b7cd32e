"""room_view: how learners find a room, for the terminal of its instructor."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from grader.cli.render.screen import Screen


def draw_room(
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
        screen.print(f"Not reached there? This machine is also at {others}.", "")
    if screen.has_colour and not screen.is_ascii and len(qr[0]) <= screen.width:
        screen.print(*_draw_qr(qr), "")


def draw_keys(screen: Screen, board: str, instructor: str) -> None:
    """Draw the addresses that are not for learners."""
    screen.print("For the projector, without names:")
    screen.print(_address(board), "")
    screen.print("For you alone, with names; do not project this window:")
    screen.print(_address(instructor), "")
    screen.print("Ctrl-C ends the room. What learners wrote stays in its folder.")


def _address(words: str) -> Text:
    # In one piece, however narrow, so that a terminal opens all of it.
    return Text(f"  {words}", overflow="ignore", no_wrap=True)


def _draw_qr(qr: Sequence[Sequence[bool]]) -> list[Text]:
    """Draw two rows a line, dark on white whatever colours the terminal has."""
    below = [*qr[1:], [False] * len(qr[0])]
    pairs = list(zip(qr, below, strict=True))[::2]
    return [Text(_draw_pair(*pair), style="black on white") for pair in pairs]


def _draw_pair(upper: Sequence[bool], lower: Sequence[bool]) -> str:
    signs = {
        (False, False): " ",
        (True, False): "▀",
        (False, True): "▄",
        (True, True): "█",
    }
    return "".join(signs[pair] for pair in zip(upper, lower, strict=True))
