"""queue: what the room is to be told, on the disk until it is told."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

import msgspec

from grader import files
from grader.catalog import Lesson
from grader.errors import Misuse
from grader.report import ExerciseResult, Report
from terminal.joined import courier
from terminal.joined.membership import find, folder_in

# A room that stays away for a whole day; what is older says little any more.
_MOST_WAITING = 1000


class Event(msgspec.Struct, frozen=True):
    """What became of one exercise: all that a room is ever told of a grading."""

    lesson: str
    exercise: str
    outcome: str
    mistake: str
    points: int
    of: int
    at: str
    id: str


def tell(report: Report, lesson: Lesson, attempts: Path) -> None:
    """Tell the room of a grading, if one was joined; nobody waits for it.

    What cannot be written is not told: a grading never fails for the room's sake.
    """
    joined = find(attempts)
    if joined is None or joined.is_over:
        return
    with contextlib.suppress(OSError, Misuse):
        _put(folder_in(attempts) / courier.UNTOLD, events_of(report, lesson))
        _send_courier(folder_in(attempts))


def events_of(report: Report, lesson: Lesson) -> list[Event]:
    """What a room is told of a grading, one event an exercise."""
    return [
        Event(
            lesson=lesson.short_name,
            exercise=one.tag,
            outcome=one.outcome.value,
            mistake=_mistake_in(one),
            points=one.earned,
            of=one.points,
            at=report.started_at,
            id=str(uuid.uuid4()),
        )
        for one in report.exercises
    ]


def count_untold(attempts: Path) -> int:
    """How many gradings still wait to be told."""
    return len(list((folder_in(attempts) / courier.UNTOLD).glob("*.json")))


def _mistake_in(exercise: ExerciseResult) -> str:
    """The name of the mistake; "" where there is none, or where it may be another."""
    mistakes = exercise.finding.mistakes if exercise.finding else ()
    return mistakes[0].tag if len(mistakes) == 1 else ""


def _put(folder: Path, events: list[Event]) -> None:
    """Add a grading to what waits, in the order of time."""
    waiting = sorted(folder.glob("*.json"))
    for old in waiting[: max(0, len(waiting) + 1 - _MOST_WAITING)]:
        old.unlink(missing_ok=True)
    name = f"{time.time_ns():020}-{uuid.uuid4().hex}.json"
    files.write(folder / name, msgspec.json.encode(events))


def _send_courier(folder: Path) -> None:
    """Start the process that carries it there, and leave it to itself."""
    detached = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", courier.__file__, str(folder.resolve())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        creationflags=detached,
        start_new_session=True,
    )
    # In a session that watches, an ended process would stay in the system's list.
    threading.Thread(target=process.wait, daemon=True).start()
