"""room_state: the records of a room and its members, and their validation."""

from __future__ import annotations

import re

import msgspec

from grader.classroom.file_names import normalize_name
from grader.classroom.workshop import credentials
from grader.classroom.workshop.folders import is_folder
from grader.common.sanitize import clean_line, comparable_name

LONGEST_NAME = 80
LONGEST_MESSAGE = 300
LONGEST_COMMENT = 2_000
_KEY = re.compile(r"[\w-]{32,128}", re.ASCII)
_TOKEN = re.compile(r"[0-9a-f]{64}")
LAST_TIME = 1e11  # in seconds since 1970; later times aren't valid


class Refused(Exception):
    """Raised if a request is refused, with a sentence and an HTTP status."""

    def __init__(self, sentence: str, status: int = 403) -> None:
        super().__init__(sentence)
        self.status = status


class Member(msgspec.Struct, frozen=True):
    """A member of a room.

    Attributes:
        id: the name of their folder, and their name in the gradebook.
        name: their name as people read it.
        partner: the person who works with them at one machine.
        return_code: lets them in again on another device; "" as long as they are only
            on the roster.
        joined_at: when they joined, in UTC.
        tokens: the hashes of their tokens.
        listed_as: their id on the roster; "" if they aren't on it.
        facts: other fields from the roster.
        help_with: the exercise that they asked for help with, or "".
        help_since: when they asked, in seconds since 1970.
    """

    id: str
    name: str
    partner: str = ""
    return_code: str = ""
    joined_at: str = ""
    tokens: tuple[str, ...] = ()
    listed_as: str = ""
    facts: dict[str, str] = {}
    help_with: str = ""
    help_since: float = 0.0

    @property
    def has_joined(self) -> bool:
        """Whether they have joined."""
        return bool(self.return_code)

    @property
    def is_listed(self) -> bool:
        """Whether they are on the roster."""
        return bool(self.listed_as)

    @property
    def display_name(self) -> str:
        """Their name, and their partner's."""
        return f"{self.name} and {self.partner}" if self.partner else self.name


class RoomState(msgspec.Struct, frozen=True):
    """The data that a room stores about itself; only the instructor may see it."""

    code: str
    board_key: str
    instructor_key: str
    is_open: bool = True
    lesson: str = ""
    clock_ends_at: float = 0.0
    port: int = 0
    message: str = ""
    revealed: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()
    merged: dict[str, str] = {}
    # The ids of removed members, which are never given to anybody again.
    retired: tuple[str, ...] = ()
    # The highest number in any id. Somebody who was forgotten may have had it.
    last_number: int = 0


def clean_name(typed: str) -> str:
    """Return a name as one line of limited length, or "" if nothing is visible."""
    name = clean_line(typed[:10_000])
    if not comparable_name(name):
        return ""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 3] + "..."


def describe_fault(state: RoomState) -> str:
    """Return why a room can't have stored a state; "" if it can.

    It may come with a folder that somebody else made. An empty key would open the
    instructor's page to everybody, and the id "../ada" would be a folder elsewhere.
    """
    keys = (state.board_key, state.instructor_key)
    if not all(_KEY.fullmatch(key) for key in keys) or keys[0] == keys[1]:
        return "the key of a page isn't valid"
    if len(credentials.read_code(state.code)) < credentials.LETTERS:
        return "the room's code isn't valid"
    if not (0 <= state.port < 2**16 and 0 <= state.clock_ends_at < LAST_TIME):
        return "its port or its clock isn't valid"
    if (
        clean_line(state.message) != state.message
        or len(state.message) > LONGEST_MESSAGE
    ):
        return "its message isn't valid"
    ids = [one.id for one in state.members]
    for name in (*ids, *state.retired, *state.merged, *state.merged.values()):
        if not is_folder(name):
            return f"the id {name[:80]!r} isn't a learner's"
    if len(set(map(normalize_name, ids))) < len(ids):
        return "two learners have one id"
    for member in state.members:
        names = (member.name, member.partner)
        if any(len(x) > 2 * LONGEST_NAME or clean_line(x) != x for x in names):
            return f"the name of {member.id} isn't valid"
        if (
            member.return_code
            and len(credentials.read_code(member.return_code)) < credentials.LETTERS
        ):
            return f"the return code of {member.id} isn't valid"
        if not 0 <= member.help_since < LAST_TIME:
            return f"the time at which {member.id} asked for help isn't valid"
        if not all(_TOKEN.fullmatch(token) for token in member.tokens):
            return f"a token of {member.id} isn't valid"
    return ""
