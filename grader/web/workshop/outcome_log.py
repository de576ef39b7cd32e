"""outcome_log: what learners' own editors tell of their gradings, each thing once."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec

from grader import files
from grader.errors import Misuse
from grader.report import Outcome
from grader.web.workshop.folders import is_folder
from grader.web.workshop.membership import Refused

_MOST_OF_ONE = 5_000
_LARGEST_FILE = 500_000_000
_LAST_TIME = 1e11  # in seconds since 1970: so far ahead is no hour
_ID = re.compile(r"[0-9A-Za-z-]{8,64}")


# Whatever is told is kept on the disk and in memory, so that each field has a bound.
_Word = Annotated[str, msgspec.Meta(max_length=40)]
_Id = Annotated[str, msgspec.Meta(max_length=64)]
_Tag = Annotated[str, msgspec.Meta(max_length=300)]
_Points = Annotated[int, msgspec.Meta(ge=0, le=10_000)]


class ReportedOutcome(msgspec.Struct, frozen=True):
    """The outcome of one exercise in one grading on a learner's own machine."""

    lesson: _Word
    exercise: _Word
    outcome: _Word
    id: _Id
    mistake: _Tag = ""
    points: _Points = 0
    of: _Points = 0
    at: _Word = ""


class LogEntry(msgspec.Struct, frozen=True):
    """What was told, by whom, and when it came, in seconds since 1970."""

    learner: str
    told: ReportedOutcome
    came_at: float


def read_outcome(content: bytes) -> ReportedOutcome:
    """Return what a body says.

    Raises:
        Refused: it makes no sense.
    """
    try:
        told = msgspec.json.decode(content, type=ReportedOutcome)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused(f"What was told cannot be read: {error}.", 400) from error
    if not _makes_sense(told):
        raise Refused("What was told makes no sense: look at its fields.", 400)
    return told


def _makes_sense(told: ReportedOutcome) -> bool:
    """Return whether every field holds what it is for."""
    is_tagged = not told.mistake or told.mistake.startswith(f"{told.exercise}.")
    return (
        told.outcome in set(Outcome)
        and _ID.fullmatch(told.id) is not None
        and is_tagged
        and told.points <= told.of
    )


class OutcomeLog:
    """What was told in a room, in a file that is only ever written on to.

    Args:
        path: the file.

    Raises:
        Misuse: it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        content = _content_of(path)
        # A crash may leave half a line: what comes next begins on a line of its own.
        self._is_torn = not content.endswith(b"\n") and bool(content)
        self._lines = list(_read(content))
        # Each learner's own: nobody can use up the numbers of somebody else.
        self._ids = {(one.learner, one.told.id) for one in self._lines}
        self._often = Counter(one.learner for one in self._lines)

    @property
    def lines(self) -> tuple[LogEntry, ...]:
        """Everything, in the order in which it came."""
        return tuple(self._lines)

    def add(
        self, learner: str, told: ReportedOutcome, came_at: float
    ) -> LogEntry | None:
        """Write down what was told; None when it has been told before.

        Raises:
            Refused: this learner has told more than anybody does.
            Misuse: it cannot be written.
        """
        with self._lock:
            if (learner, told.id) in self._ids:
                return None
            if self._often[learner] >= _MOST_OF_ONE:
                many = f"{_MOST_OF_ONE:,} outcomes"
                raise Refused(f"Of one learner no more than {many} are kept.", 429)
            line = LogEntry(learner, told, _moment(told.at, came_at))
            with files.explain_write_error(self._path), self._path.open("ab") as file:
                file.write(b"\n" * self._is_torn + msgspec.json.encode(line) + b"\n")
            self._is_torn = False
            self._lines.append(line)
            self._ids.add((learner, told.id))
            self._often[learner] += 1
            return line


def _content_of(path: Path) -> bytes:
    """Return what was told so far.

    Raises:
        Misuse: the file cannot be read.
    """
    try:
        return files.read(path, _LARGEST_FILE)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise Misuse(
            f"{path}, which keeps what editors told the room, cannot be read "
            f"({error.strerror}). Move it away; the gradebook keeps everything else."
        ) from error


def _read(content: bytes) -> Iterator[LogEntry]:
    """Yield the lines that can be read; the last one of a crash cannot.

    The file may come with a folder that somebody else made, so each line is looked at
    as if it had just been sent.
    """
    often = Counter[str]()
    for row in content.splitlines():
        try:
            line = msgspec.json.decode(row, type=LogEntry)
        except (msgspec.DecodeError, RecursionError):
            continue
        often[line.learner] += 1
        is_known = is_folder(line.learner) and often[line.learner] <= _MOST_OF_ONE
        if is_known and 0 <= line.came_at < _LAST_TIME and _makes_sense(line.told):
            yield line


def _moment(at: str, came_at: float) -> float:
    """Return when it happened: as it was told, if neither later nor long ago."""
    try:
        told = datetime.fromisoformat(at)
    except ValueError:
        return came_at
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    return (
        told.timestamp() if came_at - 86_400 < told.timestamp() <= came_at else came_at
    )
