"""membership: let people join a room, by code, name, roster or return code."""

from __future__ import annotations

import threading
import time
from collections.abc import Container, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from grader.classroom.class_files import csv_bytes, read_class_file
from grader.classroom.file_names import normalize_name
from grader.classroom.roster import read_rows
from grader.classroom.workshop import credentials
from grader.classroom.workshop.credentials import RateLimiter
from grader.classroom.workshop.folders import (
    EARLIER,
    folder_of,
    joining_number,
    next_folder,
    write_with_backup,
)
from grader.classroom.workshop.room_state import (
    LONGEST_MESSAGE,
    Member,
    Refused,
    RoomState,
    clean_name,
)
from grader.classroom.workshop.room_store import (
    PRIVATE,
    make_private,
    read_learners,
    read_state,
    write_state,
)
from grader.common import files
from grader.common.errors import Misuse, NotFound
from grader.common.sanitize import clean_line, comparable_name

MOST_MEMBERS = 300
_MOST_TOKENS = 8
_MOST_WRONG = 10
_WITHIN_S = 60.0
# Codes checked per second after many wrong ones. The right one still lets in others
# behind that address. Trying half of all codes takes a month.
_LOOKED_AT = 20
# A whole class may share one address.
_MOST_NEWCOMERS = 60
_RETURN_LETTERS = 8
ROSTER = "roster.csv"
# The facts on a roster that only one of several namesakes has.
_IDENTIFYING = ("email", "login", "sis_id", "lms_id")
# The end of a partner's id if the partner isn't a member; no folder has such a name.
_PARTNER = "+partner"


# The columns of a written roster, in which "id" is the learning platform's number.
COLUMNS = (
    ("learner", "id"),
    ("name", "name"),
    ("email", "email"),
    ("sis login id", "login"),
    ("sis user id", "sis_id"),
    ("id", "lms_id"),
    ("lms", "lms"),
    ("section", "section"),
    ("due", "due"),
    ("pair_of", "pair_of"),
)


