"""members: who is in a room, as it keeps them and as a class reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from grader.classroom.class_files import csv_bytes, read_class_file
from grader.classroom.records import Learner
from grader.classroom.roster import list_rows
from grader.clean import comparable_name, one_line
from grader.errors import Misuse

LONGEST_NAME = 80
# As a roster is read back, where the column "id" is the learning platform's number.
_COLUMNS = (
    ("learner", "id"),
    ("name", "name"),
    ("email", "email"),
    ("sis login id", "login"),
    ("sis user id", "sis_id"),
    ("id", "lms_id"),
    ("lms", "lms"),
    ("section", "section"),
    ("due", "due"),
)


class Member(msgspec.Struct, frozen=True):
    """Somebody of a room.

    Attributes:
        id: the name of their folder, and their name in the gradebook.
        name: their name as people read it.
        partner: who works with them at one machine.
        return_code: what they come back with from another device; "" as long as they
            stand on the roster alone.
        joined_at: when they joined, UTC.
        tokens: what is kept of their tokens.
        listed_as: their id on the roster; "" for who is not on it.
        facts: what else the roster says of them.
    """

    id: str
    name: str
    partner: str = ""
    return_code: str = ""
    joined_at: str = ""
    tokens: tuple[str, ...] = ()
    listed_as: str = ""
    facts: dict[str, str] = {}

    @property
    def has_joined(self) -> bool:
        """Whether they ever came in."""
        return bool(self.return_code)

    @property
    def is_listed(self) -> bool:
        """Whether the roster had them."""
        return bool(self.listed_as)

    @property
    def shown(self) -> str:
        """Their name, and their partner's."""
        return f"{self.name} and {self.partner}" if self.partner else self.name


def clean_name(typed: str) -> str:
    """Return a name as it is shown: one line of some length; "" if nobody sees it."""
    name = one_line(typed[:10_000])
    if not comparable_name(name):
        return ""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 3] + "..."


def read_rosters(given: Path | None, own: Path) -> tuple[Member, ...]:
    """Return those who stand on a roster that is given, and on the room's own.

    Raises:
        Misuse: one of them cannot be read, or says of nobody who they are.
    """
    given_rows = read_roster(_content_of(given)) if given else ()
    content = read_class_file(own)
    return (*given_rows, *(read_roster(content) if content is not None else ()))


def _content_of(given: Path) -> bytes:
    try:
        return given.read_bytes()
    except OSError as error:
        raise Misuse(
            f"The roster {given} cannot be read ({error.strerror}). Name a CSV file of "
            "your class, or leave --roster out."
        ) from error


def read_roster(content: bytes) -> tuple[Member, ...]:
    """Return those who are on a roster, as members who have not joined.

    Raises:
        Misuse: it says of nobody who they are.
    """
    rows = list_rows(content)
    often = Counter(row.learner.shown_name.casefold() for row in rows)
    return tuple(
        Member(
            id="",
            name=_name_of(row.learner, often),
            listed_as=row.learner.id,
            facts={
                "email": row.learner.email,
                "login": row.learner.login,
                "sis_id": row.learner.sis_id,
                "lms_id": row.learner.lms_id,
                "lms": row.learner.lms,
                "section": row.learner.section,
                "due": row.due,
            },
        )
        for row in rows
    )


def _name_of(one: Learner, often: Mapping[str, int]) -> str:
    """Return the name that somebody chooses from the list; of namesakes, with what
    their id begins with.
    """
    name = one.shown_name
    if often[name.casefold()] > 1:
        # No whole address: everybody who joins reads the list.
        begins = one.id.partition("@")[0]
        name = begins if begins.startswith(name) else f"{name} ({begins})"
    return clean_name(name)


def roster_csv(members: Iterable[Member]) -> bytes:
    """Return the roster of a room, as a class reads it: who has which folder."""
    heads = [column for column, _ in _COLUMNS]
    rows = [
        [
            {"id": one.id, "name": one.shown, **one.facts}.get(key, "")
            for _, key in _COLUMNS
        ]
        for one in members
    ]
    return csv_bytes([heads, *rows])
