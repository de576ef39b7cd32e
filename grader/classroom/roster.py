"""roster: the people in a class, read from a CSV file of any origin.

The column names distinguish Canvas's gradebook export, Moodle's worksheet or
participants list, the rosters of GitHub Classroom and Classroom 50, and hand-made
files.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from grader.classroom.class_files import number_rows, read_class_file
from grader.classroom.file_names import normalize_name, squash
from grader.classroom.records import (
    CANVAS,
    GITHUB,
    MOODLE,
    ClassResult,
    Learner,
    LearnerResult,
)
from grader.common.dates import parse_due_date
from grader.common.errors import Misuse
from grader.common.sanitize import clean_line


class RosterColumn(NamedTuple):
    """A column of a roster: what it has, and its headings on different platforms."""

    meaning: str
    headings: tuple[str, ...]


COLUMNS = {
    "id": RosterColumn(
        "the learner's id; without it, login, address or name",
        ("learner", "folder", "identifier", "github_username", "username"),
    ),
    "name": RosterColumn(
        "their name",
        (
            *("student", "full name", "name", "roster_name", "learner name"),
            "vollständiger name",
        ),
    ),
    "email": RosterColumn(
        "their address", ("email address", "email", "e-mail", "e-mail-adresse")
    ),
    "login": RosterColumn(
        "the name they log in with",
        ("sis login id", "login", "github_username", "username"),
    ),
    "sis_id": RosterColumn(
        "their number in the institution's own records",
        ("sis user id", "id number", "student id", "sis_id", "id-nummer"),
    ),
    "lms_id": RosterColumn(
        "their number on the learning platform", ("id", "github_id", "identifier")
    ),
    "section": RosterColumn("their group", ("section", "group", "groups", "gruppen")),
}
# Some systems have separate columns for the two parts of a name.
FIRST = RosterColumn(
    "the first part of the name",
    ("first name", "first_name", "firstname", "given name", "vorname"),
)
LAST = RosterColumn(
    "its last part",
    ("last name", "last_name", "lastname", "surname", "family name", "nachname"),
)
# Those with one heading.
OTHERS = {
    "due": "the learner's own deadline",
    "pair_of": "the id of the partner whose files count for both",
    "role": "a row with `teacher` or `ta` is not about a learner",
    "lms": "the platform whose number it is, such as `Canvas`",
}
# Each platform has its own numbers; a column that is called just "id" may be anything.
_PLATFORMS = (
    (GITHUB, {"github_id"}),
    (GITHUB, {"github_username"}),
    (MOODLE, {"identifier"}),
    (CANVAS, {"student", "id"}),
    (CANVAS, {"lastname", "firstname", "id"}),
)
# In the column "role" of a Classroom 50 roster.
_TEACHERS = ("teacher", "ta")
_NAMING = (COLUMNS["id"], COLUMNS["name"], COLUMNS["email"], FIRST, LAST)
_WHO = {heading for one in _NAMING for heading in one.headings}
# In this order: a name that is exactly somebody's id is theirs, whatever else matches.
_KINDS = ("id", "login", "sis_id", "email", "address", "name", "lms_id")


class RosterRow(msgspec.Struct, frozen=True):
    """A row of a roster.

    Attributes:
        line: the line of the file that it begins in.
        learner: the learner it is about.
        due: the content of a column ``due``: the learner's own deadline.
    """

    line: int
    learner: Learner
    due: str = ""


def read_roster(content: bytes) -> tuple[Learner, ...]:
    """Return the learners of a CSV file.

    Raises:
        Misuse: if no column identifies the learners, or two rows have the same id.
    """
    return tuple(one.learner for one in read_rows(content))


def read_rows(content: bytes) -> tuple[RosterRow, ...]:
    """Return the rows of a CSV file that are about a learner.

    Raises:
        Misuse: if no column identifies the learners, or two rows have the same id.
    """
    (_, header), *rows = number_rows(content) or [(1, [])]
    names = [cell.strip().casefold() for cell in header]
    if not any(name in _WHO for name in names):
        some = COLUMNS["id"].headings[:2] + COLUMNS["name"].headings[:3]
        headings = ", ".join(some)
        headings_found = ", ".join(filter(None, names)) or "none"
        raise Misuse(
            "The roster has no column that identifies learners. Its first row must "
            f"contain column names, including one of: {headings}. It contains: "
            f"{headings_found}."
        )
    cells = ((line, dict(zip(names, row, strict=False))) for line, row in rows)
    lms = next((lms for lms, marks in _PLATFORMS if marks <= set(names)), "")
    learners = (
        (line, _learner(row, lms), row.get("due", "").strip()) for line, row in cells
    )
    everybody = [
        RosterRow(line, one, due) for line, one, due in learners if one is not None
    ]
    return tuple(_give_ids(everybody))


def _give_ids(everybody: list[RosterRow]) -> Iterator[RosterRow]:
    """Yield the rows, each with its own id.

    Raises:
        Misuse: if two rows have the same id.
    """
    often = Counter(row.learner.id for row in everybody)
    lines: dict[str, int] = {}
    for row in everybody:
        learner = row.learner
        number = learner.sis_id or learner.lms_id
        if often[learner.id] > 1 and learner.id == learner.name and number:
            row = replace(row, learner=replace(learner, id=f"{learner.id} ({number})"))
        first = lines.setdefault(row.learner.id, row.line)
        if first != row.line:
            raise Misuse(
                f"The roster has {row.learner.id!r} twice, in line {first} and in line "
                f"{row.line}. Remove one of them, or give each their own id, in a "
                "column 'learner'."
            )
        yield row


def identify(result: ClassResult, roster: Iterable[Learner]) -> ClassResult:
    """Return the class with details from the roster; nobody is added or renamed.

    A learner is matched by login, number, address or name; if two match, neither is
    used.
    """
    rows = tuple(roster)
    learners = tuple(_complete(one, rows) for one in result.learners)
    return replace(result, learners=learners)


def _learner(cells: dict[str, str], lms: str) -> Learner | None:
    facts = {
        place: next((clean_line(cells[w]) for w in one.headings if cells.get(w)), "")
        for place, one in COLUMNS.items()
    }
    facts["name"] = facts["name"] or _join_name(cells)
    # Moodle's identifier is "Participant 4711".
    number = facts["lms_id"].rpartition(" ")[2]
    facts["lms_id"] = number if number.isdecimal() else ""
    facts["id"] = facts["id"] or facts["login"] or facts["email"] or facts["name"]
    # The second row of Canvas's gradebook is the points possible, not a learner.
    if not facts["id"] or "points possible" in facts["name"].casefold():
        return None
    if cells.get("role", "").strip().casefold() in _TEACHERS:
        return None
    # A roster that was merged from others has this in each row.
    pair_of = clean_line(cells.get("pair_of", ""))
    return Learner(**facts, lms=cells.get("lms", lms), pair_of=pair_of)


def _join_name(cells: dict[str, str]) -> str:
    halves = (
        next((cells[w] for w in one.headings if cells.get(w)), "")
        for one in (FIRST, LAST)
    )
    return clean_line(" ".join(halves))


def _complete(
    learner_result: LearnerResult, roster: tuple[Learner, ...]
) -> LearnerResult:
    keys = identifiers_of(learner_result.learner)
    matches = [known for known in roster if identifiers_of(known) & keys]
    if len(matches) != 1:
        return learner_result
    recorded, listed = learner_result.learner, matches[0]
    if listed.lms_id and not recorded.number_on(listed.lms):
        recorded = replace(recorded, lms_id=listed.lms_id, lms=listed.lms)
    unchanged = ("id", "lms_id", "lms", "pair_of")
    names = [name for name in Learner.__struct_fields__ if name not in unchanged]
    fields = {name: getattr(recorded, name) or getattr(listed, name) for name in names}
    return replace(learner_result, learner=replace(recorded, **fields))


def identifiers_of(learner: Learner) -> set[str]:
    """Return all words that may mean a learner, in the form for comparison."""
    names = (learner.name, _given_name_first(learner.name))
    words = (learner.id, *names, learner.email, learner.login, learner.sis_id)
    keys = {clean_line(word).casefold() for word in words if word.strip()}
    number = f"number {learner.lms_id} {learner.lms}"
    return keys | ({number} if learner.lms_id else set())


class Roster:
    """The learners of a roster; nobody if there is none.

    Args:
        path: the roster, a CSV file.
        must_exist: whether a missing file is an error.

    Attributes:
        is_empty: whether there is a roster without any learners.
        learners: everybody on it, in its order.
        due: the learners' own deadlines from the roster, by their ids.

    Raises:
        Misuse: if it doesn't exist although it must, or it can't be read.
    """

    def __init__(self, path: Path, *, must_exist: bool) -> None:
        self.learners: tuple[Learner, ...] = ()
        self.due: dict[str, datetime] = {}
        self.is_empty = False
        if must_exist and not path.is_file():
            raise Misuse(f"There is no roster {str(path)!r}.")
        content = read_class_file(path, is_named=must_exist)
        if content is not None:
            self._read(path, content)
            self.is_empty = not self.learners
        self._by: dict[str, dict[str, list[Learner]]] = {
            kind: defaultdict(list) for kind in (*_KINDS, "canvas", "canvas number")
        }
        learner: Learner
        for learner in self.learners:
            for kind in _KINDS:
                if word := _word_of(learner, kind):
                    self._by[kind][normalize_name(word)].append(learner)
            if word := _given_name_first(learner.name):
                self._by["name"][normalize_name(word)].append(learner)
            # A number in another system may be equal, and belong to somebody else.
            if learner.lms in (CANVAS, ""):
                self._by["canvas number"][learner.lms_id].append(learner)
            for word in _on_canvas(learner.name):
                self._by["canvas"][word].append(learner)

    def _read(self, path: Path, content: bytes) -> None:
        try:
            rows = read_rows(content)
            self.learners = tuple(row.learner for row in rows)
            for row in rows:
                if row.due:
                    where = f"the column 'due' in line {row.line}"
                    self.due[row.learner.id] = parse_due_date(row.due, where)
        except Misuse as error:
            raise Misuse(f"{path}: {error}") from error

    def __bool__(self) -> bool:
        return bool(self.learners)

    def find_named(self, word: str) -> tuple[Learner, ...]:
        """Return the learners that an id, login, address, number or name may mean."""
        return self._first((kind, normalize_name(word)) for kind in _KINDS)

    def find_by_ending(self, word: str) -> tuple[Learner, ...]:
        """Return the learners whom a name ends with: GitHub prepends the assignment."""
        parts = word.split("-")
        ends = ("-".join(parts[start:]) for start in range(1, len(parts)))
        return next(filter(None, map(self.find_named, ends)), ())

    def find_on_canvas(self, number: str, name: str) -> tuple[Learner, ...]:
        """Return the learners whom Canvas may mean, by number or by name."""
        return self._first((("canvas number", number), ("canvas", squash(name))))

    def find_on_moodle(
        self, participant: Learner, has_number: bool
    ) -> tuple[Learner, ...]:
        """Return the learners whom Moodle may mean.

        Args:
            participant: Moodle's details about them.
            has_number: whether the roster has Moodle's numbers for this assignment.
        """
        words = (
            # A number in another system may be equal, and belong to somebody else.
            ("lms_id", normalize_name(participant.lms_id) if has_number else ""),
            ("email", normalize_name(participant.email)),
            ("sis_id", normalize_name(participant.sis_id)),
            ("name", normalize_name(participant.name)),
        )
        return self._first(words)

    def with_others(self, others: Mapping[str, Learner]) -> tuple[Learner, ...]:
        """Return the roster in its order, then the learners who aren't on it, by id."""
        ids = {learner.id for learner in self.learners}
        extra = [others[key] for key in sorted(others) if key not in ids]
        return (*self.learners, *extra)

    def _first(self, words: Iterable[tuple[str, str]]) -> tuple[Learner, ...]:
        for kind, word in words:
            if word and (learners := self._by[kind].get(word)):
                return tuple(learners)
        return ()


def _word_of(learner: Learner, kind: str) -> str:
    if kind == "address":
        return learner.email.split("@")[0]
    return str(getattr(learner, kind))


def _given_name_first(name: str) -> str:
    """Return a name with the given name first if the roster has it last, else "".

    >>> _given_name_first("Noether, Emmy")
    'Emmy Noether'
    """
    family, comma, given = name.partition(",")
    return f"{given.strip()} {family.strip()}" if comma else ""


def _on_canvas(name: str) -> set[str]:
    """Return how Canvas may write a name in file names, last name first."""
    if "," in name:
        return {squash(name)}
    parts = name.split()
    turned = (parts[cut:] + parts[:cut] for cut in range(len(parts)))
    return {squash("".join(words)) for words in turned}