class Wait(Refused):
    """Raised if somebody has to try again a little later."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, 429)


class Full(Refused):
    """Raised if the room has no place left."""

    def __init__(self) -> None:
        super().__init__("The room is full. Ask your instructor.", 409)


class Namesakes(Refused):
    """Raised if several people on the roster have the name that somebody gave."""

    def __init__(self) -> None:
        super().__init__(
            "Several people on the list have this name. Type your number, login or "
            "e-mail address, as your instructor's list has it. If you aren't one of "
            "them, add something to your name.",
            400,
        )


class Membership:
    """The members of a room.

    Args:
        folder: the room's folder; it is made, readable only by this user.
        roster: the people who may choose their name from a list.

    Raises:
        Misuse: if the folder or the roster can't be used.
    """

    def __init__(self, folder: Path, roster: Path | None = None) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        self._wrong = RateLimiter(_MOST_WRONG, _WITHIN_S)
        self._looked_at = RateLimiter(_LOOKED_AT, 1.0)
        self._newcomers = RateLimiter(_MOST_NEWCOMERS, _WITHIN_S)
        self._seen_at: dict[str, float] = {}
        # Before the folder is made, so that a refusal leaves nothing behind.
        self._state = read_state(folder)
        listed = read_rosters(roster, folder / ROSTER)
        make_private(folder)
        self._tokens = _tokens_of(self.members)
        self._take_in(listed)

    @property
    def state(self) -> RoomState:
        """The current state of the room."""
        return self._state

    @property
    def members(self) -> tuple[Member, ...]:
        """Everybody, including those who are only on the roster."""
        return self._state.members

    @property
    def joined(self) -> tuple[Member, ...]:
        """Those who have joined."""
        return tuple(one for one in self.members if one.has_joined)

    def member(self, member_id: str) -> Member:
        """Return a member by id.

        Raises:
            NotFound: if nobody has it.
        """
        for member in self.members:
            if member.id == member_id:
                return member
        raise NotFound(member_id)

    def member_with_token(self, token: str) -> Member | None:
        """Return the member who has a token, or None; note when they were last seen."""
        member_id = self._tokens.get(credentials.digest_of(token)) if token else None
        # The member may have been removed in the meantime.
        member = next((one for one in self.members if one.id == member_id), None)
        if member:
            self._seen_at[member.id] = time.monotonic()
        return member

    def seen_at(self, member_id: str) -> float:
        """Return when a member last sent a request; 0 before the first one."""
        return self._seen_at.get(member_id, 0.0)

    def current_id(self, member_id: str) -> str:
        """Return the id that a former id was merged into, or the id itself."""
        return self._state.merged.get(member_id, member_id)

    def check_entry(self, code: str, address: str) -> None:
        """Check whether somebody at an address may join by the room's code.

        Raises:
            Refused: if they may not, with a sentence that says why.
        """
        with self._lock:
            self._check_code(address, credentials.is_code(code, self._state.code))
            if not self._state.is_open:
                raise Refused(
                    "The room is closed to newcomers. Ask your instructor, or come "
                    "back with your return code."
                )

    def join(
        self, code: str, name: str, partner: str, address: str, number: str = ""
    ) -> tuple[Member, str]:
        """Let somebody in by the room's code; return the member and a new token.

        Args:
            code: the typed code.
            name: their name; if it is on the roster, they are that person.
            partner: the person who works with them, or "".
            address: the address that they use.
            number: their number, login or e-mail address, if others on the roster have
                the same name; otherwise "".

        Raises:
            Refused: if they may not join, with a sentence that says why.
        """
        with self._lock:
            self.check_entry(code, address)
            if self._newcomers.is_used_up(address):
                raise Wait(
                    "Many people are joining from your network at this moment. Try "
                    "again in a few seconds."
                )
            place = self._member_named(name, number)
            partner = clean_name(partner)
            joined = self._admit(msgspec.structs.replace(place, partner=partner))
            self._newcomers.add(address)
            return joined

    def come_back(self, return_code: str, address: str) -> tuple[Member, str]:
        """Let somebody in by their return code.

        Raises:
            Refused: if it is nobody's.
        """
        with self._lock:
            theirs = [
                one
                for one in self.joined
                if credentials.is_code(return_code, one.return_code)
            ]
            self._check_code(address, bool(theirs))
            return self._admit(theirs[0])

    def rename(self, member_id: str, new: str) -> None:
        """Rename a member, with a number if others have the name; the folder stays.

        Raises:
            NotFound: if nobody has this id.
            Refused: if it isn't a name.
        """
        if not clean_name(new):
            raise Refused("Write the new name.", 400)
        with self._lock:
            member = self.member(member_id)
            others = [x for x in self.members if x.id != member.id]
            shown = _tell_apart(clean_name(new), others)
            self._replace(member, msgspec.structs.replace(member, name=shown))

    def remove(self, member_id: str) -> Member:
        """Remove a member from the room.

        Raises:
            NotFound: if nobody has this id.
        """
        with self._lock:
            member = self.member(member_id)
            retired = (*self._state.retired, member.id)
            others = tuple(x for x in self.members if x.id != member.id)
            self._change(members=others, retired=retired)
            self._write_roster()
            return member

    def remove_all(self, names: Container[str]) -> None:
        """Remove several members who have joined.

        Those who are on the roster can be chosen again.
        """
        with self._lock:
            out = [one for one in self.joined if one.id in names]
            left = {one.id: _as_listed(one) for one in out if one.is_listed}
            gone = {one.id for one in out if not one.is_listed}
            members = (left.get(x.id, x) for x in self.members if x.id not in gone)
            retired = (*self._state.retired, *sorted(gone))
            self._change(members=tuple(members), retired=retired)
            self._write_roster()

    def two(self, member_id: str, into: str) -> tuple[Member, Member]:
        """Return two members who may be one person.

        Raises:
            NotFound: if nobody has one of the ids.
            Refused: if they are one already.
        """
        other, target = self.member(member_id), self.member(into)
        if other.id == target.id:
            raise Refused("Choose two who are one person.", 400)
        return other, target

    def merge(self, member_id: str, into: str) -> None:
        """Merge two members who are one person; both tokens stay valid.

        Raises:
            NotFound: if nobody has one of the ids.
            Refused: if they are one already.
        """
        with self._lock:
            other, target = self.two(member_id, into)
            tokens = (*other.tokens, *target.tokens)[-_MOST_TOKENS:]
            code = target.return_code or other.return_code
            both = msgspec.structs.replace(target, tokens=tokens, return_code=code)
            self._replace(other)
            self._replace(target, both)
            # Ids that were merged into this member earlier now lead directly to the new
            # one.
            earlier = self._state.merged.items()
            merged = {k: target.id if v == other.id else v for k, v in earlier}
            self._change(merged={**merged, other.id: target.id})

    def change_code(self) -> None:
        """Make a new code; members stay in."""
        self._change(code=credentials.make_code(), is_open=True)

    def set_open(self, is_open: bool) -> None:
        """Open or close the room for newcomers."""
        self._change(is_open=is_open)

    def set_lesson(self, short_name: str) -> None:
        """Set the lesson that the class works on."""
        self._change(lesson=short_name)

    def set_message(self, words: str) -> None:
        """Set the message to everybody; "" for none."""
        self._change(message=clean_line(words)[:LONGEST_MESSAGE].strip())

    def set_revealed(self, exercises: Iterable[str]) -> None:
        """Set the exercises whose solution is open to everybody."""
        self._change(revealed=tuple(dict.fromkeys(exercises)))

    def set_help(self, member_id: str, exercise: str, since: float) -> None:
        """Set the exercise that a member needs help with; "" for none.

        Raises:
            NotFound: if nobody has this id.
        """
        with self._lock:
            member = self.member(member_id)
            if member.help_with != exercise:
                new = msgspec.structs.replace(
                    member, help_with=exercise, help_since=since
                )
                self._replace(member, new)

    def help_wanted_by(self, member_id: str) -> str:
        """Return the exercise that a member asked for help with, or ""."""
        return next((one.help_with for one in self.members if one.id == member_id), "")

    def set_clock(self, ends_at: float) -> None:
        """Set when the clock ends, in seconds since 1970; 0 for no clock."""
        self._change(clock_ends_at=ends_at)

    def set_port(self, port: int) -> None:
        """Store the port, for the next start."""
        self._change(port=port)

    def _check_code(self, address: str, is_right: bool) -> None:
        # Do this before the code is compared. Otherwise the right code would stand out
        # among many wrong ones, however quickly they are tried.
        if self._wrong.is_used_up(address) and not self._looked_at.takes(address):
            raise Wait(
                "Many wrong codes are coming from your network right now. Try again in "
                "a few seconds."
            )
        if not is_right:
            self._wrong.add(address)
            raise Refused(
                "This code is not right. Look at the board, and type it again."
            )

    def _choose_listed(self, namesakes: Sequence[Member], number: str) -> Member:
        """Return the one of several people on the roster who joins."""
        if len(namesakes) > 1:
            namesakes = [one for one in namesakes if _is_known_by(one, number)]
        if len(namesakes) != 1:
            raise Namesakes
        (one,) = namesakes
        if one.has_joined:
            raise Refused(
                f"Somebody is here as {one.name} already. If it is you, come back with "
                "your return code; your instructor can tell it to you. If it isn't "
                "you, tell your instructor.",
                409,
            )
        return one

    def _member_named(self, name: str, number: str) -> Member:
        """Return the member of the roster who has a name, or a new one."""
        shown = clean_name(name)
        if not shown:
            raise Refused(
                "Write your name, in letters that can be seen, so that your work can "
                "be found.",
                400,
            )
        same = [
            one
            for one in self.members
            if comparable_name(one.name) == comparable_name(shown)
        ]
        listed = [one for one in same if one.is_listed]
        if listed:
            return self._choose_listed(listed, number)
        if len(self.members) >= MOST_MEMBERS:
            raise Full
        shown = _tell_apart(shown, self.members)
        # New people never get the id of somebody with stored data. A row of a roster
        # keeps its own, because it identifies the person.
        taken = (*self._folder_names(), *self._used_ids(), *read_learners(self.folder))
        return Member(next_folder(taken, self._state.last_number), shown)

    def _admit(self, member: Member) -> tuple[Member, str]:
        token = credentials.make_token()
        tokens = (*member.tokens, credentials.digest_of(token))[-_MOST_TOKENS:]
        code = member.return_code or credentials.make_code(_RETURN_LETTERS)
        at = member.joined_at or _now()
        new = msgspec.structs.replace(
            member, tokens=tokens, return_code=code, joined_at=at
        )
        self._replace(member, new)
        self._seen_at[new.id] = time.monotonic()
        return new, token

    def _folder_names(self) -> set[str]:
        """Return the names in the room's folder."""
        return {path.name for path in self.folder.iterdir()}

    def _used_ids(self) -> set[str]:
        """Return the ids that somebody has, or had."""
        state = self._state
        return {*(one.id for one in state.members), *state.merged, *state.retired}

    def _replace(self, old: Member, *new: Member) -> None:
        """Replace a member in the list, or append one."""
        others = [one for one in self.members if one.id != old.id]
        place = next((i for i, x in enumerate(self.members) if x.id == old.id), None)
        place = len(others) if place is None else place
        self._change(members=(*others[:place], *new, *others[place:]))
        self._write_roster()

    def _change(self, **what: object) -> None:
        with self._lock:
            state = msgspec.structs.replace(self._state, **what)
            numbers = (joining_number(one.id) for one in state.members)
            last = max(state.last_number, *numbers, 0)
            state = msgspec.structs.replace(state, last_number=last)
            # Don't accept a change that can't be written: it would be gone after a
            # restart.
            write_state(self.folder, state)
            self._state, self._tokens = state, _tokens_of(state.members)

    def _take_in(self, listed: Iterable[Member]) -> None:
        """Add people on a roster who aren't in the room yet."""
        members = list(self.members)
        for row in listed:
            if not any(_is_listed_as(x, row) for x in members):
                used = self._used_ids() | {x.id for x in members}
                last = self._state.last_number
                place = folder_of(row.listed_as, used, self._folder_names(), last)
                members.append(msgspec.structs.replace(row, id=place))
        self._change(members=tuple(members))
        roster = self.folder / ROSTER
        write_with_backup(roster, roster_csv(members), self.folder / PRIVATE / EARLIER)

    def _write_roster(self) -> None:
        files.write(self.folder / ROSTER, roster_csv(self.members))


