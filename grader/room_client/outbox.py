"""outbox: what the room is to be told, on the disk until it is told."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

import msgspec

from grader import files
from grader.document.catalog import Lesson
from grader.errors import Misuse
from grader.report import ExerciseResult, Outcome, Report
from grader.room_client import outcome_sender
from grader.room_client.joined_room import find, folder_in

# A room that stays away for a whole day; what is older says little any more.
_MOST_WAITING = 1000
_LAST = "last.json"
# The outcome of an exercise, and the name of its mistake or "".
State = tuple[str, str]


class ExerciseOutcome(msgspec.Struct, frozen=True):
    """What became of one exercise: all that a room is ever told of a grading."""

    lesson: str
    exercise: str
    outcome: str
    mistake: str
    points: int
    of: int
    at: str
    id: str

    @property
    def state(self) -> State:
        """What has to change before it is told anew of an exercise one is not at."""
        return self.outcome, self.mistake


def tell(report: Report, lesson: Lesson, attempts: Path) -> None:
    """Tell the room of a grading, if one was joined; nobody waits for it.

    What cannot be written is not told: a grading never fails for the room's sake.
    """
    joined = find(attempts)
    if joined is None or joined.is_over:
        return
    folder = folder_in(attempts)
    with contextlib.suppress(OSError, Misuse):
        before = _read_states(folder)
        outcomes = choose_news(outcomes_of(report, lesson), before)
        if outcomes:
            _put(folder / outcome_sender.UNTOLD, outcomes)
            states = before | {one.exercise: one.state for one in outcomes}
            files.write(folder / _LAST, msgspec.json.encode(states))
            _send_courier(folder)


def choose_news(
    outcomes: list[ExerciseOutcome], before: Mapping[str, State]
) -> list[ExerciseOutcome]:
    """Return of a grading what is new, and last, in any case, where the learner is.

    That is the exercise whose message they read: the first that is not right.
    """
    if not outcomes:
        return []
    here = next(
        (one for one in outcomes if one.outcome != Outcome.PASSED), outcomes[-1]
    )
    others = [one for one in outcomes if before.get(one.exercise) != one.state]
    return [*(one for one in others if one is not here), here]


def outcomes_of(report: Report, lesson: Lesson) -> list[ExerciseOutcome]:
    """Return what a room may be told of a grading, one outcome an exercise."""
    return [
        ExerciseOutcome(
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
    """Count how many gradings still wait to be told."""
    return len(list((folder_in(attempts) / outcome_sender.UNTOLD).glob("*.json")))


def _read_states(folder: Path) -> dict[str, State]:
    """Return what the room was told last of each exercise; nothing where that is
    spoilt.
    """
    try:
        content = (folder / _LAST).read_bytes()
        return msgspec.json.decode(content, type=dict[str, State])
    except (OSError, msgspec.DecodeError):
        return {}


def _mistake_in(exercise: ExerciseResult) -> str:
    """Return the name of the mistake; "" where there is none, or where it may be
    another.
    """
    mistakes = exercise.finding.mistakes if exercise.finding else ()
    return mistakes[0].tag if len(mistakes) == 1 else ""


def _put(folder: Path, outcomes: list[ExerciseOutcome]) -> None:
    """Add a grading to what waits, in the order of time."""
    waiting = sorted(folder.glob("*.json"))
    for old in waiting[: max(0, len(waiting) + 1 - _MOST_WAITING)]:
        old.unlink(missing_ok=True)
    # With its zeros, the order of names is the order of moments.
    name = f"{time.time_ns():020}-{uuid.uuid4().hex}.json"
    files.write(folder / name, msgspec.json.encode(outcomes))


def _send_courier(folder: Path) -> None:
    """Start the process that carries it there, and leave it to itself."""
    # On Windows no window opens; elsewhere Ctrl-C does not reach another session.
    detached = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", outcome_sender.__file__, str(folder.resolve())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        creationflags=detached,
        start_new_session=True,
    )
    # In a session that watches, an ended process would stay in the system's list.
    threading.Thread(target=process.wait, daemon=True).start()
