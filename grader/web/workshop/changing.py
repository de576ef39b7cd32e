"""changing: what the instructor changes of who is who."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from grader import files
from grader.gradebook import NOBODY
from grader.web.workshop import folders
from grader.web.workshop.members import Member
from grader.web.workshop.rebuild_progress import rebuild_one
from grader.web.workshop.room import Room
from grader.web.workshop.room_state import PRIVATE

_REMOVED = "removed"


def merge(room: Room, learner: str, into: str) -> None:
    """Let two be one person: the second one, with the files and gradings of both.

    Where both have a file, the newer one counts, and the other is kept.

    Raises:
        LookupError: nobody has one of the ids.
        Refused: they are one already.
    """
    room.membership.merge(learner, into)
    # Before a file is moved: whatever runs at that desk ends.
    room.leave(learner)
    old, new = room.folder_of(learner), room.folder_of(into)
    for path in sorted(old.glob("*")) if old.is_dir() else ():
        if path.is_file() and not path.is_symlink():
            _move(path, new / path.name, room.earlier(into))
    _move_away(room, learner)
    with room.gradebook() as book:
        book.hand_on(learner, into)
    rebuild_one(room, into)
    room.change()


def remove(room: Room, learner: str) -> None:
    """Take somebody out of the room; their folder is kept, and counts nowhere.

    Raises:
        LookupError: nobody has this id.
    """
    room.membership.take_out(learner)
    room.leave(learner)
    _move_away(room, learner)
    with room.gradebook() as book:
        book.hand_on(learner, NOBODY)
    room.change()


def make_place(room: Room) -> bool:
    """Let somebody who never wrote anything make room; False where there is nobody."""
    # Whoever is on the roster has a place, whether they joined or not.
    idle = [one for one in room.find_idle() if not one.is_listed]
    _take_out(room, idle[:1])
    return bool(idle)


def remove_idle(room: Room) -> None:
    """Take everybody out of the room who never wrote anything."""
    _take_out(room, room.find_idle())


def _take_out(room: Room, several: Sequence[Member]) -> None:
    room.membership.take_out_all({one.id for one in several})
    for one in several:
        room.leave(one.id)
        _move_away(room, one.id)
    with room.gradebook() as book:
        for one in several:
            book.hand_on(one.id, NOBODY)
    room.change()


def _move(path: Path, goal: Path, earlier: Path) -> None:
    """Put a file into a folder; of two that differ, the older one is kept."""
    content, written = path.read_bytes(), path.stat().st_mtime_ns
    if goal.is_file() and written < goal.stat().st_mtime_ns:
        folders.keep(path.name, content, earlier)
    else:
        folders.put(goal, content, earlier)
        # By its time it is late or not, and newer than a notebook beside it or not.
        os.utime(goal, ns=(written, written))


def _move_away(room: Room, learner: str) -> None:
    """Move somebody's folder to where it counts nowhere."""
    old = room.folder_of(learner)
    if not old.is_dir():
        return
    removed = room.membership.folder / PRIVATE / _REMOVED
    with files.explain_write_error(removed):
        removed.mkdir(exist_ok=True)
        number = 1
        while (goal := removed / f"{learner}-{number}").exists():
            number += 1
        old.rename(goal)