def read_rosters(path: Path | None, stored: Path) -> tuple[Member, ...]:
    """Return the members on a given roster and on the roster that the room stored.

    Raises:
        Misuse: if one of them can't be read, or doesn't identify anybody.
    """
    given_rows = read_roster(_content_of(path)) if path else ()
    content = read_class_file(stored)
    return (*given_rows, *(read_roster(content) if content is not None else ()))


def _content_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Misuse(
            f"The roster {path} cannot be read ({error.strerror}). Name a CSV file of "
            "your class, or leave --roster out."
        ) from error


def read_roster(content: bytes) -> tuple[Member, ...]:
    """Return the members of a roster, none of whom has joined yet.

    Raises:
        Misuse: if it doesn't identify anybody.
    """
    # A partner has a row without a folder, and isn't a member.
    rows = [row for row in read_rows(content) if not row.learner.id.endswith(_PARTNER)]
    return tuple(
        Member(
            id="",
            name=clean_name(row.learner.display_name),
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


def roster_csv(members: Iterable[Member]) -> bytes:
    """Return the roster of a room as a class reads it, with each member's folder.

    Two people at one machine have a row each. The partner is the member with that name
    who hasn't joined, or gets a separate row.
    """
    everybody = tuple(members)
    partner_of, partners = dict[str, str](), list[dict[str, str]]()
    for member in everybody:
        if not member.partner:
            continue
        name = comparable_name(member.partner)
        namesakes = [
            x for x in everybody if comparable_name(x.name) == name and x != member
        ]
        if len(namesakes) == 1 and not namesakes[0].has_joined:
            partner_of[namesakes[0].id] = member.id
        elif not namesakes:
            row = {
                "id": f"{member.id}{_PARTNER}",
                "name": member.partner,
                "pair_of": member.id,
            }
            partners.append(row)
    members_as_rows = [
        {"id": x.id, "name": x.name, **x.facts, "pair_of": partner_of.get(x.id, "")}
        for x in everybody
    ]
    heads = [column for column, _ in COLUMNS]
    rows = (
        [row.get(key, "") for _, key in COLUMNS]
        for row in (*members_as_rows, *partners)
    )
    return csv_bytes([heads, *rows])


def count_people(members: Iterable[Member]) -> dict[str, int]:
    """Return how many people work as each of the members who joined: one, or a pair."""
    joined = [one for one in members if one.has_joined]
    names = {comparable_name(one.name) for one in joined}
    return {
        one.id: 1 + (bool(one.partner) and comparable_name(one.partner) not in names)
        for one in joined
    }


def _tell_apart(name: str, others: Iterable[Member]) -> str:
    """Return a name, with a number appended if somebody else has it."""
    alike = [comparable_name(one.name) for one in others if _has_name(one, name)]
    number, shown = len(alike) + 1, name
    while alike and (shown == name or comparable_name(shown) in alike):
        shown, number = f"{name} ({number})", number + 1
    return shown


def _has_name(member: Member, name_shown: str) -> bool:
    name = comparable_name(member.name)
    return name == comparable_name(name_shown) or name.startswith(
        f"{comparable_name(name_shown)} ("
    )


def _is_known_by(member: Member, number: str) -> bool:
    """Return whether somebody on the roster has a number, login or address."""
    identifiers = (
        member.listed_as,
        *(member.facts.get(name, "") for name in _IDENTIFYING),
    )
    return normalize_name(number) in filter(None, map(normalize_name, identifiers))


def _is_listed_as(member: Member, row: Member) -> bool:
    """Return whether a row of a roster means a member of the room."""
    names = member.id, member.listed_as
    # A Mac may write letters and their accents as separate characters.
    is_same_name = comparable_name(member.name) == comparable_name(row.name)
    alike = is_same_name and normalize_name(row.listed_as) in map(normalize_name, names)
    return row.listed_as in names or alike


def _as_listed(member: Member) -> Member:
    """Return a member as they were on the roster before joining."""
    return msgspec.structs.replace(
        member, partner="", return_code="", joined_at="", tokens=(), help_with=""
    )


def _tokens_of(members: Iterable[Member]) -> dict[str, str]:
    return {token: one.id for one in members for token in one.tokens}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
