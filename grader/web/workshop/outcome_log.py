"""outcome_log: the gradings reported by learners' own editors, each recorded once."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec

from grader.gradebook.database import Database
from grader.gradebook.rows import MIGRATIONS
from grader.report import Outcome
from grader.web.workshop.folders import is_folder
from grader.web.workshop.room_state import LAST_TIME, Refused

_MOST_OF_ONE = 5_000
_ID = re.compile(r"[0-9A-Za-z-]{8,64}")

# Reports are kept on the disk, so each field has a limit.
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
    """An outcome, its learner, and its time in seconds since 1970."""

    learner: str
    told: ReportedOutcome
    came_at: float


def read_outcome(content: bytes) -> ReportedOutcome:
    """Return the outcome in the body of a request.

    Raises:
        Refused: if it isn't consistent.
    """
    try:
        told = msgspec.json.decode(content, type=ReportedOutcome)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused(f"The message can't be read: {error}.", 400) from error
    if not _makes_sense(told):
        raise Refused("The message makes no sense: check its fields.", 400)
    return told


def _makes_sense(told: ReportedOutcome) -> bool:
    """Return whether the fields of an outcome fit together."""
    is_tagged = not told.mistake or told.mistake.startswith(f"{told.exercise}.")
    return (
        told.outcome in set(Outcome)
        and _ID.fullmatch(told.id) is not None
        and is_tagged
        and told.points <= told.of
    )


_FIELDS = ReportedOutcome.__struct_fields__


class OutcomeLog:
    """The outcomes that were reported in a room, in the gradebook of its class.

    Args:
        path: the file of the gradebook.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def lines(self) -> tuple[LogEntry, ...]:
        """All valid entries, in the order in which they came."""
        with self._open() as db:
            query = f"SELECT learner, came_at, {', '.join(_FIELDS)} FROM outcome"
            rows = db.iterate(f"{query} ORDER BY rowid")
            return tuple(sound_entries(_entries_of(rows)))

    def add(
        self, learner: str, told: ReportedOutcome, came_at: float
    ) -> LogEntry | None:
        """Add an outcome; return None if it was reported before.

        Raises:
            Refused: if this learner has reported more than people ever do.
            GraderError: if it can't be written.
        """
        line = LogEntry(learner, told, _moment(told.at, came_at))
        with self._open() as db, db.writing():
            query = "SELECT count(*), total(id = ?) FROM outcome WHERE learner = ?"
            ((many, is_known),) = db.rows(query, (told.id, learner))
            if is_known:
                return None
            if many >= _MOST_OF_ONE:
                most = f"{_MOST_OF_ONE:,} outcomes"
                raise Refused(f"For one learner no more than {most} are kept.", 429)
            insert_outcome(db, line)
        return line

    def _open(self) -> contextlib.closing[Database]:
        return contextlib.closing(Database(self._path, MIGRATIONS))


def insert_outcome(db: Database, line: LogEntry) -> None:
    """Add an entry to a gradebook, inside a transaction."""
    told = msgspec.structs.asdict(line.told)
    row = {"learner": line.learner, "came_at": line.came_at, **told}
    db.insert("outcome", row)


def sound_entries(entries: Iterable[LogEntry]) -> Iterator[LogEntry]:
    """Yield the valid entries, each once.

    They may come with a folder that somebody else made, so each is checked like a new
    report.
    """
    often, seen = Counter[str](), set[tuple[str, str]]()
    for line in entries:
        often[line.learner] += 1
        key = line.learner, line.told.id
        is_known = is_folder(line.learner) and often[line.learner] <= _MOST_OF_ONE
        is_time = 0 <= line.came_at < LAST_TIME
        if is_known and is_time and _makes_sense(line.told) and key not in seen:
            seen.add(key)
            yield line


def entries_in(content: bytes) -> Iterator[LogEntry]:
    """Yield the readable lines of the file in which older rooms kept outcomes."""
    for row in content.splitlines():
        with contextlib.suppress(msgspec.DecodeError, RecursionError):
            yield msgspec.json.decode(row, type=LogEntry)


def _entries_of(rows: Iterable[tuple[object, ...]]) -> Iterator[LogEntry]:
    """Yield the rows of the table whose fields have the right types."""
    for learner, came_at, *told in rows:
        fields = dict(zip(_FIELDS, told, strict=True))
        line = {"learner": learner, "told": fields, "came_at": came_at}
        with contextlib.suppress(msgspec.ValidationError):
            yield msgspec.convert(line, LogEntry)


def _moment(at: str, came_at: float) -> float:
    """Return the time of an outcome: as reported, if that is within the last day."""
    try:
        told = datetime.fromisoformat(at)
    except ValueError:
        return came_at
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    return (
        told.timestamp() if came_at - 86_400 < told.timestamp() <= came_at else came_at
    )
