"""roster: who is in a class, read from a CSV file of whatever origin.

Canvas's gradebook export, Moodle's worksheet or participants list, the rosters of
GitHub Classroom and Classroom 50, and a hand-made file are told apart by their column
names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec
from msgspec.structs import replace

from grader.classroom.csv_tables import number_rows
from grader.classroom.records import (
    CANVAS,
    GITHUB,
    MOODLE,
    ClassResult,
    Learner,
    LearnerResult,
)
from grader.clean import one_line
from grader.errors import Misuse

_COLUMNS = {
    "id": ("learner", "folder", "identifier", "github_username", "username"),
    "name": (
        *("student", "full name", "name", "roster_name", "learner name"),
        "vollständiger name",
    ),
    "email": ("email address", "email", "e-mail", "e-mail-adresse"),
    "login": ("sis login id", "login", "github_username", "username"),
    "sis_id": ("sis user id", "id number", "student id", "sis_id", "id-nummer"),
    "lms_id": ("id", "github_id", "identifier"),
    "section": ("section", "group", "groups", "gruppen"),
}
# Some systems keep the two halves of a name apart.
_FIRST = ("first name", "first_name", "firstname", "given name", "vorname")
_LAST = ("last name", "last_name", "lastname", "surname", "family name", "nachname")
# Each platform has numbers of its own; "id" alone may be anybody's.
_PLATFORMS = (
    (GITHUB, {"github_id"}),
    (GITHUB, {"github_username"}),
    (MOODLE, {"identifier"}),
    (CANVAS, {"student", "id"}),
    (CANVAS, {"lastname", "firstname", "id"}),
)
# In the column "role" of a Classroom 50 roster.
_TEACHERS = ("teacher", "ta")
_WHO = {*_COLUMNS["id"], *_COLUMNS["name"], *_COLUMNS["email"], *_FIRST, *_LAST}


class Listed(msgspec.Struct, frozen=True):
    """A row of a roster.

    Attributes:
        line: the line of the file that it begins in.
        learner: whom it is about.
        due: what stands in a column ``due``: until when they may hand in.
    """

    line: int
    learner: Learner
    due: str = ""


def read_roster(content: bytes) -> tuple[Learner, ...]:
    """Return the learners of a CSV file.

    Raises:
        Misuse: no column says who somebody is, or two rows are of one id.
    """
    return tuple(one.learner for one in list_rows(content))


def list_rows(content: bytes) -> tuple[Listed, ...]:
    """Return the rows of a CSV file that are about a learner.

    Raises:
        Misuse: no column says who somebody is, or two rows are of one id.
    """
    (_, header), *rows = number_rows(content) or [(1, [])]
    names = [cell.strip().casefold() for cell in header]
    if not any(name in _WHO for name in names):
        known = ", ".join(_COLUMNS["id"][:2] + _COLUMNS["name"][:3])
        found = ", ".join(filter(None, names)) or "none"
        raise Misuse(
            "The roster has no column that says who somebody is. Its first row must "
            f"hold column names, one of them out of: {known}. It holds: {found}."
        )
    cells = ((line, dict(zip(names, row, strict=False))) for line, row in rows)
    lms = next((lms for lms, told in _PLATFORMS if told <= set(names)), "")
    made = (
        (line, _learner(row, lms), row.get("due", "").strip()) for line, row in cells
    )
    everybody = [Listed(line, one, due) for line, one, due in made if one is not None]
    return tuple(_give_ids(everybody))


def _give_ids(everybody: list[Listed]) -> Iterator[Listed]:
    """Yield the rows, each with an id of its own.

    Raises:
        Misuse: two rows are of one id.
    """
    often = Counter(row.learner.id for row in everybody)
    lines: dict[str, int] = {}
    for row in everybody:
        one = row.learner
        number = one.sis_id or one.lms_id
        if often[one.id] > 1 and one.id == one.name and number:
            row = replace(row, learner=replace(one, id=f"{one.id} ({number})"))
        first = lines.setdefault(row.learner.id, row.line)
        if first != row.line:
            raise Misuse(
                f"The roster has {row.learner.id!r} twice, in line {first} and in line "
                f"{row.line}. Remove one of them, or give each their own id, in a "
                "column 'learner'."
            )
        yield row


def identify(result: ClassResult, roster: Iterable[Learner]) -> ClassResult:
    """Return the class with what the roster knows; nobody is added or renamed.

    A learner is found by login, number, address or name; where two fit, none does.
    """
    known = tuple(roster)
    learners = tuple(_complete(one, known) for one in result.learners)
    return replace(result, learners=learners)


def _learner(cells: dict[str, str], lms: str) -> Learner | None:
    found = {
        place: next((one_line(cells[w]) for w in words if cells.get(w)), "")
        for place, words in _COLUMNS.items()
    }
    found["name"] = found["name"] or _join_name(cells)
    # Moodle's identifier is "Participant 4711".
    number = found["lms_id"].rpartition(" ")[2]
    found["lms_id"] = number if number.isdecimal() else ""
    found["id"] = found["id"] or found["login"] or found["email"] or found["name"]
    # The second row of Canvas's gradebook is the points possible, and nobody.
    if not found["id"] or "points possible" in found["name"].casefold():
        return None
    if cells.get("role", "").strip().casefold() in _TEACHERS:
        return None
    # A roster that was put together out of others says it in each row.
    return Learner(**found, lms=cells.get("lms", lms))


def _join_name(cells: dict[str, str]) -> str:
    halves = (
        next((cells[w] for w in words if cells.get(w)), "") for words in (_FIRST, _LAST)
    )
    return one_line(" ".join(halves))


def _complete(one: LearnerResult, roster: tuple[Learner, ...]) -> LearnerResult:
    keys = keys_of(one.learner)
    matches = [known for known in roster if keys_of(known) & keys]
    if len(matches) != 1:
        return one
    mine, theirs = one.learner, matches[0]
    if theirs.lms_id and not mine.number_on(theirs.lms):
        mine = replace(mine, lms_id=theirs.lms_id, lms=theirs.lms)
    kept = ("id", "lms_id", "lms")
    names = [name for name in Learner.__struct_fields__ if name not in kept]
    told = {name: getattr(mine, name) or getattr(theirs, name) for name in names}
    return replace(one, learner=replace(mine, **told))


def keys_of(learner: Learner) -> set[str]:
    """Return all words that may mean a learner, as they are compared."""
    words = (learner.id, learner.name, learner.email, learner.login, learner.sis_id)
    keys = {one_line(word).casefold() for word in words if word.strip()}
    number = f"number {learner.lms_id} {learner.lms}"
    return keys | ({number} if learner.lms_id else set())
