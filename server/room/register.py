"""register: who joins a room, and what is kept of it between two starts."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from grader import files
from server.room import codes
from server.room.folders import EARLIER, folder_for, folder_of, put
from server.room.kept import PRIVATE, Kept, make_private, read_kept, write_kept
from server.room.members import Member, clean_name, read_rosters, roster_csv
from server.room.pace import Pace

MOST_MEMBERS = 300
_MOST_TOKENS = 8
_MOST_WRONG = 10
_WITHIN_S = 60.0
_RETURN_LETTERS = 8
_ROSTER = "roster.csv"


class Refused(Exception):
    """Somebody is not let in: the sentence for them, and the status of the answer."""

    def __init__(self, sentence: str, status: int = 403) -> None:
        super().__init__(sentence)
        self.status = status


class Register:
    """Who is in a room.

    Args:
        folder: the room's folder; it is made, for this user alone.
        roster: who may choose their name from a list.

    Raises:
        Misuse: the folder or the roster cannot be used.
    """

    def __init__(self, folder: Path, roster: Path | None = None) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        self._wrong = Pace(_MOST_WRONG, _WITHIN_S)
        # Before the folder is made: what is refused here leaves nothing behind.
        self._kept = read_kept(folder)
        listed = read_rosters(roster, folder / _ROSTER)
        make_private(folder)
        self._tokens = _tokens_of(self.members)
        self._take_in(listed)

    @property
    def now(self) -> Kept:
        """The room as it stands."""
        return self._kept

    @property
    def members(self) -> tuple[Member, ...]:
        """Everybody, also those who stand on the roster alone."""
        return self._kept.members

    @property
    def joined(self) -> tuple[Member, ...]:
        """Those who came in."""
        return tuple(one for one in self.members if one.has_joined)

    def member(self, name: str) -> Member:
        """Return somebody by their id.

        Raises:
            LookupError: nobody has it.
        """
        for one in self.members:
            if one.id == name:
                return one
        raise LookupError(name)

    def find(self, token: str) -> Member | None:
        """Return whose token it is; None if it is nobody's."""
        name = self._tokens.get(codes.digest_of(token)) if token else None
        # Meanwhile somebody may have been taken out.
        return next((one for one in self.members if one.id == name), None)

    def now_called(self, name: str) -> str:
        """Return the id of who once had an id."""
        return self._kept.merged.get(name, name)

    def join(
        self, code: str, name: str, partner: str, address: str, listed: str = ""
    ) -> tuple[Member, str]:
        """Let somebody in by the room's code; return who they are, and their token.

        Args:
            code: what they typed.
            name: their name; where the roster has it, they are that one.
            partner: who works with them, or "".
            address: where they ask from.
            listed: the id of whom they chose from the roster, or "".

        Raises:
            Refused: they may not come in, with the sentence that says why.
        """
        with self._lock:
            self._check_code(address, codes.is_code(code, self._kept.code))
            if not self._kept.is_open:
                raise Refused(
                    "The room is closed for newcomers. Ask your instructor, or come "
                    "back with your return code."
                )
            place = self._chosen(listed) if listed else self._named(name)
            partner = clean_name(partner)
            return self._let_in(msgspec.structs.replace(place, partner=partner))

    def come_back(self, return_code: str, address: str) -> tuple[Member, str]:
        """Let somebody in by their return code.

        Raises:
            Refused: it is nobody's.
        """
        with self._lock:
            theirs = [
                one
                for one in self.joined
                if codes.is_code(return_code, one.return_code)
            ]
            self._check_code(address, bool(theirs))
            return self._let_in(theirs[0])

    def rename(self, name: str, new: str) -> None:
        """Give somebody another name; their folder stays.

        Raises:
            LookupError: nobody has this id.
            Refused: it is no name.
        """
        if not clean_name(new):
            raise Refused("Write the new name.", 400)
        with self._lock:
            one = self.member(name)
            self._replace(one, msgspec.structs.replace(one, name=clean_name(new)))

    def take_out(self, name: str) -> Member:
        """Let somebody be nobody of the room any more.

        Raises:
            LookupError: nobody has this id.
        """
        with self._lock:
            one = self.member(name)
            self._replace(one)
            return one

    def merge(self, name: str, into: str) -> None:
        """Let who came in twice be one; both tokens are good for that one.

        Raises:
            LookupError: nobody has one of the ids.
            Refused: they are one already.
        """
        with self._lock:
            other, one = self.member(name), self.member(into)
            if other.id == one.id:
                raise Refused("Choose two who are one person.", 400)
            tokens = (*other.tokens, *one.tokens)[-_MOST_TOKENS:]
            code = one.return_code or other.return_code
            both = msgspec.structs.replace(one, tokens=tokens, return_code=code)
            self._replace(other)
            self._replace(one, both)
            # Who was merged into the one who is merged now is led on, in one step.
            merged = {
                k: one.id if v == other.id else v for k, v in self._kept.merged.items()
            }
            self._change(merged={**merged, other.id: one.id})

    def change_code(self) -> None:
        """Make a new code; who is in stays in."""
        self._change(code=codes.make_code(), is_open=True)

    def set_open(self, is_open: bool) -> None:
        """Let newcomers in, or nobody new."""
        self._change(is_open=is_open)

    def set_lesson(self, short_name: str) -> None:
        """Choose the lesson of the hour."""
        self._change(lesson=short_name)

    def set_clock(self, ends_at: float) -> None:
        """Let a clock run until a moment, in seconds since 1970; 0 for none."""
        self._change(clock_ends_at=ends_at)

    def set_port(self, port: int) -> None:
        """Remember where the room was found, for the next start."""
        self._change(port=port)

    def _check_code(self, address: str, is_right: bool) -> None:
        # Looked at first: else a right code would tell itself among many wrong ones.
        if self._wrong.is_used_up(address):
            raise Refused("Too many wrong codes from here. Wait for a minute.", 429)
        if not is_right:
            self._wrong.add(address)
            raise Refused(
                "This code is not right. Look at the board, and type it again."
            )

    def _chosen(self, listed: str) -> Member:
        """Return who was chosen from the roster."""
        for one in self.members:
            if one.id == listed and one.is_listed:
                if not one.has_joined:
                    return one
                raise Refused(
                    f"Somebody is here as {one.name} already. If it is you, come back "
                    "with your return code; your instructor can tell it to you.",
                    409,
                )
        raise Refused("This name is not on the list. Choose again.", 400)

    def _named(self, name: str) -> Member:
        """Return whom a typed name means: one of the roster, or somebody new."""
        shown = clean_name(name)
        if not shown:
            raise Refused("Write your name, so that your work can be found.", 400)
        alike = [one for one in self.members if _has_name(one, shown)]
        same = [one for one in alike if one.name.casefold() == shown.casefold()]
        listed = [one for one in same if one.is_listed]
        if len(listed) == 1:
            return self._chosen(listed[0].id)
        if len(self.members) >= MOST_MEMBERS:
            raise Refused("The room is full. Ask your instructor.", 409)
        shown = f"{shown} ({len(alike) + 1})" if alike else shown
        return Member(folder_for(name, self._taken()), shown)

    def _let_in(self, one: Member) -> tuple[Member, str]:
        token = codes.make_token()
        tokens = (*one.tokens, codes.digest_of(token))[-_MOST_TOKENS:]
        code = one.return_code or codes.make_code(_RETURN_LETTERS)
        at = one.joined_at or _now()
        new = msgspec.structs.replace(
            one, tokens=tokens, return_code=code, joined_at=at
        )
        self._replace(one, new)
        return new, token

    def _taken(self) -> set[str]:
        """Return folders that are somebody's, or that stand there."""
        found = {path.name.casefold() for path in self.folder.iterdir()}
        return found | {one.id for one in self.members}

    def _replace(self, old: Member, *new: Member) -> None:
        """Put somebody in the place of another, or at the end."""
        others = [one for one in self.members if one.id != old.id]
        place = next((i for i, x in enumerate(self.members) if x.id == old.id), None)
        place = len(others) if place is None else place
        self._change(members=(*others[:place], *new, *others[place:]))
        self._write_roster()

    def _change(self, **what: object) -> None:
        with self._lock:
            kept = msgspec.structs.replace(self._kept, **what)
            # What cannot be written does not hold: it would be gone at the next start.
            write_kept(self.folder, kept)
            self._kept, self._tokens = kept, _tokens_of(kept.members)

    def _take_in(self, listed: Iterable[Member]) -> None:
        """Take in those whom a roster has and the room does not have yet."""
        members = list(self.members)
        for one in listed:
            if not any(one.listed_as in (x.id, x.listed_as) for x in members):
                taken = self._taken() | {x.id for x in members}
                place = folder_of(one.listed_as, one.name, taken)
                members.append(msgspec.structs.replace(one, id=place))
        self._change(members=tuple(members))
        own = self.folder / _ROSTER
        put(own, roster_csv(members), self.folder / PRIVATE / EARLIER)

    def _write_roster(self) -> None:
        files.write(self.folder / _ROSTER, roster_csv(self.members))


def _has_name(one: Member, shown: str) -> bool:
    own = one.name.casefold()
    return own == shown.casefold() or own.startswith(f"{shown.casefold()} (")


def _tokens_of(members: Iterable[Member]) -> dict[str, str]:
    return {token: one.id for one in members for token in one.tokens}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
