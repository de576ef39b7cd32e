"""joining: the commands for learners who are in a room and use their own editor."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from grader.cli.command import LESSON, command, format_path, make_screen
from grader.course_folder import ROOT
from grader.document import attempt_file, catalog
from grader.errors import Misuse
from grader.installation import format_command

if TYPE_CHECKING:
    from grader import room_client

_WHAT_IS_SENT = (
    "From now on each grading of your own files sends it the exercise, its outcome, "
    "the name of the mistake, the points and the time, and nothing else. This ends "
    "after a day, or with the command below."
)


@command(
    help={
        "address": "where the room is, as it shows it: 192.168.1.20:8765",
        "code": "the room's code; with --back your return code",
        "name": "your name there; the program asks if you leave this out",
        "back": "you were there before; the code is then your return code",
    }
)
def join(address: str, code: str, name: str = "", back: bool = False) -> None:
    """Join a room, so that it gets the results of your gradings.

    They are sent in the background, and wait on your disk if the room can't be reached.
    """
    from grader import room_client
    from grader.room_client import client

    if (now := room_client.find_joined_room(_find_attempts())) and not now.is_expired:
        raise Misuse(
            f"You are in the room at {now.address} already, as {now.learner}. To join "
            f"another, leave it first:  {format_command('leave')}"
        )
    place = client.parse_address(address)
    if back:
        welcome = client.rejoin(place, code)
    else:
        welcome = client.join(place, code, name or _ask_name())
    room_client.save_joined_room(_find_attempts(), welcome)
    paper = make_screen()
    paper.print(f"You are in the room at {welcome.address}, as {welcome.learner}.")
    if welcome.return_code:
        paper.print(f"Your return code is {welcome.return_code}. To come back with it:")
        # The line to be typed doesn't contain any text that the room sent.
        paper.print(paper.command(f"join {welcome.address} RETURN-CODE --back"))
    paper.print("", _WHAT_IS_SENT, "", paper.command("leave"))


@command()
def leave() -> None:
    """Leave the room: nothing is sent from this machine any more."""
    from grader import room_client
    from grader.room_client import client, outcome_sender

    now = _find_joined_room()
    if not now.is_expired:
        outcome_sender.deliver_soon(client.folder_in(_find_attempts()))
    left = room_client.count_unsent(_find_attempts())
    room_client.forget_joined_room(_find_attempts())
    paper = make_screen()
    paper.print(f"You have left the room at {now.address}. Nothing is sent to it now.")
    if left:
        paper.print(f"{_count_gradings(left)} couldn't be sent; you still have them.")


@command(help={"lesson": LESSON})
def hand_in(lesson: str) -> None:
    """Hand your file of a lesson in to the room; the last one you hand in counts."""
    from grader.room_client import client

    found, now = catalog.find(lesson, ROOT), _find_joined_room()
    if now.is_expired:
        raise Misuse(
            f"You joined the room at {now.address} more than a day ago, and nothing is "
            f"sent there now. Leave it, and join again:  {format_command('leave')}"
        )
    path = catalog.attempt_path(found, ROOT)
    if not path.is_file():
        raise Misuse(
            f"You have no file of lesson {found.number} yet. Make one:  "
            + format_command(f"start {found.short_name}")
        )
    client.hand_in(now, path.name, attempt_file.read(path))
    make_screen().print(
        f"{format_path(path)} is handed in to the room at {now.address}."
    )


def describe_room() -> Iterator[str]:
    """Yield which room the learner has joined, if any, and what isn't sent yet."""
    from grader import room_client

    now = room_client.find_joined_room(_find_attempts())
    if now is None:
        return
    if now.is_expired:
        yield (
            f"You joined the room at {now.address} more than a day ago; nothing is "
            f"sent to it any more. Leave it:  {format_command('leave')}"
        )
        return
    yield f"You are in the room at {now.address}, as {now.learner}."
    left = room_client.count_unsent(_find_attempts())
    if room_client.is_rejected(_find_attempts()):
        yield (
            f"It doesn't know you any more. Leave it:  {format_command('leave')}  "
            "Then join it again, or ask your instructor."
        )
    elif left:
        verb = "waits" if left == 1 else "wait"
        yield f"{_count_gradings(left)} {verb} to be sent to it."


def _find_attempts() -> Path:
    return catalog.attempts_folder(ROOT)


def _find_joined_room() -> room_client.JoinedRoom:
    from grader import room_client

    now = room_client.find_joined_room(_find_attempts())
    if now is None:
        raise Misuse(
            "You are in no room. Join one with its address and its code:  "
            + format_command("join 192.168.1.20:8765 CODE")
        )
    return now


def _ask_name() -> str:
    """Return the name that the learner types, if somebody can be asked."""
    if not sys.stdin.isatty():
        raise Misuse("Give your name in the room:  --name Ada")
    try:
        return input("What is your name in the room? ").strip()
    except EOFError:
        return ""


def _count_gradings(gradings: int) -> str:
    return f"{gradings} grading{'' if gradings == 1 else 's'}"
